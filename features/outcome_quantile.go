package features

import (
	"maps"
	"math"
	"slices"
	"sync"
)

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
