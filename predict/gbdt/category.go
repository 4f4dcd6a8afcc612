package gbdt

import "slices"

// LightGBM's defaults for categorical cuts.
const (
	oneHotBelow   = 4   // codes up to which one category is cut off at a time
	catSmooth     = 10  // damps the order of rare categories
	catL2         = 10  // extra L2 of a cut between groups
	catMost       = 32  // categories on the smaller side at most
	catGroupLeast = 100 // rows of a group at least
)

// categorical finds the best set of categories. Code 0, the unknown, stays right.
func (s *scan) categorical(b *bins, h *[codesPerColumn]int64) split {
	best := split{gain: s.floor()}
	if b.codes() <= oneHotBelow {
		s.oneAgainstRest(&best, h[:b.codes()])
	} else {
		s.groups(&best, h[:b.codes()])
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
			best.gain, best.sum, best.left = g, v, codeSet{}
			best.left.add(code)
		}
	}
}

// groups orders the categories by their mean gradient and cuts the order, from
// either end.
//
// Fisher, W. D. (1958). On grouping for maximum homogeneity. JASA 53 (284).
func (s *scan) groups(best *split, h []int64) {
	var order []int
	smooth := catSmooth / s.unit.hessian
	for code, v := range h {
		if code > 0 && hessianOf(v) >= catSmooth*s.perRow {
			order = append(order, code)
		}
	}
	ratio := func(code int) float64 { return gradientOf(h[code]) / (hessianOf(h[code]) + smooth) }
	slices.SortStableFunc(order, func(x, y int) int {
		switch rx, ry := ratio(x), ratio(y); {
		case rx < ry:
			return -1
		case rx > ry:
			return 1
		}
		return 0
	})
	s.prefixes(best, h, order)
	slices.Reverse(order)
	s.prefixes(best, h, order)
}

// prefixes tries the first few categories of the order as the left side.
func (s *scan) prefixes(best *split, h []int64, order []int) {
	var left int64
	group := 0.0
	extra := catL2 / s.unit.hessian
	most := min(catMost, (len(order)+1)/2)
	groupLeast := catGroupLeast * s.perRow
	for i, code := range order[:min(most, len(order))] {
		left += h[code]
		group += hessianOf(h[code])
		right := hessianOf(s.total) - hessianOf(left)
		if right < s.least || right < groupLeast {
			return
		}
		if hessianOf(left) < s.least || group < groupLeast {
			continue
		}
		group = 0
		if g := s.both(left, extra); g > best.gain {
			best.gain, best.sum, best.extraL2, best.left = g, left, catL2, codeSet{}
			for _, c := range order[:i+1] {
				best.left.add(c)
			}
		}
	}
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
