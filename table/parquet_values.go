package table

import (
	"errors"
	"fmt"

	"github.com/parquet-go/parquet-go/format"
)

var errTruncated = errors.New("its values end too early")

// A dictionary holds the values that the indexes of later pages point to.
type dictionary struct {
	made   bool
	size   int
	ints   []int64
	floats []float64
	codes  []int32 // into the column's Dict
}

func (r *chunkReader) makeDictionary(data []byte, n int) error {
	if n < 0 || n > len(data) {
		return fmt.Errorf("a dictionary of %d values in %d bytes", n, len(data))
	}
	if r.leaf.physical == format.Boolean {
		return fmt.Errorf("a dictionary of yes and no")
	}
	d := &r.dict
	d.made, d.size = true, n
	var err error
	switch r.to.Kind {
	case String:
		d.codes = make([]int32, n)
		err = r.plainTexts(d.codes, data)
	case Float32, Float64:
		d.floats = make([]float64, n)
		err = r.plainFloats(d.floats, data)
	default:
		d.ints = make([]int64, n)
		err = r.plainInts(d.ints, data)
	}
	return err
}

// append decodes n values at the end of the column.
func (r *chunkReader) append(n int, e format.Encoding, data []byte) (err error) {
	c := r.to
	switch {
	case n == 0:
		return nil
	case e == plainDictionary || e == format.RLEDictionary:
		return r.indexed(n, data)
	}
	switch c.Kind {
	case Bool:
		c.Bools, err = appended(c.Bools, n, func(to []bool) error { return bools(to, e, data) })
	case Float32, Float64:
		c.Floats, err = appended(c.Floats, n, func(to []float64) error { return r.floats(to, e, data) })
	case String:
		c.Codes, err = appended(c.Codes, n, func(to []int32) error { return r.texts(to, e, data) })
	default:
		c.Ints, err = appended(c.Ints, n, func(to []int64) error { return r.ints(to, e, data) })
	}
	return err
}

func appended[T any](v []T, n int, fill func(to []T) error) ([]T, error) {
	from := len(v)
	if cap(v)-from < n {
		v = append(v, make([]T, n)...)
	} else {
		v = v[:from+n]
	}
	return v, fill(v[from:])
}

// indexed appends the values that a page's indexes point to.
func (r *chunkReader) indexed(n int, data []byte) (err error) {
	if !r.dict.made {
		return fmt.Errorf("it points into a dictionary, and there is none")
	}
	if len(data) == 0 || data[0] > 32 {
		return errTruncated
	}
	index := r.indexes(n)
	if err := hybrid(index, data[1:], uint(data[0])); err != nil {
		return err
	}
	for _, i := range index {
		if uint32(i) >= uint32(r.dict.size) {
			return fmt.Errorf("it points to value %d of a dictionary of %d", i, r.dict.size)
		}
	}
	c := r.to
	switch c.Kind {
	case Float32, Float64:
		c.Floats = gather(c.Floats, index, r.dict.floats)
	case String:
		c.Codes = gather(c.Codes, index, r.dict.codes)
	default:
		c.Ints = gather(c.Ints, index, r.dict.ints)
	}
	return nil
}

func gather[T any](to []T, index []int32, from []T) []T {
	to, _ = appended(to, len(index), func(to []T) error {
		for k, i := range index {
			to[k] = from[i]
		}
		return nil
	})
	return to
}

// bools decodes yes and no, which take a bit each.
func bools(to []bool, e format.Encoding, data []byte) error {
	switch e {
	case format.Plain:
		if len(data) < (len(to)+7)/8 {
			return errTruncated
		}
		for i := range to {
			to[i] = data[i/8]>>(i%8)&1 == 1
		}
		return nil
	case format.RLE:
		bits, _, err := sized(data)
		if err != nil {
			return err
		}
		index := make([]int32, len(to))
		if err := hybrid(index, bits, 1); err != nil {
			return err
		}
		for i, v := range index {
			to[i] = v == 1
		}
		return nil
	}
	return unread(e)
}

func unread(e format.Encoding) error { return fmt.Errorf("values encoded as %v, which is not read", e) }
