package clv

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
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
	if maxIter == 0 {
		maxIter = 200
	}
	var best *fitted
	var trouble error
	for _, start := range starts {
		c := &climb{k, n, start, likelihood}
		f, err := c.top(maxIter)
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

// longestStep is how far a step of a climb may go, in logarithms of parameters: so far from
// where it was looked at, a likelihood is no parabola any more.
const longestStep = 2.5

// A climb goes from a start to the height of a likelihood by Newton's method, over the
// logarithms of its first k parameters.
//
// Nocedal, J. and Wright, S. J. (2006). Numerical Optimization, 3.4 (eigenvalue
// modification).
type climb struct {
	k          int
	n          float64 // rows, over which the mean is climbed
	start      [4]float64
	likelihood func(p [4]float64) sums
}

// A spot is where a climb stands: the parameters, and the logarithms of how many times they
// are what they were at the start.
type spot struct {
	z, p [4]float64
	sums
}

// look is worse than anything where a parameter has run away, or the likelihood is no number.
func (c *climb) look(z [4]float64) *spot {
	at := &spot{z: z, p: c.start}
	for i, v := range z {
		if at.p[i] *= math.Exp(v); !(math.Abs(v) <= 2*farthest) {
			at.f = math.Inf(-1)
			return at
		}
	}
	if at.sums = c.likelihood(at.p); math.IsNaN(at.f) {
		at.f = math.Inf(-1)
	}
	return at
}

// slope is that of the mean along a parameter's logarithm.
func (c *climb) slope(at *spot, i int) float64 { return at.g[i] * at.p[i] / c.n }

func (c *climb) steepest(at *spot) (slope float64) {
	for i := range c.k {
		slope = max(slope, math.Abs(c.slope(at, i)))
	}
	return slope
}

// step is Newton's, and what the mean is to gain by it. Along a direction in which the
// likelihood bends up the step goes up as well, as far as if it bent down.
func (c *climb) step(at *spot) (step [4]float64, gain float64) {
	h := mat.NewSymDense(c.k, nil)
	curvature(h, &at.sums, at.p, c.n)
	var e mat.EigenSym
	if !e.Factorize(h, true) {
		return step, 0
	}
	var axes mat.Dense
	e.VectorsTo(&axes)
	bends, length := e.Values(nil), 0.0
	flat := 1e-12 * max(math.Abs(bends[0]), math.Abs(bends[c.k-1]))
	for axis, bend := range bends {
		slope := 0.0
		for i := range c.k {
			slope += axes.At(i, axis) * c.slope(at, i)
		}
		by := slope / max(math.Abs(bend), flat)
		for i := range c.k {
			step[i] += axes.At(i, axis) * by
		}
		length += by * by
	}
	shorter := min(1, longestStep/math.Sqrt(length))
	for i := range c.k {
		step[i] *= shorter
		gain += step[i] * c.slope(at, i) / 2
	}
	return step, gain
}

// part takes a step, or the longest part of it that gains what it should; nil where none does.
func (c *climb) part(at *spot, step [4]float64, gain float64) *spot {
	noise := 1e-14 * math.Abs(at.f)
	for part := 1.0; part > 1e-9; part /= 2 {
		z := at.z
		for i := range c.k {
			z[i] += part * step[i]
		}
		if next := c.look(z); next.f > at.f+2e-4*part*gain*c.n-noise {
			return next
		}
	}
	return nil
}

// top ends where nothing slopes, or where two steps in a row were to gain next to nothing.
func (c *climb) top(maxIter int) (*fitted, error) {
	at := c.look([4]float64{})
	if math.IsInf(at.f, 0) {
		return nil, errors.New("where it begins the likelihood is no number")
	}
	little := 1e-13
	if c.n >= dear {
		little = alikeHeights / 4 / c.n
	}
	for small := 0; maxIter > 0 && small < 2 && c.steepest(at) > 1e-8; maxIter-- {
		step, gain := c.step(at)
		if small++; gain > little {
			small = 0
		}
		next := c.part(at, step, gain)
		if next == nil {
			break
		}
		at = next
	}
	if slope := c.steepest(at); slope > 1e-5 {
		return nil, fmt.Errorf("where it ends it still rises by %.1e a customer", slope)
	}
	return at.fitted(c.k), nil
}

// fitted says what a climb found.
func (at *spot) fitted(k int) *fitted {
	f := &fitted{p: at.p, value: at.f, edge: -1}
	for i, z := range at.z {
		if math.Abs(z) > farthest && (f.edge < 0 || math.Abs(z) > math.Abs(at.z[f.edge])) {
			f.edge, f.far = i, 0
			if z > 0 {
				f.far = 1
			}
		}
	}
	f.uncertainty(k, &at.sums)
	return f
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
