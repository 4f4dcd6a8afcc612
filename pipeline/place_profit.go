package pipeline

import (
	"math"

	"segmenta/segment"
	"segmenta/table"
)

// yearly are the features that a customer's last year is read from.
var yearly = struct{ sales, returned, tickets, returns string }{"amount_365d", "returned_amount_365d", "tickets_365d", "returns_365d"}

// profit works out what everyone left in the last year, where the configuration says
// what customers cost.
func (p *placing) profit() {
	c := p.r.job.Config.Profit
	if c.Margin == 0 {
		p.r.off(words{"profit, cost to serve and return on actions", "beneficio, coste de servir y retorno de las acciones"},
			words{"profit.margin is not set", "no se ha fijado profit.margin"})
		return
	}
	zero := func(name string) []float64 {
		v := p.feature(name)
		for i := range v {
			if math.IsNaN(v[i]) {
				v[i] = 0
			}
		}
		return v
	}
	sales, returned, tickets, returns, tenure := zero(yearly.sales), zero(yearly.returned), zero(yearly.tickets), zero(yearly.returns), p.feature("tenure_days")
	p.profits = make([]segment.Profit, p.n)
	for i := range p.profits {
		p.profits[i] = c.costs().Profit(segment.Dealing{Sales: sales[i], Returned: returned[i], Tickets: tickets[i], Returns: returns[i], New: p.bought[i] && tenure[i] <= 365})
	}
}

// profitColumns adds everyone's year to the segment table.
func (p *placing) profitColumns() {
	if p.profits == nil {
		return
	}
	for _, c := range []struct {
		name, en, es string
		of           func(s segment.Profit) float64
	}{
		{"margin_365d", "sales of the last year less returns, as margin", "ventas del último año menos devoluciones, como margen", func(s segment.Profit) float64 { return s.Margin }},
		{"cost_to_serve", "tickets and returned lines of the last year, at the configured costs", "incidencias y devoluciones del último año, a los costes configurados", func(s segment.Profit) float64 { return s.Serve }},
		{"acquisition_cost", "of those acquired in the last year", "de los captados en el último año", func(s segment.Profit) float64 { return s.Acquire }},
		{"net_profit", "margin less cost to serve and acquisition", "margen menos coste de servir y de captación", func(s segment.Profit) float64 { return s.Net }},
	} {
		values := make([]float64, p.n)
		for i, s := range p.profits {
			values[i] = c.of(s)
		}
		p.out.Add(table.Floats(c.name, values).Says("currency", c.en, c.es))
	}
}

// A group of customers whose books are kept together.
type booked struct {
	kind string
	name segment.Name
	in   func(i int) bool
}

// books lists the segments that the profit table has a row for.
func (p *placing) books() (all []booked) {
	add := func(kind string, names []segment.Name, of []string) {
		for _, n := range names {
			all = append(all, booked{kind, n, func(i int) bool { return of[i] == n.ID }})
		}
	}
	add("lifecycle", segment.Stages, p.stage)
	add("rfm", segment.RFMNames, p.rfm.Name)
	add("value", segment.Bands, p.band)
	for _, row := range segment.Priorities {
		all = append(all, booked{"priority", row.Name, func(i int) bool { return p.priority[i] == row.ID }})
	}
	for _, m := range p.rules {
		all = append(all, booked{"rule", segment.Name{ID: m.Rule.ID, En: m.Rule.En.Name, Es: m.Rule.Es.Name}, func(i int) bool { return m.In[i] }})
	}
	return all
}

