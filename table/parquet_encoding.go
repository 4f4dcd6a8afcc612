package table

import (
	"encoding/binary"
	"fmt"

	"github.com/parquet-go/parquet-go/format"
)

// The encodings of Apache Parquet, Encodings. Each fills a slice that is as long as the
// page header says, reads nothing beyond the bytes given, and allocates by what it read.

// plainDictionary is how old writers name both a dictionary and what points into it.
const plainDictionary format.Encoding = 2

// hybrid decodes runs of one value and packs of eight values of so many bits.
func hybrid(to []int32, data []byte, bits uint) error {
	if bits == 0 {
		clear(to)
		return nil
	}
	for len(to) > 0 {
		head, n := binary.Uvarint(data)
		if n <= 0 {
			return errTruncated
		}
		data = data[n:]
		count := head >> 1
		if head&1 == 1 {
			// The last pack may be cut off where its values end.
			size := min(count, uint64(len(to)+7)/8) * uint64(bits)
			size = min(size, uint64(len(data)))
			some := min(len(to), int(size*8/uint64(bits)))
			if some == 0 {
				return errTruncated
			}
			unpackBits(to[:some], data[:size], bits)
			to, data = to[some:], data[size:]
			continue
		}
		width := int(bits+7) / 8
		if len(data) < width {
			return errTruncated
		}
		v := int32(0)
		for i := range width {
			v |= int32(data[i]) << (8 * i)
		}
		some := int(min(count, uint64(len(to))))
		for i := range to[:some] {
			to[i] = v
		}
		to, data = to[some:], data[width:]
	}
	return nil
}

// unpackBits reads numbers of so many bits, the lowest first. The data hold them all.
func unpackBits(to []int32, data []byte, bits uint) {
	mask, at := uint64(1)<<bits-1, uint(0)
	for i := range to {
		from := at / 8
		var word uint64
		if from+8 <= uint(len(data)) {
			word = binary.LittleEndian.Uint64(data[from:])
		} else {
			var tail [8]byte
			copy(tail[:], data[from:])
			word = binary.LittleEndian.Uint64(tail[:])
		}
		to[i] = int32(word >> (at % 8) & mask)
		at += bits
	}
}

// allOne reports whether levels are one run of ones: no value is null.
func allOne(levels []byte, n int) bool {
	head, size := binary.Uvarint(levels)
	return size > 0 && head&1 == 0 && head>>1 >= uint64(n) && len(levels) > size && levels[size] == 1
}

// mostDelta is more than any writer makes of values a block.
const mostDelta = 1 << 16

// deltas decodes differences that are packed block by block, and returns what follows.
func deltas(to []int64, data []byte) (rest []byte, err error) {
	var head [3]uint64 // values a block, packs a block, values
	for i := range head {
		n := 0
		if head[i], n = binary.Uvarint(data); n <= 0 {
			return nil, errTruncated
		}
		data = data[n:]
	}
	block, packs := head[0], head[1]
	if block == 0 || block > mostDelta || packs == 0 || packs > block || block%packs != 0 || (block/packs)%8 != 0 {
		return nil, fmt.Errorf("blocks of %d differences in %d packs", block, packs)
	}
	if head[2] != uint64(len(to)) {
		return nil, fmt.Errorf("%d values where %d are expected", head[2], len(to))
	}
	value, n := binary.Varint(data)
	if n <= 0 {
		return nil, errTruncated
	}
	data = data[n:]
	if len(to) == 0 {
		return data, nil
	}
	to[0] = value
	d := deltaReader{each: int(block / packs), packs: int(packs), last: value}
	for at := 1; at < len(to); {
		var some int
		if some, data, err = d.block(to[at:], data); err != nil {
			return nil, err
		}
		at += some
	}
	return data, nil
}

// A deltaReader decodes one block of differences after the other.
type deltaReader struct {
	each, packs int
	last        int64
}

func (d *deltaReader) block(to []int64, data []byte) (done int, rest []byte, err error) {
	least, n := binary.Varint(data)
	if n <= 0 || len(data)-n < d.packs {
		return 0, nil, errTruncated
	}
	widths := data[n : n+d.packs]
	data = data[n+d.packs:]
	for _, bits := range widths {
		if done == len(to) {
			break
		}
		size := d.each * int(bits) / 8
		if bits > 64 || len(data) < size {
			return 0, nil, errTruncated
		}
		some := min(d.each, len(to)-done)
		d.pack(to[done:done+some], data[:size], uint(bits), least)
		done, data = done+some, data[size:]
	}
	return done, data, nil
}

// pack adds up differences of so many bits.
func (d *deltaReader) pack(to []int64, data []byte, bits uint, least int64) {
	for i := range to {
		d.last += least + int64(bitsAt(data, uint(i)*bits, bits))
		to[i] = d.last
	}
}

// bitsAt reads a number of up to 64 bits.
func bitsAt(data []byte, at, bits uint) (v uint64) {
	if bits == 0 {
		return 0
	}
	from, shift := at/8, at%8
	if from+8 <= uint(len(data)) {
		v = binary.LittleEndian.Uint64(data[from:]) >> shift
	} else {
		var tail [8]byte
		copy(tail[:], data[from:])
		v = binary.LittleEndian.Uint64(tail[:]) >> shift
	}
	if shift+bits > 64 {
		v |= uint64(data[from+8]) << (64 - shift)
	}
	if bits < 64 {
		v &= 1<<bits - 1
	}
	return v
}

// merged joins the streams that hold the first bytes of all values, the second ones,
// and so on.
func merged(data []byte, n, size int) ([]byte, error) {
	if size <= 0 || len(data)/size < n {
		return nil, errTruncated
	}
	whole := make([]byte, n*size)
	for k := range size {
		for i, b := range data[k*n : (k+1)*n] {
			whole[i*size+k] = b
		}
	}
	return whole, nil
}

// each calls back with every text of a page.
func (r *chunkReader) each(n int, e format.Encoding, data []byte, found func(i int, b []byte) error) error {
	switch {
	case e == format.Plain:
		for i := range n {
			head, rest, err := sized(data)
			if err != nil {
				return err
			}
			if err := found(i, head); err != nil {
				return err
			}
			data = rest
		}
		return nil
	case e == format.DeltaLengthByteArray:
		return r.eachSized(n, data, found)
	case e == format.DeltaByteArray:
		return r.eachShared(n, data, found)
	}
	return unread(e)
}

// eachSized reads all lengths first, then the texts.
func (r *chunkReader) eachSized(n int, data []byte, found func(i int, b []byte) error) error {
	lengths := make([]int64, n)
	data, err := deltas(lengths, data)
	if err != nil {
		return err
	}
	for i, length := range lengths {
		if length < 0 || length > int64(len(data)) {
			return errTruncated
		}
		if err := found(i, data[:length]); err != nil {
			return err
		}
		data = data[length:]
	}
	return nil
}

// eachShared reads how much of each text is as in the one before, then what follows. The
// texts of a page together stay below maxPage.
func (r *chunkReader) eachShared(n int, data []byte, found func(i int, b []byte) error) error {
	shared := make([]int64, n)
	data, err := deltas(shared, data)
	if err != nil {
		return err
	}
	var last []byte
	total := int64(0)
	return r.eachSized(n, data, func(i int, b []byte) error {
		if shared[i] < 0 || shared[i] > int64(len(last)) {
			return errTruncated
		}
		last = append(last[:shared[i]:shared[i]], b...)
		if total += int64(len(last)); total > maxPage {
			return fmt.Errorf("its texts unpack to more than %d bytes", maxPage)
		}
		return found(i, last)
	})
}
