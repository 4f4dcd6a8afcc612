package predict

import (
	"cmp"
	"math"
	"slices"
)

// Platt fits a logistic curve by Newton's method. The outcomes are drawn in by one
// case, so that separable scores have a solution too.
//
// Platt, J. (1999). Probabilistic outputs for support vector machines.
func Platt(raw, y []float64) *Calibration {
	yes := 0.0
	for _, v := range y {
		yes += v
	}
	high, low := (yes+1)/(yes+2), 1/(float64(len(y))-yes+2)
	target := make([]float64, len(y))
	for i, v := range y {
		target[i] = low
		if v == 1 {
			target[i] = high
		}
	}
	b := newton([][]float64{raw}, target)
	c := &Calibration{Method: "platt", Slope: b[0], Offset: b[1]}
	if !(c.Slope > 0) || math.IsInf(c.Slope, 0) || math.IsNaN(c.Offset) { // scores that say nothing: everyone's rate, in the same order
		rate := (yes + 0.5) / (float64(len(y)) + 1)
		c.Slope, c.Offset = 1e-6, math.Log(rate/(1-rate))
	}
	return c
}

// Beta fits log-odds = C + A ln p − B ln(1 − p) with A and B not negative: it bends
// where Platt's curve can't, and contains doing nothing (1, 1, 0).
//
// Kull, M., Silva Filho, T., Flach, P. (2017). Beta calibration. AISTATS.
func Beta(raw, y []float64) *Calibration {
	up, down := make([]float64, len(raw)), make([]float64, len(raw))
	for i, z := range raw {
		up[i], down[i] = -softplus(-z), softplus(z)
	}
	b := newton([][]float64{up, down}, y)
	c := &Calibration{Method: "beta", A: b[0], B: b[1], C: b[2]}
	switch {
	case c.A < 0:
		b = newton([][]float64{down}, y)
		c.A, c.B, c.C = 0, b[0], b[1]
	case c.B < 0:
		b = newton([][]float64{up}, y)
		c.A, c.B, c.C = b[0], 0, b[1]
	}
	if sound := c.A >= 0 && c.B >= 0 && c.A+c.B > 0 && !math.IsNaN(c.C) && !math.IsInf(c.A+c.B+math.Abs(c.C), 0); !sound {
		p := Platt(raw, y)
		c.A, c.B, c.C = p.Slope, p.Slope, p.Offset
	}
	return c
}

// newton is the logistic regression of target, which may be between 0 and 1, on the
// columns: a coefficient for each, and the intercept.
func newton(columns [][]float64, target []float64) []float64 {
	n := len(columns) + 1
	b := make([]float64, n)
	for range 100 {
		gradient, hessian := make([]float64, n), make([]float64, n*n)
		x := make([]float64, n)
		x[n-1] = 1
		for i, t := range target {
			z := b[n-1]
			for k, c := range columns {
				x[k] = c[i]
				z += b[k] * x[k]
			}
			p := sigmoid(z)
			d, w := t-p, p*(1-p)+1e-12
			for k := range n {
				gradient[k] += d * x[k]
				for l := range n {
					hessian[k*n+l] += w * x[k] * x[l]
				}
			}
		}
		step, ok := solve(hessian, gradient)
		if !ok {
			return b
		}
		size := 0.0
		for k := range b {
			b[k] += step[k]
			size += math.Abs(step[k])
		}
		if size < 1e-11 {
			return b
		}
	}
	return b
}

// solve is x with a x = y, for a small symmetric matrix; false where it has none.
func solve(a, y []float64) ([]float64, bool) {
	n := len(y)
	for k := range n {
		a[k*n+k] += 1e-9
	}
	for k := range n {
		if !(a[k*n+k] > 0) {
			return nil, false
		}
		for i := k + 1; i < n; i++ {
			f := a[i*n+k] / a[k*n+k]
			for l := k; l < n; l++ {
				a[i*n+l] -= f * a[k*n+l]
			}
			y[i] -= f * y[k]
		}
	}
	x := make([]float64, n)
	for k := n - 1; k >= 0; k-- {
		x[k] = y[k]
		for l := k + 1; l < n; l++ {
			x[k] -= a[k*n+l] * x[l]
		}
		x[k] /= a[k*n+k]
	}
	return x, true
}

// Isotonic fits the best rising curve: neighbours that are out of order are pooled. A
// nil weight counts every row once.
//
// Ayer, M. et al. (1955). An empirical distribution function for sampling with
// incomplete information. Zadrozny, B., Elkan, C. (2002). Transforming classifier scores
// into accurate multiclass probability estimates. KDD.
func Isotonic(raw, y, weight []float64) *Calibration {
	at := make([]int, len(raw))
	for i := range at {
		at[i] = i
	}
	slices.SortStableFunc(at, func(a, b int) int { return cmp.Compare(raw[a], raw[b]) })
	type pool struct{ from, to, sum, n float64 }
	var pools []pool
	for k, i := range at {
		w := 1.0
		if weight != nil {
			w = weight[i]
		}
		if w == 0 {
			continue
		}
		if last := len(pools) - 1; last >= 0 && pools[last].to == raw[i] {
			pools[last].sum, pools[last].n = pools[last].sum+w*y[i], pools[last].n+w
		} else {
			pools = append(pools, pool{raw[i], raw[i], w * y[i], w})
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
