package cluster

import "math"

// Up to many centers, rows stay where they are: the caller's slice is all that is held of
// them, and a margin of each, by how much it is nearer to its own center than to any
// other. Beyond, one margin wears too soon, and rows are put in tiles.
//
// Hamerly, G. (2010). Making k-means even faster. SDM.

// fewCenters is up to how many rows stay in place.
const fewCenters = 128

// still is how many rows are brought up to date at a time: they stay in a processor's
// cache meanwhile.
const still = 64 * wide

// ahead is how many tiles before their turn rows are fetched from memory.
const ahead = 3

// block brings rows up to date that stay in place.
func (p *pass) block(w *worker, from, to int) {
	rows := w.rows[:0]
	if p.full {
		for i := from; i < to; i++ {
			rows = append(rows, int32(i))
		}
	} else {
		rows = rows[:cap(rows)]
		rows = rows[:p.kernel.wear(p.near[from:to], p.margin[from:to], p.label[from:to], p.wear, int32(from), rows)]
	}
	w.taken += int64(len(rows))
	for len(rows) > 0 {
		if next := ahead * wide; p.kernel.fetch != nil && len(rows) >= next+wide {
			p.kernel.fetch(p.rows, p.dims, (*[wide]int32)(rows[next:]))
		}
		n := min(wide, len(rows))
		for len(rows) < wide {
			rows = append(rows, rows[0])
		}
		p.hold(w, (*[wide]int32)(rows), n)
		rows = rows[wide:]
	}
}

// hold holds the first n of some rows against all centers.
func (p *pass) hold(w *worker, rows *[wide]int32, n int) {
	f, tile := w.found, w.tile
	p.gather(p.kernel, tile, rows)
	p.kernel.nearest(tile, p.packed, w.all, f)
	p.kernel.margins(tile[p.dims*wide:], w.all, f, p.slack, p.packed.most, &w.near, &w.margin)
	near, margin, label := p.near, p.margin, p.label
	for r, row := range rows[:n] {
		near[row], margin[row] = w.near[r], w.margin[r]
		if to := f.at[r]; label[row] != to {
			p.settleRow(w, row, to)
		}
	}
}

// settleRow gives a row another center.
func (p *pass) settleRow(w *worker, row, to int32) {
	weight := 1.0
	if p.weights != nil {
		weight = float64(p.weights[row])
	}
	w.sums.moveRow(p.rows[int(row)*p.dims:][:p.dims], p.shift, int(p.label[row]), int(to), weight)
	p.label[row] = to
	w.changed++
}

// measure puts rows that stay in place to the nearest of the model's centers, which are
// rounded once more, and adds up how far they are.
func (l *lloyd) measure(m *Model) {
	exact := make([]float64, len(m.Centers))
	for c := range l.k {
		square := 0.0
		for d, at := c*l.dims, 0; at < l.dims; d, at = d+1, at+1 {
			v := m.Centers[d] - l.shift[at]
			by := float64(v) - float64(l.centers[d])
			square += float64(by * by)
			l.centers[d], exact[d] = v, float64(m.Centers[d])
		}
		l.move[c] += float32(math.Sqrt(square) * (1 + 1e-6))
	}
	l.assign(false)
	n := l.len()
	parts, sizes, room := make([]float64, (n+measured-1)/measured), make([][]int, l.threads), make([][]float64, l.threads)
	parallel(len(parts), l.threads, func(w, b int) {
		if sizes[w] == nil {
			sizes[w], room[w] = make([]int, l.k), make([]float64, measured)
		}
		squares := room[w]
		from, to := b*measured, min(n, (b+1)*measured)
		l.kernel.squares(l.rows[from*l.dims:to*l.dims], l.dims, l.label[from:to], exact, squares)
		for i, c := range l.label[from:to] {
			by := 1.0
			if l.weights != nil {
				by = float64(l.weights[from+i])
			}
			sizes[w][c]++
			parts[b] += float64(squares[i] * by)
		}
	})
	for _, v := range parts {
		m.Inertia += v
	}
	for _, of := range sizes {
		for c, size := range of {
			m.Sizes[c] += size
		}
	}
}
