package table

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"

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

// ints decodes whole numbers and times.
func (r *chunkReader) ints(to []int64, e format.Encoding, data []byte) error {
	switch {
	case e == format.DeltaBinaryPacked && r.leaf.physical != format.Int96:
		if err := r.delta(to, data); err != nil {
			return err
		}
		return r.finish(to)
	case e == format.ByteStreamSplit && r.leaf.physical != format.Int96:
		whole, err := merged(data, len(to), r.size())
		if err != nil {
			return err
		}
		return r.plainInts(to, whole)
	case e == format.Plain:
		return r.plainInts(to, data)
	}
	return unread(e)
}

// size is how many bytes a stored value takes.
func (r *chunkReader) size() int {
	switch r.leaf.physical {
	case format.Int32, format.Float:
		return 4
	case format.Int64, format.Double:
		return 8
	case format.Int96:
		return 12
	}
	return r.leaf.width
}

// delta decodes differences; those of 32 bits wrap at 32 bits.
func (r *chunkReader) delta(to []int64, data []byte) error {
	if _, err := deltas(to, data); err != nil {
		return err
	}
	if r.leaf.physical == format.Int32 {
		for i, v := range to {
			to[i] = int64(int32(v))
		}
	}
	return nil
}

func (r *chunkReader) plainInts(to []int64, data []byte) error {
	if len(data)/r.size() < len(to) {
		return errTruncated
	}
	switch r.leaf.physical {
	case format.Int32:
		for i := range to {
			to[i] = int64(int32(binary.LittleEndian.Uint32(data[4*i:])))
		}
	case format.Int64:
		for i := range to {
			to[i] = int64(binary.LittleEndian.Uint64(data[8*i:]))
		}
	case format.Int96:
		for i := range to {
			to[i] = sparkTime(data[12*i:])
		}
	}
	return r.finish(to)
}

// finish makes of stored numbers what they stand for.
func (r *chunkReader) finish(to []int64) error {
	switch l := r.leaf; {
	case l.micro != nil:
		for i, v := range to {
			to[i] = l.micro(v)
		}
	case l.as == unsigned32:
		for i, v := range to {
			to[i] = int64(uint32(v))
		}
	case l.as == unsigned64:
		for _, v := range to {
			if v < 0 {
				return fmt.Errorf("%d is more than a signed number holds", uint64(v))
			}
		}
	}
	return nil
}

// sparkTime reads the 12-byte timestamps of old Spark and Hive: nanoseconds of the
// day, and the Julian day.
func sparkTime(b []byte) int64 {
	const unixDay = 2_440_588 // Julian day of 1970-01-01
	days := int64(binary.LittleEndian.Uint32(b[8:])) - unixDay
	return days*86_400_000_000 + floorDiv(int64(binary.LittleEndian.Uint64(b)), 1000)
}

// floats decodes floating-point numbers and decimals.
func (r *chunkReader) floats(to []float64, e format.Encoding, data []byte) (err error) {
	physical := r.leaf.physical
	switch {
	case e == format.ByteStreamSplit && physical != format.ByteArray:
		if data, err = merged(data, len(to), r.size()); err != nil {
			return err
		}
		return r.plainFloats(to, data)
	case e == format.DeltaBinaryPacked && (physical == format.Int32 || physical == format.Int64):
		stored := make([]int64, len(to))
		if err := r.delta(stored, data); err != nil {
			return err
		}
		for i, v := range stored {
			to[i] = float64(v) / r.leaf.power
		}
		return nil
	case (e == format.DeltaByteArray || e == format.DeltaLengthByteArray) && (physical == format.ByteArray || physical == format.FixedLenByteArray):
		return r.each(len(to), e, data, func(i int, b []byte) error { return r.decimal(&to[i], b) })
	case e == format.Plain:
		return r.plainFloats(to, data)
	}
	return unread(e)
}

func (r *chunkReader) plainFloats(to []float64, data []byte) error {
	l := r.leaf
	if l.physical == format.ByteArray {
		return r.each(len(to), format.Plain, data, func(i int, b []byte) error { return r.decimal(&to[i], b) })
	}
	size := r.size()
	if size <= 0 || len(data)/size < len(to) {
		return errTruncated
	}
	switch l.physical {
	case format.Float:
		for i := range to {
			to[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(data[i*4:])))
		}
	case format.Double:
		for i := range to {
			to[i] = math.Float64frombits(binary.LittleEndian.Uint64(data[i*8:]))
		}
	case format.Int32:
		for i := range to {
			to[i] = float64(int32(binary.LittleEndian.Uint32(data[i*4:]))) / l.power
		}
	case format.Int64:
		for i := range to {
			to[i] = float64(int64(binary.LittleEndian.Uint64(data[i*8:]))) / l.power
		}
	case format.FixedLenByteArray:
		for i := range to {
			if b := data[i*size:]; l.as == halves {
				to[i] = half(binary.LittleEndian.Uint16(b))
			} else if err := r.decimal(&to[i], b[:size]); err != nil {
				return err
			}
		}
	}
	return nil
}

