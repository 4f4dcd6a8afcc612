package pipeline

import (
	"cmp"
	"math"
	"slices"

	"segmenta/segment"
	"segmenta/table"
)

// nicheBy lists what is known of people by which a niche may be told.
var nicheBy = []string{"profile_country", "profile_region", "profile_city", "generation", "profile_language", "came_by"}

// niches ranks the beachheads: the values of what is known of people.
func (p *placing) niches() (list []segment.Niche) {
	profit, does := p.leaves(), p.does()
	for _, name := range nicheBy {
		c := p.r.snapshot.Table.Column(name)
		if c == nil || c.Kind != table.String {
			continue
		}
		var market map[string]float64
		if u := p.r.job.Config.Market; u != nil {
			market = u.Niches
		}
		list = append(list, segment.Niches(name, texts(c), p.bought, profit, market, does)...)
	}
	slices.SortStableFunc(list, func(a, b segment.Niche) int { return cmp.Compare(b.Expected, a.Expected) })
	if len(list) == 0 {
		p.r.off(words{"niches to begin with", "nichos por los que empezar"}, words{"nothing that is known of people tells them apart into groups of 30 or more with 8 buyers", "nada de lo que se sabe de las personas las separa en grupos de 30 o más con 8 compradores"})
	}
	return list
}

// leaves is what everybody left in the last year: net profit where costs are configured,
// the amount otherwise.
func (p *placing) leaves() []float64 {
	if p.profits == nil {
		return p.feature("amount_365d")
	}
	v := make([]float64, p.n)
	for i, s := range p.profits {
		v[i] = s.Net
	}
	return v
}

// does is what everybody does, each column in standard deviations from the mean and cut
// at three.
func (p *placing) does() (columns [][]float64) {
	for _, name := range p.seg.Features {
		v := p.feature(name)
		sum, square, n := 0.0, 0.0, 0.0
		for _, x := range v {
			if !math.IsNaN(x) {
				sum, square, n = sum+x, square+x*x, n+1
			}
		}
		mean := sum / n
		sd := math.Sqrt(square/n - mean*mean)
		for i := range v {
			v[i] = max(-3, min(3, (v[i]-mean)/sd))
		}
		if sd > 0 {
			columns = append(columns, v)
		}
	}
	return columns
}

func nicheTable(list []segment.Niche) *table.Table {
	t := new(table.Table)
	number := func(name, unit, en, es string, of func(n *segment.Niche) float64) {
		t.Add(table.Floats(name, gathered(list, of)).Says(unit, en, es))
	}
	t.Add(table.Strings("attribute", gathered(list, func(n *segment.Niche) string { return n.Attribute })).Says("", "what tells the niche", "lo que define el nicho"))
	t.Add(table.Strings("value", gathered(list, func(n *segment.Niche) string { return n.Value })).Says("", "its value", "su valor"))
	t.Add(table.Ints("known", table.Int64, gathered(list, func(n *segment.Niche) int64 { return int64(n.Known) })).Says("people", "customers and prospects who are so", "clientes y prospectos que son así"))
	t.Add(table.Ints("buyers", table.Int64, gathered(list, func(n *segment.Niche) int64 { return int64(n.Buyers) })).Says("customers", "who of them have bought", "cuántos de ellos han comprado"))
	number("market", "people", "there are in the market, as market.niches says; null where it says nothing", "que hay en el mercado, según market.niches; nulo donde no dice nada", func(n *segment.Niche) float64 { return n.People })
	number("penetration", "share", "of the market, or of those who are known, has bought", "del mercado, o de los conocidos, que ha comprado", func(n *segment.Niche) float64 { return n.Penetration })
	number("penetration_low", "share", "lower end of its interval of 95 %", "extremo inferior de su intervalo del 95 %", func(n *segment.Niche) float64 { return n.Low })
	number("penetration_high", "share", "upper end of its interval of 95 %", "extremo superior de su intervalo del 95 %", func(n *segment.Niche) float64 { return n.High })
	number("profit", "currency a year", "of a buyer in the last year: net where costs are configured, the amount otherwise", "de un comprador en el último año: neto si hay costes configurados; si no, el importe", func(n *segment.Niche) float64 { return n.Profit })
	number("expected", "currency a year", "profit times the lower end of penetration: what one more person addressed is expected to bring at least; the niches stand in its order", "beneficio por el extremo inferior de la penetración: lo que se espera como mínimo de una persona más; los nichos van en este orden", func(n *segment.Niche) float64 { return n.Expected })
	t.Add(table.OptionalStrings("next", gathered(list, func(n *segment.Niche) string { return n.Next })).Says("", "where to go from there: the value whose buyers do most alike", "adónde seguir: el valor cuyos compradores más se parecen en lo que hacen"))
	number("likeness", "-1 to 1", "how alike: the correlation of what both do", "cuánto se parecen: la correlación de lo que hacen", func(n *segment.Niche) float64 { return n.Likeness })
	return t
}
