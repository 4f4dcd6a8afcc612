package gbdt

import "math"

// leaf is a leaf of the tree that is growing.
type leaf struct {
	from, to int   // its rows, in grower.rows
	sum      int64 // packed
	hist     histogram
	split    split
	depth    int
	parent   int32 // node above, -1 for the root
	right    bool  // which child of parent
	value    float64
	low, up  float64 // between which monotone cuts above want the values
}

func (l *leaf) rows() int { return l.to - l.from }

// grower grows one tree after another from the same matrix.
type grower struct {
	m       *matrix
	p       *Params
	rows    []int32 // the rows in play, those of a leaf next to each other
	lefts   []int32 // room for partition
	rights  []int32
	grad    []int64 // packed gradients by row
	unit    units
	inPlay  []bool       // columns that this tree may cut
	workers []histogram  // one for each thread, zero between uses
	ordered [][]int64    // room for the gradients of a chunk, one for each thread
	near    [][][]uint64 // and for its codes, by strip
	pool    []histogram  // free histograms
	leaves  []*leaf
}

func newGrower(m *matrix, p *Params) *grower {
	g := &grower{m: m, p: p, inPlay: make([]bool, m.columns),
		lefts: make([]int32, m.rows), rights: make([]int32, m.rows)}
	for range p.Threads {
		g.workers = append(g.workers, g.newHistogram())
		g.ordered = append(g.ordered, make([]int64, chunk))
		near := make([][]uint64, m.width)
		for s := range near {
			near[s] = make([]uint64, chunk)
		}
		g.near = append(g.near, near)
	}
	return g
}

func (g *grower) newHistogram() histogram { return make(histogram, g.m.width*strip) }

func (g *grower) take() histogram {
	if n := len(g.pool); n > 0 {
		h := g.pool[n-1]
		g.pool = g.pool[:n-1]
		return h
	}
	return g.newHistogram()
}

// grow grows a tree on the rows, and returns nil when no cut gains anything. The
// values have not been through the learning rate.
func (g *grower) grow(rows []int32, grad []int64, unit units) *tree {
	g.rows, g.grad, g.unit = rows, grad, unit
	root := &leaf{to: len(rows), parent: -1, hist: g.take(), low: math.Inf(-1), up: math.Inf(1)}
	g.leaves = append(g.leaves[:0], root)
	g.count(root)
	g.mergeRoot(root)
	t := &tree{}
	for len(g.leaves) < g.p.Leaves {
		at := g.mostGain()
		if at < 0 {
			break
		}
		g.cut(t, at)
	}
	g.finish(t)
	if len(t.left) == 0 {
		return nil
	}
	return t
}

// mostGain is the leaf whose cut gains most, the first of equals; -1 for none.
func (g *grower) mostGain() int {
	best, gain := -1, 0.0
	for i, l := range g.leaves {
		if l.split.gain > gain {
			best, gain = i, l.split.gain
		}
	}
	return best
}

// cut splits leaf at in two: the left side keeps its number, as in LightGBM.
func (g *grower) cut(t *tree, at int) {
	l := g.leaves[at]
	node := t.addNode(g.m, l, g.unit, l.value)
	t.link(l, node)
	middle := l.from + g.partition(l)
	left := &leaf{from: l.from, to: middle, sum: l.split.sum, parent: node, depth: l.depth + 1, value: l.split.leftValue}
	right := &leaf{from: middle, to: l.to, sum: l.sum - l.split.sum, parent: node, right: true, depth: l.depth + 1, value: l.split.rightValue}
	g.bound(l, left, right)
	g.leaves[at] = left
	g.leaves = append(g.leaves, right)
	if len(g.leaves) == g.p.Leaves || !g.worthCutting(left) && !g.worthCutting(right) {
		g.pool = append(g.pool, l.hist)
		l.hist = nil
		return
	}
	small, large := left, right
	if right.rows() < left.rows() {
		small, large = right, left
	}
	small.hist, large.hist = g.take(), l.hist
	g.count(small)
	g.mergeAndSearch(small, large)
}

