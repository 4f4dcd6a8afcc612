package cluster

import (
	"math"
	"slices"
)

// An Assignment is where each row belongs.
type Assignment struct {
	Cluster       []int32
	Distance      []float32 // to the nearest center
	SecondCluster []int32   // −1 where there is one center only
	Second        []float32 // to the second nearest
	Membership    []float32 // in the nearest, from 0 to 1, as fuzzy c-means has it
}

// A ruler holds rows against a model's centers.
type ruler struct {
	sheet
	model  *Model
	kernel *kernel
	packed *packed
	all    []int32
	tiles  []float32 // of the rows, where they are laid out already
	order  []int32   // the rows that stand in the tiles; nil: one after the other
}

func (m *Model) ruler(rows []float32, k *kernel) *ruler {
	if k == nil {
		k = fastest
	}
	if m.Origin == nil {
		m = &Model{K: m.K, Dims: m.Dims, Centers: m.Centers, Origin: make([]float32, m.Dims)}
	}
	r := &ruler{sheet: sheet{rows, m.Dims, m.Origin}, model: m, kernel: k, packed: newPacked(m.K, m.Dims)}
	centers := make([]float32, len(m.Centers))
	for i, v := range m.Centers {
		centers[i] = v - r.shift[i%m.Dims]
	}
	r.packed.set(centers)
	r.all = r.packed.all()
	return r
}

// measured is how many rows are measured at a time, in a fixed order: a whole number of tiles.
const measured = 4096

// label puts rows to their nearest centers and returns the squared distances, times the
// weights if there are any, added up.
func (r *ruler) label(label []int32, weights []float32, threads int) (inertia float64) {
	for _, v := range r.near(label, weights, threads) { // in the rows' order
		inertia += v
	}
	return inertia
}

// near are the squared distances, times the weights.
func (r *ruler) near(label []int32, weights []float32, threads int) []float64 {
	n := r.len()
	blocks, near := (n+measured-1)/measured, make([]float64, n)
	parallel(blocks, threads, func(_, b int) {
		own, f := make([]float32, r.stride()), newFound(r.packed.groups)
		for i := b * measured; i < min(n, (b+1)*measured); i += wide {
			tile := r.at(own, i/wide)
			r.kernel.nearest(tile, r.packed, r.all, f)
			for j := i; j < min(n, i+wide); j++ {
				row := j
				if r.order != nil {
					row = int(r.order[j])
				}
				label[row] = f.at[j-i]
				if near[row] = r.apart(tile, j-i, f.at[j-i]); weights != nil {
					near[row] *= float64(weights[row])
				}
			}
		}
	})
	return near
}

// at is a tile of the rows.
func (r *ruler) at(own []float32, t int) []float32 {
	if r.tiles != nil {
		return r.tiles[t*r.stride() : (t+1)*r.stride()]
	}
	r.tile(r.kernel, own, t*wide)
	return own
}

// apart is the squared distance of a row in a tile to a center.
func (r *ruler) apart(tile []float32, row int, center int32) (sum float64) {
	c := r.packed.centers[int(center)/groupOf*r.dims*groupOf+int(center)%groupOf:]
	for d := range r.dims {
		by := float64(tile[d*wide+row]) - float64(c[d*groupOf])
		sum += float64(by * by)
	}
	return sum
}

// squared is the squared distance of a row to a center.
func (m *Model) squared(row []float32, center int) (sum float64) {
	c := m.Centers[center*m.Dims : (center+1)*m.Dims]
	for d, v := range row {
		by := float64(v) - float64(c[d])
		sum += float64(by * by)
	}
	return sum
}

// Assign puts rows to their nearest centers.
func (m *Model) Assign(rows []float32, threads int) (*Assignment, error) {
	n, err := check(rows, m.Dims)
	if err != nil {
		return nil, err
	}
	a := &Assignment{make([]int32, n), make([]float32, n), make([]int32, n), make([]float32, n), make([]float32, n)}
	r := m.ruler(rows, nil)
	parallel((n+measured-1)/measured, threadsOr(threads), func(_, b int) {
		tile := make([]float32, r.stride())
		scores := make([]float32, r.packed.groups*groupOf*wide)
		for i := b * measured; i < min(n, (b+1)*measured); i += wide {
			r.tile(r.kernel, tile, i)
			for g := range r.packed.groups {
				r.kernel.scores(tile, r.packed, g, (*[groupOf * wide]float32)(scores[g*groupOf*wide:]))
			}
			for j := i; j < min(n, i+wide); j++ {
				a.set(m, rows, scores, j, j-i)
				a.Membership[j] = membership(scores, tile[m.Dims*wide+j-i], m.K, j-i, int(a.Cluster[j]))
			}
		}
	})
	return a, nil
}

// set finds the two nearest centers of a row among the scores of its tile.
func (a *Assignment) set(m *Model, rows, scores []float32, row, r int) {
	first, second := float32(math.Inf(1)), float32(math.Inf(1))
	at, next := int32(0), int32(-1)
	for c := range m.K {
		switch v := scores[c*wide+r]; {
		case c == 0:
			first = v
		case v < first:
			first, second, at, next = v, first, int32(c), at
		case v < second || next < 0:
			second, next = v, int32(c)
		}
	}
	x := rows[row*m.Dims : (row+1)*m.Dims]
	a.Cluster[row], a.SecondCluster[row] = at, next
	a.Distance[row], a.Second[row] = float32(math.Sqrt(m.squared(x, int(at)))), float32(math.Inf(1))
	if next >= 0 {
		a.Second[row] = max(a.Distance[row], float32(math.Sqrt(m.squared(x, int(next)))))
	}
}

// Far says for each group from which distance on a row is so far out that it fits none:
// three times the middle half's width beyond it.
func Far(a *Assignment, k int) []float64 {
	of, far := make([][]float32, k), make([]float64, k)
	for i, c := range a.Cluster {
		of[c] = append(of[c], a.Distance[i])
	}
	for c, d := range of {
		if slices.Sort(d); len(d) > 0 {
			low, high := float64(d[len(d)/4]), float64(d[len(d)*3/4])
			far[c] = high + 3*(high-low)
		}
	}
	return far
}

// membership is 1 / Σ (d / dⱼ)², d the distance to the row's own center and dⱼ to each.
//
// Bezdek, J. C. (1981). Pattern Recognition with Fuzzy Objective Function Algorithms.
func membership(scores []float32, norm float32, k, r, own int) float32 {
	square := func(c int) float64 { return max(0, float64(norm)+2*float64(scores[c*wide+r])) }
	d, sum := square(own), 0.0
	if d == 0 {
		return 1
	}
	for c := range k {
		sum += d / max(d, square(c)) // rounding may make another one nearer
	}
	return float32(1 / sum)
}

// Label puts rows to their nearest centers and returns how far they are: squared
// distances, added up. It is Assign without distances, and faster.
func (m *Model) Label(rows []float32, threads int) (label []int32, inertia float64) {
	label = make([]int32, len(rows)/m.Dims)
	return label, m.ruler(rows, nil).label(label, nil, threadsOr(threads))
}

// Nearest is Assign for those who need no more than the nearest center and its distance.
func (m *Model) Nearest(rows []float32, threads int) (label []int32, distance []float32, err error) {
	n, err := check(rows, m.Dims)
	if err != nil {
		return nil, nil, err
	}
	label, distance = make([]int32, n), make([]float32, n)
	for i, v := range m.ruler(rows, nil).near(label, nil, threadsOr(threads)) {
		distance[i] = float32(math.Sqrt(v))
	}
	return label, distance, nil
}
