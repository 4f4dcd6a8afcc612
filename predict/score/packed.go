package score

import (
	"encoding/binary"
	"math"
	"math/bits"
	"unsafe"

	"segmenta/predict/forest"
)

// A packed forest is laid out for kernels that take a byte a row: each feature's codes
// as a column of bytes, once for each kind of missing that its nodes know (then what
// is missing has the least code or the greatest, and costs nothing more), and each set
// of categories as a column of 0 or 255. Every node is then one comparison of bytes and
// one choice between its children's leaf numbers, from the leaves up.
type packed struct {
	columns []column
	classes []packedClass
}

// A column is codes of a feature for one kind of missing, or a set's mask.
type column struct {
	bins int // in Scorer.bins, -1 for a set
	kind uint8
	mask uint32 // of a set
}

type packedClass struct {
	nodes  []packedNode
	counts []uint32        // nodes of each tree
	values [][slim]float64 // of each tree's leaves
	planes [][8][slim]byte // the same, by byte, for permutes of bytes
}

// A packedNode sends a row right where column's byte is over cut. Offsets are in bytes.
type packedNode struct{ column, cut, left, right uint32 }

// slim is how many leaves a packed tree may have; pair is how many rows kernels take.
const (
	slim = 64
	pair = 2 * block
)

// choose packs the forest, if its trees are slim, for the best kernel that there is.
func (s *Scorer) choose(f *forest.Forest, asked map[question]uint32, scale float64) {
	names := fast()
	for i := range f.Trees {
		if len(f.Trees[i].Value) > slim || s.wide || len(names) == 0 {
			return
		}
	}
	p := &packed{classes: make([]packedClass, f.Classes)}
	at := make(map[question]packedNode)
	for q, mask := range asked {
		if q.set != "" {
			at[q] = packedNode{column: p.column(column{bins: -1, mask: mask})}
		}
	}
	for i := range s.bins {
		cuts := s.bins[i].cuts
		columns := make(map[uint8]uint32)
		for _, u := range s.bins[i].uses {
			if _, ok := columns[u.kind]; !ok {
				columns[u.kind] = p.column(column{bins: i, kind: u.kind})
			}
			at[question{feature: s.bins[i].feature, cut: cuts[u.cut], kind: u.kind}] = packedNode{column: columns[u.kind], cut: uint32(u.cut)}
		}
	}
	for i := range f.Trees {
		p.classes[i%f.Classes].add(&f.Trees[i], at, scale)
	}
	s.packed, s.kernel = p, names[0]
}

// column adds a column and returns its offset.
func (p *packed) column(c column) uint32 {
	p.columns = append(p.columns, c)
	return uint32(len(p.columns)-1) * chunk
}

// add lays out a tree from the leaves up.
func (c *packedClass) add(t *forest.Tree, at map[question]packedNode, scale float64) {
	var values [slim]float64
	var planes [8][slim]byte
	for i, v := range t.Value {
		values[i] = v * scale
		var bytes [8]byte
		binary.LittleEndian.PutUint64(bytes[:], math.Float64bits(values[i]))
		for p, b := range bytes {
			planes[p][i] = b
		}
	}
	slot := func(child int) uint32 {
		if child < 0 {
			return uint32(^child) * pair
		}
		return uint32(slim+len(t.Left)-1-child) * pair
	}
	for i := len(t.Left) - 1; i >= 0; i-- {
		n := at[ask(t, i)]
		n.left, n.right = slot(t.Left[i]), slot(t.Right[i])
		c.nodes = append(c.nodes, n)
	}
	c.counts = append(c.counts, uint32(len(t.Left)))
	c.values, c.planes = append(c.values, values), append(c.planes, planes)
}

// packedRoom is what scoring a chunk with bytes needs.
type packedRoom struct {
	x      [chunk]float64 // the last rows, when they don't fill a chunk
	base   [chunk]uint8
	codes  []byte // columns
	slots  []byte // leaf numbers: of each leaf its own, then of each node
	leaves []byte // leaf numbers by tree, for kernels that leave the sum to us
}

