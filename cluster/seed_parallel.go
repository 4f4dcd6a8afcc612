package cluster

import "math/rand/v2"

// rounds of k-means||, and how many rows each draws for every center.
const (
	plusRounds = 5
	oversample = 2
)

// parallelPlus is k-means||: in each of a few rounds it draws many rows at once, each in
// proportion to its squared distance; k-means++ then chooses among them, weighted by how
// many rows are nearest to each.
//
// Bahmani, B. et al. (2012). Scalable k-means++. VLDB.
func (s *seeding) parallelPlus(k int) []float32 {
	drawn := []int{s.first()}
	nearest := make([]int32, s.len()) // of those drawn
	s.approach(drawn, 0, nearest)
	for round := range plusRounds {
		from := len(drawn)
		if drawn = append(drawn, s.drawMany(oversample*k, uint64(round))...); len(drawn) > from {
			s.approach(drawn[from:], from, nearest)
		}
	}
	if len(drawn) < 2*k {
		return s.restart().plus(k)
	}
	weights := make([]float32, len(drawn))
	mass := make([]float64, len(drawn))
	for i, c := range nearest {
		mass[c] += s.weight(i)
	}
	rows := make([]float32, 0, len(drawn)*s.dims)
	for j, i := range drawn {
		weights[j] = float32(mass[j])
		rows = append(rows, s.row(i)...)
	}
	return newSeeding(rows, s.dims, Options{Seed: s.seed, Threads: s.threads, Weights: weights, kernel: s.kernel}).plus(k)
}

func (s *seeding) restart() *seeding {
	return newSeeding(s.rows, s.dims, Options{Seed: s.seed, Threads: s.threads, Weights: s.weights, kernel: s.kernel})
}

// approach takes new centers into account.
func (s *seeding) approach(centers []int, from int, nearest []int32) {
	p := s.pack(centers)
	all := p.all()
	clear(s.mass)
	found := make([]*found, len(s.mass))
	s.each(func(b int, tile []float32, i, to int) {
		if found[b] == nil {
			found[b] = newFound(p.groups)
		}
		f := found[b]
		s.kernel.nearest(tile, p, all, f)
		for r := range to - i {
			if v := max(0, tile[s.dims*wide+r]+2*f.best[r]); v < s.near[i+r] {
				s.near[i+r], nearest[i+r] = v, int32(from)+f.at[r]
			}
			s.mass[b] += float64(s.near[i+r]) * s.weight(i+r)
		}
	})
	for j, row := range centers {
		s.near[row], nearest[row] = 0, int32(from+j)
	}
}

// drawMany draws about so many rows, each by a die of its own, so that threads don't show.
func (s *seeding) drawMany(about int, round uint64) (rows []int) {
	total := 0.0
	for _, m := range s.mass {
		total += m
	}
	if total <= 0 {
		return nil
	}
	of := make([][]int, len(s.mass))
	parallel(len(s.mass), s.threads, func(_, b int) {
		die := rand.New(rand.NewPCG(s.seed^0x6b6d7c7c, round<<32|uint64(b)))
		for i := b * measured; i < min(s.len(), (b+1)*measured); i++ {
			if die.Float64()*total < float64(about)*float64(s.near[i])*s.weight(i) {
				of[b] = append(of[b], i)
			}
		}
	})
	for _, list := range of {
		rows = append(rows, list...)
	}
	return rows
}

// held says how near rows are to centers that are no rows.
func (s *seeding) held(p *packed) {
	all := p.all()
	clear(s.mass)
	s.each(func(b int, tile []float32, from, to int) {
		f := newFound(p.groups)
		s.kernel.nearest(tile, p, all, f)
		for r := range to - from {
			s.near[from+r] = max(0, tile[s.dims*wide+r]+2*f.best[r])
			s.mass[b] += float64(s.near[from+r]) * s.weight(from+r)
		}
	})
}