// profitTable is a row for each segment: what its customers left, and whether to stop
// attracting such.
func (p *placing) profitTable() *table.Table {
	var kinds, ids, en, es []string
	var n, losers []int64
	var columns [9][]float64
	var stop []bool
	for _, b := range p.books() {
		var of []segment.Profit
		for i := range p.profits {
			if p.bought[i] && b.in(i) {
				of = append(of, p.profits[i])
			}
		}
		a := segment.Add(of, 0.95)
		if a.Customers == 0 {
			continue
		}
		kinds, ids, en, es = append(kinds, b.kind), append(ids, b.name.ID), append(en, b.name.En), append(es, b.name.Es)
		n, losers, stop = append(n, int64(a.Customers)), append(losers, int64(a.Losers)), append(stop, a.Stop)
		for k, v := range []float64{a.Margin, a.Serve, a.Acquire, a.Net, a.Mean, a.Low, a.High, a.Acquire / float64(a.Customers), a.Retaining} {
			columns[k] = append(columns[k], v)
		}
	}
	t := new(table.Table)
	t.Add(table.Strings("kind", kinds).Says("", "the kind of segment", "el tipo de segmento"))
	t.Add(table.Strings("segment", ids).Says("", "the segment", "el segmento"))
	t.Add(table.Strings("name_en", en).Says("", "its name in English", "su nombre en inglés"))
	t.Add(table.Strings("name_es", es).Says("", "its name in Spanish", "su nombre en español"))
	t.Add(table.Ints("customers", table.Int64, n).Says("customers", "who have bought", "que han comprado"))
	for k, c := range []struct{ name, en, es string }{
		{"margin", "of the last year, added up", "del último año, sumado"}, {"cost_to_serve", "added up", "sumado"}, {"acquisition_cost", "added up", "sumado"},
		{"net_profit", "added up", "sumado"}, {"mean_net_profit", "of a customer", "de un cliente"}, {"mean_net_profit_low", "lower end of its interval of 95 %", "extremo inferior de su intervalo del 95 %"},
		{"mean_net_profit_high", "upper end of its interval of 95 %", "extremo superior de su intervalo del 95 %"}, {"cac", "acquisition cost over all customers of the segment", "coste de captación entre todos los clientes del segmento"},
		{"bad_retention_cost", "what serving those cost who left less than they cost", "lo que costó servir a quienes dejaron menos de lo que costaron"},
	} {
		t.Add(table.Floats(c.name, columns[k]).Says("currency", c.en, c.es))
	}
	t.Add(table.Ints("losers", table.Int64, losers).Says("customers", "who cost more than they left", "que costaron más de lo que dejaron"))
	t.Add(table.Bools("stop_attracting", stop).Says("", "even the upper end of the mean is below zero", "incluso el extremo superior de la media es negativo"))
	return t
}

// stakes are what may be lost with the customers of a row of the matrix.
func (p *placing) stakes(id string) (stakes []segment.AtStake, who []int) {
	for i, row := range p.priority {
		if s, known := p.atStake(i); known && row == id {
			stakes, who = append(stakes, s), append(who, i)
		}
	}
	return stakes, who
}

// atStake is what may be lost with one customer.
func (p *placing) atStake(i int) (s segment.AtStake, known bool) {
	v, margin := p.worth, p.r.job.Config.Profit.Margin
	if s.Leaves = p.churn[i]; math.IsNaN(s.Leaves) {
		s.Leaves = 1 - v.alive[i]
	}
	// One who stays buys as often as the model expects of who is surely alive; how often
	// that is in one case varies as counts do.
	orders := v.purchases[i] / v.alive[i]
	if !(v.alive[i] > 0) || math.IsNaN(orders*v.spend[i]+s.Leaves) {
		return s, false
	}
	s.Worth = margin * v.spend[i] * orders
	s.Error = margin * v.spend[i] * math.Sqrt(orders)
	return s, true
}

// priorityTable is the matrix: the articles' figures to start from beside what is
// expected of the user's own margins, costs and effects, and where a budget goes.
func (p *placing) priorityTable() *table.Table {
	c := p.r.job.Config.Profit
	returns := make([]segment.Return, len(segment.Priorities))
	var candidates []segment.Candidate
	for k, row := range segment.Priorities {
		if p.profits == nil {
			returns[k] = segment.Action{}.Expect(nil, false)
			continue
		}
		action := c.action(row.ID)
		stakes, who := p.stakes(row.ID)
		returns[k] = action.Expect(stakes, row.ID == "dormant_high" || row.ID == "dormant_low")
		for i, s := range stakes {
			candidates = append(candidates, segment.Candidate{Row: k, Cost: action.Cost, Keeps: action.Effect * s.Leaves * s.Worth, Tie: who[i]})
		}
	}
	funded, _ := segment.Allocate(c.Budget, len(returns), candidates)
	return p.matrix(returns, funded)
}

