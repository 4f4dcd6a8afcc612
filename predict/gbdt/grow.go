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
	m         *matrix
	p         *Params
	rows      []int32 // the rows in play, those of a leaf next to each other
	lefts     []int32 // room for partition
	rights    []int32
	counts    []int
	goesRight []uint8
	grad      []int64 // packed gradients by row
	unit      units
	inPlay    []bool // columns that this tree may cut
	workers   []worker
	pool      []histogram // free histograms
	leaves    []*leaf
	found     [][2]split // best cut of each column, for two leaves
}

// worker is what each thread has for itself.
type worker struct {
	hist  histogram // what it counted of the rows of a leaf, if used
	used  bool
	m     *matrix
	words []uint64 // of a chunk
	grad  []int64
	order []ranked // of categories
}

func newGrower(m *matrix, p *Params) *grower {
	g := &grower{m: m, p: p, inPlay: make([]bool, len(m.columns)), found: make([][2]split, len(m.columns)),
		lefts: make([]int32, m.rows), rights: make([]int32, m.rows), workers: make([]worker, p.Threads)}
	most := 0
	for _, c := range m.columns {
		most = max(most, c.bins.codes())
	}
	g.goesRight = make([]uint8, most)
	for w := range g.workers {
		g.workers[w] = worker{m: m, words: make([]uint64, chunk*m.width), grad: make([]int64, chunk)}
	}
	return g
}

// histogram is empty when the worker first asks for it in a leaf.
func (w *worker) histogram() histogram {
	switch {
	case w.used:
	case w.hist.tables == nil:
		w.hist = w.m.newHistogram()
	default:
		w.hist.clear()
	}
	w.used = true
	return w.hist
}

func (g *grower) take() histogram {
	if n := len(g.pool); n > 0 {
		h := g.pool[n-1]
		g.pool = g.pool[:n-1]
		return h
	}
	return g.m.newHistogram()
}

// grow grows a tree on the rows, and returns nil when no cut gains anything. The
// values have not been through the learning rate.
func (g *grower) grow(rows []int32, grad []int64, unit units) *tree {
	g.rows, g.grad, g.unit = rows, grad, unit
	root := &leaf{to: len(rows), parent: -1, hist: g.take(), low: math.Inf(-1), up: math.Inf(1)}
	g.leaves = append(g.leaves[:0], root)
	g.count(root, len(rows) == g.m.rows)
	g.search(root, nil)
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
		l.hist = histogram{}
		return
	}
	small, large := left, right
	if right.rows() < left.rows() {
		small, large = right, left
	}
	small.hist, large.hist = g.take(), l.hist
	g.count(small, false)
	g.search(small, large)
}

// bound hands the bounds of l down. After a monotone cut neither side may cross
// the middle between them, whatever cuts follow.
func (g *grower) bound(l, left, right *leaf) {
	left.low, left.up, right.low, right.up = l.low, l.up, l.low, l.up
	middle := (left.value + right.value) / 2
	switch way := g.p.way(g.m.columns[l.split.column].feature); {
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
		if l.hist.tables != nil {
			g.pool = append(g.pool, l.hist)
			l.hist = histogram{}
		}
	}
}

// search completes the histograms of a leaf whose rows were counted and of its larger
// sister, whose is still their parent's, and finds their best cuts. The root has none.
func (g *grower) search(l, sister *leaf) {
	pair := [2]*leaf{l, sister}
	var scans [2]*scan
	if sister == nil {
		g.sumUp(l)
	}
	for i, l := range pair {
		if l != nil && g.worthCutting(l) {
			scans[i] = newScan(l, g.unit, g.p)
		}
	}
	threads := g.p.Threads
	if len(g.m.columns) < fewColumns {
		threads = 1
	}
	each(threads, len(g.m.columns), func(w, i int) {
		c := &g.m.columns[i]
		h := c.of(l.hist)
		if sister != nil {
			g.merge(c, h)
			subtract(c.of(sister.hist), h)
		}
		for k, s := range scans {
			g.found[i][k].gain = 0
			if s != nil && g.inPlay[i] {
				g.found[i][k] = s.best(c, c.of(pair[k].hist), &g.workers[w])
			}
		}
	})
	for k, s := range scans {
		if s == nil {
			continue
		}
		for i := range g.found {
			pair[k].offer(&g.found[i][k], i)
		}
		pair[k].settle(s)
	}
}

// fewColumns is how many one worker searches sooner than it could call others.
const fewColumns = 8

// sumUp completes the root's histogram and adds up its rows.
func (g *grower) sumUp(root *leaf) {
	each(g.p.Threads, len(g.m.columns), func(_, i int) {
		c := &g.m.columns[i]
		g.merge(c, c.of(root.hist))
	})
	for _, v := range g.m.columns[0].of(root.hist) {
		root.sum += v
	}
	root.value = newScan(root, g.unit, g.p).value(root.sum, 0)
}

// merge adds what the other workers counted of a column.
func (g *grower) merge(c *column, h []int64) {
	for i := range g.workers {
		if w := &g.workers[i]; w.used {
			for code, v := range c.of(w.hist)[:len(h)] {
				h[code] += v
			}
		}
	}
}

func subtract(from, h []int64) {
	from = from[:len(h)]
	for code, v := range h {
		from[code] -= v
	}
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
