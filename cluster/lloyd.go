package cluster

import (
	"math"
	"slices"
)

// lloyd moves centers to the means of their rows until they hardly move.
//
// Most rows never leave their center, and most that do go to a near one. Rows are put in
// tiles with rows of the same center that are about as far from changing it, and for
// every tile and every group of centers a gap is kept: by how much each of its rows is
// nearer to its own center than to any other of that group. As centers move, gaps shrink
// by at most what they moved; only where one is used up are distances taken again.
//
// Hamerly, G. (2010). Making k-means even faster. SDM.
// Ding, Y. et al. (2015). Yinyang k-means. ICML.
type lloyd struct {
	sheet
	k, threads int
	weights    []float32
	kernel     *kernel
	plain      bool // take every distance every time: what the gaps are tested against

	slot    []int32   // where the centers stand, so that near ones share a group
	centers []float32 // slot by slot, shifted
	packed  *packed
	move    []float32 // of each center, rounded up

	margin []float32 // of each row, where rows stay in place; there are no tiles then
	near   []float32 // of each row: how far its own center is at most
	wear   *wear

	tiles []float32
	order []int32   // which row stands at each place of the tiles
	label []int32   // the slot that it belongs to, of each place or row
	gap   []float32 // of each tile: of each group
	owner []int32   // of each tile: the slot that all of its rows belong to, or −1
	key   []uint64  // what to sort places by

	spare       []uint64 // room for sorting
	at, spareAt []int32

	variance float64 // the mean over the columns
	sums     *exactSums
	workers  []*worker
	taken    int64 // groups of centers that tiles were held against
}

// A worker is what one thread works with.
type worker struct {
	found   *found
	tile    []float32
	rows    []int32
	margin  [wide]float32
	near    [wide]float32
	sums    *exactSums
	all     []int32
	list    []int32
	need    []bool
	changed int
	taken   int64
}

// chunk is how many tiles a thread takes at a time.
const chunk = 64

func newLloyd(rows []float32, dims int, centers []float32, o Options) *lloyd {
	l := &lloyd{sheet: sheet{rows: rows, dims: dims}, k: len(centers) / dims, threads: threadsOr(o.Threads), weights: o.Weights, kernel: o.kernel, plain: o.plain}
	if l.kernel == nil {
		l.kernel = fastest
	}
	spread := o.spread
	if spread == nil {
		seen := survey(rows, dims, o.Weights, l.threads, l.kernel)
		spread = &seen
	}
	l.shift, l.variance = spread.shift, spread.variance
	if l.slot = grouped(centers, dims); l.k <= fewCenters {
		slices.Sort(l.slot) // all are looked at together
	}
	l.centers = make([]float32, l.k*dims)
	for s, c := range l.slot {
		for d := range dims {
			l.centers[s*dims+d] = centers[int(c)*dims+d] - l.shift[d]
		}
	}
	l.packed = newPacked(l.k, dims)
	l.move = make([]float32, l.packed.groups*groupOf)
	l.sums = newExactSums(l.k, spread.most, spread.weight, o.Weights != nil, l.kernel)
	l.workers = make([]*worker, l.threads)
	for w := range l.workers {
		l.workers[w] = &worker{found: newFound(l.packed.groups), sums: l.sums.like(), all: l.packed.all(),
			list: make([]int32, 0, l.packed.groups), need: make([]bool, l.packed.groups),
			tile: make([]float32, l.stride()), rows: make([]int32, 0, still+wide)}
	}
	n := l.len()
	if l.k <= fewCenters {
		l.margin, l.near, l.label, l.wear = make([]float32, n), make([]float32, n), make([]int32, n), newWear(l.k)
		for i := range l.label {
			l.label[i] = -1
		}
		return l
	}
	places := (n + wide - 1) / wide * wide
	l.order, l.label, l.key = make([]int32, places), make([]int32, places), make([]uint64, places)
	for i := range l.order {
		l.order[i], l.label[i] = int32(min(i, n-1)), -1
	}
	return l
}

// Rounds after which rows are sorted anew: centers move much at first and little later.
// Before the first, every distance is taken.
var sortAfter = map[int]bool{5: true, 20: true, 64: true, 200: true}

// run returns the rounds it took. It stops when no row changed its center, or the
// centers' squared moves add up to at most tol.
func (l *lloyd) run(rounds int, tol float64) (done int) {
	for done < rounds {
		done++
		sorting := sortAfter[done] && !l.plain && l.margin == nil
		changed := l.assign(sorting)
		moved := l.update()
		if changed == 0 || moved <= tol {
			break
		}
		if sorting {
			l.arrange()
		}
	}
	return done
}

// assign puts every row to its nearest center and returns how many changed it.
func (l *lloyd) assign(sorting bool) (changed int) {
	l.packed.set(l.centers)
	p := l.pass(sorting)
	n, tiles := len(l.label), len(l.order)/wide
	parallel((n+still-1)/still, l.threads, func(w, b int) {
		if l.margin != nil {
			p.block(l.workers[w], b*still, min(n, (b+1)*still))
			return
		}
		for t := b * chunk; t < min(tiles, (b+1)*chunk); t++ {
			p.tile(l.workers[w], t)
		}
	})
	for _, w := range l.workers {
		l.sums.add(w.sums)
		changed += w.changed
		l.taken += w.taken
		w.changed, w.taken = 0, 0
	}
	return changed
}

// update moves each center to the mean of its rows and returns the squared moves added up.
func (l *lloyd) update() (moved float64) {
	l.relocate()
	for c := range l.k {
		square := l.sums.recenter(c, l.centers[c*l.dims:(c+1)*l.dims])
		moved += square
		l.move[c] = float32(math.Sqrt(square) * (1 + 1e-6))
	}
	return moved
}

// finish names the centers as they were named at first, and puts every row to the nearest.
func (l *lloyd) finish(m *Model) {
	m.Centers = make([]float32, len(l.centers))
	for s, c := range l.slot {
		for d := range l.dims {
			m.Centers[int(c)*l.dims+d] = l.centers[s*l.dims+d] + l.shift[d]
		}
	}
	if slices.ContainsFunc(l.shift, func(v float32) bool { return v != 0 }) {
		m.Origin = l.shift
	}
	if l.margin != nil {
		l.measure(m)
		return
	}
	r := m.ruler(l.rows, l.kernel)
	r.tiles, r.order = l.tiles, l.order
	label := make([]int32, l.len())
	m.Inertia = r.label(label, l.weights, l.threads)
	for _, c := range label {
		m.Sizes[c]++
	}
}
