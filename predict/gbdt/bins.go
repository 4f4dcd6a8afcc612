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
	code        map[int32]uint8
}

const (
	binSample    = 200_000 // rows from which bins are made (LightGBM's bin_construct_sample_cnt)
	minInBin     = 3       // rows of a bin at least (min_data_in_bin)
	tiny         = 1e-35   // LightGBM reads what is no larger as 0
	maxCategory  = 1 << 20 // a bitset holds a bit for every lower code
	keptCategory = 0.99    // share of the rows whose categories are kept
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

// encode writes the codes of the values.
func (b *bins) encode(out []uint8, values []float64) {
	if b.categorical {
		for i, v := range values {
			if v > -1 && v < maxCategory { // -0.5 reads as 0
				out[i] = b.code[int32(v)]
			}
		}
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

// ascending gives numbers whose order is that of the values, with -0 below 0: no
// cut lies between them.
func ascending(v float64) uint64 {
	b := math.Float64bits(v)
	return b ^ (uint64(int64(b)>>63) | 1<<63)
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

// useless tells a column on which no cut can be made.
func (b *bins) useless() bool { return b.codes() < 2 }

// newNumericBins makes bins of about equal mass from a sample of the rows.
func newNumericBins(column []float64, maxBin int, key uint64) *bins {
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
	values, counts, total := distinct(sample(column, key))
	if b.missing {
		maxBin--
	}
	b.upper = greedyCuts(values, counts, total, maxBin)
	return b
}

// sample picks values that are not missing from rows spread over the column.
func sample(column []float64, key uint64) []float64 {
	n := min(len(column), binSample)
	values := make([]float64, 0, n)
	for i := range n {
		row := i
		if n < len(column) {
			from, to := i*len(column)/n, (i+1)*len(column)/n
			row = from + int(chance(key, i)*float64(to-from))
		}
		if v := column[row]; v == v {
			if math.Abs(v) <= tiny {
				v = 0
			}
			values = append(values, v)
		}
	}
	return values
}

// distinct sorts the values and counts equal ones.
func distinct(values []float64) (unique []float64, counts []int, total int) {
	slices.Sort(values)
	unique, counts = make([]float64, 0, len(values)), make([]int, 0, len(values))
	for i, v := range values {
		if i == 0 || v != unique[len(unique)-1] {
			unique, counts = append(unique, v), append(counts, 0)
		}
		counts[len(counts)-1]++
	}
	return unique, counts, len(values)
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
	big := make([]bool, len(values))
	for i, c := range counts {
		if float64(c) >= mean {
			big[i] = true
			restBins--
			rest -= c
		}
	}
	mean = float64(rest) / float64(restBins)
	made, inBin := 0, 0
	for i := 0; i+1 < len(values) && made < maxBin-1; i++ {
		if !big[i] {
			rest -= counts[i]
		}
		inBin += counts[i]
		if big[i] || float64(inBin) >= mean || big[i+1] && float64(inBin) >= max(1, mean/2) {
			add(i)
			made++
			inBin = 0
			if !big[i] {
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

// newCategoricalBins gives a code to each of the most frequent categories.
func newCategoricalBins(column []float64, maxBin int) (*bins, error) {
	b := &bins{categorical: true, code: map[int32]uint8{}}
	counts := map[int32]int{}
	total := 0
	for i, v := range column {
		if v >= maxCategory {
			return nil, fmt.Errorf("row %d: category %v, want codes below %d", i+1, v, maxCategory)
		}
		if v > -1 {
			counts[int32(v)]++
			total++
		}
	}
	for c := range counts {
		b.kept = append(b.kept, c)
	}
	slices.SortFunc(b.kept, func(x, y int32) int {
		if d := counts[y] - counts[x]; d != 0 {
			return d
		}
		return int(x - y)
	})
	covered, keep := 0, 0
	for keep < len(b.kept) && keep < maxBin-1 {
		n := counts[b.kept[keep]]
		if keep > 1 && (n < minInBin || float64(covered) >= keptCategory*float64(total)) {
			break
		}
		covered += n
		keep++
	}
	b.kept = b.kept[:keep]
	for i, c := range b.kept {
		b.code[c] = uint8(i + 1)
	}
	return b, nil
}