// bound hands the bounds of l down. After a monotone cut neither side may cross
// the middle between them, whatever cuts follow.
func (g *grower) bound(l, left, right *leaf) {
	left.low, left.up, right.low, right.up = l.low, l.up, l.low, l.up
	middle := (left.value + right.value) / 2
	switch way := g.p.way(g.m.feature[l.split.column]); {
	case way > 0:
		left.up, right.low = middle, middle
	case way < 0:
		left.low, right.up = middle, middle
	}
}

// link makes the parent of l point to node.
func (t *tree) link(l *leaf, node int32) {
	switch {
	case l.parent < 0:
	case l.right:
		t.right[l.parent] = node
	default:
		t.left[l.parent] = node
	}
}

func (g *grower) worthCutting(l *leaf) bool {
	return l.rows() >= 2*g.p.MinLeaf && (g.p.Depth == 0 || l.depth < g.p.Depth)
}

// finish writes the leaves into the tree and frees their histograms.
func (g *grower) finish(t *tree) {
	for i, l := range g.leaves {
		t.link(l, ^int32(i))
		t.leafValue = append(t.leafValue, l.value)
		t.leafWeight = append(t.leafWeight, hessianOf(l.sum)*g.unit.hessian)
		t.leafCount = append(t.leafCount, l.rows())
		if l.hist != nil {
			g.pool = append(g.pool, l.hist)
			l.hist = nil
		}
	}
}

// mergeRoot adds up the workers' histograms and searches the root's cut.
func (g *grower) mergeRoot(root *leaf) {
	each(g.p.Threads, g.m.columns, func(_, c int) { g.merge(root.hist, c) })
	for _, v := range root.hist[0] {
		root.sum += v
	}
	root.value = newScan(root, g.unit, g.p).value(root.sum, 0)
	g.search(root)
}

// merge moves what the workers counted of column c into h.
func (g *grower) merge(h histogram, c int) {
	codes := g.m.bins[g.m.feature[c]].codes()
	sum := h[c][:codes]
	clear(sum)
	for _, worker := range g.workers {
		part := worker[c][:codes]
		for i, v := range part {
			sum[i] += v
			part[i] = 0
		}
	}
}

func (g *grower) mergeAndSearch(small, large *leaf) {
	scans := [2]*scan{newScan(small, g.unit, g.p), newScan(large, g.unit, g.p)}
	found := make([][2]split, g.m.columns)
	each(g.p.Threads, g.m.columns, func(_, c int) {
		g.merge(small.hist, c)
		b := g.m.bins[g.m.feature[c]]
		rest := large.hist[c][:b.codes()]
		for i, v := range small.hist[c][:b.codes()] {
			rest[i] -= v
		}
		if !g.inPlay[c] {
			return
		}
		for i, l := range [2]*leaf{small, large} {
			if g.worthCutting(l) {
				found[c][i] = scans[i].best(b, &l.hist[c], g.p.way(g.m.feature[c]))
			}
		}
	})
	for i, l := range [2]*leaf{small, large} {
		for c := range found {
			l.offer(&found[c][i], c)
		}
		l.settle(scans[i])
	}
}

// search finds the best cut of a leaf whose histogram is ready.
func (g *grower) search(l *leaf) {
	if !g.worthCutting(l) {
		return
	}
	s := newScan(l, g.unit, g.p)
	found := make([]split, g.m.columns)
	each(g.p.Threads, g.m.columns, func(_, c int) {
		if g.inPlay[c] {
			found[c] = s.best(g.m.bins[g.m.feature[c]], &l.hist[c], g.p.way(g.m.feature[c]))
		}
	})
	for c := range found {
		l.offer(&found[c], c)
	}
	l.settle(s)
}

// offer keeps s if it gains more than the best so far.
func (l *leaf) offer(s *split, column int) {
	if s.gain > l.split.gain {
		l.split = *s
		l.split.column = column
	}
}

// settle works out what the two sides will answer.
func (l *leaf) settle(s *scan) {
	if l.split.gain > 0 {
		l.split.leftValue = s.value(l.split.sum, l.split.extraL2)
		l.split.rightValue = s.value(l.sum-l.split.sum, l.split.extraL2)
	}
}
