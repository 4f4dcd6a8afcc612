package clv

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"sync"
	"sync/atomic"
)

// alike is n customers with the same three numbers. Times are places in stats.times.
type alike struct {
	x, tx, t int32
	n        float64
}

// stats are what a likelihood needs of customers: those who never returned apart from
// the rest, equal ones counted once. The order of the rows leaves no trace.
type stats struct {
	times    []float64 // distinct ages and recencies, rising; the first is 0
	silent   []alike   // x = 0
	returned []alike
	byX      []float64 // customers by frequency
	n        float64
	ages     float64 // added up
	often    float64 // frequencies, added up
}

// group counts equal customers once: there are far fewer kinds than customers.
func group(h Histories, threads int) (*stats, error) {
	n := h.rows()
	if n == 0 {
		return nil, errors.New("no customers")
	}
	if len(h.Recency) != n || len(h.Age) != n {
		return nil, fmt.Errorf("%d frequencies, %d recencies, %d ages", n, len(h.Recency), len(h.Age))
	}
	parts := max(1, min(threads, n/4096))
	each := func(work func(part, from, to int)) {
		var g sync.WaitGroup
		for p := range parts {
			g.Go(func() { work(p, n*p/parts, n*(p+1)/parts) })
		}
		g.Wait()
	}
	found := make([]places, parts)
	bad := make([]int, parts)
	most := make([]float64, parts)
	each(func(p, from, to int) { bad[p], most[p] = found[p].collect(h, from, to) })
	for p := range parts {
		if i := bad[p]; i >= 0 {
			return nil, fmt.Errorf("row %d: frequency %v, recency %v, T %v: %s", i+1, h.Frequency[i], h.Recency[i], h.Age[i], reasons[wrong(h.Frequency[i], h.Recency[i], h.Age[i])].en)
		}
	}
	all := &found[0]
	for p := 1; p < parts; p++ {
		for _, v := range found[p].list {
			all.add(v)
		}
	}
	all.sort()
	s := &stats{times: all.list, byX: make([]float64, int(slices.Max(most))+1), n: float64(n)}
	width := bits.Len(uint(len(s.times)))
	if 2*width+bits.Len(uint(len(s.byX))) > 64 {
		return nil, fmt.Errorf("%d different times are too many: round them to days", len(s.times))
	}
	keys, silent := make([][]uint64, parts), make([][]int32, parts)
	each(func(p, from, to int) { keys[p], silent[p] = all.code(h, from, to, width) })
	s.count(slices.Concat(keys...), silent, width)
	return s, nil
}

// count turns coded customers into groups.
func (s *stats) count(keys []uint64, silent [][]int32, width int) {
	for t := range s.times {
		n := 0.0
		for _, part := range silent {
			n += float64(part[t])
		}
		if n > 0 {
			s.silent = append(s.silent, alike{t: int32(t), n: n})
			s.ages += n * s.times[t]
			s.byX[0] += n
		}
	}
	radix(keys)
	mask := uint64(1)<<width - 1
	for from := 0; from < len(keys); {
		to := from + 1
		for to < len(keys) && keys[to] == keys[from] {
			to++
		}
		k, n := keys[from], float64(to-from)
		g := alike{int32(k >> (2 * width)), int32(k & mask), int32(k >> width & mask), n}
		s.returned = append(s.returned, g)
		s.byX[g.x] += n
		s.ages += n * s.times[g.t]
		s.often += n * float64(g.x)
		from = to
	}
}

// places numbers distinct times: an open hash table over their bits, in which 0 stands
// for an empty slot and is itself number 0.
type places struct {
	list  []float64
	key   []uint64
	at    []int32
	shift int // leaves the upper bits of a hash, as many as number the slots
}

func (p *places) slot(b uint64) int {
	i := int((b ^ b>>32) * 0x9E3779B97F4A7C15 >> p.shift)
	for p.key[i] != 0 && p.key[i] != b {
		i = (i + 1) & (len(p.key) - 1)
	}
	return i
}

