package gbdt

import "math"

// A packed number holds a gradient in its upper and a hessian in its lower 32
// bits, both in whole units. Sums and differences of packed numbers are exact as
// long as the gradients' stay below 2³¹ in size and the hessians' below 2³²,
// which quantise sees to.
func pack(gradient, hessian int64) int64 { return gradient<<32 + hessian }

func gradientOf(packed int64) float64 { return float64(packed >> 32) }

func hessianOf(packed int64) float64 { return float64(uint32(packed)) }

// packFloats keeps a pair of floats until the units are known.
func packFloats(gradient, hessian float64) int64 {
	return int64(uint64(math.Float32bits(float32(gradient)))<<32 | uint64(math.Float32bits(float32(hessian))))
}

func unpackFloats(p int64) (gradient, hessian float64) {
	return float64(math.Float32frombits(uint32(uint64(p) >> 32))), float64(math.Float32frombits(uint32(p)))
}

// units says how much one whole unit of gradient and hessian is worth.
type units struct{ gradient, hessian float64 }

// quantise turns pairs of floats into packed numbers, in place. Rounding is up
// or down by chance, so that sums are right on average; the units are as fine as
// 31 bits allow for the sum over all rows.
func quantise(threads int, grad []int64, key uint64) units {
	sumG, sumH := sumBlocks(threads, len(grad), func(from, to int) (a, b float64) {
		for _, p := range grad[from:to] {
			g, h := unpackFloats(p)
			a, b = a+math.Abs(g), b+h
		}
		return a, b
	})
	budget := float64(math.MaxInt32 - len(grad) - 1)
	scaleG, scaleH := budget/math.Max(sumG, 1e-30), budget/math.Max(sumH, 1e-30)
	blocks(threads, len(grad), func(_, from, to int) {
		for i := from; i < to; i++ {
			g, h := unpackFloats(grad[i])
			dice := mix(key + uint64(i))
			qg := math.Floor(g*scaleG + float64(dice>>32)*0x1p-32)
			qh := int64(h*scaleH + float64(uint32(dice))*0x1p-32)
			grad[i] = pack(int64(qg), qh)
		}
	})
	return units{gradient: 1 / scaleG, hessian: 1 / scaleH}
}

// histogram holds, for every column, the packed sum of each code.
type histogram [][codesPerColumn]int64

const codesPerColumn = 256

// addAll adds the rows of one strip, a packed gradient and a word each; the words
// are so many apart.
func addAll(h *[strip][codesPerColumn]int64, words []uint64, apart int, grad []int64) {
	at := 0
	for _, g := range grad {
		w := words[at]
		at += apart
		h[0][uint8(w)] += g
		h[1][uint8(w>>8)] += g
		h[2][uint8(w>>16)] += g
		h[3][uint8(w>>24)] += g
		h[4][uint8(w>>32)] += g
		h[5][uint8(w>>40)] += g
		h[6][uint8(w>>48)] += g
		h[7][uint8(w>>56)] += g
	}
}

// gatherWords copies the words of the listed rows, strip by strip. It is apart
// from addAll so that many of its loads, which miss the cache, are under way at once.
func gatherWords(out [][]uint64, words []uint64, rows []int32) {
	width := len(out)
	for s := 0; s < width; s += 4 {
		if s+4 <= width {
			a, b, c, d := out[s][:len(rows)], out[s+1][:len(rows)], out[s+2][:len(rows)], out[s+3][:len(rows)]
			for i, row := range rows {
				w := words[int(row)*width+s:]
				a[i], b[i], c[i], d[i] = w[0], w[1], w[2], w[3]
			}
			continue
		}
		for k := s; k < width; k++ {
			near, from := out[k][:len(rows)], words[k:]
			for i, row := range rows {
				near[i] = from[int(row)*width]
			}
		}
	}
}
