package effect

import (
	"cmp"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
)

// A Ranking is a trial whose customers stand in order of a score, the highest first.
// Equal scores share a step of the curves; where a cut falls among them, the later rows
// are the first.
type Ranking struct {
	score   []float64
	outcome []float64
	treated []bool
	steps   []int // ends of the runs of equal scores
	binary  bool
}

// ErrArms reports a trial in which everybody was treated, or nobody.
var ErrArms = errors.New("everybody is in one arm")

// Rank orders a trial by its scores.
func Rank(score, outcome []float64, treated []bool) (*Ranking, error) {
	at := make([]int, len(score))
	ones := 0
	for i := range at {
		at[i] = len(score) - 1 - i
		if treated[i] {
			ones++
		}
	}
	if ones == 0 || ones == len(score) {
		return nil, ErrArms
	}
	slices.SortStableFunc(at, func(a, b int) int { return cmp.Compare(score[b], score[a]) })
	r := &Ranking{binary: true}
	for k, i := range at {
		r.score, r.outcome, r.treated = append(r.score, score[i]), append(r.outcome, outcome[i]), append(r.treated, treated[i])
		r.binary = r.binary && (outcome[i] == 0 || outcome[i] == 1)
		if k+1 == len(at) || score[at[k+1]] != score[i] {
			r.steps = append(r.steps, k+1)
		}
	}
	return r, nil
}

// A Point of a curve: what treating the first so many brought.
type Point struct {
	N     float64 `json:"n"`
	Value float64 `json:"value"`
}

// A curve counts what treating the first so many brought.
type curve struct {
	height func(n1, y1, n0, y0 float64) float64
	best   func(c cells) []cells // whom somebody would treat first who knew each answer
}

// qini is the outcomes of the treated, less as many as the others say they would have
// had. Best are first those who bought and were treated, last those who bought without.
//
// Radcliffe, N. J. (2007). Using control groups to target on predicted lift. Direct
// Marketing Analytics Journal 3.
var qini = curve{func(n1, y1, n0, y0 float64) float64 {
	if n0 == 0 {
		return y1
	}
	return y1 - y0*n1/n0
}, func(c cells) []cells { return []cells{{yes1: c.yes1}, {no1: c.no1, no0: c.no0}, {yes0: c.yes0}} }}

// uplift is the difference of the two means, times all.
//
// Devriendt, F. et al. (2020). Learning to rank for uplift modeling. arXiv 2002.05897.
var uplift = curve{func(n1, y1, n0, y0 float64) float64 {
	v := 0.0
	if n1 > 0 {
		v = y1 / n1
	}
	if n0 > 0 {
		v -= y0 / n0
	}
	return v * (n1 + n0)
}, func(c cells) []cells {
	if c.yes0 > c.no1 {
		return []cells{{yes1: c.yes1}, {no0: c.no0}, {yes0: c.yes0}, {no1: c.no1}}
	}
	return []cells{{yes1: c.yes1}, {no0: c.no0}, {no1: c.no1}, {yes0: c.yes0}}
}}

// Curve is the Qini curve.
func (r *Ranking) Curve() []Point { return r.curve(qini, nil) }

// UpliftCurve is the uplift curve.
func (r *Ranking) UpliftCurve() []Point { return r.curve(uplift, nil) }

// curve walks down the order, each customer counting as often as weight says.
func (r *Ranking) curve(of curve, weight []float64) []Point {
	points := make([]Point, 1, len(r.steps)+1)
	var n1, y1, n0, y0 float64
	from := 0
	for _, to := range r.steps {
		for i := from; i < to; i++ {
			w := 1.0
			if weight != nil {
				w = weight[i]
			}
			if r.treated[i] {
				n1, y1 = n1+w, y1+w*r.outcome[i]
			} else {
				n0, y0 = n0+w, y0+w*r.outcome[i]
			}
		}
		points, from = append(points, Point{n1 + n0, of.height(n1, y1, n0, y0)}), to
	}
	return points
}

// area is what lies between a curve and the straight line to its end.
func area(points []Point) float64 {
	sum := 0.0
	for i := 1; i < len(points); i++ {
		sum += (points[i].N - points[i-1].N) * (points[i].Value + points[i-1].Value) / 2
	}
	end := points[len(points)-1]
	return sum - end.N*end.Value/2
}

// cells are how many bought and did not in each arm.
type cells struct{ yes1, no1, yes0, no0 float64 }