func (p *places) add(v float64) {
	if p.list == nil {
		p.list = []float64{0}
		p.rebuild(4096)
	}
	b := math.Float64bits(v)
	if b<<1 == 0 { // 0 and −0
		return
	}
	i := p.slot(b)
	if p.key[i] == b {
		return
	}
	p.key[i], p.at[i] = b, int32(len(p.list))
	if p.list = append(p.list, v); 2*len(p.list) > len(p.key) {
		p.rebuild(2 * len(p.key))
	}
}

func (p *places) rebuild(size int) {
	p.key, p.at, p.shift = make([]uint64, size), make([]int32, size), 64-bits.TrailingZeros(uint(size))
	for k, v := range p.list[1:] {
		i := p.slot(math.Float64bits(v))
		p.key[i], p.at[i] = math.Float64bits(v), int32(k+1)
	}
}

func (p *places) sort() {
	slices.Sort(p.list)
	p.rebuild(len(p.key))
}

func (p *places) of(v float64) uint64 {
	b := math.Float64bits(v)
	if b<<1 == 0 {
		return 0
	}
	return uint64(p.at[p.slot(b)])
}

// collect finds the distinct times of some rows, the first impossible row or −1, and
// the highest frequency.
func (p *places) collect(h Histories, from, to int) (bad int, most float64) {
	p.add(0)
	for i := from; i < to; i++ {
		x, tx, t := h.Frequency[i], h.Recency[i], h.Age[i]
		if wrong(x, tx, t) >= 0 {
			return i, most
		}
		p.add(t)
		if x > 0 {
			p.add(tx)
			most = max(most, x)
		}
	}
	return -1, most
}

// code writes those who returned as one number each, and counts the others by age.
func (p *places) code(h Histories, from, to, width int) (keys []uint64, silent []int32) {
	keys, silent = make([]uint64, 0, to-from), make([]int32, len(p.list))
	for i := from; i < to; i++ {
		t := p.of(h.Age[i])
		if h.Frequency[i] == 0 {
			silent[t]++
			continue
		}
		keys = append(keys, uint64(h.Frequency[i])<<(2*width)|t<<width|p.of(h.Recency[i]))
	}
	return keys, silent
}

// radix sorts by digits of 11 bits, the lowest first; digits that never differ are
// passed over.
func radix(keys []uint64) {
	var any, every uint64 = 0, ^uint64(0)
	for _, k := range keys {
		any, every = any|k, every&k
	}
	from, to := keys, make([]uint64, len(keys))
	for shift := 0; shift < 64; shift += 11 {
		if (any^every)>>shift&2047 == 0 {
			continue
		}
		var start [2048]int
		for _, k := range from {
			start[k>>shift&2047]++
		}
		sum := 0
		for d, n := range start {
			start[d], sum = sum, sum+n
		}
		for _, k := range from {
			d := k >> shift & 2047
			to[start[d]] = k
			start[d]++
		}
		from, to = to, from
	}
	copy(keys, from) // itself, after an even number of passes
}

// pieces is into how many parts sums are cut, whatever the number of threads: the same
// parts added in the same order give the same bits.
const pieces = 64

// sumOver adds up a likelihood over groups.
func sumOver(groups []alike, threads int, add func(s *sums, g *alike)) (all sums) {
	var part [pieces]sums
	work := func(k int) {
		for i := len(groups) * k / pieces; i < len(groups)*(k+1)/pieces; i++ {
			add(&part[k], &groups[i])
		}
	}
	spread(pieces, threads, work)
	for k := range part {
		all.plus(&part[k])
	}
	return all
}

// spread does n pieces of work on threads.
func spread(n, threads int, work func(k int)) {
	if threads < 2 || n < 2 {
		for k := range n {
			work(k)
		}
		return
	}
	var next atomic.Int64
	var g sync.WaitGroup
	for range min(threads, n) {
		g.Go(func() {
			for k := int(next.Add(1)) - 1; k < n; k = int(next.Add(1)) - 1 {
				work(k)
			}
		})
	}
	g.Wait()
}