// decimal reads a two's complement number, the highest byte first. Up to 2^53 it is exact.
func (r *chunkReader) decimal(to *float64, b []byte) error {
	if len(b) > 32 {
		return fmt.Errorf("a decimal of %d bytes", len(b))
	}
	v := 0.0
	for i, x := range b {
		if i == 0 {
			v = float64(int8(x))
			continue
		}
		v = v*256 + float64(x)
	}
	*to = v / r.leaf.power
	return nil
}

// half reads a 16-bit float; see IEEE 754-2008, binary16.
func half(b uint16) float64 {
	sign, exponent, fraction := 1.0, int(b>>10&31), float64(b&1023)
	if b>>15 == 1 {
		sign = -1
	}
	switch {
	case exponent == 31 && fraction == 0:
		return math.Inf(int(sign))
	case exponent == 31:
		return math.NaN()
	case exponent == 0:
		return sign * math.Ldexp(fraction, -24)
	}
	return sign * math.Ldexp(1024+fraction, exponent-25)
}

// texts decodes texts as codes.
func (r *chunkReader) texts(to []int32, e format.Encoding, data []byte) error {
	if e == format.Plain {
		return r.plainTexts(to, data)
	}
	if r.leaf.as == uuids {
		return unread(e)
	}
	r.known()
	return r.each(len(to), e, data, func(i int, b []byte) error {
		to[i] = r.codeOf(b)
		return nil
	})
}

// plainTexts decodes texts that stand in full. Those of a chunk's first dictionary are
// all new, and share one piece of memory.
func (r *chunkReader) plainTexts(to []int32, data []byte) error {
	if r.leaf.as == uuids {
		if len(data)/16 < len(to) {
			return errTruncated
		}
		r.known()
		for i := range to {
			to[i] = r.codeOf([]byte(uuid(data[16*i : 16*i+16])))
		}
		return nil
	}
	if r.code == nil && len(r.to.Dict) == 0 && r.dict.made {
		whole, words := string(data), make([]string, len(to))
		err := r.each(len(to), format.Plain, data, func(i int, b []byte) error {
			at := cap(data) - cap(b)
			words[i], to[i] = whole[at:at+len(b)], int32(i)
			return nil
		})
		r.to.Dict = words
		return err
	}
	return r.fullTexts(to, data)
}

// sampled is how many texts are looked up before it is clear whether they repeat.
const sampled = 1024

// fullTexts decodes texts of which some were met before: where the column may hold
// words several times, and the first are not the same few, the rest is not looked up.
func (r *chunkReader) fullTexts(to []int32, data []byte) error {
	if r.loose {
		return r.looseTexts(to, data)
	}
	r.known()
	first, before := to, len(r.to.Dict)
	if r.repeats {
		first = to[:min(sampled, len(to))]
	}
	rest := data
	err := r.each(len(first), format.Plain, data, func(i int, b []byte) error {
		first[i] = r.codeOf(b)
		rest = data[cap(data)-cap(b)+len(b):]
		return nil
	})
	if err != nil || len(first) == len(to) {
		return err
	}
	if r.loose = len(r.to.Dict)-before > sampled/4; r.loose {
		return r.looseTexts(to[sampled:], rest)
	}
	return r.each(len(to)-sampled, format.Plain, rest, func(i int, b []byte) error {
		to[sampled+i] = r.codeOf(b)
		return nil
	})
}

// looseTexts decodes texts that stand in full: each that isn't the one before is a word
// of its own.
func (r *chunkReader) looseTexts(to []int32, data []byte) error {
	c := r.to
	c.Repeats = true
	k := len(c.Dict)
	if cap(c.Dict)-k < len(to) {
		c.Dict = append(take[string](&spareWords, max(r.rows, k+len(to))), c.Dict...)
	}
	whole, words := c.lend(data), c.Dict[:k+len(to)]
	at, last := 0, ""
	for i := range to {
		if len(data)-at < 4 {
			return errTruncated
		}
		n := int(binary.LittleEndian.Uint32(data[at:]))
		at += 4
		if n > len(data)-at {
			return errTruncated
		}
		if word := whole[at : at+n]; word != last || i == 0 {
			words[k], last = word, word
			k++
		}
		to[i] = int32(k - 1)
		at += n
	}
	c.Dict = words[:k]
	return nil
}

func uuid(b []byte) string {
	h := hex.EncodeToString(b)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// known makes sure that every word of the column can be looked up.
func (r *chunkReader) known() {
	if r.code != nil {
		return
	}
	r.code = make(map[string]int32, len(r.to.Dict))
	for k, word := range r.to.Dict {
		r.code[word] = int32(k)
	}
}

func (r *chunkReader) codeOf(b []byte) int32 {
	k, ok := r.code[string(b)]
	if !ok {
		k = int32(len(r.to.Dict))
		word := string(b)
		r.code[word] = k
		r.to.Dict = append(r.to.Dict, word)
	}
	return k
}
