package linear

import (
	"fmt"
	"math"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/optimize"
)

// Fit finds the weights with the smallest penalised loss.
func Fit(names []string, columns [][]float64, y []float64, o Options) (*Model, error) {
	if len(names) != len(columns) || len(y) == 0 || !slices.Contains(y, 0) || !slices.Contains(y, 1) {
		return nil, fmt.Errorf("logistic regression of %d columns and %d rows: it needs rows with and without the outcome", len(columns), len(y))
	}
	if o.Penalty <= 0 {
		o.Penalty = 30
	}
	if o.Threads <= 0 {
		o.Threads = runtime.GOMAXPROCS(0)
	}
	f := newFit(names, columns, y, o)
	x, err := f.minimise(f.begin(), o.Penalty)
	if err != nil {
		return nil, err
	}
	return f.model(x, o.Penalty), nil
}

// A fit is the prepared rows.
type fit struct {
	columns []Column
	design  [][]float64 // prepared columns, less their means: what slopes along one alone is found at once
	mean    []float64   // of each
	of      []int       // which column each is prepared of
	part    []int       // 0: its value, 1: its square, 2: whether it is missing
	y       []float64
	start   []float64
	rowW    []float64
	threads int

	gram     []float64 // of the design and the constant, weighed as at the beginning
	at       []float64 // where loss and slope were taken last
	total    float64
	gradient []float64
}

func newFit(names []string, columns [][]float64, y []float64, o Options) *fit {
	var at []int
	step := (len(y) + maxRows - 1) / maxRows
	for i := 0; i < len(y); i += step {
		at = append(at, i)
	}
	f := &fit{columns: make([]Column, len(columns)), y: take(y, at), start: take(o.Start, at), rowW: take(o.Weight, at), threads: o.Threads}
	prepared := make([][3][]float64, len(columns))
	var g errgroup.Group
	g.SetLimit(o.Threads)
	for k := range columns {
		g.Go(func() error {
			logs := take(columns[k], at)
			for i, v := range logs {
				logs[i] = squash(v)
			}
			f.columns[k] = shape(names[k], logs)
			prepared[k] = f.columns[k].prepare(logs)
			return nil
		})
	}
	g.Wait()
	for k := range columns {
		for part, values := range prepared[k] {
			if values != nil {
				mean := floats.Sum(values) / float64(len(values))
				floats.AddConst(-mean, values)
				f.design, f.mean, f.of, f.part = append(f.design, values), append(f.mean, mean), append(f.of, k), append(f.part, part)
			}
		}
	}
	return f
}

func take(values []float64, at []int) []float64 {
	if values == nil {
		return nil
	}
	out := make([]float64, len(at))
	for k, i := range at {
		out[k] = values[i]
	}
	return out
}

// prepare lays a column's values, their squares and, where it has a flag, what is missing
// of it side by side.
func (c *Column) prepare(logs []float64) (out [3][]float64) {
	if c.Scale == 0 {
		return out
	}
	out[0], out[1] = logs, make([]float64, len(logs))
	if c.Flag {
		out[2] = make([]float64, len(logs))
	}
	for k, v := range logs {
		z, missing := c.ofLog(v)
		out[0][k], out[1][k] = z, z*z
		if missing && c.Flag {
			out[2][k] = 1
		}
	}
	return out
}

// begin is the constant that fits best.
func (f *fit) begin() []float64 {
	x := make([]float64, len(f.design)+1)
	if f.start == nil {
		rate := floats.Sum(f.y) / float64(len(f.y))
		x[len(x)-1] = math.Log(rate / (1 - rate))
	}
	return x
}

// rowsAtOnce is how many rows are scored at a time: their columns stay in a processor's
// cache for the slope.
const rowsAtOnce = 512

