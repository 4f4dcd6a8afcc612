package shap

import (
	"sync"
	"sync/atomic"

	"segmenta/predict/score"
)

// maxBits is the longest pattern that has a table.
const maxBits = 14

// A group is leaves that share a pattern, and what the features get by pattern.
type group struct {
	bits     [][]answer // a bit is set where all answers are as wanted
	features []int
	leaves   []shape
	deep     bool // too deep for patterns: one leaf, computed for each row

	mu    sync.Mutex
	index atomic.Pointer[[]uint32]  // by pattern, one more than its row in table; 0 while it has none
	table atomic.Pointer[[]float64] // by row and feature; rows never change, and stay where they are in a longer one
	rows  int
}

// A shape is a leaf: of each feature on its path its place in the group, the share of
// training rows, and what a pattern must have and not have for a row to satisfy it.
type shape struct {
	value       float64
	at          []int
	share       []float64
	ones, zeros []uint64
}

// add adds a chunk's contributions.
func (g *group) add(sums [][score.Chunk]float64, masks []score.Words, n int) {
	if g.deep {
		g.addDeep(sums, masks, n)
		return
	}
	index := g.open()
	var planes [16]uint64
	var at [64]uint16
	var row [64]int
	d := len(g.features)
	for k := 0; k*64 < n; k++ {
		for j, answers := range g.bits {
			planes[j] = agree(answers, masks, k)
		}
		score.Numbers(&at, &planes, len(g.bits))
		rows := min(64, n-k*64)
		for r, p := range at[:rows] {
			found := atomic.LoadUint32(&index[p])
			if found == 0 {
				found = g.fill(index, p)
			}
			row[r] = int(found-1) * d
		}
		table := *g.table.Load()
		for j, f := range g.features {
			to := sums[f][k*64 : k*64+rows]
			part := table[j:]
			for r := range to {
				to[r] += part[row[r&63]]
			}
		}
	}
}

// agree has a bit for each of 64 rows whose answers are all as wanted.
func agree(answers []answer, masks []score.Words, k int) uint64 {
	v := ^uint64(0)
	for _, a := range answers {
		if m := masks[a.index][k]; a.want {
			v &= m
		} else {
			v &^= m
		}
	}
	return v
}

func (g *group) open() []uint32 {
	if index := g.index.Load(); index != nil {
		return *index
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.index.Load() == nil {
		index, table := make([]uint32, 1<<len(g.bits)), []float64{}
		g.table.Store(&table)
		g.index.Store(&index)
	}
	return *g.index.Load()
}

// fill computes what a pattern gives, in a new row.
func (g *group) fill(index []uint32, pattern uint16) uint32 {
	g.mu.Lock()
	defer g.mu.Unlock()
	if index[pattern] != 0 {
		return index[pattern]
	}
	table, d := *g.table.Load(), len(g.features)
	table = append(table, make([]float64, d)...)
	out := table[g.rows*d:]
	var sat []bool
	var phi []float64
	for i := range g.leaves {
		l := &g.leaves[i]
		sat = sat[:0]
		for j := range l.at {
			sat = append(sat, uint64(pattern)&l.ones[j] == l.ones[j] && uint64(pattern)&l.zeros[j] == 0)
		}
		phi = l.contributions(phi, sat)
		for j, p := range phi {
			out[l.at[j]] += p
		}
	}
	g.rows++
	g.table.Store(&table)
	atomic.StoreUint32(&index[pattern], uint32(g.rows))
	return uint32(g.rows)
}

// addDeep computes a deep leaf for each row.
func (g *group) addDeep(sums [][score.Chunk]float64, masks []score.Words, n int) {
	l := &g.leaves[0]
	words, sat := make([]uint64, len(g.bits)), make([]bool, len(g.bits))
	var phi []float64
	for k := 0; k*64 < n; k++ {
		for j, answers := range g.bits {
			words[j] = agree(answers, masks, k)
		}
		for r := range min(64, n-k*64) {
			for j, w := range words {
				sat[j] = w>>r&1 == 1
			}
			phi = l.contributions(phi, sat)
			for j, p := range phi {
				sums[g.features[l.at[j]]][k*64+r] += p
			}
		}
	}
}

// contributions says what a leaf gives each feature on its path, to a row that
// satisfies some of them.
//
// The mean over all orders in which features become known is a sum over sets of known
// ones by size. A feature that the row doesn't satisfy counts only while unknown, so
// that it gives its share to every set; those that it does satisfy make a polynomial,
// the product of (t + share), whose coefficient of t^k belongs to the sets of size k.
// Every unsatisfied feature gets the same; for a satisfied one its own factor is
// divided out.
func (l *shape) contributions(phi []float64, sat []bool) []float64 {
	d := len(l.share)
	phi = append(phi[:0], l.share...)
	p := append(make([]float64, 0, 32), 1)
	unknown := l.value
	for j, z := range l.share {
		if !sat[j] {
			unknown *= z
			continue
		}
		p = append(p, 0)
		for k := len(p) - 1; k > 0; k-- {
			p[k] = p[k-1] + p[k]*z
		}
		p[0] *= z
	}
	weight := append(make([]float64, 0, 32), 1/float64(d)) // k! (d − 1 − k)! / d!
	for k := 1; k < d; k++ {
		weight = append(weight, weight[k-1]*float64(k)/float64(d-k))
	}
	missed := 0.0
	for k := range min(len(p), d) {
		missed -= p[k] * weight[k]
	}
	for j, z := range l.share {
		if !sat[j] {
			phi[j] = unknown * missed
			continue
		}
		sum, c := 0.0, 0.0
		for k := len(p) - 1; k > 0; k-- {
			c = p[k] - z*c
			sum += c * weight[k-1]
		}
		phi[j] = unknown * (1 - z) * sum
	}
	return phi
}
