package table

import (
	"sync"
	"unsafe"
)

// A room is what decoding one column takes besides the column, and is used again for
// the next.
type room struct {
	packed []byte // as they stand in the file
	plain  []byte // a page, unpacked
	nulls  []bool // of the page at hand
	index  []int32
}

var rooms = sync.Pool{New: func() any { return new(room) }}

func (r *room) nullRoom(n int) []bool {
	r.nulls = sizedTo(r.nulls, n)
	return r.nulls
}

func (r *room) indexes(n int) []int32 {
	r.index = sizedTo(r.index, n)
	return r.index
}

// sizedTo is n elements of whatever value, in the same memory where it is large enough.
func sizedTo[T any](v []T, n int) []T {
	if cap(v) < n {
		return make([]T, n)
	}
	return v[:n]
}

// The columns of tables that were let go.
var (
	spareInts   sync.Pool // of *[]int64
	spareFloats sync.Pool // of *[]float64
	spareCodes  sync.Pool // of *[]int32
	spareWords  sync.Pool // of *[]string
	spareTexts  sync.Pool // of *[]byte
)

// Release lets the next table that is read use the memory of this one. Nobody may hold
// on to its columns, nor to their words unless the table is to Keep them.
func (t *Table) Release() {
	for _, c := range t.Columns {
		give(&spareInts, c.Ints)
		give(&spareFloats, c.Floats)
		give(&spareCodes, c.Codes)
		if c.lent != nil {
			clear(c.Dict)
			give(&spareWords, c.Dict)
			for _, text := range c.lent {
				give(&spareTexts, text)
			}
		}
		c.Ints, c.Floats, c.Codes, c.Dict, c.Numbers, c.lent = nil, nil, nil, nil, nil, nil
	}
	t.Columns = nil
}

// Keep lets the words of the table's columns stay when it is released.
func (t *Table) Keep() {
	for _, c := range t.Columns {
		c.lent = nil
	}
}

// lend copies a page's text to memory that Release gives back.
func (c *Column) lend(data []byte) string {
	text := append(take[byte](&spareTexts, len(data)), data...)
	c.lent = append(c.lent, text)
	return unsafe.String(unsafe.SliceData(text), len(text))
}

func give[T any](to *sync.Pool, v []T) {
	if cap(v) > 0 {
		to.Put(&v)
	}
}

// take is room for n elements, of a table that was let go where there is one.
func take[T any](from *sync.Pool, n int) []T {
	if v, ok := from.Get().(*[]T); ok && cap(*v) >= n {
		return (*v)[:0]
	}
	return make([]T, 0, n)
}

// Room is n numbers of whatever value, in the memory of a table that was let go where
// there is one.
func Room(n int) []float64 { return take[float64](&spareFloats, n)[:n] }

// CodeRoom is the same of n codes.
func CodeRoom(n int) []int32 { return take[int32](&spareCodes, n)[:n] }

// reserve makes room for n values.
func (c *Column) reserve(n int) {
	switch c.Kind {
	case Bool:
		c.Bools = make([]bool, 0, n)
	case Float32, Float64:
		c.Floats = take[float64](&spareFloats, n)
	case String:
		c.Codes = take[int32](&spareCodes, n)
	default:
		c.Ints = take[int64](&spareInts, n)
	}
}
