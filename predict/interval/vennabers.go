package interval

import (
	"cmp"
	"slices"
)

// A VennAbers gives two probabilities of each score, one of which is calibrated: what an
// isotonic fit would say if the row in question turned out without the outcome, and if it
// turned out with it. They are close where many rows are alike, and far apart where few
// are, so that they say how little a handful of customers can tell.
//
// Vovk, V., Petej, I. (2014). Venn-Abers predictors. UAI.
type VennAbers struct {
	X   []float64 `json:"x"`   // distinct scores, rising
	Yes []float64 `json:"yes"` // rows with the outcome at each
	N   []float64 `json:"n"`   // rows at each
}

// NewVennAbers keeps calibration rows: scores, and what happened.
func NewVennAbers(x, y []float64) *VennAbers {
	at := make([]int, len(x))
	for i := range at {
		at[i] = i
	}
	slices.SortFunc(at, func(a, b int) int { return cmp.Compare(x[a], x[b]) })
	v := &VennAbers{}
	for k, i := range at {
		if k == 0 || x[i] != x[at[k-1]] {
			v.X, v.Yes, v.N = append(v.X, x[i]), append(v.Yes, 0), append(v.N, 0)
		}
		v.Yes[len(v.Yes)-1] += y[i]
		v.N[len(v.N)-1]++
	}
	return v
}

// Bounds are the two probabilities of a score.
func (v *VennAbers) Bounds(x float64) (p0, p1 float64) { return v.with(x, 0), v.with(x, 1) }

// with is the isotonic fit at x with one more row there.
func (v *VennAbers) with(x, y float64) float64 {
	type pool struct {
		sum, n float64
		here   bool
	}
	var pools []pool
	push := func(p pool) {
		pools = append(pools, p)
		for n := len(pools); n > 1 && pools[n-2].sum*pools[n-1].n >= pools[n-1].sum*pools[n-2].n; n = len(pools) {
			a, b := pools[n-2], pools[n-1]
			pools = append(pools[:n-2], pool{a.sum + b.sum, a.n + b.n, a.here || b.here})
		}
	}
	at, there := slices.BinarySearch(v.X, x)
	for k := range v.X {
		switch {
		case k == at && there:
			push(pool{v.Yes[k] + y, v.N[k] + 1, true})
			continue
		case k == at:
			push(pool{y, 1, true})
		}
		push(pool{v.Yes[k], v.N[k], false})
	}
	if at == len(v.X) {
		push(pool{y, 1, true})
	}
	for _, p := range pools {
		if p.here {
			return p.sum / p.n
		}
	}
	return y
}
