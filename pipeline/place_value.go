package pipeline

import (
	"encoding/json"
	"fmt"
	"math"

	"segmenta/predict/clv"
	"segmenta/segment"
	"segmenta/table"
)

// A valuing is what everybody is worth, as the stored model has it; NaN where it has
// nothing to say.
type valuing struct {
	model                       *valueModel
	alive, purchases, low, high []float64 // purchases with interval
	spend, value                []float64 // amount of a purchase; lifetime value in the horizon
	valueLow, valueHigh         []float64
	next, nextLow, nextHigh     []float64 // days to the next order
	total                       []float64 // spent so far and expected
	premium                     float64   // mean of total among all scored
	stars                       []float64
	ticket                      []float64 // average order
}

// valued reads the stored model and looks ahead of every customer.
func (p *placing) valued() (*valuing, error) {
	files := p.r.champions.files[customerValue]
	v := &valuing{model: new(valueModel)}
	if err := json.Unmarshal(files["value.json"], v.model); err != nil {
		return nil, mark(ErrGate, fmt.Errorf("value.json: %w", err))
	}
	m, c := v.model, p.r.job.Config.Value
	m.forest = files["model.txt"]
	if m.Horizon != c.Horizon.String() || m.Discount != *c.Discount || m.Level != c.Level {
		return nil, mark(ErrGate, fmt.Errorf("the stored model values %s at a discount of %v a year and a level of %v, and the configuration asks for %s, %v and %v: train again",
			m.Horizon, m.Discount, m.Level, c.Horizon, *c.Discount, c.Level))
	}
	for _, to := range []*[]float64{&v.alive, &v.purchases, &v.low, &v.high, &v.spend, &v.value, &v.valueLow, &v.valueHigh, &v.next, &v.nextLow, &v.nextHigh, &v.total} {
		*to = repeated(math.NaN(), p.n)
	}
	v.premium, v.ticket = math.NaN(), p.feature("average_order_all")
	if m.Abstained != (words{}) {
		p.r.off(words{"lifetime value", "valor de vida"}, m.Abstained)
	} else if err := p.lookAhead(v); err != nil {
		return nil, err
	}
	v.stars = m.Cuts.Ranks.Composite(v.value, p.orders, p.feature(marginFeature))
	if m.Cuts.Ranks.Margin == nil {
		p.r.off(words{"margin in stars", "margen en estrellas"}, words{"there is no feature " + marginFeature + ": lifetime value and frequency alone make a star", "no hay característica " + marginFeature + ": solo cuentan el valor de vida y la frecuencia"})
	}
	return v, nil
}

func (p *placing) lookAhead(v *valuing) error {
	m, r := v.model, p.r
	w := r.past.buyersAt(r.snapshot).look(m.Purchases, m.Spending, r.job.Config.Value, r.job.Threads)
	for _, f := range []struct {
		to     *[]float64
		figure func(f *clv.Forecast) float64
	}{
		{&v.alive, func(f *clv.Forecast) float64 { return f.Alive }},
		{&v.purchases, func(f *clv.Forecast) float64 { return f.Purchases }},
		{&v.low, func(f *clv.Forecast) float64 { return f.PurchasesLow }}, {&v.high, func(f *clv.Forecast) float64 { return f.PurchasesHigh }},
		{&v.spend, func(f *clv.Forecast) float64 { return f.Spend }}, {&v.value, func(f *clv.Forecast) float64 { return f.Value }},
		{&v.valueLow, func(f *clv.Forecast) float64 { return f.Low }}, {&v.valueHigh, func(f *clv.Forecast) float64 { return f.High }},
		{&v.next, func(f *clv.Forecast) float64 { return f.Next }}, {&v.nextLow, func(f *clv.Forecast) float64 { return f.NextLow }}, {&v.nextHigh, func(f *clv.Forecast) float64 { return f.NextHigh }},
	} {
		*f.to = w.of(p.n, f.figure)
	}
	if m.forest != nil {
		var err error
		if v.value, err = foretellTrees(r.past, r.snapshot, m, r.job.Config.Value, r.job.Threads); err != nil {
			return err
		}
		for i, value := range v.value {
			if !math.IsNaN(value) {
				v.valueLow[i], v.valueHigh[i] = m.Spread.of(value)
			}
		}
	}
	p.withhold(v)
	sum, n := 0.0, 0.0
	for i, value := range v.value {
		if v.total[i] = p.spent[i] + value; !math.IsNaN(v.total[i]) {
			sum, n = sum+v.total[i], n+1
		}
	}
	v.premium = sum / n
	return nil
}

