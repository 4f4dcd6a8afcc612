package metric

import "math"

// A ranking is how many rows with and without the outcome there are at each distinct
// score, from the highest to the lowest.
type ranking struct {
	yes, no     []float64
	allYes, all float64
}

// ranked counts rows in descending order of score; times says how often each row
// counts, once where it is nil.
func ranked(y, p []float64, at []int32, times []float64) *ranking {
	r := &ranking{}
	for k, i := range at {
		if k == 0 || p[i] != p[at[k-1]] {
			r.yes, r.no = append(r.yes, 0), append(r.no, 0)
		}
		n := 1.0
		if times != nil {
			n = times[i]
		}
		if y[i] == 1 {
			r.yes[len(r.yes)-1] += n
			r.allYes += n
		} else {
			r.no[len(r.no)-1] += n
		}
		r.all += n
	}
	return r
}

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
