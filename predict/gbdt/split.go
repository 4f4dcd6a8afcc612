package gbdt

import "math"

// codeSet says which codes of a column go left.
type codeSet []uint64

func newCodeSet(codes int) codeSet { return make(codeSet, (codes+63)/64) }

func (s codeSet) add(code int)      { s[code>>6] |= 1 << (code & 63) }
func (s codeSet) has(code int) bool { return s[code>>6]>>(code&63)&1 == 1 }

// split is a cut of a leaf in two. A gain of 0 means none.
type split struct {
	gain                  float64
	column                int
	categories            codeSet // those that go left; nil: the column is numeric
	cut                   int     // numeric: codes up to this one go left
	missing               int     // numeric: the code of missing values, -1 for none
	missingLeft           bool    // numeric: so do missing values
	sum                   int64   // packed sum of the left side
	extraL2               float64
	leftValue, rightValue float64
}

func (s *split) goesLeft(code int) bool {
	switch {
	case s.categories != nil:
		return s.categories.has(code)
	case code == s.missing:
		return s.missingLeft
	}
	return code <= s.cut
}

// scan is what the search for a cut of one leaf needs to know. Everything is in
// whole units of hessians; gains are in units of gradient² by hessian.
type scan struct {
	total   int64 // packed sum of the leaf
	l1, l2  float64
	least   float64 // hessian of a side at least
	perRow  float64 // hessian of one row on average
	parent  float64 // score of the uncut leaf
	minGain float64
	unit    units
	low, up float64 // bounds of the values
	bounded bool    // some column is monotone
	p       *Params
}

func newScan(l *leaf, unit units, p *Params) *scan {
	s := &scan{total: l.sum, unit: unit, p: p, low: l.low, up: l.up, bounded: p.Monotone != nil,
		l1: p.L1 / unit.gradient, l2: p.L2 / unit.hessian,
		minGain: p.MinGain * unit.hessian / (unit.gradient * unit.gradient)}
	s.perRow = hessianOf(l.sum) / float64(l.rows())
	s.least = math.Max((float64(p.MinLeaf)-0.5)*s.perRow, p.MinHessian/unit.hessian)
	s.parent = s.score(gradientOf(l.sum), hessianOf(l.sum), s.l2)
	if s.bounded {
		s.parent = s.boundedScore(l.sum, 0)
	}
	return s
}

// score is twice what a leaf takes off the loss.
func (s *scan) score(g, h, l2 float64) float64 {
	g = shrink(g, s.l1)
	return g * g / (h + l2)
}

// shrink moves g towards 0 by l1.
func shrink(g, l1 float64) float64 {
	if l1 == 0 {
		return g
	}
	return math.Copysign(math.Max(math.Abs(g)-l1, 0), g)
}

// noise is the gain, as a share of the leaf's score, that rounding can make.
const noise = 1e-8

// floor is the score that both sides together must exceed.
func (s *scan) floor() float64 { return s.parent*(1+noise) + s.minGain }

// best is the best cut of a column, or one of no gain.
func (s *scan) best(c *column, h []int64, w *worker) split {
	if c.bins.categorical {
		return s.categorical(h, w)
	}
	return s.numeric(c.bins, h, s.p.way(c.feature))
}

// numeric tries missing values on either side. Where a leaf has none, they will
// go with the heavier side.
func (s *scan) numeric(b *bins, h []int64, way int8) split {
	values := len(b.upper)
	best := split{gain: s.floor(), missing: -1}
	if b.missing {
		best.missing = values
	}
	if !b.missing || h[values] == 0 {
		s.try(&best, h[:values-1], 0, way)
		if best.sum != 0 {
			best.missingLeft = hessianOf(best.sum)*2 >= hessianOf(s.total)
		}
	} else {
		last := values // one past: all values left, missing ones right
		if b.infinite {
			last--
		}
		s.try(&best, h[:last], 0, way)
		right := best.gain
		s.try(&best, h[:values-1], h[values], way)
		best.missingLeft = best.gain > right
	}
	if best.sum == 0 {
		return split{}
	}
	best.cut = b.middle(h, best.cut)
	best.gain -= s.parent
	return best
}

// middle moves a cut to the middle of the codes that no row of the leaf has: rows to
// come may have them. Where no higher code has rows, all values stay together.
func (b *bins) middle(h []int64, cut int) int {
	values := len(b.upper)
	next := cut + 1
	for next < values && h[next] == 0 {
		next++
	}
	switch {
	case next < values:
		return (cut + next - 1) / 2
	case b.infinite:
		return cut
	}
	return values - 1
}

// try is cuts or boundedCuts. Through a function value best would be garbage for each
// column of each leaf.
func (s *scan) try(best *split, h []int64, left int64, way int8) {
	if s.bounded {
		s.boundedCuts(best, h, left, way)
	} else {
		s.cuts(best, h, left)
	}
}

// cuts tries a cut after each code of h, with so much on the left already. Scores are
// compared as fractions: a division each would take most of the time.
func (s *scan) cuts(best *split, h []int64, left int64) {
	totalG, totalH := gradientOf(s.total), hessianOf(s.total)
	gain, l2, least := best.gain, s.l2, s.least
	at, sum := -1, int64(0)
	for code, v := range h {
		if v == 0 {
			continue
		}
		left += v
		hl := hessianOf(left)
		if hl < least {
			continue
		}
		hr := totalH - hl
		if hr < least {
			break
		}
		gl := gradientOf(left)
		gr := totalG - gl
		if s.l1 > 0 {
			gl, gr = shrink(gl, s.l1), shrink(gr, s.l1)
		}
		hl, hr = hl+l2, hr+l2
		if score, by := gl*gl*hr+gr*gr*hl, hl*hr; score > gain*by {
			gain, at, sum = score/by, code, left
		}
	}
	if at >= 0 {
		best.gain, best.cut, best.sum = gain, at, sum
	}
}

// value is what a side of that sum should answer, before the learning rate.
func (s *scan) value(sum int64, extraL2 float64) float64 {
	g, h := gradientOf(sum)*s.unit.gradient, hessianOf(sum)*s.unit.hessian
	return min(max(-shrink(g, s.p.L1)/(h+s.p.L2+extraL2), s.low), s.up)
}
