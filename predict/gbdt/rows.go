package gbdt

const (
	chunk   = 512     // rows that one worker counts or partitions at a time
	little  = 1 << 13 // words that one worker counts sooner than it could call others
	fewRows = 1 << 13 // rows that one worker partitions sooner
)

// count fills the histogram of a leaf; of the whole table when in order. Which worker
// takes which chunk is left to chance; the sums, being of integers, do not show it.
func (g *grower) count(l *leaf, inOrder bool) {
	l.hist.clear()
	add := g.countListed
	if inOrder {
		add = g.countInOrder
	}
	threads := g.p.Threads
	if l.rows()*g.m.width <= little {
		threads = 1
	}
	for w := range g.workers {
		g.workers[w].used = false
	}
	each(threads, (l.rows()+chunk-1)/chunk, func(w, i int) {
		h := l.hist
		if w > 0 {
			h = g.workers[w].histogram()
		}
		add(&g.workers[w], h, l, l.from+i*chunk)
	})
}

func (g *grower) countInOrder(_ *worker, h histogram, l *leaf, from int) {
	g.m.add(h, g.m.words[from*g.m.width:], g.grad[from:min(l.to, from+chunk)])
}

func (g *grower) countListed(w *worker, h histogram, l *leaf, from int) {
	rows := g.rows[from:l.to]
	n := min(len(rows), chunk)
	gather(w.words, g.m.words, w.grad, g.grad, rows, n, g.m.width)
	g.m.add(h, w.words, w.grad[:n])
}

// partition puts the rows of a leaf that go left before the others, keeping
// their order, and returns how many they are.
func (g *grower) partition(l *leaf) int {
	c := &g.m.columns[l.split.column]
	right := g.goesRight[:c.bins.codes()]
	for code := range right {
		right[code] = 1
		if l.split.goesLeft(code) {
			right[code] = 0
		}
	}
	if c.wide != nil {
		return partition(g, l, c.wide, right)
	}
	return partition(g, l, c.narrow, right)
}

func partition[T uint8 | uint16](g *grower, l *leaf, codes []T, goesRight []uint8) int {
	rows := g.rows[l.from:l.to]
	lefts, rights := g.lefts[l.from:l.to], g.rights[l.from:l.to]
	threads := g.p.Threads
	if len(rows) <= fewRows {
		threads = 1
	}
	part := chunk
	if threads == 1 {
		part = len(rows)
	}
	n := (len(rows) + part - 1) / part
	counts := append(g.counts[:0], make([]int, n+1)...) // of lefts; then where they begin
	g.counts = counts
	each(threads, n, func(_, i int) {
		from, to := i*part, min(len(rows), (i+1)*part)
		counts[i+1] = divide(rows[from:to], lefts[from:to], rights[from:to], codes, goesRight)
	})
	for i := range n {
		counts[i+1] += counts[i]
	}
	each(threads, n, func(_, i int) {
		from, to := i*part, min(len(rows), (i+1)*part)
		k := counts[i+1] - counts[i]
		copy(rows[counts[i]:], lefts[from:from+k])
		copy(rows[counts[n]+from-counts[i]:], rights[from:to-k])
	})
	return counts[n]
}

// divide copies each row to the next place of its side and returns how many went
// left. There is no branch on the code: it would be guessed wrong every other time.
func divide[T uint8 | uint16](rows, lefts, rights []int32, codes []T, goesRight []uint8) int {
	l, r := 0, 0
	lefts, rights = lefts[:len(rows)], rights[:len(rows)]
	for _, row := range rows {
		lefts[l] = row
		rights[r] = row
		right := int(goesRight[codes[row]])
		r += right
		l += 1 - right
	}
	return l
}
