package features

import (
	"fmt"
	"math"
	"time"
)

// A Target is an outcome to predict: whether a customer buys in the days that follow.
type Target struct {
	Name       string
	Kind       string // churn: 1 is no purchase; conversion: 1 is a purchase
	Gap        int    // days after the moment at which the horizon begins
	Horizon    int    // days
	Population string // customers (have bought), prospects (have not), or all
	Active     int    // days before the moment in which they must have bought; 0: ever
}

// Label says what followed: 1, 0, or NaN for those outside the population. The window
// is [moment + gap, moment + gap + horizon), and all of it must be known.
func (h *History) Label(t Target, s *Snapshot, knownUntil time.Time) ([]float64, error) {
	from := s.AsOf.AddDate(0, 0, t.Gap)
	to := from.AddDate(0, 0, t.Horizon)
	if to.After(knownUntil) {
		return nil, fmt.Errorf("%s: what follows %s is known until %s only, and %s is needed", t.Name,
			s.AsOf.Format(time.DateOnly), knownUntil.Format(time.DateOnly), to.Format(time.DateOnly))
	}
	active := int64(-never)
	if t.Active > 0 {
		active = s.AsOf.AddDate(0, 0, -t.Active).UnixMicro()
	}
	y := make([]float64, len(s.members))
	for i, c := range s.members {
		last, bought := h.around(int(c), s.AsOf.UnixMicro(), from.UnixMicro(), to.UnixMicro())
		y[i] = yes(bought == (t.Kind == "conversion"))
		if customer := last != -never; t.Population == "customers" && !customer || t.Population == "prospects" && customer ||
			t.Active > 0 && last < active {
			y[i] = math.NaN()
		}
	}
	return y, nil
}

// around is when a customer's last purchase before a moment was, and whether they
// bought in a window.
func (h *History) around(c int, before, from, to int64) (last int64, bought bool) {
	last = -never
	for i := range h.lines[c] {
		r := &h.lines[c][i]
		switch {
		case r.amount < 0:
		case r.at < before && r.known <= before:
			last = r.at
		case r.at >= from && r.at < to:
			bought = true
		}
	}
	return last, bought
}

// Summaries are what models of purchase rhythm work on, in days, for each customer of
// a snapshot: how many further days they bought on, the time from their first to their
// last purchase and to the moment, and what they spent on a further day on average.
// NaN for those who haven't bought; monetary also for those who bought on one day.
//
// Fader, P. S., Hardie, B. G. S. and Lee, K. L. (2005). "Counting Your Customers" the
// Easy Way: An Alternative to the Pareto/NBD Model. Marketing Science 24 (2).
func (h *History) Summaries(s *Snapshot) (frequency, recency, age, monetary []float64) {
	n := len(s.members)
	frequency, recency, age, monetary = make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	t := s.AsOf.UnixMicro()
	now := dayOf(h.clock.wall(t))
	for i, c := range s.members {
		var days []int64
		later := 0.0
		for k := range h.lines[c] {
			r := &h.lines[c][k]
			if r.at >= t || r.known > t || r.amount < 0 {
				continue
			}
			if d := dayOf(r.wall); len(days) == 0 || d != days[len(days)-1] {
				days = append(days, d)
			}
			if len(days) > 1 {
				later += r.amount
			}
		}
		frequency[i], recency[i], age[i], monetary[i] = missing, missing, missing, missing
		if len(days) > 0 {
			frequency[i] = float64(len(days) - 1)
			recency[i] = float64(days[len(days)-1] - days[0])
			age[i] = float64(now - days[0])
		}
		if len(days) > 1 {
			monetary[i] = later / frequency[i]
		}
	}
	return frequency, recency, age, monetary
}
