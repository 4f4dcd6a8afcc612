package features

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"segmenta/table"
)

// most is the largest amount or quantity that a row may have.
const most = 1e12

// A reader casts the columns of one block.
type reader struct {
	t     *table.Table
	rows  int
	comma bool // numbers are written 1.234,56
	spare *spare
}

// numbers evaluates an expression for every row.
func (r reader) numbers(e *expr) ([]float64, faults) {
	switch {
	case e.constant != nil:
		v, f := r.number(*e.constant)
		return fill(r.rows, v), fill(r.rows, f)
	case e.math != nil:
		v, f := r.compute(e.math)
		return v, r.bound(v, f)
	}
	v, f := r.column(e.column)
	return v, r.bound(v, f)
}

// bound marks what is not finite or too large, and turns −0 into 0.
func (r reader) bound(v []float64, f faults) faults {
	for i, x := range v {
		switch {
		case math.Abs(x) <= most:
			v[i] = x + 0
		case f.at(i) != sound:
		case math.IsNaN(x) || math.IsInf(x, 0):
			f.set(i, r, infinite)
		default:
			f.set(i, r, huge)
		}
	}
	return f
}

func (r reader) number(s string) (float64, fault) {
	if s = strings.TrimSpace(s); s == "" {
		return 0, missing
	}
	if r.comma {
		s = strings.ReplaceAll(strings.ReplaceAll(s, ".", ""), ",", ".")
	}
	if strings.ContainsAny(s, "xX_pP") {
		return 0, unreadable
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil && math.IsInf(v, 0) {
		return v, infinite
	}
	if err != nil {
		return 0, unreadable
	}
	return v, sound
}

// column casts one column to numbers. Texts are parsed once for each word of the
// dictionary. What the table holds already may be returned as it is.
func (r reader) column(name string) ([]float64, faults) {
	c := r.t.Column(name)
	if (c.Kind == table.Float32 || c.Kind == table.Float64) && c.Null == nil {
		return c.Floats, nil
	}
	v, f := r.spare.newFloats(r.rows), faults(nil)
	switch c.Kind {
	case table.String:
		words, wrong := r.dictionary(c)
		for i, k := range c.Codes {
			if c.IsNull(i) {
				continue
			}
			v[i] = words[k]
			if why := wrong[k]; why != sound {
				f.set(i, r, why)
			}
		}
	case table.Float32, table.Float64:
		copy(v, c.Floats)
	case table.Int32, table.Int64:
		for i, n := range c.Ints {
			v[i] = float64(n)
		}
	default:
		clear(v)
		f = r.spare.newFaults(r.rows)
		for i := range f {
			f[i] = unreadable
		}
	}
	if c.Null != nil {
		r.absent(v, &f, c)
	}
	return v, f
}

// absent marks what is null.
func (r reader) absent(v []float64, f *faults, c *table.Column) {
	why := missing
	if c.Name == rateColumn {
		why = unpriced
	}
	for i, null := range c.Null {
		if null {
			v[i] = 0
			f.set(i, r, why)
		}
	}
}

func (r reader) dictionary(c *table.Column) ([]float64, []fault) {
	v, f := make([]float64, len(c.Dict)), make([]fault, len(c.Dict))
	for k, word := range c.Dict {
		v[k], f[k] = r.number(word)
	}
	return v, f
}

// compute evaluates arithmetic; a fault of either side is a fault of the whole.
func (r reader) compute(n *node) ([]float64, faults) {
	if n.op == 0 && n.column != "" {
		v, f := r.column(n.column)
		return slices.Clone(v), f
	}
	if n.op == 0 {
		return fill(r.rows, n.number), nil
	}
	a, fa := r.compute(n.left)
	b, fb := r.compute(n.right)
	for i := range a {
		switch n.op {
		case '+':
			a[i] += b[i]
		case '-':
			a[i] -= b[i]
		case '*':
			a[i] *= b[i]
		case '/':
			a[i] /= b[i]
		}
		if why := fb.at(i); why > fa.at(i) && (why != unpriced || fa.at(i) == sound) {
			fa.set(i, r, why)
		}
	}
	return a, fa
}

func fill[T any](n int, v T) []T {
	all := make([]T, n)
	for i := range all {
		all[i] = v
	}
	return all
}
