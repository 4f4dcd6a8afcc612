package cluster

import "math"

// wide is how many rows a tile holds, and groupOf how many centers a group: what the
// kernels work on at once.
const (
	wide    = 16
	groupOf = 8
)

// A kernel is one way of taking distances. Every kernel computes the score of a row x
// and a center c, |c|²/2 − x·c, by the same fused multiplications in the same order, so
// all of them give the same bits, and so the same assignments.
//
// A tile holds wide rows, column by column, and then their squared norms.
type kernel struct {
	name string

	// nearest finds, among the centers of some groups in ascending order, the nearest of
	// each row and its score, and the two lowest scores of each group.
	nearest func(tile []float32, p *packed, groups []int32, f *found)

	// gaps says of each of these groups how much farther every row's nearest center in it,
	// other than its own, is at least than its own.
	gaps func(norms []float32, groups []int32, f *found, slack, shift float32, gap []float32)

	// margins says of every row how far its own center is at most, which is among these
	// groups, and how much farther any other of them is at least. slack is by how much
	// scores may be off, as a share of the squared norms of row and center, of which most
	// is the largest.
	margins func(norms []float32, groups []int32, f *found, slack, most float32, near, margin *[wide]float32)

	// scores are those of the centers of one group, center by center.
	scores func(tile []float32, p *packed, group int, out *[groupOf * wide]float32)

	// lay lays the first 4 × fours columns of some rows out as a tile, less the shift, and
	// writes what they add to the norms.
	lay func(rows []float32, dims int, which *[wide]int32, shift []float32, fours int, tile []float32)

	// fetch has some rows brought near, where a processor can be asked to.
	fetch func(rows []float32, dims int, which *[wide]int32)

	// wear wears what is known of rows down and lists those whose margin is used up,
	// numbered from a first one on.
	wear func(near, margin []float32, label []int32, by *wear, from int32, list []int32) (n int)

	// survey adds columns of rows up, and their squares, and looks for their least and most.
	survey func(rows []float32, dims int, sum, square []float64, least, most []float32)

	// squares are the squared distances of rows to the centers at their labels.
	squares func(rows []float32, dims int, label []int32, centers, square []float64)

	// move adds a row, less the shift, times its weight and the columns' scales, to some
	// sums and takes it from others, unless there are none.
	move func(row, shift []float32, weight float64, scale []float64, in, out []int64)
}

// found is what nearest finds.
type found struct {
	best   [wide]float32
	at     [wide]int32
	first  []float32 // of each group in the list: wide
	second []float32
}

func newFound(groups int) *found {
	return &found{first: make([]float32, groups*wide), second: make([]float32, groups*wide)}
}

// packed is centers as the kernels want them: groups of groupOf, column by column. Where
// the last group isn't full, it is filled with centers infinitely far away.
type packed struct {
	dims    int
	groups  int
	centers []float32
	half    []float32 // squared norms, halved
	most    float32   // the largest squared norm
}

func newPacked(k, dims int) *packed {
	groups := (k + groupOf - 1) / groupOf
	return &packed{dims: dims, groups: groups, centers: make([]float32, groups*groupOf*dims), half: make([]float32, groups*groupOf)}
}

// set packs centers that stand row by row.
func (p *packed) set(centers []float32) {
	k := len(centers) / p.dims
	p.most = 0
	for c := range p.half {
		if c >= k {
			p.half[c] = float32(math.Inf(1))
			continue
		}
		norm := 0.0
		for d, v := range centers[c*p.dims : (c+1)*p.dims] {
			p.centers[(c/groupOf*p.dims+d)*groupOf+c%groupOf] = v
			norm += float64(v) * float64(v)
		}
		p.half[c] = float32(norm / 2)
		p.most = max(p.most, float32(norm))
	}
}

// all lists every group.
func (p *packed) all() []int32 {
	list := make([]int32, p.groups)
	for g := range list {
		list[g] = int32(g)
	}
	return list
}

// kernels lists those that this processor can run, the fastest first.
func kernels() []*kernel { return append(native(), &portable) }

// fastest is the one in use.
var fastest = kernels()[0]
