package score

import (
	"fmt"
	"math"
	"slices"

	"segmenta/predict/forest"
)

// bins are a feature's distinct thresholds. The code of a value is how many of them
// are below it: it goes right at thresholds 0 to code − 1.
//
// The code is found by a table over the leading bits of the value, which rise with the
// value when read as an integer, and then by comparing with the few thresholds that
// share its place in the table.
type bins struct {
	feature int
	cuts    []float64 // rising, then +Inf
	n       int       // of them
	shift   uint8
	keys    [4]int64 // the least and the greatest place of cuts below 0, and of the others
	start   []uint16 // by place: the code of the least value there
	steps   int      // comparisons after that
	zero    uint16   // the code of 0
	uses    []use    // by threshold, the greatest first
	miss    uint8    // which kinds of missing its nodes know
}

// A use is a mask that some node asks for: which threshold, and what happens to what
// is missing.
type use struct {
	cut  uint16
	kind uint8
	mask uint32
}

// Kinds of nodes, by what they do with what is missing.
const (
	plain     = iota // NaN is 0
	nanLeft          // NaN goes left
	nanRight         // NaN goes right
	zeroLeft         // NaN and 0 go left
	zeroRight        // NaN and 0 go right
	kinds
)

func kindOf(decision int) uint8 {
	left := decision&forest.DefaultLeft != 0
	switch missing := forest.Missing(decision); {
	case missing == forest.MissingNaN && left:
		return nanLeft
	case missing == forest.MissingNaN:
		return nanRight
	case missing == forest.MissingZero && left:
		return zeroLeft
	case missing == forest.MissingZero:
		return zeroRight
	}
	return plain
}

// A question is what a node asks: of which feature, above which threshold or in which
// set, and what of the missing.
type question struct {
	feature int
	cut     float64
	kind    uint8
	set     string // of categories
}

func ask(t *forest.Tree, node int) question {
	if t.Decision[node]&forest.Categorical != 0 {
		return question{feature: t.Feature[node], set: setKey(t.Set(int(t.Threshold[node])))}
	}
	return question{feature: t.Feature[node], cut: t.Threshold[node] + 0, kind: kindOf(t.Decision[node])}
}

// gather collects what all nodes ask, once each, and returns where its mask is.
func (s *Scorer) gather(f *forest.Forest) (map[question]uint32, error) {
	cuts := make([][]float64, len(f.Features))
	asked := make(map[question]uint32)
	var list []question
	for i := range f.Trees {
		t := &f.Trees[i]
		for n := range t.Feature {
			q := ask(t, n)
			if _, ok := asked[q]; ok {
				continue
			}
			asked[q] = 0
			list = append(list, q)
			if q.set == "" {
				cuts[q.feature] = append(cuts[q.feature], q.cut)
			}
		}
	}
	at := make(map[int]int)
	for feature, c := range cuts {
		if len(c) == 0 {
			continue
		}
		b, err := newBins(feature, c)
		if err != nil {
			return nil, fmt.Errorf("feature %s: %w", f.Features[feature], err)
		}
		at[feature] = len(s.bins)
		s.bins = append(s.bins, *b)
		s.wide = s.wide || b.n > maxNarrow-2
	}
	for _, q := range list {
		asked[q] = uint32(s.masks)
		if q.set == "" {
			b := &s.bins[at[q.feature]]
			cut, _ := slices.BinarySearch(b.cuts[:b.n], q.cut)
			b.uses = append(b.uses, use{uint16(cut), q.kind, uint32(s.masks)})
			b.miss |= 1 << q.kind
		} else {
			s.addSet(q.feature, q.set, uint32(s.masks))
		}
		s.masks++
	}
	for i := range s.bins {
		slices.SortFunc(s.bins[i].uses, func(a, b use) int { return int(b.cut) - int(a.cut) })
	}
	return asked, s.layOutSets()
}

// Sizes: places in a feature's table, and thresholds that a code can count.
const (
	places  = 2048
	maxCuts = math.MaxUint16 - 1
)

