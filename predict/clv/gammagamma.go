package clv

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/optimize"
)

// A GammaGamma says what customers spend: each purchase is gamma distributed with
// shape P around a mean whose scale is gamma distributed (Q, V) over customers,
// whatever their rate of purchase.
//
// Fader, P. S. and Hardie, B. G. S. (2013). The Gamma-Gamma Model of Monetary Value.
type GammaGamma struct {
	P float64 `json:"p"`
	Q float64 `json:"q"`
	V float64 `json:"v"`
}

// FitGammaGamma fits those who bought further times, whose mean spend is above 0.
func FitGammaGamma(frequency, monetary []float64) (*GammaGamma, error) {
	if len(frequency) != len(monetary) {
		return nil, fmt.Errorf("%d frequencies and %d amounts", len(frequency), len(monetary))
	}
	var x, z []float64
	scale := 0.0
	for i := range frequency {
		if frequency[i] > 0 && monetary[i] > 0 && !math.IsInf(monetary[i], 0) {
			x, z, scale = append(x, frequency[i]), append(z, monetary[i]), scale+monetary[i]
		}
	}
	if len(x) < 10 {
		return nil, errors.New("fewer than 10 customers spent anything a second time")
	}
	scale /= float64(len(x))
	of := func(u []float64) *GammaGamma { return &GammaGamma{math.Exp(u[0]), math.Exp(u[1]), math.Exp(u[2])} }
	problem := optimize.Problem{
		Func: func(u []float64) float64 { ll, _ := of(u).likelihood(x, z, scale); return -ll },
		Grad: func(grad, u []float64) {
			m := of(u)
			_, d := m.likelihood(x, z, scale)
			grad[0], grad[1], grad[2] = -d[0]*m.P, -d[1]*m.Q, -d[2]*m.V
		},
	}
	settings := &optimize.Settings{GradientThreshold: 1e-9, MajorIterations: 500, Converger: &optimize.FunctionConverge{Absolute: 1e-14, Iterations: 20}}
	result, err := optimize.Minimize(problem, []float64{1, 1, 0}, settings, &optimize.BFGS{})
	if result == nil || math.IsNaN(result.F) || math.IsInf(result.F, 0) {
		return nil, fmt.Errorf("%w: %v", ErrDiverged, err)
	}
	for _, u := range result.X {
		if math.Abs(u) > 12 {
			return nil, fmt.Errorf("%w: a parameter runs away", ErrDiverged)
		}
	}
	m := of(result.X)
	m.V *= scale
	return m, nil
}

// likelihood is the mean log-likelihood without what depends on no parameter, and its
// derivatives by P, Q and V; amounts are divided by scale.
func (m *GammaGamma) likelihood(x, z []float64, scale float64) (ll float64, d [3]float64) {
	p, q, v := m.P, m.Q, m.V
	for i := range x {
		px, zx := p*x[i], z[i]/scale*x[i]
		both, logZ := math.Log(v+zx), math.Log(zx)
		ll += lgamma(px+q) - lgamma(px) - lgamma(q) + q*math.Log(v) + (px-1)*logZ - (px+q)*both + math.Log(x[i])
		psi := mathext.Digamma(px + q)
		d[0] += x[i] * (psi - mathext.Digamma(px) + logZ - both)
		d[1] += psi - mathext.Digamma(q) + math.Log(v) - both
		d[2] += q/v - (px+q)/(v+zx)
	}
	n := float64(len(x))
	return ll / n, [3]float64{d[0] / n, d[1] / n, d[2] / n}
}

// Spend is the expected spend a purchase of a customer who bought x further times for
// a mean amount; of one who never did, everyone's mean. NaN where that has none.
func (m *GammaGamma) Spend(x, amount float64) float64 {
	if x == 0 || math.IsNaN(amount) {
		x, amount = 0, 0
	}
	if m.P*x+m.Q <= 1 {
		return math.NaN()
	}
	return m.P * (m.V + x*amount) / (m.P*x + m.Q - 1)
}