func (p *packed) room(w *room, masks int) {
	w.masks = make([]words, masks)
	w.packed.codes = aligned(max(1, len(p.columns)) * chunk)
	w.packed.slots = aligned(2 * slim * pair)
	for i := range slim * pair {
		w.packed.slots[i] = byte(i / pair)
	}
	trees := 0
	for _, c := range p.classes {
		trees = max(trees, len(c.counts))
	}
	w.packed.leaves = aligned(trees * pair)
}

// aligned makes room that begins where a cache line does.
func aligned(n int) []byte {
	b := make([]byte, n+64)
	off := -int(uintptr(unsafe.Pointer(&b[0]))) & 63
	return b[off : off+n : off+n]
}

func (s *Scorer) packedChunk(w *room, scores, columns [][]float64, at, n int) {
	k := kernels[s.kernel]
	for i := range s.sets {
		s.sets[i].fill(w, columns[s.sets[i].feature][at:at+n])
	}
	var nan, zero words
	last := -1
	for i, c := range s.packed.columns {
		to := (*[chunk]byte)(w.packed.codes[i*chunk:])
		if c.bins < 0 {
			k.expand(to, &w.masks[c.mask])
			continue
		}
		b := &s.bins[c.bins]
		if c.bins != last {
			x := columns[b.feature][at : at+n]
			if n < chunk {
				copy(w.packed.x[:], x)
				x = w.packed.x[:]
			}
			k.codes(b, &w.packed.base, &nan, &zero, (*[chunk]float64)(x))
			last = c.bins
		}
		switch c.kind {
		case plain:
			*to = w.packed.base
		case nanLeft:
			k.patch(to, &w.packed.base, &nan, 0)
		case nanRight:
			k.patch(to, &w.packed.base, &nan, 255)
		case zeroLeft:
			k.patch(to, &w.packed.base, &zero, 0)
		case zeroRight:
			k.patch(to, &w.packed.base, &zero, 255)
		}
	}
	for c := range s.packed.classes {
		for half := 0; half < n; half += pair {
			k.trees(w, &s.packed.classes[c], half)
			copy(scores[c][at+half:at+min(half+pair, n)], w.sums[half:])
		}
	}
}

// A kernel is the same work by different instructions.
type kernel struct {
	codes  func(b *bins, out *[chunk]uint8, nan, zero *words, x *[chunk]float64)
	patch  func(to, from *[chunk]uint8, where *words, value uint8)
	expand func(to *[chunk]uint8, mask *words)
	trees  func(w *room, c *packedClass, half int)
}

// goPatch copies codes with another value where a bit is set.
func goPatch(to, from *[chunk]uint8, where *words, value uint8) {
	*to = *from
	for i, m := range where {
		for ; m != 0; m &= m - 1 {
			to[i*block+bits.TrailingZeros64(m)] = value
		}
	}
}

// goExpand makes bytes of 0 or 255 of bits.
func goExpand(to *[chunk]uint8, mask *words) {
	for r := range to {
		to[r] = -uint8(mask[r/block] >> (r % block) & 1)
	}
}

// sum adds up the values of the leaves that rows reach, tree by tree.
func sum(w *room, c *packedClass, half int) {
	for r := 0; r < pair; r += 8 {
		var a [8]float64
		for t := range c.values {
			v, ix := &c.values[t], (*[8]uint8)(w.packed.leaves[t*pair+r:])
			a[0] += v[ix[0]%slim]
			a[1] += v[ix[1]%slim]
			a[2] += v[ix[2]%slim]
			a[3] += v[ix[3]%slim]
			a[4] += v[ix[4]%slim]
			a[5] += v[ix[5]%slim]
			a[6] += v[ix[6]%slim]
			a[7] += v[ix[7]%slim]
		}
		copy(w.sums[half+r:], a[:])
	}
}
