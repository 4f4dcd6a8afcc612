package features

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"time"

	"segmenta/table"
)

// Label says for each row of the snapshot what happened in [t+gap,
// t+gap+horizon): 1 or 0, and NaN for who is not asked, or who left for a reason
// that the customers file names. It refuses a horizon that ends after knownUntil,
// since nobody can know yet. What the snapshot's question didn't ask takes another
// walk.
func (h *History) Label(t Target, s *Snapshot, knownUntil time.Time) ([]float64, error) {
	whole, err := t.Complete()
	if err != nil {
		return nil, fmt.Errorf("target %s: %w", t.Name, err)
	}
	if end := h.Ends(whole, s); end.After(knownUntil) {
		return nil, fmt.Errorf("target %s: as of %s it ends on %s, and the data end on %s",
			t.Name, s.AsOf.Format(time.DateOnly), end.Format(time.DateOnly), knownUntil.Format(time.DateOnly))
	}
	o, err := h.outcome(t, s)
	if err != nil {
		return nil, err
	}
	return slices.Clone(o.label), nil
}

// Asked marks the customers of a snapshot of whom a target is asked, by what is
// known at its moment.
func (h *History) Asked(t Target, s *Snapshot) ([]bool, error) {
	o, err := h.outcome(t, s)
	if err != nil {
		return nil, err
	}
	asked := make([]bool, len(o.asked))
	for i, v := range o.asked {
		asked[i] = v == 1
	}
	return asked, nil
}

// An outcome is what a walk found of a target, by row of a snapshot.
type outcome struct {
	target       Target
	label, asked []float64
}

// outcome finds what was found of a target, or finds it now.
func (h *History) outcome(t Target, s *Snapshot) (*outcome, error) {
	for i := range s.outcomes {
		if reflect.DeepEqual(s.outcomes[i].target, t) {
			return &s.outcomes[i], nil
		}
	}
	again, err := h.Answer(Question{Moments: []time.Time{s.AsOf}, Targets: []Target{t}, Threads: h.threads})
	if err != nil {
		return nil, err
	}
	s.outcomes = append(s.outcomes, again[0].outcomes...)
	return &s.outcomes[len(s.outcomes)-1], nil
}

// outcomeColumns are what a walk finds of a target and a customer: the label, and
// whether it is asked.
const outcomeColumns = 2

// asking is a target as of one moment.
type asking struct {
	h             *History
	t             Target
	of            picked
	having, ended *picked
	asOf, from    int64
	to, recent    int64
	within        int64
	today, lastly int32  // days of the moment, and of the horizon's end
	excluded      []bool // by row of the customers file
	pool          float64
}

func (h *History) asking(t Target, at time.Time) (*asking, error) {
	t, err := t.Complete()
	if err == nil {
		err = t.Wanting()
	}
	if err != nil {
		return nil, fmt.Errorf("target %s: %w", t.Name, err)
	}
	t = h.extras.target(t)
	start := at.In(h.zone)
	from := after(start, t.Gap)
	a := &asking{h: h, t: t, asOf: at.UnixMicro(), from: from.UnixMicro(), to: after(from, t.Horizon).UnixMicro(), within: math.MinInt64}
	if a.of, err = h.pick(t.Of); err != nil {
		return nil, fmt.Errorf("target %s: %w", t.Name, err)
	}
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
			p, err := h.pick(*r.rows)
			if err != nil {
				return nil, fmt.Errorf("target %s: %w", t.Name, err)
			}
			*r.to = &p
		}
	}
	clock := newClock(h.zone)
	a.today, a.lastly = clock.day(a.asOf-1), clock.day(a.to-1)
	a.excluded = h.filled(t.Excluded)
	return a, nil
}

// filled marks the rows of the customers file that have a word in any of these
// columns, as the file stands now.
func (h *History) filled(columns []string) []bool {
	if h.profiles == nil {
		return nil
	}
	in := make([]bool, h.profiles.Rows())
	for _, name := range columns {
		c := h.profiles.Column(name)
		for k := range in {
			in[k] = in[k] || c != nil && !c.IsNull(k) && (c.Kind != table.String || c.Text(k) != "")
		}
	}
	return in
}

// answer fills in what the target finds of one customer.
func (a *asking) answer(c *customer, o *orderly, out []float64) {
	a.meet(c, o)
	excluded := c.profile >= 0 && a.excluded[c.profile]
	asks := a.asks(o)
	out[0], out[1] = nan, float64(boolInt(asks && !excluded))
	if asks {
		out[0] = float64(boolInt(a.happened(o)))
	}
	// Who stopped and said why has not churned, and nobody knows what they would
	// have done: a competing end, as if the data ended there.
	if out[0] == 1 && excluded {
		out[0] = nan
	}
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