func (p *placing) matrix(returns []segment.Return, funded []segment.Funding) *table.Table {
	var ids, en, es, effort, promise, decision []string
	var rank, order, n, fundedN []int64
	var sure []bool
	var columns [10][]float64
	for k, row := range segment.Priorities {
		r := returns[k]
		customers := int64(0)
		for _, id := range p.priority {
			if id == row.ID {
				customers++
			}
		}
		ids, en, es, effort, promise = append(ids, row.ID), append(en, row.En), append(es, row.Es), append(effort, row.Effort), append(promise, row.Promise)
		rank, order, n, fundedN = append(rank, row.Rank), append(order, place1(returns, k)), append(n, customers), append(fundedN, int64(funded[k].Customers))
		decision, sure = append(decision, r.Decision), append(sure, r.Sure)
		for j, v := range []float64{row.Return, r.ROI, r.Low, r.High, r.Stake, r.Cost, r.BreakEven, r.PerUnit, funded[k].Spent, funded[k].Keeps} {
			columns[j] = append(columns[j], v)
		}
	}
	t := new(table.Table)
	t.Add(table.Strings("priority", ids).Says("", "row of the priority matrix", "fila de la matriz de prioridad"))
	t.Add(table.Strings("name_en", en).Says("", "its name in English", "su nombre en inglés"))
	t.Add(table.Strings("name_es", es).Says("", "its name in Spanish", "su nombre en español"))
	t.Add(table.Ints("customers", table.Int64, n).Says("customers", "how many", "cuántos"))
	t.Add(table.Ints("default_rank", table.Int32, rank).Says("", "priority to start from", "prioridad de partida"))
	t.Add(table.Strings("default_effort", effort).Says("", "effort to start from", "esfuerzo de partida"))
	t.Add(table.Strings("default_potential", promise).Says("", "potential to start from", "potencial de partida"))
	for j, c := range []struct{ name, unit, en, es string }{
		{"default_roi", "share", "return to start from, which is nobody's measurement", "retorno de partida, que nadie ha medido"},
		{"roi_expected", "share", "(margin kept − cost) / cost, on your own margins, costs and effects", "(margen conservado − coste) / coste, con sus márgenes, costes y efectos"},
		{"roi_low", "share", "lower end: the least effect and the lowest value", "extremo inferior: el menor efecto y el menor valor"},
		{"roi_high", "share", "upper end: the greatest effect and the highest value", "extremo superior: el mayor efecto y el mayor valor"},
		{"margin_at_stake", "currency", "margin expected to be lost in the horizon if nothing is done", "margen que se espera perder en el horizonte si no se hace nada"},
		{"cost", "currency", "of acting on everyone of the row", "de actuar sobre todos los de la fila"},
		{"effect_to_break_even", "share", "effect from which acting pays", "efecto desde el que compensa actuar"},
		{"margin_per_unit", "ratio", "margin kept by each unit of money spent", "margen conservado por unidad de dinero gastada"},
		{"budget_spent", "currency", "of the budget, spent where it keeps most", "del presupuesto, gastado donde más conserva"},
		{"budget_keeps", "currency", "margin that the budget is expected to keep", "margen que se espera conservar con el presupuesto"},
	} {
		t.Add(table.Floats(c.name, columns[j]).Says(c.unit, c.en, c.es))
	}
	t.Add(table.Ints("budget_customers", table.Int64, fundedN).Says("customers", "whom the budget pays for", "a los que alcanza el presupuesto"))
	ranked := table.Ints("rank", table.Int32, order).Says("", "by expected return, 1 first", "por retorno esperado; 1, lo primero")
	ranked.Null = make([]bool, len(order))
	for k, r := range returns {
		ranked.Null[k] = math.IsNaN(r.ROI)
	}
	t.Add(ranked)
	t.Add(table.OptionalStrings("decision", decision).Says("", "nurture, reactivate or let_go, by the sign of the return", "nurture (nutrir), reactivate (reactivar) o let_go (dejar ir), por el signo del retorno"))
	t.Add(table.Bools("decision_is_sure", sure).Says("", "the whole interval says so", "todo el intervalo lo confirma"))
	return t
}

// place1 is the place of a row by expected return, from 1.
func place1(returns []segment.Return, k int) int64 {
	place := int64(1)
	for j, r := range returns {
		if r.ROI > returns[k].ROI || r.ROI == returns[k].ROI && j < k {
			place++
		}
	}
	return place
}
