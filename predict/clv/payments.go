package clv

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// payments tabulate how much n purchases of a customer with a given frequency amount
// to: n purchases add up to a beta-prime (pn, q+px) times v + x·mean, so that one table
// serves everyone of that frequency.
type payments struct {
	from, step float64     // ln of amounts over v + x·mean: from, from + step, …
	below      [][]float64 // [n−1][node]: probability of n purchases amounting to no more
}

// grid is how many nodes a table has: within one the distribution is taken for straight.
const grid = 96

// tabulate makes the tables of all frequencies, each as long as its longest road.
func (f *forecaster) tabulate(parts [][]int32) {
	if f.spending == nil || f.amounts == nil {
		return
	}
	youngest := make(map[float64]int32) // of a frequency, who buy most
	for _, part := range parts {
		if x := f.h.Frequency[part[0]]; !has(youngest, x) || f.h.Age[part[0]] < f.h.Age[youngest[x]] {
			youngest[x] = part[0]
		}
	}
	often := sortedKeys(youngest)
	tables := make([]*payments, len(often))
	spread(len(often), f.Threads, func(k int) {
		most := 1
		for _, c := range f.road(youngest[often[k]]).counts {
			most = max(most, len(c)-1)
		}
		tables[k] = newPayments(f.spending, often[k], most)
	})
	f.payments = make(map[float64]*payments)
	for k, x := range often {
		f.payments[x] = tables[k]
	}
}

func newPayments(s *Spending, x float64, most int) *payments {
	q := s.Q + s.P*x
	middle := func(n float64) float64 { return mathext.Digamma(s.P*n) - mathext.Digamma(q) }
	wide := func(n float64) float64 { return math.Sqrt(trigamma(s.P*n) + trigamma(q)) }
	high := middle(float64(most)) + 6*wide(float64(most))
	low := max(middle(1)-6*wide(1), high-20)
	t := &payments{from: low, step: (high - low) / (grid - 1)}
	for n := 1; n <= most; n++ {
		row := make([]float64, grid)
		for i := range row {
			row[i] = mathext.RegIncBeta(s.P*float64(n), q, 1/(1+math.Exp(-(low+float64(i)*t.step))))
		}
		t.below = append(t.below, row)
	}
	return t
}

// of is the probability of buying at least once for no more than each node, when
// purchases have these probabilities.
func (t *payments) of(counts []float64) []float64 {
	out := make([]float64, grid)
	for n := 1; n < len(counts); n++ {
		row := t.below[min(n, len(t.below))-1]
		for i, b := range row {
			out[i] += counts[n] * b
		}
	}
	return out
}

// at reads a tabulated distribution between its nodes.
func (t *payments) at(paid []float64, log float64) float64 {
	place := (log - t.from) / t.step
	switch k := int(place); {
	case place < 0:
		return 0
	case k >= grid-1:
		return paid[grid-1]
	default:
		return paid[k] + (place-float64(k))*(paid[k+1]-paid[k])
	}
}

// value is the interval of what a customer pays, worth today.
func (f *forecaster) value(r *road, pay *payments, alive []float64, amount float64) (low, high float64) {
	s := f.spending
	shifts := make([]float64, 0, 6)
	center := spend(s.P, s.Q, s.V, r.x, amount)
	for _, v := range f.spendVar {
		shift := math.Log(spend(v[0], v[1], v[2], r.x, amount) / center)
		if math.IsNaN(shift) || math.IsInf(shift, 0) {
			shift = 0
		}
		shifts = append(shifts, shift)
	}
	nothing := f.mixture(r, alive)[0]
	var below [grid]float64
	for i := range below {
		below[i] = nothing
		for j := range r.paid {
			below[i] += f.share[j] * alive[j] * r.paid[j][i]
		}
		for _, shift := range shifts {
			below[i] += f.each() * alive[0] * pay.at(r.paid[0], pay.from+float64(i)*pay.step-shift)
		}
	}
	unit := r.discount * (s.V + r.x*amount)
	return f.within(nothing, func(u float64) float64 {
		for k := range below {
			if below[k] < u {
				continue
			}
			log := pay.from + float64(k)*pay.step
			if k > 0 && below[k] > below[k-1] {
				log -= pay.step * (below[k] - u) / (below[k] - below[k-1])
			}
			return unit * math.Exp(log)
		}
		return unit * math.Exp(pay.from+(grid-1)*pay.step)
	})
}
