// Package clv models when customers buy and what for, from three numbers of each:
// how many further times they bought, when they last did, and how old they are.
//
// Times are in any one unit. A further purchase is one after the first.
package clv

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/optimize"
)

// A BGNBD is the beta-geometric/negative binomial model: while alive, a customer buys
// at a rate that is gamma distributed (R, Alpha) over customers, and after each
// purchase leaves with a probability that is beta distributed (A, B).
//
// Fader, P. S., Hardie, B. G. S. and Lee, K. L. (2005). "Counting Your Customers" the
// Easy Way: An Alternative to the Pareto/NBD Model. Marketing Science 24 (2).
type BGNBD struct {
	R             float64 `json:"r"`
	Alpha         float64 `json:"alpha"` // in the unit of the times
	A             float64 `json:"a"`
	B             float64 `json:"b"`
	LogLikelihood float64 `json:"log_likelihood"`
	Customers     int     `json:"customers"`
}

// Options say how to fit.
type Options struct {
	MaxIter int // default 500
}

var (
	// ErrNobodyReturned reports customers none of whom bought twice: nothing tells how
	// often they buy or when they leave.
	ErrNobodyReturned = errors.New("nobody bought a second time")
	// ErrDiverged reports data that no parameters fit best.
	ErrDiverged = errors.New("the fit did not converge")
)

// alike is customers with the same three numbers.
type alike struct {
	x, tx, t, n float64
}

// group counts equal customers once: there are far fewer kinds than customers.
func group(frequency, recency, age []float64) ([]alike, error) {
	if len(frequency) == 0 {
		return nil, errors.New("no customers")
	}
	if len(recency) != len(frequency) || len(age) != len(frequency) {
		return nil, fmt.Errorf("%d frequencies, %d recencies, %d ages", len(frequency), len(recency), len(age))
	}
	count := make(map[[3]float64]float64)
	for i, x := range frequency {
		tx, t := recency[i], age[i]
		if !(x >= 0 && tx >= 0 && t >= tx && !math.IsInf(x+t, 0)) || x != math.Trunc(x) || x > 0 && t <= 0 {
			return nil, fmt.Errorf("row %d: frequency %v, recency %v, age %v: want a whole number ≥ 0 and 0 ≤ recency ≤ age", i+1, x, tx, t)
		}
		if x == 0 {
			tx = 0
		}
		count[[3]float64{x, tx, t}]++
	}
	groups := make([]alike, 0, len(count))
	for k, n := range count {
		groups = append(groups, alike{k[0], k[1], k[2], n})
	}
	slices.SortFunc(groups, func(a, b alike) int { return slices.Compare([]float64{a.x, a.tx, a.t}, []float64{b.x, b.tx, b.t}) })
	return groups, nil
}

// FitBGNBD finds the parameters under which the customers are likeliest, by BFGS on
// their logarithms with analytic gradients.
func FitBGNBD(frequency, recency, age []float64, o Options) (*BGNBD, error) {
	groups, err := group(frequency, recency, age)
	if err != nil {
		return nil, err
	}
	scale := 0.0
	for _, g := range groups {
		scale = max(scale, g.t)
	}
	if !slices.ContainsFunc(groups, func(g alike) bool { return g.x > 0 }) || scale == 0 {
		return nil, ErrNobodyReturned
	}
	scale /= 10
	for i := range groups {
		groups[i].tx, groups[i].t = groups[i].tx/scale, groups[i].t/scale
	}
	m, err := fit(groups, float64(len(frequency)), o)
	if err != nil {
		return nil, err
	}
	for _, g := range groups { // back to the unit of the times: a density has it too
		m.LogLikelihood -= g.n * g.x * math.Log(scale)
	}
	m.Alpha *= scale
	m.Customers = len(frequency)
	return m, nil
}

func fit(groups []alike, n float64, o Options) (*BGNBD, error) {
	parameters := func(z []float64) *BGNBD {
		return &BGNBD{R: math.Exp(z[0]), Alpha: math.Exp(z[1]), A: math.Exp(z[2]), B: math.Exp(z[3])}
	}
	problem := optimize.Problem{
		Func: func(z []float64) float64 {
			ll, _ := parameters(z).likelihood(groups)
			return -ll / n
		},
		Grad: func(grad, z []float64) {
			m := parameters(z)
			_, d := m.likelihood(groups)
			for k, p := range []float64{m.R, m.Alpha, m.A, m.B} {
				grad[k] = -d[k] * p / n
			}
		},
	}
	if o.MaxIter == 0 {
		o.MaxIter = 500
	}
	settings := &optimize.Settings{GradientThreshold: 1e-9, MajorIterations: o.MaxIter, Converger: &optimize.FunctionConverge{Absolute: 1e-14, Iterations: 20}}
	result, err := optimize.Minimize(problem, []float64{0, 0, 0, 1}, settings, &optimize.BFGS{})
	if result == nil || math.IsNaN(result.F) || math.IsInf(result.F, 0) {
		return nil, fmt.Errorf("%w: %v", ErrDiverged, err)
	}
	for _, z := range result.X {
		if math.Abs(z) > 12 { // e^12: a parameter that runs away
			return nil, fmt.Errorf("%w: a parameter runs away; the customers are too few or too much alike", ErrDiverged)
		}
	}
	m := parameters(result.X)
	m.LogLikelihood = -result.F * n
	return m, nil
}

