package features

import (
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"sync"
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

// meet reads one customer's rows.
func (a *asking) meet(c *customer, o *orderly) {
	*o = orderly{recent: a.recent, had: math.MinInt64, over: math.MinInt64, gaps: o.gaps[:0]}
	for file := range c.rows {
		for i := range c.rows[file].time {
			a.read(o, file, c, i)
		}
	}
}

// read takes one row in.
func (a *asking) read(o *orderly, file int, c *customer, i int) {
	r := &c.rows[file]
	known, at := r.knownAt(i) <= a.asOf, r.time[i]
	if file == transactions && r.number[amountField][i] >= 0 {
		o.order(at, c.days[i], known, a.to)
	}
	if known && a.having != nil && a.having.file == file && at >= a.within && a.having.counts(r, i) {
		o.had = max(o.had, at)
	}
	if known && a.ended != nil && a.ended.file == file && a.ended.counts(r, i) {
		o.over = max(o.over, at)
	}
	if a.of.file == file && at >= a.from && at < a.to && a.of.counts(r, i) {
		o.happened = true
	}
}

func (o *orderly) order(at int64, day int32, known bool, to int64) {
	if at < to {
		o.lastSeen = max(o.lastSeen, day)
	}
	if !known {
		return
	}
	if o.days > 0 && day != o.lastDay {
		o.gaps = append(o.gaps, float64(day-o.lastDay))
	}
	if o.days == 0 || day != o.lastDay {
		o.days++
	}
	o.last, o.lastDay = at, day
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

// pools are the limits of everybody's rhythm, which some targets lean on: they take
// a walk of their own. Without any gap, nobody has been silent for too long.
func (q *asked) pools() error {
	silent := q.silent()
	if len(silent) == 0 {
		return nil
	}
	gaps, err := q.gaps()
	if err != nil {
		return err
	}
	for i, a := range silent {
		a.pool = quantileOf(gaps[i], a.t.Quantile)
	}
	return nil
}

// silent lists the targets of silence.
func (q *asked) silent() (silent []*asking) {
	for _, a := range q.targets {
		if a.t.Outcome == "silence" {
			silent = append(silent, a)
		}
	}
	return silent
}

// gaps counts, for each target of silence, everybody's gaps by their length in days.
func (q *asked) gaps() ([]map[float64]int, error) {
	silent := q.silent()
	gaps := make([]map[float64]int, len(silent))
	for i := range gaps {
		gaps[i] = map[float64]int{}
	}
	if q.h.far != nil {
		return gaps, q.gapsElsewhere(gaps)
	}
	var mu sync.Mutex
	err := q.h.visit(q.Threads, func() func(int, *part, *grouper) error {
		var c customer
		var o orderly
		clock := newClock(q.h.zone)
		return func(_ int, p *part, g *grouper) error {
			for k := range p.byID {
				c.meet(p, g, k)
				c.date(clock)
				for i, a := range silent {
					a.meet(&c, &o)
					mu.Lock()
					for _, gap := range o.gaps {
						gaps[i][gap]++
					}
					mu.Unlock()
				}
			}
			return nil
		}
	})
	return gaps, err
}

// quantileOf is the quantile of values that are counted.
func quantileOf(counts map[float64]int, q float64) float64 {
	n := 0
	for _, k := range counts {
		n += k
	}
	at := max(0, int(math.Ceil(q*float64(n)-1e-9))-1)
	for _, v := range slices.Sorted(maps.Keys(counts)) {
		if at -= counts[v]; at < 0 {
			return v
		}
	}
	return math.Inf(1)
}

// quantile is the smallest value that at least that share of the values don't
// exceed. It sorts them.
func quantile(values []float64, q float64) float64 {
	slices.Sort(values)
	k := int(math.Ceil(q*float64(len(values))-1e-9)) - 1
	return values[max(0, min(k, len(values)-1))]
}
