package cluster

import "math"

// exactSums add rows up in whole numbers, so that neither the order in which rows come
// and go nor the number of threads shows in the sums.
type exactSums struct {
	dims   int
	scale  []float64 // of each column: a power of two; a row's values times it fit
	unit   float64   // of weights: a power of two; 1 where there are none
	sum    []int64   // center by center
	count  []int64
	row    []float32 // room for one of a tile
	zero   []float32
	kernel *kernel
}

// newExactSums makes room for k centers of columns whose values are at most most, and of
// weights that add up to total and are whole unless weighted.
func newExactSums(k int, most []float32, total float64, weighted bool, by *kernel) *exactSums {
	dims := len(most)
	s := &exactSums{dims: dims, scale: make([]float64, dims), unit: 1, kernel: by, sum: make([]int64, k*dims), count: make([]int64, k), row: make([]float32, dims), zero: make([]float32, dims)}
	for d, m := range most {
		s.scale[d] = room(total * float64(m))
	}
	if weighted {
		s.unit = room(total)
	}
	return s
}

// room is the largest power of two by which a sum can be multiplied and still be an int64.
func room(sum float64) float64 {
	if !(sum > 0) {
		return 1
	}
	_, e := math.Frexp(sum)
	return math.Ldexp(1, 61-e)
}

func (s *exactSums) like() *exactSums {
	other := *s
	other.sum, other.count, other.row = make([]int64, len(s.sum)), make([]int64, len(s.count)), make([]float32, s.dims)
	return &other
}

// move takes the row at place r of a tile from one center, unless that is below 0, to
// another.
func (s *exactSums) move(tile []float32, r, from, to int, weight float64) {
	for d := range s.row {
		s.row[d] = tile[d*wide+r]
	}
	s.moveRow(s.row, s.zero, from, to, weight)
}

// moveRow does the same with a row that a shift is yet to be taken from.
func (s *exactSums) moveRow(row, shift []float32, from, to int, weight float64) {
	n := int64(1)
	if s.unit != 1 {
		n = int64(weight * s.unit)
	}
	s.count[to] += n
	var out []int64
	if from >= 0 {
		s.count[from] -= n
		out = s.sum[from*s.dims : (from+1)*s.dims]
	}
	s.kernel.move(row, shift, weight, s.scale, s.sum[to*s.dims:(to+1)*s.dims], out)
}

// add adds other sums and leaves them empty.
func (s *exactSums) add(other *exactSums) {
	for i, v := range other.sum {
		s.sum[i] += v
	}
	for i, v := range other.count {
		s.count[i] += v
	}
	clear(other.sum)
	clear(other.count)
}

// mean is that of one column of a center's rows.
func (s *exactSums) mean(center, d int) float64 {
	return float64(s.sum[center*s.dims+d]) / s.scale[d] / (float64(s.count[center]) / s.unit)
}

// recenter moves a center to the mean of its rows, if it has any, and returns how far,
// squared.
func (s *exactSums) recenter(c int, center []float32) (square float64) {
	if s.count[c] == 0 {
		return 0
	}
	for d := range center {
		v := float32(s.mean(c, d))
		by := float64(v) - float64(center[d])
		square += float64(by * by)
		center[d] = v
	}
	return square
}
