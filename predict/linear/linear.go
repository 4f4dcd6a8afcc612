// Package linear is logistic regression on numbers as they come: with tails, gaps and
// units of their own.
//
// Each column is drawn in (the signed logarithm), filled where it is missing with its
// median, brought to mean 0 and deviation 1, and cut at ±5; its square and, where values
// are often missing, a flag for that stand beside it. A ridge keeps the weights small.
// What comes out is a line in every column: it says less than trees do, and carries on
// where they stand still.
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

// A Model is a column's shape and weights for every column.
type Model struct {
	Columns []Column `json:"columns"`
	Bias    float64  `json:"bias"`
	Penalty float64  `json:"penalty"`
}

// A Column is how a column is prepared, and what it weighs.
type Column struct {
	Name   string  `json:"name"`
	Fill   float64 `json:"fill"` // median of the signed logarithms
	Mean   float64 `json:"mean"`
	Scale  float64 `json:"scale"` // 0: the column is always the same, and left out
	Flag   bool    `json:"flag,omitempty"`
	Weight float64 `json:"weight"`
	Square float64 `json:"square"`
	Absent float64 `json:"absent,omitempty"` // weight of a missing value
}

// Options say how to fit.
type Options struct {
	Penalty float64   // half the weight of Σ w² beside the sum of losses [30]
	Start   []float64 // log-odds that the line adds to; nil: none
	Weight  []float64 // of each row; nil: 1
	Threads int       // [all]
}

// maxRows is how many rows a fit looks at: a line needs no more. Of more, rows at equal
// distances are taken.
const maxRows = 100_000

// flagged is from which share of missing values a column has a flag.
const flagged = 0.01

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
	m := &Model{Columns: make([]Column, len(columns)), Penalty: o.Penalty}
	f := newFit(m, names, columns, y, o)
	return m, f.minimise()
}

// squash is the signed logarithm.
func squash(v float64) float64 { return math.Copysign(math.Log1p(math.Abs(v)), v) }

// shape measures a column.
func shape(name string, values []float64, at []int) Column {
	c := Column{Name: name}
	var known []float64
	for _, i := range at {
		if z := squash(values[i]); !math.IsNaN(z) && !math.IsInf(z, 0) {
			known = append(known, z)
		}
	}
	if len(known) == 0 {
		return c
	}
	slices.Sort(known)
	c.Fill = (known[(len(known)-1)/2] + known[len(known)/2]) / 2
	missing := float64(len(at) - len(known))
	n := float64(len(at))
	c.Flag = missing/n > flagged
	sum := missing * c.Fill
	for _, z := range known {
		sum += z
	}
	c.Mean = sum / n
	squares := missing * (c.Fill - c.Mean) * (c.Fill - c.Mean)
	for _, z := range known {
		squares += (z - c.Mean) * (z - c.Mean)
	}
	if sd := math.Sqrt(squares / n); sd > 1e-9 {
		c.Scale = 1 / sd
	} else {
		c.Flag = false
	}
	return c
}

// of prepares one value.
func (c *Column) of(v float64) (z float64, missing bool) {
	z = squash(v)
	if missing = math.IsNaN(z) || math.IsInf(z, 0); missing {
		z = c.Fill
	}
	return min(max((z-c.Mean)*c.Scale, -5), 5), missing
}

// Raw is the log-odds of rows given as columns in the order of the fit, without what
// they started from.
func (m *Model) Raw(columns [][]float64, rows int) []float64 {
	out := make([]float64, rows)
	for i := range out {
		out[i] = m.Bias
	}
	for k := range m.Columns {
		m.Columns[k].add(out, columns[k])
	}
	return out
}

func (c *Column) add(out, values []float64) {
	if c.Scale == 0 {
		return
	}
	for i, v := range values {
		z, missing := c.of(v)
		out[i] += c.Weight*z + c.Square*z*z
		if missing && c.Flag {
			out[i] += c.Absent
		}
	}
}

// Explain is what each column adds to the log-odds of each row, beyond what it adds on
// average where it was fitted, and the rest; they add up to Raw but for rounding.
func (m *Model) Explain(columns [][]float64, rows int) (contributions [][]float64, bias float64) {
	contributions = make([][]float64, len(m.Columns))
	bias = m.Bias
	for k := range m.Columns {
		c := &m.Columns[k]
		contributions[k] = make([]float64, rows)
		c.add(contributions[k], columns[k])
		if c.Scale != 0 {
			for i := range contributions[k] {
				contributions[k][i] -= c.Square // the mean square of a column is 1
			}
			bias += c.Square
		}
	}
	return contributions, bias
}

// Names lists the columns in their order.
func (m *Model) Names() []string {
	names := make([]string, len(m.Columns))
	for k, c := range m.Columns {
		names[k] = c.Name
	}
	return names
}

// A fit is the prepared rows.
type fit struct {
	m       *Model
	design  [][]float64 // prepared columns
	weight  []*float64  // where the weight of each goes
	y       []float64
	start   []float64
	rowW    []float64
	threads int
	z       []float64 // residuals at the weights of at, and what they add up to
	at      []float64
	total   float64
	bias    float64 // slope of the bias
}

