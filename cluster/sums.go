package cluster

import "math"

// exactSums add rows up in whole numbers, so that neither the order in which rows come
// and go nor the number of threads shows in the sums.
type exactSums struct {
	dims  int
	scale []float64 // of each column: a power of two; a row's values times it fit
	unit  float64   // of weights: a power of two; 1 where there are none
	sum   []int64   // center by center
	count []int64
}

// newExactSums makes room for k centers of columns whose values are at most most, and of
// weights that add up to total and are whole unless weighted.
func newExactSums(k int, most []float32, total float64, weighted bool) *exactSums {
	s := &exactSums{dims: len(most), scale: make([]float64, len(most)), unit: 1, sum: make([]int64, k*len(most)), count: make([]int64, k)}
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
	return &exactSums{dims: s.dims, scale: s.scale, unit: s.unit, sum: make([]int64, len(s.sum)), count: make([]int64, len(s.count))}
}

// move takes the row at place r of a tile from one center, unless that is below 0, to
// another.
func (s *exactSums) move(tile []float32, r, from, to int, weight float64) {
	dims := s.dims
	in, scale := s.sum[to*dims:(to+1)*dims], s.scale[:dims]
	n := int64(1)
	if s.unit != 1 {
		n = int64(weight * s.unit)
	}
	s.count[to] += n
	if from < 0 {
		for d := range in {
			in[d] += int64(float64(tile[d*wide+r]) * weight * scale[d])
		}
		return
	}
	s.count[from] -= n
	out := s.sum[from*dims : (from+1)*dims]
	for d := range in {
		v := int64(float64(tile[d*wide+r]) * weight * scale[d])
		in[d] += v
		out[d] -= v
	}
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
