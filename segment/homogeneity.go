package segment

import "fmt"

// alike warns of a segment whose customers have no more in common than as many drawn by
// lot: what was spent, when they last bought and what they did are as far apart as they
// are among all.
func alike(l *linting, h *held) {
	if h.size < 2 || h.size == len(h.In) {
		return
	}
	var in, out []int
	for i, v := range h.In {
		if v {
			in = append(in, i)
		} else {
			out = append(out, i)
		}
	}
	asked := 0
	for _, name := range []string{"amount_365d", "recency_days", "events_90d", "orders_365d"} {
		c := l.table.Column(name)
		if c == nil {
			continue
		}
		a, b := values(c, in), values(c, out)
		if len(a) < 2 || len(b) < 2 {
			continue
		}
		asked++
		if different(a, b) <= believed {
			return
		}
	}
	if asked > 0 {
		l.find("no_common_ground", "warning", h.Rule.ID, fmt.Sprintf("its %d customers have no more in common than as many drawn by lot", h.size),
			fmt.Sprintf("sus %d clientes no tienen más en común que otros tantos elegidos al azar", h.size))
	}
}
