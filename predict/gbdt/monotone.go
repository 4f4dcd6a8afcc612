package gbdt

// way is how the score may move with a feature: 1 up, -1 down, 0 either.
func (p *Params) way(feature int) int8 {
	if p.Monotone == nil {
		return 0
	}
	return p.Monotone[feature]
}

// boundedScore is score for a side whose value has to stay within the bounds.
func (s *scan) boundedScore(sum int64, extraL2 float64) float64 {
	value := s.value(sum, extraL2) * s.unit.hessian / s.unit.gradient // in whole units
	g, h := gradientOf(sum), hessianOf(sum)
	l1 := s.l1
	if value < 0 {
		l1 = -l1
	}
	return -(2*(g+l1)*value + (h+s.l2+extraL2/s.unit.hessian)*value*value)
}

// boundedCuts is cuts for a table with monotone columns: values keep within the
// bounds, and a cut that would turn the column's way round is none.
func (s *scan) boundedCuts(best *split, h []int64, left int64, way int8) {
	for code, v := range h {
		if v == 0 {
			continue
		}
		left += v
		right := s.total - left
		if hessianOf(left) < s.least {
			continue
		}
		if hessianOf(right) < s.least {
			return
		}
		if float64(way)*(s.value(right, 0)-s.value(left, 0)) < 0 {
			continue
		}
		if g := s.boundedScore(left, 0) + s.boundedScore(right, 0); g > best.gain {
			best.gain, best.cut, best.sum = g, code, left
		}
	}
}
