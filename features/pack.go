package features

import (
	"encoding/binary"
	"math"
)

// A packer lays columns of numbers out as bytes, each number in as few bytes as the
// widest of its column needs. Packed columns are a quarter as large as plain ones,
// hold no pointers, and go to disk as they are.
type packer struct{ out []byte }

// slack is what unpacking may read past a column's end.
const slack = 8

// end closes what was packed so far.
func (p *packer) end() []byte { return append(p.out, make([]byte, slack)...) }

// room makes the output n bytes longer and returns them, with slack behind.
func (p *packer) room(n int) []byte {
	at := len(p.out)
	for cap(p.out) < at+n+slack {
		p.out = append(p.out[:cap(p.out)], 0)
	}
	p.out = p.out[:at+n]
	return p.out[at : at+n+slack]
}

// ints packs whole numbers as what they are above their least.
func (p *packer) ints(v []int64) {
	if len(v) == 0 {
		return
	}
	least, most := v[0], v[0]
	for _, x := range v {
		least, most = min(least, x), max(most, x)
	}
	width := bytesFor(uint64(most - least))
	head := p.room(9)
	head[0] = byte(width)
	binary.LittleEndian.PutUint64(head[1:], uint64(least))
	if width == 0 {
		return
	}
	body := p.room(len(v) * width)
	for i, x := range v {
		binary.LittleEndian.PutUint64(body[i*width:], uint64(x-least))
	}
}

// scales are the decimals that floats are tried to be counts of.
var scales = [...]float64{1, 100, 10000}

const raw = 255 // instead of a scale: the floats are as they are

// floats packs floats bit by bit; those that are decimal numbers of few digits as
// whole numbers, and NaN as one more of these.
func (p *packer) floats(v []float64) {
	if len(v) == 0 {
		return
	}
	for k, scale := range scales {
		if least, most, ok := counts(v, scale); ok {
			p.counts(v, byte(k), least, most)
			return
		}
	}
	p.room(1)[0] = raw
	body := p.room(8 * len(v))
	for i, x := range v {
		binary.LittleEndian.PutUint64(body[8*i:], math.Float64bits(x))
	}
}

// counts reports whether every float is a whole number of 1/scale, and between which.
func counts(v []float64, scale float64) (least, most int64, ok bool) {
	least, most = math.MaxInt64, math.MinInt64
	for _, x := range v {
		if x != x {
			continue
		}
		n := count(x, scale)
		if math.Float64bits(float64(n)/scale) != math.Float64bits(x) {
			return 0, 0, false
		}
		least, most = min(least, n), max(most, n)
	}
	if most < least {
		least, most = 0, -1
	}
	return least, most, most < 1<<52 && least > -1<<52
}

func count(x, scale float64) int64 { return int64(math.RoundToEven(x * scale)) }

func (p *packer) counts(v []float64, scale byte, least, most int64) {
	width := bytesFor(uint64(most - least + 1)) // one more for NaN
	head := p.room(18)
	head[0], head[1] = scale, byte(width)
	binary.LittleEndian.PutUint64(head[2:], uint64(least))
	binary.LittleEndian.PutUint64(head[10:], uint64(most+1))
	if width == 0 {
		return
	}
	body := p.room(len(v) * width)
	for i, x := range v {
		n := most + 1
		if x == x {
			n = count(x, scales[scale])
		}
		binary.LittleEndian.PutUint64(body[i*width:], uint64(n-least))
	}
}

func bytesFor(most uint64) (n int) {
	for most > 0 {
		n, most = n+1, most>>8
	}
	return n
}

// An unpacker reads what a packer wrote, column by column.
type unpacker struct{ in []byte }

func (u *unpacker) take(n int) []byte {
	b := u.in[:n+slack]
	u.in = u.in[n:]
	return b
}

// ints fills to with the next column.
func (u *unpacker) ints(to []int64) {
	if len(to) == 0 {
		return
	}
	head := u.take(9)
	least := int64(binary.LittleEndian.Uint64(head[1:]))
	unpack(to, u.take(len(to)*int(head[0])), int(head[0]), least)
}

func unpack(to []int64, body []byte, width int, least int64) {
	if width == 0 {
		for i := range to {
			to[i] = least
		}
		return
	}
	mask := uint64(1)<<(8*width) - 1
	for i := range to {
		to[i] = least + int64(binary.LittleEndian.Uint64(body[i*width:])&mask)
	}
}

// A floatColumn says how a packed column of floats is to be read, from any row on.
type floatColumn struct {
	scale byte
	width int   // bytes a row
	least int64 // what the numbers are counted from
	none  int64 // stands for NaN
}

// column takes the next column, of n floats, and returns its rows beside.
func (u *unpacker) column(n int) (c floatColumn, rows []byte) {
	if n == 0 {
		return c, nil
	}
	if u.in[0] == raw {
		u.take(1)
		return floatColumn{scale: raw, width: 8}, u.take(8 * n)
	}
	head := u.take(18)
	c = floatColumn{scale: head[0], width: int(head[1])}
	c.least, c.none = int64(binary.LittleEndian.Uint64(head[2:])), int64(binary.LittleEndian.Uint64(head[10:]))
	return c, u.take(n * c.width)
}

// read fills to with rows.
func (c floatColumn) read(to []float64, rows []byte) {
	if c.scale == raw {
		for i := range to {
			to[i] = math.Float64frombits(binary.LittleEndian.Uint64(rows[8*i:]))
		}
		return
	}
	scale, mask := scales[c.scale], uint64(1)<<(8*c.width)-1
	for i := range to {
		n := c.least
		if c.width > 0 {
			n += int64(binary.LittleEndian.Uint64(rows[i*c.width:]) & mask)
		}
		to[i] = float64(n) / scale
		if n == c.none {
			to[i] = nan
		}
	}
}
