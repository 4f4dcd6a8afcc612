package gbdt

import (
	"math"
	"slices"
)

// sorter is the room in which one thread sorts samples of columns.
type sorter struct {
	keys, spare []uint64
	values      []float64
	counts      []int
}

// sample picks values that are not missing from rows spread over the column.
func (s *sorter) sample(column []float64, key uint64) {
	n := min(len(column), binSample)
	s.keys = slices.Grow(s.keys[:0], n)
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
			s.keys = append(s.keys, ascending(v))
		}
	}
}

// distinct sorts the values of the sample and counts equal ones.
func (s *sorter) distinct() (values []float64, counts []int, total int) {
	s.sort()
	s.values, s.counts = slices.Grow(s.values[:0], len(s.keys)), slices.Grow(s.counts[:0], len(s.keys))
	for i, k := range s.keys {
		if i == 0 || k != s.keys[i-1] {
			s.values, s.counts = append(s.values, fromAscending(k)), append(s.counts, 0)
		}
		s.counts[len(s.counts)-1]++
	}
	return s.values, s.counts, len(s.keys)
}

// sort sorts the keys byte by byte, from the lowest; a byte that all keys share, such
// as the low ones of whole numbers, costs nothing.
func (s *sorter) sort() {
	if len(s.keys) < 512 {
		slices.Sort(s.keys)
		return
	}
	var counts [8][256]int
	for _, k := range s.keys {
		for b := range counts {
			counts[b][uint8(k>>(8*b))]++
		}
	}
	s.spare = slices.Grow(s.spare[:0], len(s.keys))[:len(s.keys)]
	for b := range counts {
		if counts[b][uint8(s.keys[0]>>(8*b))] == len(s.keys) {
			continue
		}
		next := 0
		for d, n := range counts[b] {
			counts[b][d] = next
			next += n
		}
		for _, k := range s.keys {
			at := &counts[b][uint8(k>>(8*b))]
			s.spare[*at] = k
			*at++
		}
		s.keys, s.spare = s.spare, s.keys
	}
}