// value scores everyone by stored cuts.
func (p *placing) value() (err error) {
	if p.worth, err = p.valued(); err != nil {
		return err
	}
	v := p.worth
	cuts := v.model.Cuts
	orders, amount := p.r.job.Config.Value.RFM.features()
	p.rfm = cuts.RFM.Score(p.recency, p.feature(orders), p.feature(amount))
	p.band, p.vip, p.priority = make([]string, p.n), make([]bool, p.n), make([]string, p.n)
	for i := range p.n {
		p.band[i] = cuts.Spent.Band(p.spent[i], p.bought[i])
		p.vip[i] = p.bought[i] && v.value[i] >= cuts.VIP
		if v.model.Abstained != (words{}) { // nothing foretells: the best tenth by what they spent
			p.vip[i] = p.bought[i] && p.spent[i] >= cuts.Spent.VIP
		}
	}
	p.r.manifest.Frozen = map[string]any{"rfm_cuts": cuts.RFM, "value_cuts": cuts.Spent, "vip_value": cuts.VIP, "high_ticket_order": cuts.HighTicket, "stars": cuts.Stars,
		"clv": map[string]any{"horizon": v.model.Horizon, "discount_a_year": v.model.Discount, "level": v.model.Level, "uses": v.model.Uses, "formula": v.model.Formula}}
	if !math.IsNaN(v.premium) {
		p.r.manifest.Frozen["premium_threshold"] = v.premium
	}
	return nil
}

// shareOfVIPs is how much of all that was spent the VIPs spent.
func (p *placing) shareOfVIPs() float64 {
	vip, all := 0.0, 0.0
	for i, s := range p.spent {
		if math.IsNaN(s) {
			continue
		}
		if all += s; p.vip[i] {
			vip += s
		}
	}
	return vip / all
}

// valueColumns adds what everyone is worth.
func (p *placing) valueColumns() {
	v := p.worth
	in, days := v.model.Horizon, v.model.Horizon
	level := fmt.Sprintf("%.0f %%", 100*v.model.Level)
	add := func(name, unit string, values []float64, en, es string) {
		p.out.Add(table.Floats(name, values).Says(unit, en, es))
	}
	add("p_alive", "probability", v.alive, "probability of still being a customer", "probabilidad de seguir siendo cliente")
	add("expected_purchases", "purchases", v.purchases, "expected days with a purchase in "+in, "días con compra esperados en "+days)
	add("expected_purchases_low", "purchases", v.low, "lower end of its interval of "+level, "extremo inferior de su intervalo del "+level)
	add("expected_purchases_high", "purchases", v.high, "upper end of its interval of "+level, "extremo superior de su intervalo del "+level)
	add("expected_spend", "currency", v.spend, "expected spend on a day with a purchase", "gasto esperado en un día con compra")
	discount := fmt.Sprintf("%v", v.model.Discount)
	add("clv_hist", "currency", p.spent, "spent so far", "gastado hasta ahora")
	add("clv", "currency", v.value, "expected spend in "+in+", discounted by "+discount+" a year ("+v.model.Uses+")", "gasto esperado en "+days+", descontado al "+discount+" anual ("+v.model.Uses+")")
	add("clv_low", "currency", v.valueLow, "lower end of its interval of "+level, "extremo inferior de su intervalo del "+level)
	add("clv_high", "currency", v.valueHigh, "upper end of its interval of "+level, "extremo superior de su intervalo del "+level)
	add("clv_total", "currency", v.total, "spent so far and expected", "gastado hasta ahora y esperado")
	p.out.Add(dates("next_order_date", p.r.past.asOf, v.next).Says("", "when half of those alike who buy again will have; null beyond ten years", "cuándo habrá comprado la mitad de sus semejantes que vuelven; nulo a más de diez años"))
	p.out.Add(dates("next_order_low", p.r.past.asOf, v.nextLow).Says("", "lower end of its interval of "+level, "extremo inferior de su intervalo del "+level))
	p.out.Add(dates("next_order_high", p.r.past.asOf, v.nextHigh).Says("", "upper end of its interval of "+level+"; null beyond ten years", "extremo superior de su intervalo del "+level+"; nulo a más de diez años"))
	p.whole("rfm_recency_3", p.rfm.R3, "recency score from 1 to 3", "puntuación de recencia de 1 a 3")
	p.whole("rfm_frequency_3", p.rfm.F3, "frequency score from 1 to 3", "puntuación de frecuencia de 1 a 3")
	p.whole("rfm_monetary_3", p.rfm.M3, "monetary score from 1 to 3", "puntuación monetaria de 1 a 3")
	p.text("rfm_cell", p.rfm.Cell, "recency, frequency and monetary score, one after another", "puntuaciones de recencia, frecuencia y valor, una tras otra")
	add("rfm_score", "", p.rfm.Weighted(p.r.job.Config.Value.RFM.weights()), "weighted mean of the three scores", "media ponderada de las tres puntuaciones")
	p.marks()
}