func (r *Ranking) cells(weight []float64) (c cells) {
	for i, y := range r.outcome {
		w := 1.0
		if weight != nil {
			w = weight[i]
		}
		switch {
		case r.treated[i] && y == 1:
			c.yes1 += w
		case r.treated[i]:
			c.no1 += w
		case y == 1:
			c.yes0 += w
		default:
			c.no0 += w
		}
	}
	return c
}

// perfect is the curve of whoever knows each answer.
func (c cells) perfect(of curve) []Point {
	points := []Point{{}}
	var s cells
	for _, g := range of.best(c) {
		if g == (cells{}) {
			continue
		}
		s = cells{s.yes1 + g.yes1, s.no1 + g.no1, s.yes0 + g.yes0, s.no0 + g.no0}
		points = append(points, Point{s.yes1 + s.no1 + s.yes0 + s.no0, of.height(s.yes1+s.no1, s.yes1, s.yes0+s.no0, s.yes0)})
	}
	return points
}

// share is the curve's area over that of the perfect curve. Outcomes other than 0 and 1
// have no perfect curve: their area is told in outcomes a customer.
func (r *Ranking) share(of curve, weight []float64) float64 {
	points := r.curve(of, weight)
	if !r.binary {
		n := points[len(points)-1].N
		return area(points) / (n * n)
	}
	return area(points) / area(r.cells(weight).perfect(of))
}

// Binary reports whether every outcome is 0 or 1.
func (r *Ranking) Binary() bool { return r.binary }

// Judge says how good the order is, by the Qini and the uplift curve: 0 is as good as lot,
// 1 is perfect. The intervals are a bootstrap's, in which each customer counts as often as
// a Poisson draw says: that needs no new sorting.
func (r *Ranking) Judge(seed uint64) (q, u Estimate) {
	draws := min(400, max(100, 8_000_000/len(r.score)))
	weight, values := make([]float64, len(r.score)), [2][]float64{}
	rnd := rand.New(rand.NewPCG(seed, 0x51c1))
	for range draws {
		for i := range weight {
			weight[i] = poisson1(rnd.Float64())
		}
		for k, of := range []curve{qini, uplift} {
			if v := r.share(of, weight); !math.IsNaN(v) && !math.IsInf(v, 0) {
				values[k] = append(values[k], v)
			}
		}
	}
	return between(r.share(qini, nil), values[0], draws), between(r.share(uplift, nil), values[1], draws)
}

// between is a value with the middle 95 % of what the draws gave.
func between(value float64, drawn []float64, draws int) Estimate {
	if len(drawn) < draws/2 {
		return Estimate{value, math.NaN(), math.NaN()}
	}
	slices.Sort(drawn)
	at := func(q float64) float64 { return drawn[int(q*float64(len(drawn)-1)+0.5)] }
	return Estimate{value, at((1 - level) / 2), at((1 + level) / 2)}
}

// poisson is the distribution of a Poisson variable with mean 1, as far as it matters.
var poisson = func() (p [12]float64) {
	sum, term := 0.0, math.Exp(-1)
	for k := range p {
		sum += term
		p[k], term = sum, term/float64(k+1)
	}
	return p
}()

// poisson1 is its quantile.
func poisson1(u float64) float64 {
	for k, p := range poisson {
		if u <= p {
			return float64(k)
		}
	}
	return float64(len(poisson))
}

// AtTop is the effect among the first share of all, with its interval.
func (r *Ranking) AtTop(share float64) Estimate {
	n := int(share * float64(len(r.score)))
	var one, zero []float64
	for i := range n {
		if r.treated[i] {
			one = append(one, r.outcome[i])
		} else {
			zero = append(zero, r.outcome[i])
		}
	}
	return r.effect(one, zero)
}

// AtTopOfEach is the effect among the first share of either arm.
func (r *Ranking) AtTopOfEach(share float64) Estimate {
	var one, zero []float64
	for i, y := range r.outcome {
		if r.treated[i] {
			one = append(one, y)
		} else {
			zero = append(zero, y)
		}
	}
	return r.effect(one[:int(share*float64(len(one)))], zero[:int(share*float64(len(zero)))])
}

func (r *Ranking) effect(one, zero []float64) Estimate {
	if r.binary {
		return Difference(sum(one), float64(len(one)), sum(zero), float64(len(zero)))
	}
	return Welch(one, zero).Estimate
}

func sum(values []float64) (s float64) {
	for _, v := range values {
		s += v
	}
	return s
}
