package metric

import (
	"math"
	"math/rand/v2"
)

// A ranking is how many rows with and without the outcome there are at each distinct
// score, from the highest to the lowest.
type ranking struct {
	yes, no     []float64
	allYes, all float64
}

// A descent is rows from the highest score to the lowest, laid out to be gone through
// many times.
type descent struct {
	y, p  []float64
	place []int32 // of each row
	edges []int32 // where each distinct score begins, and the end
	once  []float64
}

func newDescent(y, p []float64) *descent {
	n := len(y)
	d := &descent{make([]float64, n), make([]float64, n), make([]int32, n), nil, make([]float64, n)}
	for k, i := range descending(p) {
		d.y[k], d.p[k], d.place[i], d.once[k] = y[i], p[i], int32(k), 1
		if k == 0 || p[i] != d.p[k-1] {
			d.edges = append(d.edges, int32(k))
		}
	}
	d.edges = append(d.edges, int32(n))
	return d
}

// draw draws as many rows as there are, with replacement: times says how often each
// place was drawn.
func (d *descent) draw(times []float64, random *rand.Rand) {
	clear(times)
	for range times {
		times[d.place[random.IntN(len(times))]]++
	}
}

// of lays out how often rows count by their places.
func (d *descent) of(times, rows []float64) {
	for i, n := range rows {
		times[d.place[i]] = n
	}
}

// rank counts outcomes of 0 and 1; times says how often each place counts, once where
// it is nil.
func (d *descent) rank(r *ranking, times []float64) *ranking {
	if times == nil {
		times = d.once
	}
	r.yes, r.no, r.allYes, r.all = r.yes[:0], r.no[:0], 0, 0
	for g, from := range d.edges[:len(d.edges)-1] {
		yes, all := 0.0, 0.0
		for k := from; k < d.edges[g+1]; k++ {
			yes += times[k] * d.y[k]
			all += times[k]
		}
		r.yes, r.no = append(r.yes, yes), append(r.no, all-yes)
		r.allYes, r.all = r.allYes+yes, r.all+all
	}
	return r
}

// ranked counts rows by their scores.
func ranked(y, p []float64) *ranking { return newDescent(y, p).rank(new(ranking), nil) }

func (r *ranking) auc() float64 {
	above, below := 0.0, 0.0 // pairs in the right order, and rows with the outcome so far
	for k := range r.yes {
		above += r.no[k] * (below + r.yes[k]/2)
		below += r.yes[k]
	}
	return above / (r.allYes * (r.all - r.allYes))
}

func (r *ranking) averagePrecision() float64 {
	sum, yes, rows := 0.0, 0.0, 0.0
	for k := range r.yes {
		yes += r.yes[k]
		rows += r.yes[k] + r.no[k]
		if rows > 0 {
			sum += r.yes[k] * yes / rows
		}
	}
	return sum / r.allYes
}

func (r *ranking) ks() float64 {
	best, yes, no := 0.0, 0.0, 0.0
	for k := range r.yes {
		yes += r.yes[k] / r.allYes
		no += r.no[k] / (r.all - r.allYes)
		best = max(best, math.Abs(yes-no))
	}
	return best
}

// within is how many outcomes are among the first n rows; those that tie at the edge
// count in proportion.
func (r *ranking) within(n float64) float64 {
	yes := 0.0
	for k := range r.yes {
		rows := r.yes[k] + r.no[k]
		if rows >= n {
			return yes + r.yes[k]*n/rows
		}
		yes, n = yes+r.yes[k], n-rows
	}
	return yes
}

func (r *ranking) gain(share float64) float64 { return r.within(math.Ceil(share*r.all)) / r.allYes }

func (r *ranking) lift(share float64) float64 {
	n := math.Ceil(share * r.all)
	return r.within(n) / n / (r.allYes / r.all)
}