// loss is the penalised loss at weights x, the bias last; slope is left in f.gradient.
// Every sum has one order, so that it is the same on any number of threads.
func (f *fit) loss(x []float64, penalty float64) float64 {
	if slices.Equal(x, f.at) {
		return f.total
	}
	n, p := len(f.y), len(x)
	blocks := (n + rowsAtOnce - 1) / rowsAtOnce
	sums, slopes := make([]float64, blocks), make([]float64, blocks*p)
	var g errgroup.Group
	g.SetLimit(f.threads)
	const share = 16 // blocks that a thread takes
	for from := 0; from < blocks; from += share {
		g.Go(func() error {
			z := make([]float64, rowsAtOnce)
			for b := from; b < min(blocks, from+share); b++ {
				sums[b] = f.score(x, z, b*rowsAtOnce, min(n, (b+1)*rowsAtOnce), slopes[b*p:(b+1)*p])
			}
			return nil
		})
	}
	g.Wait()
	f.at, f.gradient, f.total = append(f.at[:0], x...), make([]float64, p), floats.Sum(sums)
	for b := range blocks {
		floats.Add(f.gradient, slopes[b*p:(b+1)*p])
	}
	for k, w := range x[:p-1] {
		f.total += penalty / 2 * w * w
		f.gradient[k] += penalty * w
	}
	return f.total
}

// score adds up what some rows lose, and how that slopes.
func (f *fit) score(x, room []float64, from, to int, slope []float64) (loss float64) {
	z, bias := room[:to-from], len(x)-1
	for i := range z {
		z[i] = x[bias]
		if f.start != nil {
			z[i] += f.start[from+i]
		}
	}
	for k, c := range f.design {
		floats.AddScaled(z, x[k], c[from:to])
	}
	for i, v := range z {
		w := 1.0
		if f.rowW != nil {
			w = f.rowW[from+i]
		}
		e := math.Exp(-math.Abs(v))
		p := 1 / (1 + e)
		if v < 0 {
			p = e / (1 + e)
		}
		loss += w * (max(v, 0) + math.Log1p(e) - f.y[from+i]*v)
		z[i] = w * (p - f.y[from+i])
		slope[bias] += z[i]
	}
	for k, c := range f.design {
		slope[k] = floats.Dot(c[from:to], z)
	}
	return loss
}

// minimise walks down by L-BFGS, in coordinates in which the loss is about as steep every
// way, so that a few steps do.
//
// Liu, D. C., Nocedal, J. (1989). On the limited memory BFGS method for large scale
// optimization. Math. Program. 45.
func (f *fit) minimise(x []float64, penalty float64) ([]float64, error) {
	round, err := f.rounding(penalty)
	if err != nil {
		return nil, err
	}
	problem := optimize.Problem{
		Func: func(u []float64) float64 { return f.loss(round.back(u), penalty) },
		Grad: func(gradient, u []float64) { f.loss(round.back(u), penalty); round.slope(gradient, f.gradient) },
	}
	settings := &optimize.Settings{GradientThreshold: 3e-2, MajorIterations: 60, Converger: &optimize.FunctionConverge{Relative: 1e-8, Iterations: 3}}
	r, err := optimize.Minimize(problem, round.there(x), settings, &optimize.LBFGS{})
	if r == nil {
		return nil, fmt.Errorf("logistic regression: %w", err)
	}
	x = round.back(r.X)
	if math.IsNaN(floats.Sum(x)) || math.IsInf(floats.Sum(x), 0) {
		return nil, fmt.Errorf("logistic regression: the weights are no numbers")
	}
	return x, nil
}

// model writes the weights down.
func (f *fit) model(x []float64, penalty float64) *Model {
	m := &Model{Columns: slices.Clone(f.columns), Bias: x[len(x)-1], Penalty: penalty}
	for k, w := range x[:len(x)-1] {
		c := &m.Columns[f.of[k]]
		*[]*float64{&c.Weight, &c.Square, &c.Absent}[f.part[k]] = w
		m.Bias -= w * f.mean[k]
	}
	return m
}
