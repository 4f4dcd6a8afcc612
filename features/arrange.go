package features

import "slices"

// sort puts each customer's rows in order, and counts or drops those that equal the
// one before.
func (g *grouper) sort(file int) (equal tally) {
	r := &g.rows[file]
	kept := int32(0)
	for k := range len(r.from) - 1 {
		from, to := r.from[k], r.from[k+1]
		r.from[k] = kept
		same := g.arrange(r, int(from), int(to))
		if same == 0 && kept == from {
			kept = to
			continue
		}
		for i := from; i < to; i++ {
			repeats := same > 0 && i > from && r.compare(int(i), int(i)-1) == 0
			if repeats {
				equal.add(file, r, int(i))
			}
			if !repeats || !g.h.dropEqual {
				if kept != i {
					r.move(int(kept), int(i))
				}
				kept++
			}
		}
	}
	r.from[len(r.from)-1] = kept
	r.cut(int(kept))
	return equal
}

// arrange sorts rows and returns how many of them equal the one before. Files tend
// to be in order of time, which saves most customers the sort: only lines of one time
// must be told apart.
func (g *grouper) arrange(r *rows, from, to int) (same int) {
	for i := from + 1; i < to; i++ {
		if r.time[i-1] < r.time[i] {
			continue
		}
		if r.time[i-1] > r.time[i] {
			return g.permute(r, from, to)
		}
		c := r.compare(i, i-1)
		for k := i; c < 0; {
			r.swap(k, k-1)
			if k--; k == from {
				break
			}
			c = r.compare(k, k-1)
		}
		same += boolInt(c == 0)
	}
	return same
}

func (g *grouper) permute(r *rows, from, to int) (same int) {
	g.order = resize(g.order, to-from)
	for i := range g.order {
		g.order[i] = int32(from + i)
	}
	slices.SortFunc(g.order, func(a, b int32) int { return r.compare(int(a), int(b)) })
	for i := 1; i < len(g.order); i++ {
		same += boolInt(r.compare(int(g.order[i]), int(g.order[i-1])) == 0)
	}
	r.reorder(from, g.order)
	return same
}

// reorder puts the rows that order names to from and on.
func (r *rows) reorder(from int, order []int32) {
	pick(r.time, from, order)
	pick(r.seen, from, order)
	for _, k := range r.kept {
		pick(r.number[k], from, order)
		pick(r.word[k], from, order)
	}
}

func pick[T any](v []T, from int, order []int32) {
	if v == nil {
		return
	}
	var few [64]T
	picked := few[:0]
	for _, i := range order {
		picked = append(picked, v[i])
	}
	copy(v[from:], picked)
}

// know notes whose rows became known late.
func (r *rows) know() {
	r.late = nil
	if r.seen == nil {
		return
	}
	r.late = make([]bool, len(r.from)-1)
	for k := range r.late {
		for i := r.from[k]; i < r.from[k+1]; i++ {
			r.late[k] = r.late[k] || r.seen[i] > r.time[i]+1
		}
	}
}
