package gbdt

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
)

// bins says how the values of one column become codes. Of a numeric column, code
// i holds the values up to upper[i], and the code after the last is for missing
// ones. Of a categorical column, code 0 holds everything unknown, rare or
// missing, and code i the category kept[i-1].
type bins struct {
	upper       []float64 // ascending; the last is +Inf
	missing     bool      // some value is missing
	infinite    bool      // some value is +Inf, so that no finite cut is above all
	categorical bool
	kept        []int32 // categories by falling count
	low, high   float64
	code        []uint16 // of each category up to the largest kept
}

const (
	binSample    = 200_000 // rows from which bins are made (LightGBM's bin_construct_sample_cnt)
	minInBin     = 3       // rows of a bin at least (min_data_in_bin)
	tiny         = 1e-35   // LightGBM reads what is no larger as 0
	maxCategory  = 1 << 20 // a bitset holds a bit for every lower code
	keptCategory = 0.99    // share of the rows whose categories are kept, however many they are
	mostCodes    = 1 << 16 // of a column
)

// codes is the number of codes in use.
func (b *bins) codes() int {
	if b.categorical {
		return len(b.kept) + 1
	}
	if b.missing {
		return len(b.upper) + 1
	}
	return len(b.upper)
}

// wide tells whether the codes need two bytes.
func (b *bins) wide() bool { return b.codes() > codesOfByte }

// encode writes the codes of the values.
func (b *bins) encode(out []uint8, values []float64) {
	if b.categorical {
		encodeCategories(out, values, b.code)
		return
	}
	var keys [256]uint64
	for i := range keys {
		keys[i] = math.MaxUint64
		if i < len(b.upper) {
			keys[i] = ascending(b.upper[i])
		}
	}
	for i, v := range values {
		code := uint64(len(b.upper))
		if v == v {
			code = place(&keys, ascending(v))
		}
		out[i] = uint8(code)
	}
}

// encodeCategories writes the codes of categories; that of all others is 0.
func encodeCategories[T uint8 | uint16](out []T, values []float64, code []uint16) {
	for i, v := range values {
		if v > -1 && v < float64(len(code)) { // -0.5 reads as 0
			out[i] = T(code[int(v)])
		}
	}
}

// ascending gives numbers whose order is that of the values, with -0 below 0: no
// cut lies between them.
func ascending(v float64) uint64 {
	b := math.Float64bits(v)
	return b ^ (uint64(int64(b)>>63) | 1<<63)
}

// fromAscending turns ascending round.
func fromAscending(k uint64) float64 {
	return math.Float64frombits(k ^ (^uint64(int64(k)>>63) | 1<<63))
}

// place counts the keys below k, of 256 ascending ones of which the last is
// above all. Borrows instead of branches: these would be guessed wrong half the time.
func place(keys *[256]uint64, k uint64) uint64 {
	at := uint64(0)
	for half := uint64(128); half > 0; half /= 2 {
		_, below := bits.Sub64(keys[(at+half-1)&255], k, 0)
		at += half & -below
	}
	return at
}

// useless tells a column on which no cut can be made: all values are the same, or missing.
func (b *bins) useless() bool {
	return b.codes() < 2 || !b.categorical && b.low > b.high
}

// newNumericBins makes bins of about equal mass from a sample of the rows.
func (s *sorter) newNumericBins(column []float64, maxBin int, key uint64) *bins {
	b := &bins{low: math.Inf(1), high: math.Inf(-1)}
	for _, v := range column {
		if v != v {
			b.missing = true
			continue
		}
		if v < b.low {
			b.low = v
		}
		if v > b.high {
			b.high = v
		}
	}
	b.infinite = math.IsInf(b.high, 1)
	s.sample(column, key)
	values, counts, total := s.distinct()
	if b.missing {
		maxBin--
	}
	b.upper = greedyCuts(values, counts, total, maxBin)
	return b
}

// greedyCuts is LightGBM's GreedyFindBin: a value that alone fills a bin gets
// one, the others share what is left in parts of about equal mass. Zero has no
// bin of its own.
func greedyCuts(values []float64, counts []int, total, maxBin int) []float64 {
	var cuts []float64
	add := func(i int) {
		if c, ok := between(values[i], values[i+1]); ok {
			cuts = append(cuts, c)
		}
	}
	if len(values) <= maxBin {
		inBin := 0
		for i := 0; i+1 < len(values); i++ {
			if inBin += counts[i]; inBin >= minInBin {
				add(i)
				inBin = 0
			}
		}
		return append(cuts, math.Inf(1))
	}
	maxBin = max(1, min(maxBin, total/minInBin))
	mean := float64(total) / float64(maxBin)
	restBins, rest := maxBin, total
	least := mean
	big := func(i int) bool { return float64(counts[i]) >= least }
	for i, c := range counts {
		if big(i) {
			restBins--
			rest -= c
		}
	}
	mean = float64(rest) / float64(restBins)
	made, inBin := 0, 0
	for i := 0; i+1 < len(values) && made < maxBin-1; i++ {
		if !big(i) {
			rest -= counts[i]
		}
		inBin += counts[i]
		if big(i) || float64(inBin) >= mean || big(i+1) && float64(inBin) >= max(1, mean/2) {
			add(i)
			made++
			inBin = 0
			if !big(i) {
				restBins--
				mean = float64(rest) / float64(restBins)
			}
		}
	}
	return append(cuts, math.Inf(1))
}

// between is a cut c with a <= c < b that every reader of the text takes alike:
// finite, and not so small that LightGBM would read it as zero.
func between(a, b float64) (float64, bool) {
	c := a/2 + b/2
	switch {
	case math.IsInf(a, -1):
		c = -math.MaxFloat64
	case math.IsInf(b, 1):
		c = math.MaxFloat64
	}
	if math.Abs(c) <= tiny {
		c = math.Nextafter(tiny, 1)
		if a < 0 {
			c = a
		}
	}
	if c < a || c >= b {
		c = a
	}
	return c, c < b && math.Abs(c) > tiny
}

// newCategoricalBins gives a code to each of the most frequent categories: as many as
// maxBin says, and more if those don't cover nearly all rows.
func newCategoricalBins(column []float64, maxBin int) (*bins, error) {
	b := &bins{categorical: true}
	counts, total, err := countCategories(column)
	if err != nil {
		return nil, err
	}
	for c, n := range counts {
		if n > 0 {
			b.kept = append(b.kept, int32(c))
		}
	}
	slices.SortStableFunc(b.kept, func(x, y int32) int { return counts[y] - counts[x] })
	covered, keep := 0, 0
	for keep < min(len(b.kept), mostCodes-1) {
		n := counts[b.kept[keep]]
		if keep > 1 && n < minInBin || keep >= maxBin-1 && float64(covered) >= keptCategory*float64(total) {
			break
		}
		covered += n
		keep++
	}
	b.kept = b.kept[:keep]
	for i, c := range b.kept {
		for int(c) >= len(b.code) {
			b.code = append(b.code, make([]uint16, int(c)+1-len(b.code))...)
		}
		b.code[c] = uint16(i + 1)
	}
	return b, nil
}

// countCategories counts the rows of each category.
func countCategories(column []float64) (counts []int, total int, err error) {
	for i, v := range column {
		if v >= maxCategory {
			return nil, 0, fmt.Errorf("row %d: category %v, want codes below %d", i+1, v, maxCategory)
		}
		if v > -1 {
			c := int(v)
			if c >= len(counts) {
				counts = append(counts, make([]int, c+1-len(counts))...)
			}
			counts[c]++
			total++
		}
	}
	return counts, total, nil
}
