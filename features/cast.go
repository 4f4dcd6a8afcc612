package features

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"segmenta/table"
)

// A fault says why a cell could not be used.
type fault uint8

const (
	sound      fault = iota
	missing          // null or empty
	unreadable       // of the wrong type
	infinite         // NaN or infinite
	huge             // past what sums can hold exactly
	unpriced         // of a currency without a rate
)

// faults says why cells could not be used; nil where nothing is wrong with any.
type faults []fault

func (f faults) at(i int) fault {
	if f == nil {
		return sound
	}
	return f[i]
}

// any reports whether some cell is as bad as that, or worse.
func (f faults) any(bad fault) bool {
	for _, why := range f {
		if why >= bad {
			return true
		}
	}
	return false
}

// set marks one of a block's cells.
func (f *faults) set(i int, r reader, why fault) {
	if *f == nil {
		*f = r.spare.newFaults(r.rows)
		clear(*f)
	}
	(*f)[i] = why
}

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

// times casts a column to microseconds of UTC. What the table holds already may be
// returned as it is.
func (r reader) times(e *expr, l *layout, local bool, zone *clock) ([]int64, faults) {
	if e.constant != nil {
		at, fault := l.moment(*e.constant, zone)
		return fill(r.rows, at), fill(r.rows, fault)
	}
	c := r.t.Column(e.column)
	local = local && zone.zone != time.UTC
	if c.Kind == table.Time && !local && c.Null == nil && within(c.Ints) {
		return c.Ints, nil
	}
	v, f := r.spare.newInts(r.rows), faults(nil)
	clear(v)
	words, wrong := make([]int64, len(c.Dict)), make([]fault, len(c.Dict))
	for k, s := range c.Dict {
		words[k], wrong[k] = l.moment(s, zone)
	}
	for i := range v {
		why := sound
		switch {
		case c.IsNull(i):
			why = missing
		case c.Kind == table.String:
			v[i], why = words[c.Codes[i]], wrong[c.Codes[i]]
		case c.Kind == table.Time && local:
			v[i] = zone.utc(c.Ints[i])
		case c.Kind == table.Time:
			v[i] = c.Ints[i]
		case (c.Kind == table.Int64 || c.Kind == table.Int32) && (l.kind == "unix" || l.kind == "unix_ms"):
			v[i] = l.unix(max(-1<<50, min(c.Ints[i], 1<<50)))
		default:
			why = unreadable
		}
		if why == sound && (v[i] < earliest || v[i] >= latest) {
			why = unreadable
		}
		if why != sound {
			f.set(i, r, why)
		}
	}
	return v, f
}

// within reports whether all times are ones that are read.
func within(times []int64) bool {
	for _, at := range times {
		if at < earliest || at >= latest {
			return false
		}
	}
	return true
}

// Times are read from the year 1 to the year 9999.
var (
	earliest = daysSince1970(1, 1, 1) * day
	latest   = daysSince1970(10000, 1, 1) * day
)

func (l *layout) moment(s string, zone *clock) (int64, fault) {
	if strings.TrimSpace(s) == "" {
		return 0, missing
	}
	at, zoned, ok := l.parse(s)
	switch {
	case !ok:
		return 0, unreadable
	case zoned:
		return at, sound
	}
	return zone.utc(at), sound
}

// texts casts a column to words; whole numbers become their digits.
func (r reader) texts(e *expr) *table.Column {
	if e.constant != nil {
		return &table.Column{Kind: table.String, Codes: make([]int32, r.rows), Dict: []string{*e.constant}}
	}
	c := r.t.Column(e.column)
	if c.Kind == table.String {
		return c
	}
	out := &table.Column{Kind: table.String, Codes: make([]int32, r.rows), Null: make([]bool, r.rows)}
	codes := make(map[int64]int32)
	for i := range out.Codes {
		n, ok := whole(c, i)
		if !ok {
			out.Null[i] = true
			continue
		}
		k, known := codes[n]
		if !known {
			k = int32(len(out.Dict))
			codes[n] = k
			out.Dict = append(out.Dict, strconv.FormatInt(n, 10))
		}
		out.Codes[i] = k
	}
	if len(out.Dict) == 0 {
		out.Dict = []string{""}
	}
	return out
}

// whole is a cell that holds a whole number: tools that lack nullable integers
// write ids as floats.
func whole(c *table.Column, i int) (int64, bool) {
	switch {
	case c.IsNull(i):
		return 0, false
	case c.Kind == table.Int32 || c.Kind == table.Int64:
		return c.Ints[i], true
	case c.Kind == table.Float32 || c.Kind == table.Float64:
		v := c.Floats[i]
		return int64(v), v == math.Trunc(v) && math.Abs(v) < 1<<53
	}
	return 0, false
}

func fill[T any](n int, v T) []T {
	all := make([]T, n)
	for i := range all {
		all[i] = v
	}
	return all
}
