package features

import (
	"fmt"
	"math"
	"slices"
	"time"

	"segmenta/table"
)

// Label says for each row of the snapshot what happened in [t+gap,
// t+gap+horizon): 1 or 0, and NaN for who is not asked, or who left for a reason
// that the customers file names. It refuses a horizon that ends after knownUntil,
// since nobody can know yet.
func (h *History) Label(t Target, s *Snapshot, knownUntil time.Time) ([]float64, error) {
	a, err := h.asking(t, s)
	if err != nil {
		return nil, err
	}
	if a.end.After(knownUntil) {
		return nil, fmt.Errorf("target %s: as of %s it ends on %s, and the data end on %s",
			t.Name, s.AsOf.Format(time.DateOnly), a.end.Format(time.DateOnly), knownUntil.Format(time.DateOnly))
	}
	y := make([]float64, len(s.places))
	a.walk(s, func(i int, o *orderly) {
		y[i] = nan
		if a.asks(o) {
			y[i] = float64(boolInt(a.happened(o)))
		}
		// Who stopped and said why has not churned, and nobody knows what they would
		// have done: a competing end, as if the data ended there.
		if y[i] == 1 && a.excluded[i] {
			y[i] = nan
		}
	})
	return y, nil
}

// Asked marks the customers of a snapshot of whom a target is asked, by what is
// known at its moment.
func (h *History) Asked(t Target, s *Snapshot) ([]bool, error) {
	a, err := h.asking(t, s)
	if err != nil {
		return nil, err
	}
	asked := make([]bool, len(s.places))
	a.walk(s, func(i int, o *orderly) { asked[i] = a.asks(o) && !a.excluded[i] })
	return asked, nil
}

// asking is a target put to a snapshot.
type asking struct {
	h             *History
	t             Target
	of            picked
	having, ended *picked
	asOf, from    int64
	to, recent    int64
	within        int64
	end           time.Time
	today, lastly int32  // days of the moment, and of the horizon's end
	excluded      []bool // by row of the snapshot
	pool          float64
	gaps          []float64
}

func (h *History) asking(t Target, s *Snapshot) (*asking, error) {
	t, err := t.Complete()
	if err == nil {
		err = t.Wanting()
	}
	if err != nil {
		return nil, fmt.Errorf("target %s: %w", t.Name, err)
	}
	start := s.AsOf.In(h.zone)
	from := after(start, t.Gap)
	a := &asking{h: h, t: t, of: h.pick(t.Of), asOf: s.AsOf.UnixMicro(), from: from.UnixMicro(), end: after(from, t.Horizon), within: math.MinInt64}
	a.to = a.end.UnixMicro()
	or(&t.Active, t.Horizon)
	a.recent = after(start, -t.Active).UnixMicro()
	if t.Within > 0 {
		a.within = after(start, -t.Within).UnixMicro()
	}
	for _, r := range []struct {
		rows *Rows
		to   **picked
	}{{t.Having, &a.having}, {t.Ended, &a.ended}} {
		if r.rows != nil {
			p := h.pick(*r.rows)
			*r.to = &p
		}
	}
	clock := newClock(h.zone)
	a.today, _ = clock.local(a.asOf - 1)
	a.lastly, _ = clock.local(a.to - 1)
	a.excluded = h.filled(t.Excluded, s)
	if t.Outcome == "silence" {
		a.pool = a.pooled(s)
	}
	return a, nil
}

// filled marks who has a word in any of these columns of the customers file, as
// the file stands now.
func (h *History) filled(columns []string, s *Snapshot) []bool {
	in := make([]bool, len(s.places))
	if h.profiles == nil {
		return in
	}
	for _, name := range columns {
		c := h.profiles.Column(name)
		for i, at := range s.places {
			k := h.parts[at.part].profile[at.customer]
			in[i] = in[i] || c != nil && k >= 0 && !c.IsNull(int(k)) && (c.Kind != table.String || c.Text(int(k)) != "")
		}
	}
	return in
}

