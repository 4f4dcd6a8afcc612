package score

import (
	"fmt"
	"math/bits"

	"segmenta/predict/forest"
)

// A tree is its nodes from the root down.
type tree struct {
	nodes []node
	value []float64 // of the leaves, then zeros up to a power of two
}

// A node hands the rows that reach it to its children. Slots are leaves first, then
// inner nodes.
type node struct{ mask, left, right uint32 }

// maxNarrow is how many leaves a byte can name.
const maxNarrow = 256

func compile(t *forest.Tree, asked map[question]uint32, scale float64) (*tree, error) {
	leaves := len(t.Value)
	out := &tree{value: make([]float64, 1<<bits.Len(uint(leaves-1)))}
	for i, v := range t.Value {
		out.value[i] = v * scale
	}
	inner := max(maxNarrow, len(out.value))
	slot := func(child int) uint32 {
		if child < 0 {
			return uint32(^child)
		}
		return uint32(inner + child)
	}
	for i := range t.Feature {
		mask, ok := asked[ask(t, i)]
		if !ok {
			return nil, fmt.Errorf("node %d asks for what was not gathered", i)
		}
		out.nodes = append(out.nodes, node{mask, slot(t.Left[i]), slot(t.Right[i])})
	}
	return out, nil
}

// room is what scoring a chunk needs.
type room struct {
	codes  [chunk]uint16
	hot    []words
	masks  []words
	reach  []words
	planes [16]words
	sums   [chunk]float64
	packed packedRoom
}

func (s *Scorer) room() *room {
	w := &room{}
	if s.kernel != Portable {
		s.packed.room(w, s.masks)
		return w
	}
	w.masks = make([]words, s.masks)
	cuts, leaves := 0, 0
	for i := range s.bins {
		cuts = max(cuts, s.bins[i].n)
	}
	for _, trees := range s.classes {
		for i := range trees {
			leaves = max(leaves, len(trees[i].value))
		}
	}
	w.hot, w.reach = make([]words, cuts+1), make([]words, 2*max(maxNarrow, leaves))
	return w
}

func (s *Scorer) portableChunk(w *room, scores, columns [][]float64, at, n int) {
	for i := range s.bins {
		s.bins[i].fill(w, columns[s.bins[i].feature][at:at+n])
	}
	for i := range s.sets {
		s.sets[i].fill(w, columns[s.sets[i].feature][at:at+n])
	}
	for c, trees := range s.classes {
		w.sums = [chunk]float64{}
		for i := range trees {
			if t := &trees[i]; len(t.value) <= maxNarrow {
				t.add(w)
			} else {
				t.addWide(w)
			}
		}
		copy(scores[c][at:at+n], w.sums[:])
	}
}

// add adds the tree's values to the sums of a chunk.
func (t *tree) add(w *room) {
	reach := (*[2 * maxNarrow]words)(w.reach)
	clear(reach[len(t.nodes)+1 : len(t.value)])
	reach[0] = words{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}
	reach[maxNarrow] = reach[0]
	for i, n := range t.nodes {
		from, m := &reach[(maxNarrow+i)%len(reach)], &w.masks[n.mask]
		left, right := &reach[n.left%uint32(len(reach))], &reach[n.right%uint32(len(reach))]
		for k := range from {
			left[k], right[k] = from[k]&^m[k], from[k]&m[k]
		}
	}
	t.number(w)
	for k := range lanes {
		var p [8]uint64
		for j := range p {
			p[j] = w.planes[j][k]
		}
		transposeBytes(&p)
		sums := (*[block]float64)(w.sums[k*block:])
		for j, x := range p {
			x = transpose8(x)
			for r := range 8 {
				sums[8*j+r] += t.value[int(uint8(x>>(8*r)))&(len(t.value)-1)]
			}
		}
	}
}

// number makes each row's leaf number, a bit of it a plane, of the rows that reach each
// leaf: neighbours are joined until one is left.
func (t *tree) number(w *room) {
	w.planes = [16]words{}
	reach := w.reach
	plane := 0
	for n := len(t.value) / 2; n > 0; n /= 2 {
		odd := &w.planes[plane]
		for i := range n {
			a, b := &reach[2*i], &reach[2*i+1]
			to := &reach[i]
			for k := range odd {
				odd[k] |= b[k]
				to[k] = a[k] | b[k]
			}
		}
		plane++
	}
}

// addWide is add for trees with more leaves than a byte can name.
func (t *tree) addWide(w *room) {
	inner := len(t.value)
	clear(w.reach[len(t.nodes)+1 : inner])
	w.reach[inner] = words{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}
	for i, n := range t.nodes {
		from, m := &w.reach[inner+i], &w.masks[n.mask]
		left, right := &w.reach[n.left], &w.reach[n.right]
		for k := range from {
			left[k], right[k] = from[k]&^m[k], from[k]&m[k]
		}
	}
	t.number(w)
	for r := range w.sums {
		leaf := 0
		for p := range w.planes {
			leaf |= int(w.planes[p][r/block]>>(r%block)&1) << p
		}
		w.sums[r] += t.value[leaf]
	}
}

// transposeBytes turns eight words of eight bytes into columns.
func transposeBytes(p *[8]uint64) {
	for _, s := range [3]struct {
		step int
		mask uint64
	}{{4, 1<<32 - 1}, {2, 0x0000FFFF0000FFFF}, {1, 0x00FF00FF00FF00FF}} {
		shift := 8 * s.step
		for i := range p {
			if i&s.step != 0 {
				continue
			}
			a, b := p[i], p[i+s.step]
			p[i], p[i+s.step] = a&s.mask|b<<shift&^s.mask, a>>shift&s.mask|b&^s.mask
		}
	}
}
