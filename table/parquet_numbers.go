package table

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/parquet-go/parquet-go/format"
)

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