func newBins(feature int, cuts []float64) (*bins, error) {
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	if math.IsInf(cuts[len(cuts)-1], 1) { // nothing is above it: the end of the list stands for it
		cuts = cuts[:len(cuts)-1]
	}
	if len(cuts) > maxCuts {
		return nil, fmt.Errorf("%w: %d thresholds, at most %d", ErrWide, len(cuts), maxCuts)
	}
	b := &bins{feature: feature, n: len(cuts), cuts: append(slices.Clip(cuts), math.Inf(1))}
	best, fewest, count := 0, math.MaxInt, make([]uint16, places+1)
	for ends := range 81 {
		if steps := b.lay(ends, count); steps < fewest {
			best, fewest = ends, steps
		}
	}
	b.steps = b.lay(best, count)
	size := int(b.spread(best))
	b.start = make([]uint16, size, size+3) // assembly reads 8 bytes at each
	for i := range size - 1 {
		b.start[i+1] = b.start[i] + count[i]
	}
	b.zero = b.code(0)
	return b, nil
}

// lay sets the table's places and counts the cuts in each; it returns how many the
// fullest has. Some cuts at the ends may be left out of what the table spans, as ends
// says in base 3: one far from the rest, as are those that split only what is missing
// or what is 0, would leave too few places to the others.
func (b *bins) lay(ends int, count []uint16) (steps int) {
	for b.shift = 0; b.spread(ends) > places; b.shift++ {
	}
	clear(count)
	for _, c := range b.cuts[:b.n] {
		at := b.place(c)
		count[at]++
		steps = max(steps, int(count[at]))
	}
	return steps
}

// spread sets the least and greatest places at the present shift and says how many
// there are between. The gap between the cuts below 0 and the others takes none.
func (b *bins) spread(ends int) uint64 {
	first, _ := slices.BinarySearch(b.cuts[:b.n], 0)
	low, high := trim(b.cuts[:first], ends%3, ends/3%3), trim(b.cuts[first:b.n], ends/9%3, ends/27)
	b.keys = [4]int64{-1, -1, 0, 0}
	if len(low) > 0 {
		b.keys[0], b.keys[1] = key(low[0])>>b.shift, key(low[len(low)-1])>>b.shift
	}
	if len(high) > 0 {
		b.keys[2], b.keys[3] = key(high[0])>>b.shift, key(high[len(high)-1])>>b.shift
	}
	return uint64(b.keys[1]-b.keys[0]) + uint64(b.keys[3]-b.keys[2]) + 2
}

func trim(list []float64, first, last int) []float64 {
	if first+last >= len(list) {
		return list
	}
	return list[first : len(list)-last]
}

// key rises with x.
func key(x float64) int64 { return rising(math.Float64bits(x)) }

func rising(bits uint64) int64 { return int64(bits) ^ int64(uint64(int64(bits)>>63)>>1) }

func (b *bins) place(x float64) int {
	k := key(x) >> b.shift
	at := min(max(k, b.keys[0]), b.keys[1]) - b.keys[0] + min(max(k, b.keys[2]), b.keys[3]) - b.keys[2]
	if k >= 0 {
		at++
	}
	return int(at)
}

// code is how many thresholds are below x, which is not NaN.
func (b *bins) code(x float64) uint16 {
	c := int(b.start[b.place(x)])
	for range b.steps {
		if x > b.cuts[c] {
			c++
		}
	}
	return uint16(c)
}

// codes finds the codes of a chunk of rows, NaN as 0, and marks what is NaN and, where
// a node asks, what is next to 0. It is code, without a branch that depends on the data.
func codes[T uint8 | uint16](b *bins, out *[chunk]T, nan, zero *words, x []float64) {
	cuts, start, shift, keys := b.cuts, b.start, b.shift&63, b.keys
	*nan = words{}
	for r, v := range x {
		u, missing := math.Float64bits(v), uint64(0)
		if v != v {
			missing = 1
		}
		u &= missing - 1
		nan[r/block&3] |= missing << (r & 63)
		v = math.Float64frombits(u)
		k := rising(u) >> shift
		at := min(max(k, keys[0]), keys[1]) - keys[0] + min(max(k, keys[2]), keys[3]) - keys[2] + 1 + k>>63
		c := int(start[at])
		for range b.steps {
			above := 0
			if v > cuts[c] {
				above = 1
			}
			c += above
		}
		out[r&(chunk-1)] = T(c)
	}
	b.zeros(zero, x)
}

// zeros marks what is next to 0, where a node asks.
func (b *bins) zeros(zero *words, x []float64) {
	if b.miss&(1<<zeroLeft|1<<zeroRight) == 0 {
		return
	}
	*zero = words{}
	for r, v := range x {
		if !(v <= -forest.Zero || v > forest.Zero) {
			zero[r/block&3] |= 1 << (r & 63)
		}
	}
}
