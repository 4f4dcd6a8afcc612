package cluster

import (
	"math"
	"math/rand/v2"
)

// manyCenters is from how many on that k-means|| seeds: it reads the rows a few times,
// k-means++ once for each center.
const manyCenters = 16

// Seed chooses first centers among the rows: greedy k-means++ or, for many centers,
// k-means||. Fewer than k come back where rows are as few.
func Seed(rows []float32, dims, k int, o Options) []float32 {
	s := newSeeding(rows, dims, o)
	if k >= manyCenters && s.len() > 50*k {
		return s.parallelPlus(k)
	}
	return s.plus(k)
}

// Seeds is Seed for rows that nobody has looked at yet.
func Seeds(rows []float32, dims, k int, o Options) ([]float32, error) {
	o.Init = nil
	err := o.complete(rows, dims, k)
	return o.Init, err
}

// A seeding knows how far every row is from the nearest center so far.
type seeding struct {
	sheet
	kernel  *kernel
	threads int
	weights []float32
	random  *rand.Rand
	seed    uint64
	tiles   []float32
	near    []float32 // squared
	mass    []float64 // of each block: near, times weight, added up
}

func newSeeding(rows []float32, dims int, o Options) *seeding {
	s := &seeding{kernel: o.kernel, threads: threadsOr(o.Threads), weights: o.Weights, seed: o.Seed, random: dice(o.Seed, 0x6b6d65616e73)}
	if s.kernel == nil {
		s.kernel = fastest
	}
	if o.spread == nil {
		seen := survey(rows, dims, o.Weights, s.threads, s.kernel)
		o.spread = &seen
	}
	s.sheet = sheet{rows, dims, o.spread.shift}
	n := s.len()
	s.tiles = make([]float32, (n+wide-1)/wide*s.stride())
	s.near = make([]float32, n)
	s.mass = make([]float64, (n+measured-1)/measured)
	for i := range s.near {
		s.near[i] = float32(math.Inf(1))
	}
	s.each(func(_ int, tile []float32, from, _ int) { s.tile(s.kernel, tile, from) })
	return s
}

// each calls do for every tile, block by block.
func (s *seeding) each(do func(block int, tile []float32, from, to int)) {
	n := s.len()
	parallel(len(s.mass), s.threads, func(_, b int) {
		for i := b * measured; i < min(n, (b+1)*measured); i += wide {
			t := i / wide
			do(b, s.tiles[t*s.stride():(t+1)*s.stride()], i, min(n, i+wide))
		}
	})
}

func (s *seeding) weight(row int) float64 {
	if s.weights == nil {
		return 1
	}
	return float64(s.weights[row])
}

// row is as the caller knows it.
func (s *seeding) row(i int) []float32 { return s.rows[i*s.dims : (i+1)*s.dims] }

// pack makes centers of rows.
func (s *seeding) pack(rows []int) *packed {
	p := newPacked(len(rows), s.dims)
	centers := make([]float32, 0, len(rows)*s.dims)
	for _, i := range rows {
		for d, v := range s.row(i) {
			centers = append(centers, v-s.shift[d])
		}
	}
	p.set(centers)
	return p
}

// first draws a row in proportion to its weight.
func (s *seeding) first() int {
	if s.weights == nil {
		return s.random.IntN(s.len())
	}
	total := 0.0
	for _, w := range s.weights {
		total += float64(w)
	}
	x, last := total*s.random.Float64(), 0
	for i, w := range s.weights {
		if w > 0 {
			last = i
			if x -= float64(w); x < 0 {
				break
			}
		}
	}
	return last
}

// draw draws a row in proportion to its weight and squared distance, or returns −1 where
// no row is away from the centers.
func (s *seeding) draw() int {
	total := 0.0
	for _, m := range s.mass {
		total += m
	}
	x := total * s.random.Float64()
	last := -1
	for b, m := range s.mass {
		if m <= 0 {
			continue
		}
		if x >= m && b < len(s.mass)-1 {
			x -= m
			last = b
			continue
		}
		if row := s.drawIn(b, x); row >= 0 {
			return row
		}
	}
	if last < 0 {
		return -1
	}
	return s.drawIn(last, math.Inf(1))
}

func (s *seeding) drawIn(block int, x float64) int {
	last := -1
	for i := block * measured; i < min(s.len(), (block+1)*measured); i++ {
		if m := float64(s.near[i]) * s.weight(i); m > 0 {
			last = i
			if x -= m; x < 0 {
				break
			}
		}
	}
	return last
}

// plus is greedy k-means++: of a few rows drawn in proportion to their squared distance
// from the centers so far, the one that helps most.
//
// Arthur, D. and Vassilvitskii, S. (2007). k-means++. SODA.
func (s *seeding) plus(k int) (centers []float32) {
	trials := min(groupOf, 2+int(math.Log(float64(k))))
	near := make([][]float32, trials)
	for j := range near {
		near[j] = make([]float32, s.len())
	}
	candidates := []int{s.first()}
	for {
		best, mass := s.try(candidates, near)
		s.near, near[best], s.mass = near[best], s.near, mass
		if centers = append(centers, s.row(candidates[best])...); len(centers) == k*s.dims {
			return centers
		}
		candidates = candidates[:0]
		for range trials {
			if row := s.draw(); row >= 0 {
				candidates = append(candidates, row)
			}
		}
		if len(candidates) == 0 {
			return centers
		}
	}
}

// try finds which candidate would leave rows nearest to a center; near becomes how near
// with each.
func (s *seeding) try(candidates []int, near [][]float32) (best int, mass []float64) {
	p := s.pack(candidates)
	masses := make([][]float64, len(candidates))
	for j := range masses {
		masses[j] = make([]float64, len(s.mass))
	}
	room := make([]*[groupOf * wide]float32, len(s.mass)) // by block
	s.each(func(b int, tile []float32, from, to int) {
		if room[b] == nil {
			room[b] = new([groupOf * wide]float32)
		}
		scores := room[b]
		s.kernel.scores(tile, p, 0, scores)
		norms := tile[s.dims*wide:]
		for j := range candidates {
			sum, out := 0.0, near[j][from:to]
			score, old := scores[j*wide:(j+1)*wide], s.near[from:to]
			for r := range out {
				v := min(old[r], max(0, norms[r]+2*score[r]))
				out[r] = v
				sum += float64(v) * s.weight(from+r)
			}
			masses[j][b] += sum
		}
	})
	least := math.Inf(1)
	for j := range masses {
		sum := 0.0
		for _, m := range masses[j] {
			sum += m
		}
		if sum < least {
			least, best = sum, j
		}
	}
	for j, row := range candidates { // its distance to itself is rounded, too
		near[j][row] = 0
	}
	return best, masses[best]
}
