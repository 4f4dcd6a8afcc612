package cluster

import "math"

// A spread is what has to be known of rows before distances are taken.
type spread struct {
	shift    []float32 // the means, where they are far from 0
	most     []float32 // the largest absolute values, after the shift
	variance float64   // the mean over the columns
	weight   float64   // the weights added up
}

// surveyed is how many rows are added up at a time, in a fixed order.
const surveyed = 8192

func survey(rows []float32, dims int, weights []float32, threads int) spread {
	n := len(rows) / dims
	blocks := (n + surveyed - 1) / surveyed
	type part struct {
		weight      float64
		sum, square []float64
		least, most []float32
	}
	parts := make([]part, blocks)
	parallel(blocks, threads, func(_, b int) {
		p := part{0, make([]float64, dims), make([]float64, dims), make([]float32, dims), make([]float32, dims)}
		for d := range dims {
			p.least[d], p.most[d] = float32(math.Inf(1)), float32(math.Inf(-1))
		}
		for i := b * surveyed; i < min(n, (b+1)*surveyed); i++ {
			w := 1.0
			if weights != nil {
				w = float64(weights[i])
			}
			p.weight += w
			for d, v := range rows[i*dims : (i+1)*dims] {
				x := float64(v)
				p.sum[d] += w * x
				p.square[d] += w * x * x
				if v < p.least[d] {
					p.least[d] = v
				}
				if v > p.most[d] {
					p.most[d] = v
				}
			}
		}
		parts[b] = p
	})
	s := spread{shift: make([]float32, dims), most: make([]float32, dims)}
	for _, p := range parts {
		s.weight += p.weight
	}
	for d := range dims {
		sum, square, least, most := 0.0, 0.0, float32(math.Inf(1)), float32(math.Inf(-1))
		for _, p := range parts {
			sum, square, least, most = sum+p.sum[d], square+p.square[d], min(least, p.least[d]), max(most, p.most[d])
		}
		mean := sum / s.weight
		variance := max(0, square/s.weight-mean*mean)
		s.variance += variance / float64(dims)
		if mean*mean > variance/16 {
			s.shift[d] = float32(mean)
		}
		s.most[d] = max(most-s.shift[d], s.shift[d]-least)
	}
	return s
}
