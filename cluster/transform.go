package cluster

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// A Transform makes columns comparable: what is missing becomes the median, a long
// tail is drawn in by a logarithm, what is extreme is cut off, and each column is
// scaled to mean 0 and standard deviation 1. It remembers its numbers, so that new rows
// are treated alike.
type Transform struct {
	Columns []ColumnTransform `json:"columns"`
}

// A ColumnTransform is what happens to one column.
type ColumnTransform struct {
	Name    string  `json:"name"`
	Dropped string  `json:"dropped,omitempty"` // why the column is left out
	Log     bool    `json:"log1p"`
	Median  float64 `json:"median"` // stands for what is missing
	Low     float64 `json:"low"`    // after the logarithm: cut off below
	High    float64 `json:"high"`   // and above
	Mean    float64 `json:"mean"`
	SD      float64 `json:"sd"`
}

// TransformOptions say how. The zero value is a good choice.
type TransformOptions struct {
	Tail float64 // share of values cut off at each end; default 0.01
}

// skewed is the skewness from which a column of values ≥ 0 is taken by its logarithm.
const skewed = 1

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
	t := &Transform{Columns: make([]ColumnTransform, len(columns))}
	kept := 0
	for i, c := range columns {
		if t.Columns[i] = fitColumn(names[i], c, o.Tail); t.Columns[i].Dropped == "" {
			kept++
		}
	}
	if kept == 0 {
		return nil, ErrAlike
	}
	return t, nil
}

func fitColumn(name string, values []float64, tail float64) ColumnTransform {
	c := ColumnTransform{Name: name}
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
	c.Log = known[0] >= 0 && skewness(known) > skewed
	at := func(q float64) float64 { return c.bend(known[int(math.Round(q*float64(len(known)-1)))]) }
	c.Low, c.High = at(tail), at(1-tail)
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

func (c *ColumnTransform) bend(v float64) float64 {
	if c.Log {
		return math.Log1p(math.Max(0, v))
	}
	return v
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
			rows[r*dims+at] = float32((c.cut(v) - c.Mean) / c.SD)
		}
		at++
	}
	return rows, dims, nil
}
