package gbdt

import (
	"cmp"
	"slices"
)

// LightGBM's defaults for categorical cuts.
const (
	oneHotBelow   = 4   // codes up to which one category is cut off at a time
	catSmooth     = 10  // damps the order of rare categories
	catL2         = 10  // extra L2 of a cut between groups
	catMost       = 32  // categories on the smaller side at most
	catGroupLeast = 100 // rows of a group at least
)

// ranked is a category and its place by gradient.
type ranked struct {
	ratio float64
	code  int
}

// categorical finds the best set of categories. Code 0, the unknown, stays right.
func (s *scan) categorical(h []int64, w *worker) split {
	best := split{gain: s.floor()}
	if len(h) <= oneHotBelow {
		s.oneAgainstRest(&best, h)
	} else {
		s.groups(&best, h, w)
	}
	if best.sum == 0 {
		return split{}
	}
	best.gain -= s.parent
	return best
}

func (s *scan) oneAgainstRest(best *split, h []int64) {
	for code, v := range h {
		right := hessianOf(s.total) - hessianOf(v)
		if code == 0 || v == 0 || hessianOf(v) < s.least || right < s.least {
			continue
		}
		if g := s.both(v, 0); g > best.gain {
			best.gain, best.sum = g, v
			best.goLeft(len(h), ranked{code: code})
		}
	}
}

// goLeft makes these categories, of so many codes, the left side.
func (s *split) goLeft(codes int, list ...ranked) {
	s.categories = newCodeSet(codes)
	for _, c := range list {
		s.categories.add(c.code)
	}
}

// groups orders the categories by their mean gradient and cuts the order, from
// either end.
//
// Fisher, W. D. (1958). On grouping for maximum homogeneity. JASA 53 (284).
func (s *scan) groups(best *split, h []int64, w *worker) {
	order := w.order[:0]
	smooth, rare := catSmooth/s.unit.hessian, catSmooth*s.perRow
	for code, v := range h {
		if hessian := hessianOf(v); code > 0 && hessian >= rare {
			order = append(order, ranked{gradientOf(v) / (hessian + smooth), code})
		}
	}
	w.order = order
	slices.SortFunc(order, func(x, y ranked) int {
		return cmp.Or(cmp.Compare(x.ratio, y.ratio), x.code-y.code)
	})
	if n := s.prefixes(best, h, order); n > 0 {
		best.goLeft(len(h), order[:n]...)
	}
	slices.Reverse(order)
	if n := s.prefixes(best, h, order); n > 0 {
		best.goLeft(len(h), order[:n]...)
	}
}

// prefixes tries the first few categories of the order as the left side and returns
// how many are the best so far; 0 when that was found before.
func (s *scan) prefixes(best *split, h []int64, order []ranked) (n int) {
	var left int64
	group := 0.0
	extra := catL2 / s.unit.hessian
	most := min(catMost, (len(order)+1)/2)
	groupLeast := catGroupLeast * s.perRow
	for i, c := range order[:most] {
		left += h[c.code]
		group += hessianOf(h[c.code])
		right := hessianOf(s.total) - hessianOf(left)
		if right < s.least || right < groupLeast {
			return n
		}
		if hessianOf(left) < s.least || group < groupLeast {
			continue
		}
		group = 0
		if g := s.both(left, extra); g > best.gain {
			best.gain, best.sum, best.extraL2, n = g, left, catL2, i+1
		}
	}
	return n
}

// both is the score of the two sides together.
func (s *scan) both(left int64, extraL2 float64) float64 {
	right := s.total - left
	if s.bounded {
		return s.boundedScore(left, extraL2*s.unit.hessian) + s.boundedScore(right, extraL2*s.unit.hessian)
	}
	return s.score(gradientOf(left), hessianOf(left), s.l2+extraL2) +
		s.score(gradientOf(right), hessianOf(right), s.l2+extraL2)
}
