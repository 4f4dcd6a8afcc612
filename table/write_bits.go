package table

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"unsafe"
)

// levels says which rows have a value: their definition levels, one bit each. It returns
// how many have none.
func (e *encoder) levels(c *Column, from, to int) (nulls int) {
	if c.Null != nil {
		e.present, nulls = presence(e.present[:0], c.Null[from:to])
	}
	if c.Required {
		return nulls
	}
	at := len(e.page)
	e.page = append(e.page, 0, 0, 0, 0)
	if nulls == 0 {
		e.page = append(binary.AppendUvarint(e.page, uint64(to-from)<<1), 1)
	} else {
		e.page = append(binary.AppendUvarint(e.page, uint64(len(e.present))<<1|1), e.present...)
	}
	binary.LittleEndian.PutUint32(e.page[at:], uint32(len(e.page)-at-4))
	return nulls
}

// presence appends a bit for each row that has a value, and counts those that have none.
func presence(to []byte, null []bool) (bitmap []byte, nulls int) {
	for ; len(null) >= 8; null = null[8:] {
		// Eight bytes that are 0 or 1 become eight bits.
		eight := binary.LittleEndian.Uint64(unsafe.Slice((*byte)(unsafe.Pointer(&null[0])), 8))
		absent := byte(eight * 0x0102040810204080 >> 56)
		to, nulls = append(to, ^absent), nulls+bits.OnesCount8(absent)
	}
	if len(null) == 0 {
		return to, nulls
	}
	last := byte(0)
	for i, absent := range null {
		if absent {
			nulls++
		} else {
			last |= 1 << i
		}
	}
	return append(to, last), nulls
}

func (e *encoder) bools(c *Column, from, to int) {
	n, at := 0, len(e.page)
	for i := from; i < to; i++ {
		if c.Null != nil && c.Null[i] {
			continue
		}
		if n%8 == 0 {
			e.page = append(e.page, 0)
		}
		if c.Bools[i] {
			e.page[at+n/8] |= 1 << (n % 8)
		}
		n++
	}
}

// appendBits writes numbers in the size of their kind.
func appendBits(to []byte, bits []uint64, k Kind) []byte {
	size := 8
	if k == Int32 || k == Float32 {
		size = 4
	}
	at := len(to)
	to = slices.Grow(to, len(bits)*size)[:at+len(bits)*size]
	if size == 4 {
		for i, b := range bits {
			binary.LittleEndian.PutUint32(to[at+4*i:], uint32(b))
		}
		return to
	}
	for i, b := range bits {
		binary.LittleEndian.PutUint64(to[at+8*i:], b)
	}
	return to
}

// appendIndexes writes indexes into a dictionary in as many bits as its size needs.
func appendIndexes(to []byte, index []uint32, size int) []byte {
	width := 0
	for 1<<width < size {
		width++
	}
	to = append(to, byte(width))
	if width == 0 {
		return binary.AppendUvarint(to, uint64(len(index))<<1)
	}
	to = binary.AppendUvarint(to, uint64((len(index)+7)/8)<<1|1)
	end := len(to) + (len(index)+7)/8*width // the last group of eight stands in full
	bits, n := uint64(0), 0
	for _, i := range index {
		bits |= uint64(i) << n
		if n += width; n >= 32 {
			to = binary.LittleEndian.AppendUint32(to, uint32(bits))
			bits, n = bits>>32, n-32
		}
	}
	for len(to) < end {
		to = append(to, byte(bits))
		bits >>= 8
	}
	return to
}
