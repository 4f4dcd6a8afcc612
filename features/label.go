package features

import (
	"fmt"
	"time"
)

// A Target is a question about the time after a moment.
type Target struct {
	Name       string
	Kind       string        // churn: no order within the horizon; conversion: at least one
	Gap        time.Duration // between the moment and the horizon's start; whole days are calendar days
	Horizon    time.Duration
	Population string        // customers (who have ordered), prospects (who have not), active (who ordered within Active), or all; empty: customers for churn, all for conversion
	Active     time.Duration // empty: as long as the horizon
}

// Label says for each row of the snapshot what happened in [t+gap,
// t+gap+horizon): 1 or 0, and NaN for who is not in the population. It refuses a
// horizon that ends after knownUntil, since nobody can know yet.
func (h *History) Label(t Target, s *Snapshot, knownUntil time.Time) ([]float64, error) {
	if err := t.check(); err != nil {
		return nil, fmt.Errorf("target %s: %w", t.Name, err)
	}
	from := after(s.AsOf.In(h.zone), t.Gap)
	to := after(from, t.Horizon)
	if to.After(knownUntil) {
		return nil, fmt.Errorf("target %s: as of %s it ends on %s, and the data end on %s",
			t.Name, s.AsOf.Format(time.DateOnly), to.Format(time.DateOnly), knownUntil.Format(time.DateOnly))
	}
	active := t.Active
	if active == 0 {
		active = t.Horizon
	}
	asOf := s.AsOf.UnixMicro()
	recent := after(s.AsOf.In(h.zone), -active).UnixMicro()
	y := make([]float64, len(s.places))
	for i, who := range s.places {
		bought, last, again := h.orders(who, asOf, from.UnixMicro(), to.UnixMicro())
		if !t.asks(bought, last >= recent) {
			y[i] = nan
			continue
		}
		y[i] = float64(boolInt(again == (t.Kind == "conversion")))
	}
	return y, nil
}

func (t Target) check() error {
	switch {
	case t.Kind != "churn" && t.Kind != "conversion":
		return fmt.Errorf("kind %q, want churn or conversion", t.Kind)
	case t.Horizon <= 0 || t.Gap < 0 || t.Active < 0:
		return fmt.Errorf("it needs a horizon above zero, and no negative gap")
	}
	switch t.Population {
	case "", "customers", "prospects", "active", "all":
		return nil
	}
	return fmt.Errorf("population %q, want customers, prospects, active or all", t.Population)
}

// asks reports whether somebody is in the population.
func (t Target) asks(bought, lately bool) bool {
	switch t.Population {
	case "customers":
		return bought
	case "prospects":
		return !bought
	case "active":
		return bought && lately
	case "all":
		return true
	}
	return bought || t.Kind == "conversion"
}

// orders says whether a customer had ordered as of a moment, as was known then,
// when last, and whether there is an order between two later times.
func (h *History) orders(who place, asOf, from, to int64) (bought bool, last int64, again bool) {
	rows := h.parts[who.part].of(transactions, int(who.customer))
	for i := range rows {
		r := &rows[i]
		switch {
		case r.amount < 0:
		case r.time >= from && r.time < to:
			again = true
		case r.seen <= asOf:
			bought, last = true, r.time
		}
	}
	return bought, last, again
}

// Summaries returns what the buy-till-you-die models read, in days: on how many
// further days each customer ordered after the first, when the last of them was
// and how old the customer is (both since the first), and the mean amount of the
// further days, 0 where there are none. All are NaN for who has not ordered.
//
// Age ends with the last whole day before the moment, as in the papers.
//
// Fader, P. S., Hardie, B. G. S., Lee, K. L. (2005). "Counting your customers" the
// easy way: an alternative to the Pareto/NBD model. Marketing Science 24 (2).
func (h *History) Summaries(s *Snapshot) (freq, recency, age, monetary []float64) {
	n := len(s.places)
	freq, recency, age, monetary = fill(n, nan), fill(n, nan), fill(n, nan), fill(n, nan)
	asOf := s.AsOf.UnixMicro()
	today, _ := newClock(h.zone).local(asOf - 1)
	for i, who := range s.places {
		days, first, last, amount := h.repeats(who, asOf)
		if days == 0 {
			continue
		}
		freq[i], recency[i], age[i], monetary[i] = days-1, float64(last-first), float64(today-first), 0
		if days > 1 {
			monetary[i] = amount / (days - 1)
		}
	}
	return freq, recency, age, monetary
}

// repeats counts the days with an order and adds up the amounts of all but the
// first.
func (h *History) repeats(who place, asOf int64) (days float64, first, last int32, amount float64) {
	rows := h.parts[who.part].of(transactions, int(who.customer))
	for i := range rows {
		r := &rows[i]
		if r.amount < 0 || r.seen > asOf {
			continue
		}
		if days == 0 {
			first = r.day
		}
		if days == 0 || r.day != last {
			days, last = days+1, r.day
		}
		if r.day != first {
			amount += r.amount
		}
	}
	return days, first, last, amount
}
