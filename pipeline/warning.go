package pipeline

import (
	"fmt"
	"math"
	"strings"

	"segmenta/table"
)

// A signal is a change in what a customer does that tends to come before leaving. It is
// no part of the model: it says what changed, and the model how likely they are to leave.
type signal struct {
	feature string
	at      float64 // it warns from here on, downwards where below is set
	below   bool
	en, es  string // with the customer's own value
}

// signals lists what is looked at. A feature that these data don't give is passed over.
var signals = []signal{
	{"overdue_ratio", 2, false, "silent for %.1f times their usual gap", "lleva %.1f veces su intervalo habitual sin comprar"},
	{"orders_trend_30d_90d", -0.5, true, "orders less often than two months ago (%+.2f)", "compra menos que hace dos meses (%+.2f)"},
	{"orders_trend_90d_180d", -0.5, true, "orders less often than half a year ago (%+.2f)", "compra menos que hace medio año (%+.2f)"},
	{"amount_trend_90d_180d", -0.5, true, "spends less than half a year ago (%+.2f)", "gasta menos que hace medio año (%+.2f)"},
	{"last_order_ratio", 0.5, true, "the last order was %.2f of the usual one", "el último pedido fue %.2f veces el habitual"},
	{"sessions_trend_30d_90d", -0.5, true, "visits less often than two months ago (%+.2f)", "visita menos que hace dos meses (%+.2f)"},
	{"return_share_365d", 0.25, false, "sent back %.2f of what they bought", "devolvió %.2f de lo que compró"},
	{"unsubscribes_all", 1, false, "unsubscribed (%.0f)", "se dio de baja de los envíos (%.0f)"},
	{"tickets_90d", 2, false, "asked for help %.0f times in 90 days", "pidió ayuda %.0f veces en 90 días"},
}

// warns reports whether a value is a warning.
func (s signal) warns(v float64) bool {
	if math.IsNaN(v) {
		return false
	}
	if s.below {
		return v <= s.at
	}
	return v >= s.at
}

// earlyWarnings adds what changed lately of those who are asked whether they leave, for
// every target that a purchase speaks against.
func (p *placing) earlyWarnings(name string) {
	s := p.r.scores[name]
	if p.r.job.Config.Targets[name].order() >= 0 {
		return
	}
	count := make([]int64, p.n)
	en, es := make([]string, p.n), make([]string, p.n)
	for _, sig := range signals {
		values := p.feature(sig.feature)
		for i, v := range values {
			if math.IsNaN(s.probability[i]) || !sig.warns(v) {
				continue
			}
			count[i]++
			en[i], es[i] = more(en[i], fmt.Sprintf(sig.en, v)), more(es[i], fmt.Sprintf(sig.es, v))
		}
	}
	c := table.Ints(name+"_warnings", table.Int32, count).Says("", "how many signs that they may leave came up lately", "cuántas señales de que puede irse han aparecido últimamente")
	c.Null = make([]bool, p.n)
	for i := range c.Null {
		c.Null[i] = math.IsNaN(s.probability[i])
	}
	p.out.Add(c)
	p.text(name+"_warnings_en", en, "which signs, in English", "qué señales, en inglés")
	p.text(name+"_warnings_es", es, "which signs, in Spanish", "qué señales")
}

func more(list, word string) string { return strings.TrimPrefix(list+"; "+word, "; ") }
