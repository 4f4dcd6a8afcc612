package features

import (
	"math"
	"strconv"

	"segmenta/table"
)

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
