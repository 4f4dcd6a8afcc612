package features

import (
	"encoding/binary"
	"math"
	"slices"
)

// A packing says how a column of numbers is laid out as bytes: each number in as few
// bytes as the widest of its column needs. Packed columns are a quarter as large as
// plain ones, hold no pointers, and go to disk as they are.
type packing struct {
	scale byte  // of floats: the place in scales of what they are counts of, or raw
	width int   // bytes a number
	least int64 // what the numbers are counted from
	none  int64 // of floats: stands for NaN
}

// slack is what unpacking may read past a column's end.
const slack = 8

// packInts turns whole numbers into what they are above their least.
func packInts(cells []uint64) packing {
	if len(cells) == 0 {
		return packing{}
	}
	least, most := int64(cells[0]), int64(cells[0])
	for _, x := range cells {
		least, most = min(least, int64(x)), max(most, int64(x))
	}
	for i := range cells {
		cells[i] -= uint64(least)
	}
	return packing{width: bytesFor(uint64(most - least)), least: least}
}

// scales are the decimals that floats are tried to be counts of.
var scales = [...]float64{1, 100, 10000}

const raw = 255 // instead of a scale: the floats are as they are

// packFloats packs floats bit by bit; those that are decimal numbers of few digits as
// whole numbers, and NaN as one more of these. It fills cells, of the same length.
func packFloats(cells []uint64, v []float64) packing {
	for k, scale := range scales {
		if least, most, ok := counts(cells, v, scale); ok {
			none := uint64(most + 1 - least)
			for i, x := range v {
				cells[i] -= uint64(least)
				if x != x {
					cells[i] = none
				}
			}
			return packing{byte(k), bytesFor(none), least, most + 1} // one more for NaN
		}
	}
	for i, x := range v {
		cells[i] = math.Float64bits(x)
	}
	return packing{scale: raw, width: 8}
}

// counts fills cells with the floats as whole numbers of 1/scale, and reports whether
// all are, and between which.
func counts(cells []uint64, v []float64, scale float64) (least, most int64, ok bool) {
	if scale == 1 {
		least, most, ok = wholes(cells, v)
	} else {
		least, most, ok = decimals(cells, v, scale)
	}
	if !ok {
		return 0, 0, false
	}
	if most < least {
		least, most = 0, -1
	}
	return least, most, most < 1<<52 && least > -1<<52
}

// wholes is counts where scale is 1.
func wholes(cells []uint64, v []float64) (least, most int64, ok bool) {
	least, most = math.MaxInt64, math.MinInt64
	for i, x := range v {
		n := int64(x)
		if math.Float64bits(float64(n)) != math.Float64bits(x) {
			if x == x {
				return 0, 0, false
			}
			continue
		}
		cells[i] = uint64(n)
		least, most = min(least, n), max(most, n)
	}
	return least, most, true
}

// decimals is counts where scale is another.
func decimals(cells []uint64, v []float64, scale float64) (least, most int64, ok bool) {
	least, most = math.MaxInt64, math.MinInt64
	for i, x := range v {
		if x != x {
			continue
		}
		n := int64(math.RoundToEven(x * scale))
		if math.Float64bits(float64(n)/scale) != math.Float64bits(x) {
			return 0, 0, false
		}
		cells[i] = uint64(n)
		least, most = min(least, n), max(most, n)
	}
	return least, most, true
}

func bytesFor(most uint64) (n int) {
	for most > 0 {
		n, most = n+1, most>>8
	}
	return n
}

// appendCells lays a column out behind others. Its slack is to follow.
func appendCells(to []byte, cells []uint64, width int) []byte {
	at, n := len(to), len(cells)*width
	to = slices.Grow(to, n+slack)[:at+n+slack]
	body := to[at:]
	switch width {
	case 0:
	case 1:
		for i, x := range cells {
			body[i] = byte(x)
		}
	case 8:
		for i, x := range cells {
			binary.LittleEndian.PutUint64(body[8*i:], x)
		}
	default:
		for i, x := range cells {
			binary.LittleEndian.PutUint64(body[i*width:], x)
		}
	}
	return to[:at+n]
}

// ints reads rows of whole numbers.
func (p packing) ints(to []int64, rows []byte) {
	switch p.width {
	case 0:
		for i := range to {
			to[i] = p.least
		}
	case 1:
		for i := range to {
			to[i] = p.least + int64(rows[i])
		}
	default:
		mask := uint64(1)<<(8*p.width) - 1
		for i := range to {
			to[i] = p.least + int64(binary.LittleEndian.Uint64(rows[i*p.width:])&mask)
		}
	}
}

// floats reads rows of floats.
func (p packing) floats(to []float64, rows []byte) {
	if p.scale == raw {
		for i := range to {
			to[i] = math.Float64frombits(binary.LittleEndian.Uint64(rows[8*i:]))
		}
		return
	}
	scale, mask, none := scales[p.scale], uint64(1)<<(8*p.width)-1, uint64(p.none-p.least)
	for i := range to {
		cell := binary.LittleEndian.Uint64(rows[i*p.width:]) & mask
		to[i] = float64(p.least+int64(cell)) / scale
		if cell == none {
			to[i] = nan
		}
	}
}
