package gbdt

import (
	"math"
	"slices"
)

// sampler picks the rows and columns that a round works with.
type sampler struct {
	m    *matrix
	p    *Params
	list []int32 // rows of the last draw
}

func newSampler(m *matrix, p *Params) *sampler {
	return &sampler{m: m, p: p, list: make([]int32, 0, m.rows)}
}

// rows is the list of rows of a round, ascending. Of those left out, the packed
// floats become zero, so that they add nothing to the units.
func (s *sampler) rows(round int, grad []int64) []int32 {
	if s.p.TopRate > 0 {
		return s.goss(round, grad)
	}
	share, freq := s.p.BaggingFraction, s.p.BaggingFreq
	key := stream(s.p.Seed, streamBagging, round/freq)
	s.list = s.list[:0]
	if share == 1 {
		s.list = s.list[:len(grad)]
		blocks(s.p.Threads, len(grad), func(_, from, to int) {
			for i := from; i < to; i++ {
				s.list[i] = int32(i)
			}
		})
		return s.list
	}
	for i := range grad {
		if chance(key, i) < share {
			s.list = append(s.list, int32(i))
		} else {
			grad[i] = 0
		}
	}
	return s.list
}

// columns marks the columns of a round: a fixed number, at least one.
func (s *sampler) columns(round int, inPlay []bool) {
	n := len(inPlay)
	want := max(1, int(math.Round(s.p.FeatureFraction*float64(n))))
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	key := stream(s.p.Seed, streamColumns, round)
	if want < n {
		slices.SortFunc(order, func(a, b int) int {
			if mix(key+uint64(a)) < mix(key+uint64(b)) {
				return -1
			}
			return 1
		})
	}
	clear(inPlay)
	for _, c := range order[:want] {
		inPlay[c] = true
	}
}

// goss keeps the rows with the largest gradients and draws from the others,
// which then weigh more. The first rounds see all rows, as in LightGBM.
//
// Ke, G. et al. (2017). LightGBM: a highly efficient gradient boosting decision
// tree. NIPS 30.
func (s *sampler) goss(round int, grad []int64) []int32 {
	s.list = s.list[:0]
	early := float64(round) < 1/s.p.LearningRate
	limit := uint32(0)
	if !early {
		limit = s.limit(grad)
	}
	key := stream(s.p.Seed, streamGOSS, round)
	more := (1 - s.p.TopRate) / s.p.OtherRate
	for i, packed := range grad {
		switch {
		case early || size(packed) >= limit:
		case chance(key, i) < 1/more:
			g, h := unpackFloats(packed)
			grad[i] = packFloats(g*more, h*more)
		default:
			grad[i] = 0
			continue
		}
		s.list = append(s.list, int32(i))
	}
	return s.list
}

// size is what GOSS ranks the rows by, to three digits: the upper bits of a
// float32, whose order is that of the values.
func size(packed int64) uint32 {
	g, h := unpackFloats(packed)
	return math.Float32bits(float32(math.Abs(g*h))) >> 15
}

// limit is the size that at least the top share of the rows reaches.
func (s *sampler) limit(grad []int64) uint32 {
	counts := make([]int, 1<<17)
	for _, packed := range grad {
		counts[size(packed)]++
	}
	want := int(s.p.TopRate * float64(len(grad)))
	limit := uint32(len(counts) - 1)
	for n := counts[limit]; n < want && limit > 0; n += counts[limit] {
		limit--
	}
	return limit
}