// orderly is what a target needs to know of one customer.
type orderly struct {
	days      int   // with an order, as was known at the moment
	last      int64 // order known at the moment
	lastDay   int32
	recent    int64
	gaps      []float64 // between them, in days
	had, over int64     // the last row of Having, and of Ended
	happened  bool      // a row of Of in the horizon
	lastSeen  int32     // day of the last order before the horizon's end
}

// walk reads each customer's rows once.
func (a *asking) walk(s *Snapshot, say func(i int, o *orderly)) {
	for i, who := range s.places {
		o := orderly{recent: a.recent, had: math.MinInt64, over: math.MinInt64, gaps: a.gaps[:0]}
		part := a.h.parts[who.part]
		for source := range part.rows {
			for k, rows := 0, part.of(source, int(who.customer)); k < len(rows); k++ {
				a.read(&o, source, &rows[k])
			}
		}
		say(i, &o)
		a.gaps = o.gaps
	}
}

// read takes one row in.
func (a *asking) read(o *orderly, source int, r *row) {
	known := r.seen <= a.asOf
	if source == transactions && r.amount >= 0 {
		o.order(r, known, a.to)
	}
	if known && a.having != nil && a.having.source == source && r.time >= a.within && a.having.counts(r) {
		o.had = max(o.had, r.time)
	}
	if known && a.ended != nil && a.ended.source == source && a.ended.counts(r) {
		o.over = max(o.over, r.time)
	}
	if a.of.source == source && r.time >= a.from && r.time < a.to && a.of.counts(r) {
		o.happened = true
	}
}

func (o *orderly) order(r *row, known bool, to int64) {
	if r.time < to {
		o.lastSeen = max(o.lastSeen, r.day)
	}
	if !known {
		return
	}
	if o.days > 0 && r.day != o.lastDay {
		o.gaps = append(o.gaps, float64(r.day-o.lastDay))
	}
	if o.days == 0 || r.day != o.lastDay {
		o.days++
	}
	o.last, o.lastDay = r.time, r.day
}

// asks reports whether the target is asked of somebody.
func (a *asking) asks(o *orderly) bool {
	if !populations[a.t.Population](o, &a.t) {
		return false
	}
	if a.having != nil && (o.had == math.MinInt64 || o.over > o.had) {
		return false
	}
	return a.t.Outcome != "silence" || o.days > 0 && float64(a.today-o.lastDay) <= a.limit(o)
}

func (a *asking) happened(o *orderly) bool {
	switch a.t.Outcome {
	case "none":
		return !o.happened
	case "silence":
		return float64(a.lastly-o.lastSeen) > a.limit(o)
	}
	return o.happened
}

// limit is the silence in days past which a customer has churned: the quantile
// of their own gaps, drawn towards everybody's below four orders.
func (a *asking) limit(o *orderly) float64 {
	const enough = 3 // gaps
	n := len(o.gaps)
	if n == 0 {
		return a.pool
	}
	own := quantile(o.gaps, a.t.Quantile)
	if n >= enough {
		return own
	}
	return (float64(n)*own + float64(enough-n)*a.pool) / enough
}

// pooled is the quantile of everybody's gaps; without any gap, nobody has been
// silent for too long.
func (a *asking) pooled(s *Snapshot) float64 {
	var all []float64
	a.walk(s, func(_ int, o *orderly) { all = append(all, o.gaps...) })
	if len(all) == 0 {
		return math.Inf(1)
	}
	return quantile(all, a.t.Quantile)
}

// quantile is the smallest value that at least that share of the values don't
// exceed. It sorts them.
func quantile(values []float64, q float64) float64 {
	slices.Sort(values)
	k := int(math.Ceil(q*float64(len(values))-1e-9)) - 1
	return values[max(0, min(k, len(values)-1))]
}
