package pipeline

import (
	"math"
	"slices"
	"strings"

	"segmenta/segment"
	"segmenta/table"
)

// profilingFeature says who agreed to be profiled.
const profilingFeature = "consents_profiling"

// noProfilingConsent is why somebody has no predictions.
const noProfilingConsent = "no_profiling_consent"

// silent marks those of whom nothing may be foretold, because they have not agreed to it
// (GDPR, articles 21 and 22). Where the customers file has no such column everybody is
// scored.
func (r *running) silent() []bool {
	silent := make([]bool, len(r.snapshot.Customers))
	c := r.snapshot.Table.Column(profilingFeature)
	if c == nil {
		return silent
	}
	for i := range silent {
		v := c.Number(i)
		silent[i] = v == 0 || math.IsNaN(v) && r.job.Config.Privacy.Profiling == "opt_in"
	}
	return silent
}

// withhold takes away what the value model foretells of those who have not agreed.
func (p *placing) withhold(v *valuing) {
	for _, values := range [][]float64{v.alive, v.purchases, v.low, v.high, v.spend, v.value, v.valueLow, v.valueHigh, v.next, v.nextLow, v.nextHigh} {
		for i, silent := range p.silent {
			if silent {
				values[i] = math.NaN()
			}
		}
	}
}

// forgo takes those who have not agreed out of the micro-segments and the priorities.
func (p *placing) forgo() {
	for i, silent := range p.silent {
		if silent {
			p.micro.segment[i], p.micro.second[i], p.micro.outlier[i], p.priority[i] = -1, -1, false, ""
			p.micro.distance[i], p.micro.margin[i], p.micro.membership[i] = math.NaN(), math.NaN(), math.NaN()
		}
	}
}

// forgoGoods takes away what they might buy.
func (p *placing) forgoGoods() {
	p.goods.affinities = slices.DeleteFunc(p.goods.affinities, func(a segment.Affinity) bool { return p.silent[a.Customer] })
	p.goods.opportunities = slices.DeleteFunc(p.goods.opportunities, func(o segment.Opportunity) bool { return p.silent[o.Customer] })
}

// foretold are the columns, and the beginnings of names of columns, that say more of
// somebody than what they did. Those of the targets go with them.
var foretold = []string{"p_alive", "expected_", "clv", "next_order_", "premium", "star", "vip", "value_churn", "micro_segment", "priority", "next_best_", "next_segment",
	"jtbd_intent", "misfit", "not_qualified_proposed", "icp_fit"}

// spentSoFar begins like a prediction and is none.
const spentSoFar = "clv_hist"

// agreements takes the predictions of those away who have not agreed to them, and adds
// who agreed to what.
func (p *placing) agreements() {
	marks := slices.Clone(foretold)
	for _, name := range p.r.job.Config.TargetNames() {
		marks = append(marks, name+"_")
	}
	for _, c := range p.out.Columns {
		if c.Name != spentSoFar && slices.ContainsFunc(marks, func(m string) bool { return strings.HasPrefix(c.Name, m) }) {
			nullOf(c, p.silent)
		}
	}
	why, n := make([]string, p.n), 0
	for i, silent := range p.silent {
		if silent {
			why[i], n = noProfilingConsent, n+1
			p.intent[i] = ""
		}
	}
	if n > 0 {
		p.r.manifest.NotScored = map[string]int{noProfilingConsent: n}
		p.r.off(words{"predictions of those without consent to profiling", "predicciones de quienes no consintieron la elaboración de perfiles"},
			words{"they have not agreed; not_scored_reason names them", "no han consentido; not_scored_reason los señala"})
	}
	p.text("not_scored_reason", why, "why nothing is foretold of them: no_profiling_consent; null where it is", "por qué no se predice nada de ellos: no_profiling_consent (sin consentimiento); nulo si se predice")
	all := p.everything()
	for _, c := range []struct{ name, en, es string }{
		{"email", "e-mail", "correo"}, {"sms", "SMS", "SMS"}, {"push", "push messages", "notificaciones push"}, {"phone", "calls", "llamadas"}, {"profiling", "profiling", "la elaboración de perfiles"},
	} {
		if p.r.snapshot.Table.Column("consents_"+c.name) == nil {
			continue // nothing says who agreed: no column, rather than one of nobody
		}
		p.out.Add(p.agreed(c.name).Says("", "whether they agreed to "+c.en+"; null where it is not recorded, which is no consent", "si consintieron "+c.es+"; nulo si no consta, que no es consentimiento"))
	}
	for _, ch := range segment.Channels {
		p.text("unreachable_"+ch.Name, ch.Unreachable(all),
			"why they must not be written to over this channel: not_qualified, no_consent, not_asked or no_address; null where they may",
			"por qué no se les escribe por este canal: not_qualified (no cualificado), no_consent (se negó), not_asked (no consta) o no_address (sin dirección); nulo si se puede")
	}
}

// agreed is a consent as yes, no or null.
func (p *placing) agreed(to string) *table.Column {
	yes, null := make([]bool, p.n), make([]bool, p.n)
	for i, v := range p.feature("consents_" + to) {
		yes[i], null[i] = v == 1, math.IsNaN(v)
	}
	c := table.Bools("consent_"+to, yes)
	c.Null = null
	return c
}

// nullOf makes a column null where those rows are marked.
func nullOf(c *table.Column, where []bool) {
	for i, w := range where {
		if w {
			if c.Null == nil {
				c.Null = make([]bool, c.Len())
			}
			c.Null[i] = true
		}
	}
}
