package pipeline

import (
	"cmp"
	"slices"
	"strings"

	"segmenta/segment"
	"segmenta/table"
)

// How many categories a customer's affinities and opportunities list, and how many
// customers two categories must share to be a pair.
const (
	affinitiesKept    = 5
	opportunitiesKept = 3
	fewestShared      = 20
)

// products are what the customers have to do with the categories.
type products struct {
	market        *segment.Market
	pairs         []segment.Pairing
	affinities    []segment.Affinity
	opportunities []segment.Opportunity
}

// sell finds out who might buy what next.
func (p *placing) sell() error {
	h, err := p.r.past.Holdings(p.r.snapshot)
	if err != nil {
		return err
	}
	m := &segment.Market{Categories: h.Categories, Customers: p.n}
	for _, x := range h.List {
		m.Stakes = append(m.Stakes, segment.Stake{Customer: int(x.Row), Category: int(x.Category), Orders: int(x.Orders), Amount: x.Amount,
			Interest: int(x.Interest), Open: x.Interest > 0 && x.Seen.After(x.Bought)})
	}
	p.goods = &products{market: m}
	if len(m.Stakes) == 0 {
		p.r.off(words{"categories: affinity, opportunities and what goes together", "categorías: afinidad, oportunidades y lo que va junto"},
			words{"no purchase or event names a category", "ninguna compra ni evento nombra una categoría"})
		return nil
	}
	p.goods.pairs = m.Pairings(fewestShared)
	p.goods.affinities = m.Affinities(affinitiesKept)
	p.goods.opportunities = m.Opportunities(p.goods.pairs, opportunitiesKept)
	return nil
}

// productColumns adds what each customer bought, left and might buy next.
func (p *placing) productColumns() {
	m := p.goods.market
	if len(m.Stakes) == 0 {
		return
	}
	bought, left := make([][]segment.Stake, p.n), make([][]segment.Stake, p.n)
	for _, s := range m.Stakes {
		if s.Orders > 0 {
			bought[s.Customer] = append(bought[s.Customer], s)
		}
		if s.Open {
			left[s.Customer] = append(left[s.Customer], s)
		}
	}
	p.text("bought_categories", p.listed(bought, func(s segment.Stake) float64 { return s.Amount }), "categories bought, the largest amount first", "categorías compradas, primero la de mayor importe")
	p.text("abandoned_categories", p.listed(left, func(s segment.Stake) float64 { return float64(s.Interest) }), "categories looked at and not bought since, the most looked at first", "categorías vistas y no compradas desde entonces, primero la más vista")
	next, because := make([]string, p.n), make([]string, p.n)
	for _, o := range slices.Backward(p.goods.opportunities) {
		next[o.Customer], because[o.Customer] = m.Categories[o.Category], o.Kind
	}
	p.text("next_best_category", next, "the category of most expected value next", "la próxima categoría de mayor valor esperado")
	p.text("next_best_category_because", because, "cross_sell: it goes with what they bought; abandoned: they looked at it and left", "cross_sell: va con lo que compró; abandoned: lo miró y lo dejó")
}

// listed joins the names of categories, the heaviest first, at most as many as
// affinities are kept.
func (p *placing) listed(stakes [][]segment.Stake, weight func(segment.Stake) float64) []string {
	list := make([]string, p.n)
	for i, own := range stakes {
		slices.SortStableFunc(own, func(a, b segment.Stake) int { return cmp.Compare(weight(b), weight(a)) })
		var names []string
		for _, s := range own[:min(len(own), affinitiesKept)] {
			names = append(names, p.goods.market.Categories[s.Category])
		}
		list[i] = strings.Join(names, ", ")
	}
	return list
}

// affinityTable is a row for each customer and category.
func (p *placing) affinityTable() *table.Table {
	a := p.goods.affinities
	t := p.goods.table(p.r.snapshot.Customers, len(a), func(i int) (int, int) { return a[i].Customer, a[i].Category })
	t.Add(table.Ints("rank", table.Int32, gathered(a, func(a *segment.Affinity) int64 { return int64(a.Rank) })).Says("", "1 is the customer's first", "1, la primera del cliente"))
	t.Add(table.Floats("affinity", gathered(a, func(a *segment.Affinity) float64 { return a.Score })).Says("share", "share of what the customer buys and looks at, drawn towards everybody's where there is little", "parte de lo que el cliente compra y mira, acercada a la de todos cuando hay poco"))
	t.Add(table.Ints("orders", table.Int64, gathered(a, func(a *segment.Affinity) int64 { return int64(a.Orders) })).Says("days", "days with a purchase of it", "días con compra de ella"))
	t.Add(table.Floats("amount", gathered(a, func(a *segment.Affinity) float64 { return a.Amount })).Says("currency", "spent on it", "gastado en ella"))
	t.Add(table.Ints("interest", table.Int64, gathered(a, func(a *segment.Affinity) int64 { return int64(a.Interest) })).Says("events", "times looked at", "veces vista"))
	return t
}

