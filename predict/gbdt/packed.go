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
