package clv

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"
)

// A Spending says what customers pay: each purchase is gamma distributed with shape P
// around a mean whose scale is gamma distributed (Q, V) over customers, whatever their
// rate of purchase (Gamma-Gamma).
//
// Fader, P. S. and Hardie, B. G. S. (2013). The Gamma-Gamma Model of Monetary Value.
type Spending struct {
	P             float64       `json:"p"`
	Q             float64       `json:"q"`
	V             float64       `json:"v"`
	SE            [3]float64    `json:"standard_errors"`
	Covariance    [3][3]float64 `json:"covariance_of_logarithms"`
	LogLikelihood float64       `json:"log_likelihood"`
	Customers     int           `json:"customers"`
	Mean          float64       `json:"mean"`        // of the customers' mean amounts, as observed
	Correlation   float64       `json:"correlation"` // of frequency and mean amount, which the model takes for 0
	Note          string        `json:"note,omitempty"`
}

// fewestSpenders is how many who spent a second time are too few to fit.
const fewestSpenders = 10

// spent are those who bought further times, whose mean amount is above 0.
type spent struct {
	x, sum      []float64 // frequency, and what they paid for it, in units of the mean
	byX         map[float64]float64
	often       []float64 // the frequencies, rising
	logs, xLogs float64   // Σ ln z, Σ x ln z + x ln x
	scale       float64
}

// FitSpend fits those who bought further times, whose mean amount is above 0.
func FitSpend(frequency, monetary []float64, o Options) (*Spending, error) {
	if len(frequency) != len(monetary) {
		return nil, fmt.Errorf("%d frequencies and %d amounts", len(frequency), len(monetary))
	}
	d := newSpent(frequency, monetary)
	if len(d.x) < fewestSpenders {
		return nil, fmt.Errorf("%d customers spent anything a second time; %d are the fewest", len(d.x), fewestSpenders)
	}
	n := float64(len(d.x))
	best, err := maximise(3, n, o.MaxIter, [][4]float64{{4, 3, 0.5}, {1, 2, 1}, {20, 20, 1}}, func(p [4]float64) sums { return d.likelihood(p, o.Threads) })
	if err != nil {
		return nil, err
	}
	m := &Spending{P: best.p[0], Q: best.p[1], V: best.p[2] * d.scale, LogLikelihood: best.value - n*math.Log(d.scale), Customers: len(d.x), Mean: d.scale, Correlation: correlation(frequency, monetary)}
	for i, p := range []float64{m.P, m.Q, m.V} {
		m.SE[i] = p * math.Sqrt(best.cov[i][i])
		copy(m.Covariance[i][:], best.cov[i][:3])
	}
	if best.edge >= 0 || !best.sure {
		m.Note = "all purchases, or all customers' means, are too much alike: the parameters alone have no meaning and no standard error"
	}
	return m, nil
}

func newSpent(frequency, monetary []float64) *spent {
	d := &spent{byX: make(map[float64]float64)}
	for i, x := range frequency {
		if z := monetary[i]; x > 0 && z > 0 && !math.IsInf(z, 0) {
			d.x, d.sum = append(d.x, x), append(d.sum, z)
			d.scale += z
			d.byX[x]++
		}
	}
	d.scale /= float64(len(d.x))
	for i, x := range d.x {
		z := d.sum[i] / d.scale
		d.sum[i] = x * z
		d.logs += math.Log(z)
		d.xLogs += x * (math.Log(z) + math.Log(x))
	}
	d.often = sortedKeys(d.byX)
	return d
}

// likelihood is
//
//	Σ lnΓ(px+q) − lnΓ(px) − lnΓ(q) + q ln v + (px−1) ln z + px ln x − (px+q) ln(xz+v)
func (d *spent) likelihood(at [4]float64, threads int) (s sums) {
	p, q, v := at[0], at[1], at[2]
	n := float64(len(d.x))
	lq, _ := math.Lgamma(q)
	lv, dq, tq := math.Log(v), mathext.Digamma(q), trigamma(q)
	s.f = n*(q*lv-lq) + p*d.xLogs - d.logs
	s.g = [4]float64{d.xLogs, n * (lv - dq), n * q / v}
	hess := [6]float64{3: -n * tq, 4: n / v, 5: -n * q / (v * v)} // pp pq pv qq qv vv
	for _, x := range d.often {
		c := d.byX[x]
		l1, _ := math.Lgamma(p*x + q)
		l0, _ := math.Lgamma(p * x)
		d1, t1 := mathext.Digamma(p*x+q), trigamma(p*x+q)
		s.f += c * (l1 - l0)
		s.g[0] += c * x * (d1 - mathext.Digamma(p*x))
		s.g[1] += c * d1
		hess[0] += c * x * x * (t1 - trigamma(p*x))
		hess[1] += c * x * t1
		hess[3] += c * t1
	}
	var part [pieces][6]float64
	spread(pieces, threads, func(k int) { part[k] = d.amounts(k, p, q, v) })
	for _, a := range part { // Σ R ln u, x ln u, ln u, x/u, 1/u, R/u²
		s.f -= a[0]
		s.g[0] -= a[1]
		s.g[1] -= a[2]
		s.g[2] -= p*a[3] + q*a[4]
		hess[2] -= a[3]
		hess[4] -= a[4]
		hess[5] += a[5]
	}
	for i := range 3 {
		for j := i; j < 3; j++ {
			s.h[place[i][j]] = hess[[3][3]int{{0, 1, 2}, {1, 3, 4}, {2, 4, 5}}[i][j]]
		}
	}
	return s
}

// amounts is the part of the likelihood that each customer's own amount enters.
func (d *spent) amounts(k int, p, q, v float64) (a [6]float64) {
	for i := len(d.x) * k / pieces; i < len(d.x)*(k+1)/pieces; i++ {
		x, u := d.x[i], d.sum[i]+v
		log, inverse, r := math.Log(u), 1/u, p*x+q
		a[0] += r * log
		a[1] += x * log
		a[2] += log
		a[3] += x * inverse
		a[4] += inverse
		a[5] += r * inverse * inverse
	}
	return a
}

func trigamma(x float64) float64 { return mathext.Zeta(2, x) }

// Likelihood is the log-likelihood of customers' mean amounts.
func (m *Spending) Likelihood(frequency, monetary []float64) (float64, error) {
	d := newSpent(frequency, monetary)
	if len(d.x) == 0 {
		return 0, errors.New("nobody spent anything a second time")
	}
	return d.likelihood([4]float64{m.P, m.Q, m.V / d.scale}, 1).f - float64(len(d.x))*math.Log(d.scale), nil
}

// Spend is the expected amount of a purchase of a customer who bought x further times
// for a mean amount; of one who never did, everyone's mean. NaN where that has none.
func (m *Spending) Spend(x, amount float64) float64 { return spend(m.P, m.Q, m.V, x, amount) }

func spend(p, q, v, x, amount float64) float64 {
	if x == 0 || math.IsNaN(amount) {
		x, amount = 0, 0
	}
	if p*x+q <= 1 {
		return math.NaN()
	}
	return p * (v + x*amount) / (p*x + q - 1)
}
