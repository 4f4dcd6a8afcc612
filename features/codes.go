package features

import (
	"encoding/binary"
	"math"

	"segmenta/table"
)

// mostCodes is how far apart the numbers of a column may be for it to be coded.
const mostCodes = 4096

// A coding is numbers of one scale, from a least on; none stands behind the last.
type coding struct {
	scale byte
	least int64
	none  int32
}

// codable reports whether a column's numbers may be handed out as codes.
func (a *answers) codable(c *column) bool {
	return a.last && c.base >= 0 && c.base < a.p.base && !a.p.filled[c.base].Text()
}

// coding finds codes for the stretches of a lineup, from how they are packed.
func (a *answers) coding(l *lineup, m int, c *column) (k coding, ok bool) {
	least, none := int64(math.MaxInt64), int64(math.MinInt64)
	for i, s := range l.spans {
		if s.n == 0 {
			continue
		}
		p := &a.found[i][m].columns[c.base]
		if p.empty() {
			continue
		}
		if p.scale == raw || least < none && p.scale != k.scale {
			return k, false
		}
		k.scale, least, none = p.scale, min(least, p.least), max(none, p.none)
	}
	if least > none {
		return k, true
	}
	k.least, k.none = least, int32(min(none-least, mostCodes))
	return k, k.none < mostCodes
}

// empty reports whether floats are packed of which none is a number.
func (p *packing) empty() bool { return p.scale != raw && p.none == p.least }

// numbers lists what the codes stand for.
func (k coding) numbers() []float64 {
	all := make([]float64, k.none+1)
	for i := range all {
		all[i] = float64(k.least+int64(i)) / scales[k.scale]
	}
	all[k.none] = nan
	return all
}

// coded is a column of a lineup as codes.
func (a *answerReader) coded(l *lineup, m int, c *column, k coding) (*table.Column, error) {
	a.codes = resize(a.codes, len(l.at))
	rest := a.codes
	for i, s := range l.spans {
		if s.n == 0 {
			continue
		}
		rows, how, err := a.packed(i, m, s, c)
		if err != nil {
			return nil, err
		}
		how.codes(rest[:s.n], rows, k)
		rest = rest[s.n:]
	}
	codes := table.CodeRoom(len(l.at))
	for i, at := range l.at {
		codes[i] = a.codes[at]
	}
	return table.Coded("", codes, k.numbers()), nil
}

// codes reads rows of floats as codes.
func (p *packing) codes(to []int32, rows []byte, k coding) {
	shift, none := int32(p.least-k.least), uint64(p.none-p.least)
	if none == 0 {
		shift = k.none
	}
	switch p.width {
	case 0:
		for i := range to {
			to[i] = shift
		}
	case 1:
		for i := range to {
			to[i] = shift + int32(rows[i])
			if uint64(rows[i]) == none {
				to[i] = k.none
			}
		}
	default:
		mask := uint64(1)<<(8*p.width) - 1
		for i := range to {
			cell := binary.LittleEndian.Uint64(rows[i*p.width:]) & mask
			to[i] = shift + int32(cell)
			if cell == none {
				to[i] = k.none
			}
		}
	}
}
