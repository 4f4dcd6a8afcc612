package cluster

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// A Transform makes columns comparable: what is missing becomes the median, a long tail
// is drawn in, what is extreme is cut off, and each column is scaled to mean 0 and
// standard deviation 1; columns that say much the same share one column's weight. It
// remembers its numbers, so that new rows are treated alike.
type Transform struct {
	Columns []ColumnTransform `json:"columns"`
}

// A ColumnTransform is what happens to one column.
type ColumnTransform struct {
	Name      string    `json:"name"`
	Dropped   string    `json:"dropped,omitempty"`   // why the column is left out
	Bend      string    `json:"bend,omitempty"`      // log1p, yeo_johnson or quantile
	Power     float64   `json:"power,omitempty"`     // of Yeo-Johnson
	Quantiles []float64 `json:"quantiles,omitempty"` // values at equal steps of rank
	Median    float64   `json:"median"`              // stands for what is missing
	Low       float64   `json:"low"`                 // after bending: cut off below
	High      float64   `json:"high"`                // and above
	Mean      float64   `json:"mean"`
	SD        float64   `json:"sd"`
	Weight    float64   `json:"weight"` // below 1 where other columns say much the same
}

// TransformOptions say how. The zero value is a good choice.
type TransformOptions struct {
	Tail float64 // share of values cut off at each end; default 0.01
	Bend string  // of every column: log1p, yeo_johnson, quantile or none; default: what each needs
}

// skewed is the skewness from which a column is bent: by its logarithm where its values
// are ≥ 0, by Yeo and Johnson's power otherwise.
const skewed = 1

// nearlyConstant is the share of rows with the same value from which a column tells
// nobody apart.
const nearlyConstant = 0.995

// ErrAlike reports rows that are all the same.
var ErrAlike = errors.New("every column is constant or empty: there is nothing to tell rows apart by")

// FitTransform looks at columns, in which NaN is missing.
func FitTransform(names []string, columns [][]float64, o TransformOptions) (*Transform, error) {
	if len(names) != len(columns) || len(columns) == 0 {
		return nil, fmt.Errorf("%d names for %d columns", len(names), len(columns))
	}
	if o.Tail == 0 {
		o.Tail = 0.01
	}
	if !slices.Contains(bends, o.Bend) {
		return nil, fmt.Errorf("bend is %q, want one of %q", o.Bend, bends)
	}
	t := &Transform{Columns: make([]ColumnTransform, len(columns))}
	for i, c := range columns {
		t.Columns[i] = fitColumn(names[i], c, o)
	}
	t.weigh(columns)
	for _, c := range t.Columns {
		if c.Dropped == "" {
			return t, nil
		}
	}
	return nil, ErrAlike
}

func fitColumn(name string, values []float64, o TransformOptions) ColumnTransform {
	c := ColumnTransform{Name: name, Weight: 1}
	var known []float64
	for _, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			known = append(known, v)
		}
	}
	if len(known) == 0 {
		c.Dropped = "it is empty"
		return c
	}
	slices.Sort(known)
	c.Median = known[len(known)/2]
	if c.Dropped = same(known, len(values)); c.Dropped != "" {
		return c
	}
	c.choose(known, o.Bend)
	at := func(q float64) float64 { return c.bend(known[int(math.Round(q*float64(len(known)-1)))]) }
	c.Low, c.High = at(o.Tail), at(1-o.Tail)
	if c.Low == c.High { // more than 98 % are equal: keep the rest in sight
		c.Low, c.High = at(0), at(1)
	}
	all := make([]float64, 0, len(values))
	for _, v := range values {
		all = append(all, c.cut(v))
	}
	c.Mean, c.SD = moments(all)
	if !(c.SD > 1e-9*math.Max(1, math.Abs(c.Mean))) {
		c.Dropped = "it is constant"
	}
	return c
}

// same says why a column tells nobody apart, if it doesn't. What is missing counts as the
// median, which stands for it.
func same(known []float64, rows int) string {
	if known[0] == known[len(known)-1] {
		return "it is constant"
	}
	longest, value, missing := 0, 0.0, rows-len(known)
	for from := 0; from < len(known); {
		to := from
		for to < len(known) && known[to] == known[from] {
			to++
		}
		n := to - from
		if known[from] == known[len(known)/2] {
			n += missing
		}
		if n > longest {
			longest, value = n, known[from]
		}
		from = to
	}
	if share := float64(longest) / float64(rows); share >= nearlyConstant && rows >= 1000 {
		return fmt.Sprintf("%.1f %% of its values are %g", 100*share, value)
	}
	return ""
}

// cut fills in, bends and cuts off.
func (c *ColumnTransform) cut(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		v = c.Median
	}
	return min(max(c.bend(v), c.Low), c.High)
}

func moments(v []float64) (mean, sd float64) {
	for _, x := range v {
		mean += x
	}
	mean /= float64(len(v))
	for _, x := range v {
		sd += (x - mean) * (x - mean)
	}
	return mean, math.Sqrt(sd / float64(len(v)))
}

func skewness(v []float64) float64 {
	mean, sd := moments(v)
	sum := 0.0
	for _, x := range v {
		sum += (x - mean) * (x - mean) * (x - mean)
	}
	return sum / float64(len(v)) / (sd * sd * sd)
}

// Apply makes rows of columns that are in the order in which they were fitted.
func (t *Transform) Apply(columns [][]float64) (rows []float32, dims int, err error) {
	if len(columns) != len(t.Columns) {
		return nil, 0, fmt.Errorf("%d columns, want %d", len(columns), len(t.Columns))
	}
	for _, c := range t.Columns {
		if c.Dropped == "" {
			dims++
		}
	}
	n := len(columns[0])
	rows = make([]float32, n*dims)
	at := 0
	for i, c := range t.Columns {
		if c.Dropped != "" {
			continue
		}
		for r, v := range columns[i] {
			rows[r*dims+at] = float32((c.cut(v) - c.Mean) / c.SD * c.Weight)
		}
		at++
	}
	return rows, dims, nil
}
