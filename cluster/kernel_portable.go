package cluster

import "math"

var portable = kernel{name: "portable", nearest: nearestGo(scoresGo), gaps: gapsGo, margins: marginsGo, scores: scoresGo, wear: wearGo, move: moveGo, survey: surveyGo, squares: squaresGo}

// fnmadd is c − a·b, rounded once to float32, as processors do it. The product is exact
// in float64. Where the sum isn't, it is rounded to odd, so that rounding it again gives
// what rounding once would have given.
//
// Boldo, S. and Melquiond, G. (2008). Emulation of FMA and correctly rounded sums. IEEE
// Trans. Comput. 57 (4).
func fnmadd(a, b, c float32) float32 {
	p := -float64(a) * float64(b)
	s := p + float64(c)
	bits := math.Float64bits(s)
	if bits&(1<<29-1) != 1<<28 && math.Abs(s) > 0x1p-125 {
		return float32(s) // not half way between two float32
	}
	v := s - p
	e := (p - (s - v)) + (float64(c) - v)
	if e != 0 && bits&1 == 0 {
		if (e > 0) == (s > 0) {
			bits++
		} else {
			bits--
		}
	}
	return float32(math.Float64frombits(bits))
}

func scoresGo(tile []float32, p *packed, group int, out *[groupOf * wide]float32) {
	centers := p.centers[group*p.dims*groupOf:]
	for c := range groupOf {
		acc := (*[wide]float32)(out[c*wide:])
		half := p.half[group*groupOf+c]
		for r := range acc {
			acc[r] = half
		}
		if math.IsInf(float64(half), 1) {
			continue
		}
		for d := range p.dims {
			x, v := (*[wide]float32)(tile[d*wide:]), centers[d*groupOf+c]
			for r := range acc {
				acc[r] = fnmadd(x[r], v, acc[r])
			}
		}
	}
}

// nearestGo is kernel.nearest on top of some kernel's scores.
func nearestGo(scores func([]float32, *packed, int, *[groupOf * wide]float32)) func([]float32, *packed, []int32, *found) {
	return func(tile []float32, p *packed, groups []int32, f *found) {
		var s [groupOf * wide]float32
		inf := float32(math.Inf(1))
		for r := range f.best {
			f.best[r], f.at[r] = inf, 0
		}
		for i, g := range groups {
			scores(tile, p, int(g), &s)
			for r := range wide {
				first, second, at := s[r], inf, int32(0)
				for c := 1; c < groupOf; c++ {
					v := s[c*wide+r]
					if v < first {
						first, second, at = v, first, int32(c)
					} else if v < second {
						second = v
					}
				}
				f.first[i*wide+r], f.second[i*wide+r] = first, second
				if first < f.best[r] {
					f.best[r], f.at[r] = first, g*groupOf+at
				}
			}
		}
	}
}

// gapsGo rounds as the assembly does: each conversion keeps the compiler from fusing.
func gapsGo(norms []float32, groups []int32, f *found, slack, shift float32, gap []float32) {
	var e, base [wide]float32
	for r := range wide {
		e[r] = float32(norms[r]*slack) + shift
		u := root(max(norms[r]+(f.best[r]+f.best[r]), 0) + e[r])
		base[r] = u + e[r]/u
	}
	for i, g := range groups {
		least := float32(math.Inf(1))
		for r := range wide {
			s := f.first[i*wide+r]
			if f.at[r]/groupOf == g {
				s = f.second[i*wide+r]
			}
			least = min(least, root(max(norms[r]+(s+s)-e[r], 0))-base[r])
		}
		gap[g] = least
	}
}

// marginsGo needn't reckon with how far off the scores of very far centers may be. Let
// x² and c² be the squared norms of row and center, and s the lowest score but the own
// center's. A center beyond max(16·x², 5·s) has a score above c²/4, which is more than s
// by far: it is neither the own center nor any that is nearer than the second.
func marginsGo(norms []float32, groups []int32, f *found, slack, most float32, near, margin *[wide]float32) {
	for r := range wide {
		least := float32(math.Inf(1))
		for i, g := range groups {
			s := f.first[i*wide+r]
			if f.at[r]/groupOf == g {
				s = f.second[i*wide+r]
			}
			least = min(least, s)
		}
		reach := min(max(float32(16*norms[r]), float32(5*least)), most)
		e := float32((reach+norms[r])*slack) + tiny
		u := root(max(norms[r]+(f.best[r]+f.best[r]), 0) + e)
		near[r] = u + e/u
		margin[r] = root(max(norms[r]+(least+least)-e, 0)) - near[r]
	}
}

// tiny keeps divisors above 0.
const tiny = 1e-30

func wearGo(near, margin []float32, label []int32, by *wear, from int32, list []int32) (n int) {
	near, label, list = near[:len(margin)], label[:len(margin)], list[:len(margin)]
	for i, v := range margin {
		c := label[i]
		u := float32((near[i] + by.own[c]) * (1 + 0x1p-22))
		v = float32(min(v-by.gap[c], by.apart[c]-(u+u)) * (1 - 0x1p-21))
		near[i], margin[i] = u, v
		list[n] = from + int32(i)
		if v <= 0 {
			n++
		}
	}
	return n
}

func moveGo(row, shift []float32, weight float64, scale []float64, in, out []int64) {
	shift, scale, in = shift[:len(row)], scale[:len(row)], in[:len(row)]
	for d, x := range row {
		v := int64(float64(x-shift[d]) * weight * scale[d])
		in[d] += v
		if len(out) > 0 {
			out[d] -= v
		}
	}
}

// surveyGo converts what it multiplies, lest it be fused.
func surveyGo(rows []float32, dims int, sum, square []float64, least, most []float32) {
	for ; len(rows) >= dims; rows = rows[dims:] {
		for d, v := range rows[:dims] {
			x := float64(v)
			sum[d] += x
			square[d] += float64(x * x)
			if v < least[d] {
				least[d] = v
			}
			if v > most[d] {
				most[d] = v
			}
		}
	}
}

// squaresGo adds up by eights, as the assembly does.
func squaresGo(rows []float32, dims int, label []int32, centers, square []float64) {
	for i, c := range label {
		var s [8]float64
		center := centers[int(c)*dims:][:dims]
		for d, v := range rows[i*dims:][:dims] {
			by := float64(v) - center[d]
			s[d&7] += float64(by * by)
		}
		square[i] = ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))
	}
}

func root(v float32) float32 { return float32(math.Sqrt(float64(v))) }