func newFit(m *Model, names []string, columns [][]float64, y []float64, o Options) *fit {
	var at []int
	step := (len(y) + maxRows - 1) / maxRows
	for i := 0; i < len(y); i += step {
		at = append(at, i)
	}
	f := &fit{m: m, y: take(y, at), start: take(o.Start, at), rowW: take(o.Weight, at), threads: o.Threads, z: make([]float64, len(at))}
	prepared := make([][3][]float64, len(columns))
	var g errgroup.Group
	g.SetLimit(o.Threads)
	for k := range columns {
		g.Go(func() error {
			m.Columns[k] = shape(names[k], columns[k], at)
			prepared[k] = m.Columns[k].prepare(columns[k], at)
			return nil
		})
	}
	g.Wait()
	for k := range columns {
		c := &m.Columns[k]
		for j, to := range []*float64{&c.Weight, &c.Square, &c.Absent} {
			if prepared[k][j] != nil {
				f.design, f.weight = append(f.design, prepared[k][j]), append(f.weight, to)
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

func (c *Column) prepare(values []float64, at []int) (out [3][]float64) {
	if c.Scale == 0 {
		return out
	}
	out[0], out[1] = make([]float64, len(at)), make([]float64, len(at))
	if c.Flag {
		out[2] = make([]float64, len(at))
	}
	for k, i := range at {
		z, missing := c.of(values[i])
		out[0][k], out[1][k] = z, z*z
		if missing && c.Flag {
			out[2][k] = 1
		}
	}
	return out
}

// rowsAtOnce is how many rows one goroutine scores; the sums of the loss are taken in
// this order whatever the threads.
const rowsAtOnce = 4096

// loss is the penalised loss at weights x, the bias last, and its gradient where wanted.
// The search asks for both at the same weights, one after the other: the rows are scored
// once.
func (f *fit) loss(x, gradient []float64) float64 {
	if !slices.Equal(x, f.at) {
		f.residuals(x)
		f.at = append(f.at[:0], x...)
	}
	if gradient == nil {
		return f.total
	}
	var g errgroup.Group
	g.SetLimit(f.threads)
	gradient[len(x)-1] = f.bias
	for k := range f.design {
		g.Go(func() error {
			gradient[k] = floats.Dot(f.design[k], f.z) + f.m.Penalty*x[k]
			return nil
		})
	}
	g.Wait()
	return f.total
}

// residuals scores every row. Every sum has one order, so that it is the same on any
// number of threads.
func (f *fit) residuals(x []float64) {
	n := len(f.y)
	blocks := (n + rowsAtOnce - 1) / rowsAtOnce
	sums := make([]float64, blocks)
	residuals := make([]float64, blocks)
	var g errgroup.Group
	g.SetLimit(f.threads)
	for b := range blocks {
		g.Go(func() error {
			from, to := b*rowsAtOnce, min(n, (b+1)*rowsAtOnce)
			sums[b], residuals[b] = f.score(x, from, to)
			return nil
		})
	}
	g.Wait()
	f.total, f.bias = floats.Sum(sums), floats.Sum(residuals)
	for _, w := range x[:len(x)-1] {
		f.total += f.m.Penalty / 2 * w * w
	}
}

// score leaves the residuals of rows in z.
func (f *fit) score(x []float64, from, to int) (loss, residuals float64) {
	z := f.z[from:to]
	for i := range z {
		z[i] = x[len(x)-1]
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
		residuals += z[i]
	}
	return loss, residuals
}

// minimise walks down by L-BFGS from the constant that fits best.
//
// Liu, D. C., Nocedal, J. (1989). On the limited memory BFGS method for large scale
// optimization. Math. Program. 45.
func (f *fit) minimise() error {
	x := make([]float64, len(f.design)+1)
	if f.start == nil {
		rate := floats.Sum(f.y) / float64(len(f.y))
		x[len(x)-1] = math.Log(rate / (1 - rate))
	}
	problem := optimize.Problem{Func: func(x []float64) float64 { return f.loss(x, nil) }, Grad: func(gradient, x []float64) { f.loss(x, gradient) }}
	settings := &optimize.Settings{GradientThreshold: 1e-3 * math.Sqrt(float64(len(f.y))), MajorIterations: 60,
		Converger: &optimize.FunctionConverge{Relative: 1e-7, Iterations: 3}}
	r, err := optimize.Minimize(problem, x, settings, &optimize.LBFGS{})
	if r == nil {
		return fmt.Errorf("logistic regression: %w", err)
	}
	for k, to := range f.weight {
		*to = r.X[k]
	}
	f.m.Bias = r.X[len(x)-1]
	if math.IsNaN(floats.Sum(r.X)) || math.IsInf(floats.Sum(r.X), 0) {
		return fmt.Errorf("logistic regression: the weights are no numbers")
	}
	return nil
}
