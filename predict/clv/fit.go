package clv

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
)

// A family is a model of purchases: what its parameters are called, how likely it makes
// customers, what it foretells of them, and where to begin to look for its parameters
// when customers are age old and return x times on average.
type family struct {
	names      [4]string
	likelihood func(s *stats, p [4]float64, threads int) sums
	ahead      ahead
	starts     func(age, x float64) [][4]float64
	edges      [4][2]string // what it means when a parameter runs away
}

// families lists the models by name.
var families = map[string]family{
	"bgnbd":  {[4]string{"r", "alpha", "a", "b"}, geometric(0), leavesAfter(0), geometricStarts, geometricEdges},
	"mbgnbd": {[4]string{"r", "alpha", "a", "b"}, geometric(1), leavesAfter(1), geometricStarts, geometricEdges},
	"pareto": {[4]string{"r", "alpha", "s", "beta"}, pareto, dies, paretoStarts, paretoEdges},
}

// Kinds lists the models of purchases by name: BG/NBD, the modified one, Pareto/NBD.
func Kinds() []string { return slices.Sorted(maps.Keys(families)) }

func geometricStarts(age, x float64) (starts [][4]float64) {
	for _, s := range [][3]float64{{0.5, 0.8, 2.5}, {5, 1, 0.3}, {0.3, 0.1, 5}, {50, 1, 0.3}} {
		starts = append(starts, [4]float64{s[0], s[0] * age / (2 * x), s[1], s[2]})
	}
	return starts
}

func paretoStarts(age, x float64) (starts [][4]float64) {
	for _, s := range [][3]float64{{0.6, 0.6, 0.5}, {2, 1.5, 5}, {0.3, 0.2, 0.2}} {
		starts = append(starts, [4]float64{s[0], s[0] * age / (1.5 * x), s[1], s[2] * age})
	}
	return starts
}

// Edges say what it means when a parameter runs to 0, or beyond all bounds.
var geometricEdges = [4][2]string{
	{"most never buy again", "all buy at the same rate"}, {"most never buy again", "all buy at the same rate"},
	{"nobody leaves", "all leave with their first further purchase"}, {"some leave at once, the others never", "nobody leaves"},
}

var paretoEdges = [4][2]string{
	{"most never buy again", "all buy at the same rate"}, {"most never buy again", "all buy at the same rate"},
	{"nobody leaves", "all leave at the same rate"}, {"some leave at once, the others never", "nobody leaves, or all at the same rate"},
}

// Purchases is a fitted model of when customers buy.
type Purchases struct {
	Kind          string        `json:"model"`
	Params        [4]float64    `json:"params"` // in the order of Names, in the unit of the times
	SE            [4]float64    `json:"standard_errors"`
	Covariance    [4][4]float64 `json:"covariance_of_logarithms"`
	LogLikelihood float64       `json:"log_likelihood"`
	Customers     int           `json:"customers"`
	Note          string        `json:"note,omitempty"` // why there are no standard errors

	family family
}

// New is a model with known parameters.
func New(kind string, params [4]float64) (*Purchases, error) {
	f, ok := families[kind]
	if !ok {
		return nil, fmt.Errorf("there is no model of purchases %q; there are %v", kind, Kinds())
	}
	for i, v := range params {
		if !(v > 0) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("%s: %s is %v, want a number above 0", kind, f.names[i], v)
		}
	}
	return &Purchases{Kind: kind, Params: params, family: f}, nil
}

// UnmarshalJSON reads a model and refuses what is none.
func (m *Purchases) UnmarshalJSON(text []byte) error {
	type plain Purchases
	var p plain
	if err := json.Unmarshal(text, &p); err != nil {
		return err
	}
	known, err := New(p.Kind, p.Params)
	if err != nil {
		return err
	}
	p.family = known.family
	*m = Purchases(p)
	return nil
}

// Names are what the parameters are called.
func (m *Purchases) Names() [4]string { return m.family.names }

// sampled is how many customers are enough to find roughly where the maximum is.
const sampled = 1 << 15

// Fit finds the parameters under which the customers are likeliest. Of many customers
// it looks at some first, and begins from where these are likeliest.
func Fit(kind string, h Histories, o Options) (*Purchases, error) {
	f, ok := families[kind]
	if !ok {
		return nil, fmt.Errorf("there is no model of purchases %q; there are %v", kind, Kinds())
	}
	s, err := group(h, o.Threads)
	if err != nil {
		return nil, err
	}
	if s.often == 0 {
		return nil, ErrNobodyReturned
	}
	starts := f.starts(s.ages/s.n, max(s.often/s.n, 0.01))
	if h.rows() > 8*sampled {
		if some, err := group(h.some(h.rows()/sampled), o.Threads); err == nil && some.often > 0 {
			if begin, err := f.best(some, starts, o); err == nil && begin.edge < 0 {
				starts = append([][4]float64{begin.p}, starts...)
			}
		}
	}
	best, err := f.best(s, starts, o)
	if err != nil {
		return nil, err
	}
	return f.model(kind, best, h.rows()), nil
}