// opportunityTable is a row for each customer and what they might buy.
func (p *placing) opportunityTable() *table.Table {
	o := p.goods.opportunities
	t := p.goods.table(p.r.snapshot.Customers, len(o), func(i int) (int, int) { return o[i].Customer, o[i].Category })
	t.Add(table.Strings("kind", gathered(o, func(o *segment.Opportunity) string { return o.Kind })).Says("", "cross_sell or abandoned", "cross_sell (venta cruzada) o abandoned (abandonado)"))
	t.Add(table.Strings("because", gathered(o, func(o *segment.Opportunity) string { return p.goods.market.Categories[o.Because] })).Says("", "the category that speaks for it", "la categoría que lo sugiere"))
	for _, f := range []struct {
		name, en, es string
		of           func(o *segment.Opportunity) float64
	}{
		{"probability", "share of like customers who bought it", "parte de clientes parecidos que la compraron", func(o *segment.Opportunity) float64 { return o.P }},
		{"probability_low", "lower end of its 95 % interval", "extremo inferior de su intervalo del 95 %", func(o *segment.Opportunity) float64 { return o.Low }},
		{"probability_high", "upper end of its 95 % interval", "extremo superior de su intervalo del 95 %", func(o *segment.Opportunity) float64 { return o.High }},
	} {
		t.Add(table.Floats(f.name, gathered(o, f.of)).Says("probability", f.en, f.es))
	}
	t.Add(table.Floats("expected_value", gathered(o, func(o *segment.Opportunity) float64 { return o.Worth })).Says("currency", "probability times what an order of it is worth", "probabilidad por lo que vale un pedido de ella"))
	return t
}

// pairTable is a row for each two categories that go together.
func (p *placing) pairTable() *table.Table {
	g := p.goods
	t := new(table.Table)
	t.Add(table.Strings("category", gathered(g.pairs, func(x *segment.Pairing) string { return g.market.Categories[x.From] })).Says("", "who bought this", "quien compró esta"))
	t.Add(table.Strings("goes_with", gathered(g.pairs, func(x *segment.Pairing) string { return g.market.Categories[x.To] })).Says("", "bought this", "compró esta"))
	t.Add(table.Ints("customers", table.Int64, gathered(g.pairs, func(x *segment.Pairing) int64 { return int64(x.Both) })).Says("customers", "who bought both", "que compraron ambas"))
	for _, f := range []struct {
		name, unit, en, es string
		of                 func(x *segment.Pairing) float64
	}{
		{"support", "share", "share of buyers who bought both", "parte de los compradores que compraron ambas", func(x *segment.Pairing) float64 { return x.Support }},
		{"confidence", "share", "share of buyers of the one who bought the other", "parte de los compradores de una que compraron la otra", func(x *segment.Pairing) float64 { return x.Confidence }},
		{"confidence_low", "share", "lower end of its 95 % interval", "extremo inferior de su intervalo del 95 %", func(x *segment.Pairing) float64 { return x.Low }},
		{"confidence_high", "share", "upper end of its 95 % interval", "extremo superior de su intervalo del 95 %", func(x *segment.Pairing) float64 { return x.High }},
		{"lift", "ratio", "confidence over the share of all buyers", "confianza entre la parte de todos los compradores", func(x *segment.Pairing) float64 { return x.Lift }},
		{"lift_low", "ratio", "lower end of its 95 % interval", "extremo inferior de su intervalo del 95 %", func(x *segment.Pairing) float64 { return x.LiftLow }},
		{"lift_high", "ratio", "upper end of its 95 % interval", "extremo superior de su intervalo del 95 %", func(x *segment.Pairing) float64 { return x.LiftHigh }},
	} {
		t.Add(table.Floats(f.name, gathered(g.pairs, f.of)).Says(f.unit, f.en, f.es))
	}
	return t
}

// table begins a table of customers and categories.
func (g *products) table(customers []string, n int, of func(i int) (customer, category int)) *table.Table {
	who, what := make([]string, n), make([]string, n)
	for i := range who {
		c, k := of(i)
		who[i], what[i] = customers[c], g.market.Categories[k]
	}
	t := new(table.Table)
	id := table.Strings("customer_id", who)
	id.Required = true
	t.Add(id.Says("", "the customer", "el cliente"))
	t.Add(table.Strings("category", what).Says("", "the category", "la categoría"))
	return t
}

func gathered[T, V any](list []T, of func(*T) V) []V {
	values := make([]V, len(list))
	for i := range list {
		values[i] = of(&list[i])
	}
	return values
}
