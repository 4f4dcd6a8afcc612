package gbdt

import "math"

// Bits of decision, as LightGBM's text has them.
const (
	isCategorical = 1
	defaultLeft   = 2
	missingIsNaN  = 8
)

// tree is one tree. Node i has the children left[i] and right[i]; a child below
// zero is the leaf ^child.
type tree struct {
	feature     []int
	gain        []float64
	threshold   []float64 // numeric: the largest value that goes left; categorical: which bitset
	decision    []uint8
	left, right []int32
	leafValue   []float64
	leafWeight  []float64 // sum of hessians
	leafCount   []int
	nodeValue   []float64
	nodeWeight  []float64
	nodeCount   []int
	bitsets     [][]uint32
	column      []int     // of the matrix, to walk codes
	goesLeft    []codeSet // codes that go left
	rate        float64   // the learning rate that the values have been through
}

// value walks down by raw values.
func (t *tree) value(row []float64) float64 {
	if len(t.left) == 0 {
		return t.leafValue[0]
	}
	at := int32(0)
	for at >= 0 {
		if t.sendsLeft(int(at), row[t.feature[at]]) {
			at = t.left[at]
		} else {
			at = t.right[at]
		}
	}
	return t.leafValue[^at]
}

// sendsLeft decides as LightGBM does. LightGBM reads what is next to 0 as 0;
// between sees to it that no threshold can tell.
func (t *tree) sendsLeft(node int, v float64) bool {
	if t.decision[node]&isCategorical != 0 {
		if !(v > -1 && v < maxCategory) {
			return false
		}
		bits, c := t.bitsets[int(t.threshold[node])], int(v)
		return c/32 < len(bits) && bits[c/32]>>(c%32)&1 == 1
	}
	if v != v {
		return t.decision[node]&defaultLeft != 0
	}
	return v <= t.threshold[node]
}

// leafOf walks down by the codes of one row.
func (t *tree) leafOf(c []codes, row int) int32 {
	if len(t.left) == 0 {
		return 0
	}
	at := int32(0)
	for at >= 0 {
		if t.goesLeft[at].has(c[t.column[at]].at(row)) {
			at = t.left[at]
		} else {
			at = t.right[at]
		}
	}
	return ^at
}

// scale multiplies all values by the learning rate.
func (t *tree) scale(rate float64) {
	t.rate = rate
	for _, values := range [][]float64{t.leafValue, t.nodeValue} {
		for i := range values {
			values[i] *= rate
		}
	}
}

// shift adds the constant that the first tree carries for the whole forest.
func (t *tree) shift(by float64) {
	for _, values := range [][]float64{t.leafValue, t.nodeValue} {
		for i := range values {
			values[i] += by
		}
	}
}

// constant is a tree of one leaf.
func constant(value float64, rows int) *tree {
	return &tree{leafValue: []float64{value}, leafWeight: []float64{0}, leafCount: []int{rows}, rate: 1}
}

// addNode turns the split of a leaf into a node and returns its number.
func (t *tree) addNode(m *matrix, l *leaf, unit units, value float64) int32 {
	s, c := &l.split, &m.columns[l.split.column]
	feature, b := c.feature, c.bins
	t.feature = append(t.feature, feature)
	t.column = append(t.column, s.column)
	t.goesLeft = append(t.goesLeft, s.leftSet(b.codes()))
	t.gain = append(t.gain, s.gain*unit.gradient*unit.gradient/unit.hessian)
	t.nodeValue = append(t.nodeValue, value)
	t.nodeWeight = append(t.nodeWeight, hessianOf(l.sum)*unit.hessian)
	t.nodeCount = append(t.nodeCount, l.rows())
	t.left, t.right = append(t.left, 0), append(t.right, 0)
	if b.categorical {
		t.threshold = append(t.threshold, float64(len(t.bitsets)))
		t.decision = append(t.decision, isCategorical|missingIsNaN)
		t.bitsets = append(t.bitsets, bitset(b, s.categories))
		return int32(len(t.left) - 1)
	}
	cut := b.upper[s.cut]
	if math.IsInf(cut, 1) {
		cut = math.MaxFloat64
	}
	decision := uint8(missingIsNaN)
	if s.missingLeft {
		decision |= defaultLeft
	}
	t.threshold, t.decision = append(t.threshold, cut), append(t.decision, decision)
	return int32(len(t.left) - 1)
}

// bitset holds the categories of the codes in words of 32.
func bitset(b *bins, codes codeSet) []uint32 {
	var words []uint32
	for i, category := range b.kept {
		if !codes.has(i + 1) {
			continue
		}
		for int(category/32) >= len(words) {
			words = append(words, 0)
		}
		words[category/32] |= 1 << (category % 32)
	}
	return words
}

// leftSet holds the codes, of so many, that go left.
func (s *split) leftSet(codes int) codeSet {
	if s.categories != nil {
		return s.categories
	}
	set := newCodeSet(codes)
	for code := range codes {
		if s.goesLeft(code) {
			set.add(code)
		}
	}
	return set
}
