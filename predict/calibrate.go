package predict

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
)

// A Calibration makes probabilities of raw scores: it never changes their order.
type Calibration struct {
	Method string    `json:"method"` // platt or isotonic
	Slope  float64   `json:"slope,omitempty"`
	Offset float64   `json:"offset,omitempty"`
	X      []float64 `json:"x,omitempty"` // isotonic: raw scores, rising,
	Y      []float64 `json:"y,omitempty"` // and the probabilities there; straight lines between
}

// Calibrate fits both methods to scores of rows that the model did not learn from, and
// keeps the one with the smaller log loss on rows left out in turn. Isotonic bends to
// any shape but needs rows; it must win by more than noise, so that in doubt the
// simple one is kept.
//
// Platt, J. (1999). Probabilistic outputs for support vector machines. Zadrozny, B.
// and Elkan, C. (2002). Transforming classifier scores into accurate multiclass
// probability estimates. KDD.
func Calibrate(raw, y []float64) (*Calibration, error) {
	if len(raw) != len(y) || len(raw) == 0 {
		return nil, fmt.Errorf("%d scores and %d outcomes", len(raw), len(y))
	}
	if !slices.Contains(y, 0) || !slices.Contains(y, 1) {
		return nil, errors.New("all rows have the same outcome")
	}
	best := platt(raw, y)
	if len(raw) >= 2000 && leftOutLoss(raw, y, isotonic) < leftOutLoss(raw, y, platt)-2/float64(len(raw)) {
		best = isotonic(raw, y)
	}
	return best, nil
}

// leftOutLoss is the mean log loss on each fifth of the rows, fitted on the rest.
func leftOutLoss(raw, y []float64, fit func(raw, y []float64) *Calibration) float64 {
	const parts = 5
	sum := 0.0
	for part := range parts {
		var r, o, rest, outcomes []float64
		for i := range raw {
			if i%parts == part {
				r, o = append(r, raw[i]), append(o, y[i])
			} else {
				rest, outcomes = append(rest, raw[i]), append(outcomes, y[i])
			}
		}
		for i, p := range fit(rest, outcomes).Apply(r) {
			p = min(max(p, 1e-6), 1-1e-6)
			sum -= o[i]*math.Log(p) + (1-o[i])*math.Log(1-p)
		}
	}
	return sum / float64(len(raw))
}

// Apply makes probabilities of raw scores.
func (c *Calibration) Apply(raw []float64) []float64 {
	out := make([]float64, len(raw))
	for i, z := range raw {
		if c.Method == "isotonic" {
			out[i] = c.between(z)
		} else {
			out[i] = 1 / (1 + math.Exp(-c.Slope*z-c.Offset))
		}
	}
	return out
}

// between reads the isotonic curve; beyond its ends it stays level.
func (c *Calibration) between(z float64) float64 {
	k, _ := slices.BinarySearch(c.X, z)
	switch {
	case k == 0:
		return c.Y[0]
	case k == len(c.X):
		return c.Y[k-1]
	}
	w := (z - c.X[k-1]) / (c.X[k] - c.X[k-1])
	return c.Y[k-1] + w*(c.Y[k]-c.Y[k-1])
}

// platt fits a logistic curve by Newton's method. The outcomes are drawn in by one
// case, as Platt does, so that separable scores have a solution too.
func platt(raw, y []float64) *Calibration {
	yes := 0.0
	for _, v := range y {
		yes += v
	}
	high, low := (yes+1)/(yes+2), 1/(float64(len(y))-yes+2)
	slope, offset := 1.0, 0.0
	for range 100 {
		var ga, gb, haa, hab, hbb float64
		for i, z := range raw {
			t := low
			if y[i] == 1 {
				t = high
			}
			p := 1 / (1 + math.Exp(-slope*z-offset))
			d, w := p-t, p*(1-p)+1e-12
			ga, gb = ga+d*z, gb+d
			haa, hab, hbb = haa+w*z*z, hab+w*z, hbb+w
		}
		haa += 1e-9
		det := haa*hbb - hab*hab
		if det <= 0 {
			break
		}
		da, db := (hbb*ga-hab*gb)/det, (haa*gb-hab*ga)/det
		slope, offset = slope-da, offset-db
		if math.Abs(da)+math.Abs(db) < 1e-10 {
			break
		}
	}
	if !(slope > 0) || math.IsInf(slope, 0) || math.IsNaN(offset) { // scores that say nothing: everyone's rate, in the same order
		rate := (yes + 0.5) / (float64(len(y)) + 1)
		slope, offset = 1e-6, math.Log(rate/(1-rate))
	}
	return &Calibration{Method: "platt", Slope: slope, Offset: offset}
}

// isotonic pools neighbours that are out of order (Ayer et al. 1955).
func isotonic(raw, y []float64) *Calibration {
	at := make([]int, len(raw))
	for i := range at {
		at[i] = i
	}
	slices.SortStableFunc(at, func(a, b int) int { return cmp.Compare(raw[a], raw[b]) })
	type pool struct{ from, to, sum, n float64 }
	var pools []pool
	for k, i := range at {
		if k > 0 && raw[i] == raw[at[k-1]] {
			p := &pools[len(pools)-1]
			p.sum, p.n = p.sum+y[i], p.n+1
		} else {
			pools = append(pools, pool{raw[i], raw[i], y[i], 1})
		}
		if k+1 < len(at) && raw[at[k+1]] == raw[i] {
			continue
		}
		for n := len(pools); n > 1 && pools[n-2].sum*pools[n-1].n >= pools[n-1].sum*pools[n-2].n; n = len(pools) {
			a, b := pools[n-2], pools[n-1]
			pools = append(pools[:n-2], pool{a.from, b.to, a.sum + b.sum, a.n + b.n})
		}
	}
	c := &Calibration{Method: "isotonic"}
	for _, p := range pools {
		rate := p.sum / p.n
		c.X, c.Y = append(c.X, p.from), append(c.Y, rate)
		if p.to > p.from {
			c.X, c.Y = append(c.X, p.to), append(c.Y, rate)
		}
	}
	return c
}
