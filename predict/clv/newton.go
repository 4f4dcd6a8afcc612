package clv

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
)

// sums are a log-likelihood with its first and second derivatives by up to four
// parameters; of the second, the upper triangle row by row.
type sums struct {
	f float64
	g [4]float64
	h [10]float64
}

func (s *sums) plus(o *sums) {
	s.f += o.f
	for i := range s.g {
		s.g[i] += o.g[i]
	}
	for i := range s.h {
		s.h[i] += o.h[i]
	}
}

// place is where the second derivative by parameters i and j stands in sums.h.
var place = [4][4]int{{0, 1, 2, 3}, {1, 4, 5, 6}, {2, 5, 7, 8}, {3, 6, 8, 9}}

// A fitted is where a likelihood is highest.
type fitted struct {
	p     [4]float64
	value float64
	cov   [4][4]float64 // of the parameters' logarithms; zero where they have none
	edge  int           // a parameter that runs away, or −1
	far   int           // 0 where it runs to 0, 1 where beyond all bounds
	sure  bool          // the maximum has a curvature
}

// farthest is how far from where it began the logarithm of a parameter may go before it
// counts as running away: e^9 is a factor of 8,000.
const farthest = 9

// alikeHeights is by how little, in nats of all rows, two heights of a likelihood may differ and
// be one: where it is flat beyond all parameters, a climb would never end.
const alikeHeights = 1e-3

// dear is from how many rows on a climb along a flat ridge costs more than it is worth.
const dear = 1000

// maximise finds the maximum of a likelihood over the logarithms of its first k
// parameters by Newton's method, from each of the starts until one does, or two arrive
// at the same height.
//
// It climbs the mean over n rows, so that one threshold serves every size.
func maximise(k int, n float64, maxIter int, starts [][4]float64, likelihood func(p [4]float64) sums) (*fitted, error) {
	var best *fitted
	var trouble error
	for _, start := range starts {
		f, err := climb(k, n, maxIter, start, likelihood)
		if err != nil {
			trouble = err
			continue
		}
		again := best != nil && math.Abs(f.value-best.value) < alikeHeights
		if best == nil || f.value > best.value+1e-9*n || f.sure && !best.sure && f.value > best.value-1e-9*n {
			best = f
		}
		if again || best.sure && best.edge < 0 {
			break
		}
	}
	if best == nil {
		return nil, fmt.Errorf("%w: %v", ErrDiverged, trouble)
	}
	return best, nil
}

// A memory holds the last evaluation, which the optimiser asks for in three questions.
type memory struct {
	at     [4]float64
	sums   sums
	passes int
}

func climb(k int, n float64, maxIter int, start [4]float64, likelihood func(p [4]float64) sums) (*fitted, error) {
	var m memory
	look := func(z []float64) *sums {
		p := start
		for i, v := range z {
			p[i] = start[i] * math.Exp(v)
		}
		if m.passes == 0 || p != m.at {
			m.at, m.sums, m.passes = p, likelihood(p), m.passes+1
		}
		return &m.sums
	}
	problem := optimize.Problem{
		Func: func(z []float64) float64 {
			for _, v := range z {
				if math.Abs(v) > 2*farthest {
					return math.Inf(1)
				}
			}
			if f := -look(z).f / n; !math.IsNaN(f) {
				return f
			}
			return math.Inf(1)
		},
		Grad: func(grad, z []float64) {
			s := look(z)
			for i := range grad {
				grad[i] = -s.g[i] * m.at[i] / n
			}
		},
		Hess: func(h *mat.SymDense, z []float64) { curvature(h, look(z), m.at, n) },
	}
	if maxIter == 0 {
		maxIter = 200
	}
	gain := 1e-13
	if n >= dear {
		gain = alikeHeights / 4 / n
	}
	settings := &optimize.Settings{GradientThreshold: 1e-8, MajorIterations: maxIter, Converger: &optimize.FunctionConverge{Absolute: gain, Iterations: 5}}
	result, err := optimize.Minimize(problem, make([]float64, k), settings, &optimize.Newton{})
	if result == nil || math.IsNaN(result.F) || math.IsInf(result.F, 0) {
		return nil, fmt.Errorf("nothing higher than where it began: %v", err)
	}
	s := look(result.X)
	f := &fitted{p: m.at, value: s.f, edge: -1}
	for i, z := range result.X {
		if math.Abs(z) > farthest && (f.edge < 0 || math.Abs(z) > math.Abs(result.X[f.edge])) {
			f.edge, f.far = i, 0
			if z > 0 {
				f.far = 1
			}
		}
	}
	f.uncertainty(k, s)
	slope := 0.0
	for i := range k {
		slope = max(slope, math.Abs(s.g[i]*f.p[i])/n)
	}
	if slope > 1e-5 {
		return nil, fmt.Errorf("after %d iterations it still rises by %.1e a customer: %v", result.MajorIterations, slope, err)
	}
	return f, nil
}

// curvature writes the second derivatives by the parameters' logarithms.
func curvature(h *mat.SymDense, s *sums, p [4]float64, n float64) {
	k := h.SymmetricDim()
	for i := range k {
		for j := i; j < k; j++ {
			v := s.h[place[i][j]] * p[i] * p[j]
			if i == j {
				v += s.g[i] * p[i]
			}
			h.SetSym(i, j, -v/n)
		}
	}
}

// uncertainty inverts the curvature: the parameters' covariance where rows are many.
func (f *fitted) uncertainty(k int, s *sums) {
	h := mat.NewSymDense(k, nil)
	curvature(h, s, f.p, 1)
	var c mat.Cholesky
	var inverse mat.SymDense
	if f.edge >= 0 || !c.Factorize(h) || c.InverseTo(&inverse) != nil {
		return
	}
	f.sure = true
	for i := range k {
		for j := range k {
			f.cov[i][j] = inverse.At(i, j)
		}
	}
}

// rise is what the logarithm of the gamma function, and its first two derivatives, gain
// from c to c + i, for i up to most. Adding up loses no digits where c is large.
func rise(c float64, most int) (value, first, second []float64) {
	value, first, second = make([]float64, most+1), make([]float64, most+1), make([]float64, most+1)
	for i := range most {
		v := c + float64(i)
		value[i+1] = value[i] + math.Log(v)
		first[i+1] = first[i] + 1/v
		second[i+1] = second[i] - 1/(v*v)
	}
	return value, first, second
}
