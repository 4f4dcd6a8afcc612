package cluster

import "math"

// A spread is what has to be known of rows before distances are taken.
type spread struct {
	shift    []float32 // the means, where they are far from 0
	most     []float32 // the largest absolute values, after the shift
	variance float64   // the mean over the columns
	weight   float64   // the weights added up
	farthest float32   // the largest absolute value, before the shift
	odd      bool      // there is a NaN
}

// surveyed is how many rows are added up at a time, in a fixed order.
const surveyed = 8192

func survey(rows []float32, dims int, weights []float32, threads int, k *kernel) spread {
	return spreadOf(surveyParts(rows, dims, weights, threads, k), dims)
}

func surveyParts(rows []float32, dims int, weights []float32, threads int, k *kernel) []*part {
	n := len(rows) / dims
	parts := make([]*part, (n+surveyed-1)/surveyed)
	parallel(len(parts), threads, func(_, b int) {
		from, to := b*surveyed, min(n, (b+1)*surveyed)
		p := newPart(dims)
		if parts[b] = p; weights != nil {
			p.weigh(rows[from*dims:to*dims], weights[from:to])
			return
		}
		p.weight = float64(to - from)
		k.survey(rows[from*dims:to*dims], dims, p.sum, p.square, p.least, p.most)
	})
	return parts
}

// spreadOf puts together what the parts say, in their order.
func spreadOf(parts []*part, dims int) spread {
	s := spread{shift: make([]float32, dims), most: make([]float32, dims)}
	for _, p := range parts {
		s.weight += p.weight
	}
	for d := range dims {
		s.column(d, parts)
	}
	s.variance /= float64(dims)
	return s
}

// A part is what one block of rows comes to.
type part struct {
	weight      float64
	sum, square []float64
	least, most []float32
}

func newPart(dims int) *part {
	p := &part{0, make([]float64, dims), make([]float64, dims), make([]float32, dims), make([]float32, dims)}
	for d := range dims {
		p.least[d], p.most[d] = float32(math.Inf(1)), float32(math.Inf(-1))
	}
	return p
}

// weigh adds rows up that have weights.
func (p *part) weigh(rows, weights []float32) {
	dims := len(p.sum)
	for i, w := range weights {
		w := float64(w)
		p.weight += w
		for d, v := range rows[i*dims : (i+1)*dims] {
			x := float64(v)
			p.sum[d] += float64(w * x)
			p.square[d] += float64(w * x * x)
			p.least[d], p.most[d] = min(p.least[d], v), max(p.most[d], v)
		}
	}
}

// column puts together what the parts say of one.
func (s *spread) column(d int, parts []*part) {
	sum, square, least, most := 0.0, 0.0, float32(math.Inf(1)), float32(math.Inf(-1))
	for _, p := range parts {
		sum, square, least, most = sum+p.sum[d], square+p.square[d], min(least, p.least[d]), max(most, p.most[d])
	}
	mean := sum / s.weight
	variance := max(0, square/s.weight-mean*mean)
	s.variance += variance
	if mean*mean > variance/16 {
		s.shift[d] = float32(mean)
	}
	s.most[d] = max(most-s.shift[d], s.shift[d]-least)
	s.farthest = max(s.farthest, most, -least)
	s.odd = s.odd || math.IsNaN(sum)
}

// sound tells whether squared distances can be taken of all rows.
func (s *spread) sound() bool { return !s.odd && s.farthest <= farthest(len(s.shift)) }

// farthest is how far from 0 a value may be.
func farthest(dims int) float32 { return float32(math.Sqrt(math.MaxFloat32/float64(dims)) / 8) }
