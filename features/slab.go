package features

import "encoding/binary"

// A slab is the rows that one block gives to all parts, packed: part after part, and
// within a part column after column.
type slab struct {
	file, block int              // block is its place among all blocks, in order of file
	from        [parts + 1]int32 // where each part's rows start
	columns     []packing
	width       int // bytes a row
	stripes     [stripes][]byte
}

// stripes is how many pieces of memory a slab is, so that one of them may go while
// others are still needed.
const stripes = 4

// whoWidth is how many bytes the number of a customer takes: sixteen millions a part.
const whoWidth = 3

// begin lays the columns out. The first is that of the customers.
func (b *slab) begin(from *[parts + 1]int32) {
	b.from, b.width = *from, 0
	b.columns = append(b.columns[:0], packing{width: whoWidth})
	b.width = whoWidth
}

// size is how many bytes the rows of some parts take.
func (b *slab) size(from, to int) int { return int(b.from[to]-b.from[from]) * b.width }

// rows is how many rows a part has.
func (b *slab) rows(part int) int { return int(b.from[part+1] - b.from[part]) }

// piece is a part's bytes, and slack.
func (b *slab) piece(part int) []byte {
	first := part / (parts / stripes) * (parts / stripes)
	at := b.size(first, part)
	return b.stripes[part*stripes/parts][at : at+b.size(part, part+1)+slack]
}

// deal puts a column's cells to their parts' places in out: before is how many bytes
// of a row the columns before it take.
func (b *slab) deal(out []byte, before, width int, cells []uint64, part []uint8) {
	var next [parts]int
	for k := range next {
		next[k] = b.size(0, k) + b.rows(k)*before
	}
	part = part[:len(cells)]
	switch {
	case width == 0:
	case width == 1:
		for i, v := range cells {
			at := &next[part[i]]
			out[*at] = byte(v)
			*at++
		}
	case width < 4:
		last := 8 * (width - 2)
		for i, v := range cells {
			at := &next[part[i]]
			to := out[*at : *at+width]
			binary.LittleEndian.PutUint16(to, uint16(v))
			binary.LittleEndian.PutUint16(to[width-2:], uint16(v>>last))
			*at += width
		}
	default:
		last := 8 * (width - 4)
		for i, v := range cells {
			at := &next[part[i]]
			to := out[*at : *at+width]
			binary.LittleEndian.PutUint32(to, uint32(v))
			binary.LittleEndian.PutUint32(to[width-4:], uint32(v>>last))
			*at += width
		}
	}
}

// cut copies the rows from out.
func (b *slab) cut(out []byte) {
	for k := range b.stripes {
		n := b.size(k*parts/stripes, (k+1)*parts/stripes)
		b.stripes[k] = append(append(make([]byte, 0, n+slack), out[:n]...), make([]byte, slack)...)
		out = out[n:]
	}
}