func (f *family) best(s *stats, starts [][4]float64, o Options) (*fitted, error) {
	return maximise(4, s.n, o.MaxIter, starts, func(p [4]float64) sums { return f.likelihood(s, p, o.Threads) })
}

func (f *family) model(kind string, best *fitted, rows int) *Purchases {
	m := &Purchases{Kind: kind, Params: best.p, Covariance: best.cov, LogLikelihood: best.value, Customers: rows, family: *f}
	for i := range m.SE {
		m.SE[i] = best.p[i] * math.Sqrt(best.cov[i][i])
	}
	switch {
	case best.edge >= 0:
		m.Note = fmt.Sprintf("%s runs away: %s. The likelihood has reached its height; the parameters alone have no meaning and no standard error", f.names[best.edge], f.edges[best.edge][best.far])
	case !best.sure:
		m.Note = "the likelihood is flat around its height: the parameters have no standard error"
	}
	return m
}

// some is every n-th row.
func (h Histories) some(n int) (s Histories) {
	for i := 0; i < h.rows(); i += n {
		s.Frequency, s.Recency, s.Age = append(s.Frequency, h.Frequency[i]), append(s.Recency, h.Recency[i]), append(s.Age, h.Age[i])
	}
	return s
}

// Likelihood is the log-likelihood of customers under the model's parameters.
func (m *Purchases) Likelihood(h Histories) (float64, error) {
	s, err := group(h, 1)
	if err != nil {
		return 0, err
	}
	return m.family.likelihood(s, m.Params, 1).f, nil
}

// Alive is the probability that a customer who bought x further times, last at tx, is
// still one at age t.
func (m *Purchases) Alive(x, tx, t float64) float64 { return m.family.ahead.alive(m.Params, x, tx, t) }

// Expected is the expected number of purchases in the horizon after age t. Of a
// brand-new customer (0, 0, 0) it is what the population makes.
func (m *Purchases) Expected(x, tx, t, horizon float64) float64 {
	return m.Alive(x, tx, t) * m.family.ahead.expected(m.family.ahead.given(m.Params, x, t), horizon)
}

// None is the probability of no purchase in the horizon after age t.
func (m *Purchases) None(x, tx, t, horizon float64) float64 {
	alive := m.Alive(x, tx, t)
	return 1 - alive + alive*m.family.ahead.silent(m.family.ahead.given(m.Params, x, t), horizon)
}

// Counts are the probabilities of 0, 1, 2, … purchases in the horizon after age t; what
// lies beyond the last has a probability below 1e-17.
func (m *Purchases) Counts(x, tx, t, horizon float64) []float64 {
	alive := m.Alive(x, tx, t)
	p := m.family.ahead.counts(m.family.ahead.given(m.Params, x, t), horizon, 1e-25)
	for n := range p {
		p[n] *= alive
	}
	p[0] += 1 - alive
	return p
}

// Discounted is the expected number of purchases in the horizon after age t, each
// worth e^(−rate·s) when it comes s from now. The horizon may be infinite where the
// rate is above 0.
func (m *Purchases) Discounted(x, tx, t, horizon, rate float64) float64 {
	return m.Alive(x, tx, t) * discounted(m.family.ahead, m.family.ahead.given(m.Params, x, t), horizon, rate)
}

func discounted(a ahead, p [4]float64, horizon, rate float64) float64 {
	return integral(a.rate, p, a.scale(p), horizon, rate)
}

// integral adds up a rate of purchases, discounted, in even steps of ln(scale+s), until
// nothing counts any more.
func integral(rate func(p [4]float64, s float64) float64, p [4]float64, scale, horizon, discount float64) (sum float64) {
	const step = 0.5
	scale = min(scale, 1/discount)
	whole := math.Log1p(min(horizon, 50/discount) / scale)
	for from := 0.0; from < whole; from += step {
		half := min(step, whole-from) / 2
		for k := range nodes {
			for _, u := range [2]float64{from + half - half*nodes[k], from + half + half*nodes[k]} {
				s := scale * math.Expm1(u)
				sum += half * weights[k] * (scale + s) * rate(p, s) * math.Exp(-discount*s)
			}
		}
	}
	return sum
}