// marks adds who stands out.
func (p *placing) marks() {
	v := p.worth
	cuts := v.model.Cuts
	at := func(values []float64, from float64) []bool {
		out := make([]bool, p.n)
		for i, x := range values {
			out[i] = x >= from
		}
		return out
	}
	above := make([]bool, p.n)
	for i, x := range v.total {
		above[i] = x > v.premium
	}
	ticket := table.Bools("high_ticket", at(v.ticket, cuts.HighTicket))
	ticket.Null = make([]bool, p.n)
	for i, bought := range p.bought {
		ticket.Null[i] = !bought
	}
	p.out.Add(ticket.Says("", "among the highest average orders", "entre los tiques medios más altos"))
	p.out.Add(table.Bools("premium", above).Says("", "clv_total above the mean of everyone, which the manifest has", "clv_total superior a la media de todos, que está en el manifiesto"))
	p.out.Add(table.Bools("star", at(v.stars, cuts.Stars)).Says("", "among the best by lifetime value, frequency and margin together", "entre los mejores por valor de vida, frecuencia y margen a la vez"))
	churn := make([]string, p.n)
	for i, c := range p.churn {
		if p.band[i] != "" && !math.IsNaN(c) {
			churn[i] = p.band[i] + "/" + bandOf(c)
		}
	}
	p.text("value_churn", churn, "value band and churn band together", "banda de valor y banda de abandono juntas")
	p.r.manifest.Frozen["revenue_share_vip"] = segmentShare(p.shareOfVIPs())
}

// segmentShare is a share as a manifest can hold it: null where there is none.
func segmentShare(v float64) any {
	if math.IsNaN(v) {
		return nil
	}
	return v
}

// gridFigures are what the RFM grid shows.
func (p *placing) gridFigures() segment.GridFigures {
	return segment.GridFigures{Spent: p.spent, Orders: p.orders, Churn: p.churn, Worth: p.worth.value, Reachable: p.reachable()}
}

// reachable marks who can be written to over a channel at least; nil where nothing says
// who agreed.
func (p *placing) reachable() []bool {
	all, out := p.everything(), []bool(nil)
	for _, ch := range segment.Channels {
		reached := ch.Reached(all)
		if reached == nil {
			continue
		}
		if out == nil {
			out = make([]bool, p.n)
		}
		for i := range out {
			out[i] = out[i] || reached[i]
		}
	}
	return out
}
