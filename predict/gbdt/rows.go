package gbdt

// chunk is the rows that one worker counts or partitions at a time.
const chunk = 1024

// count adds the rows of a leaf to the workers' histograms. Which worker takes
// which chunk is left to chance; the sums, being of integers, do not show it.
func (g *grower) count(l *leaf) {
	rows := g.rows[l.from:l.to]
	each(g.p.Threads, (len(rows)+chunk-1)/chunk, func(w, i int) {
		from, to := i*chunk, min(len(rows), (i+1)*chunk)
		h := g.workers[w]
		if len(rows) == g.m.rows { // all rows in their order: nothing to gather
			for s := range g.m.width {
				addAll(h.strip(s), g.m.words[from*g.m.width+s:], g.m.width, g.grad[from:to])
			}
			return
		}
		part, grad, near := rows[from:to], g.ordered[w][:to-from], g.near[w]
		for k, row := range part {
			grad[k] = g.grad[row]
		}
		gatherWords(near, g.m.words, part)
		for s, words := range near {
			addAll(h.strip(s), words, 1, grad)
		}
	})
}

func (h histogram) strip(s int) *[strip][codesPerColumn]int64 {
	return (*[strip][codesPerColumn]int64)(h[s*strip:])
}

// partition puts the rows of a leaf that go left before the others, keeping
// their order, and returns how many they are.
func (g *grower) partition(l *leaf) int {
	rows := g.rows[l.from:l.to]
	lefts, rights := g.lefts[l.from:l.to], g.rights[l.from:l.to]
	column := g.m.codes[l.split.column]
	var goesRight [codesPerColumn]uint8
	for c := range goesRight {
		if !l.split.left.has(c) {
			goesRight[c] = 1
		}
	}
	n := (len(rows) + chunk - 1) / chunk
	counts := make([]int, n+1) // of lefts; then where they begin
	each(g.p.Threads, n, func(_, i int) {
		from, to := i*chunk, min(len(rows), (i+1)*chunk)
		counts[i+1] = divide(rows[from:to], lefts[from:to], rights[from:to], column, &goesRight)
	})
	for i := range n {
		counts[i+1] += counts[i]
	}
	each(g.p.Threads, n, func(_, i int) {
		from, to := i*chunk, min(len(rows), (i+1)*chunk)
		k := counts[i+1] - counts[i]
		copy(rows[counts[i]:], lefts[from:from+k])
		copy(rows[counts[n]+from-counts[i]:], rights[from:to-k])
	})
	return counts[n]
}

// divide copies each row to the next place of its side and returns how many went
// left. There is no branch on the code: it would be guessed wrong every other time.
func divide(rows, lefts, rights []int32, column []uint8, goesRight *[codesPerColumn]uint8) int {
	l, r := 0, 0
	lefts, rights = lefts[:len(rows)], rights[:len(rows)]
	for _, row := range rows {
		lefts[l] = row
		rights[r] = row
		right := int(goesRight[column[row]])
		r += right
		l += 1 - right
	}
	return l
}