// likelihood is the log-likelihood and its derivatives by R, Alpha, A and B.
func (m *BGNBD) likelihood(groups []alike) (ll float64, d [4]float64) {
	r, alpha, a, b := m.R, m.Alpha, m.A, m.B
	gr, gb, gab := lgamma(r), lgamma(b), lgamma(a+b)
	pr, pb, pab := mathext.Digamma(r), mathext.Digamma(b), mathext.Digamma(a+b)
	for _, g := range groups {
		x := g.x
		alive := -(r + x) * math.Log(alpha+g.t)
		gone, whole := math.Inf(-1), alive
		if x > 0 {
			gone = math.Log(a) - math.Log(b+x-1) - (r+x)*math.Log(alpha+g.tx)
			whole = max(alive, gone) + math.Log1p(math.Exp(-math.Abs(alive-gone)))
		}
		wa, wg := math.Exp(alive-whole), math.Exp(gone-whole)
		ll += g.n * (lgamma(r+x) - gr + r*math.Log(alpha) + gab + lgamma(b+x) - gb - lgamma(a+b+x) + whole)
		pabx := mathext.Digamma(a + b + x)
		d[0] += g.n * (mathext.Digamma(r+x) - pr + math.Log(alpha) - wa*math.Log(alpha+g.t) - wg*math.Log(alpha+g.tx))
		d[1] += g.n * (r/alpha - (r+x)*(wa/(alpha+g.t)+wg/(alpha+g.tx)))
		d[2] += g.n * (pab - pabx + wg/a)
		d[3] += g.n * (pab + mathext.Digamma(b+x) - pb - pabx)
		if x > 0 {
			d[3] -= g.n * wg / (b + x - 1)
		}
	}
	return ll, d
}

func lgamma(x float64) float64 {
	v, _ := math.Lgamma(x)
	return v
}

// Alive is the probability that a customer who bought x further times, last at tx, is
// still one at age t.
func (m *BGNBD) Alive(x, tx, t float64) float64 {
	if x == 0 {
		return 1
	}
	odds := math.Log(m.A) - math.Log(m.B+x-1) + (m.R+x)*(math.Log(m.Alpha+t)-math.Log(m.Alpha+tx))
	return 1 / (1 + math.Exp(odds))
}

// None is the probability of no purchase in the horizon after age t.
func (m *BGNBD) None(x, tx, t, horizon float64) float64 {
	alive := m.Alive(x, tx, t)
	silent := math.Exp((m.R + x) * (math.Log(m.Alpha+t) - math.Log(m.Alpha+t+horizon)))
	return 1 - alive + alive*silent
}

// Expected is the expected number of purchases in the horizon after age t. It is the
// integral of the rate of purchases of those alive, which holds for every A, where the
// published form divides by A − 1.
func (m *BGNBD) Expected(x, tx, t, horizon float64) float64 {
	return m.Alive(x, tx, t) * integral(func(s float64) float64 { return m.rate(x, t, s) }, horizon)
}

// rate is the expected rate of purchases, s after age t, of a customer who was alive
// at t. Given that, the rate while alive is gamma(r+x, α+t) and the drop-out is
// beta(a, b+x); E[λ e^(−λ p s)] over both is
//
//	(r+x)/(α+t) · (1−z)^(r+x+1) · 2F1(r+x+1, b+x; a+b+x; z), z = s/(α+t+s),
//
// which Euler's transformation (Abramowitz and Stegun 15.3.3) makes a sum that neither
// overflows nor loses digits.
func (m *BGNBD) rate(x, t, s float64) float64 {
	z := s / (m.Alpha + t + s)
	return (m.R + x) / (m.Alpha + t) * math.Pow(1-z, m.A) * hypergeometric(m.A+m.B-m.R-1, m.A, m.A+m.B+x, z)
}
