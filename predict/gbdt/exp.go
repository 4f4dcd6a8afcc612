package gbdt

import "math"

// powers holds the powers of two from 1 up to 2, in steps.
var powers = func() (p [powerSteps]uint64) {
	for i := range p {
		p[i] = math.Float64bits(math.Exp2(float64(i) / powerSteps))
	}
	return p
}()

const (
	powerSteps = 128
	perStep    = math.Ln2 / powerSteps
	// rounder is so large that adding it leaves a whole number in the lowest bits.
	rounder = 0x1.8p52
	// far is where exp still is a number.
	far = 700
)

// exp is eˣ for x from -700 to 700, right to ten digits: gradients are kept as float32.
func exp(x float64) float64 {
	whole := x*(1/perStep) + rounder
	f := x - (whole-rounder)*perStep
	k := int64(math.Float64bits(whole)) << 12 >> 12
	power := powers[k&(powerSteps-1)] + uint64(k>>7)<<52
	return math.Float64frombits(power) * (1 + f*(1+f*(1.0/2+f*(1.0/6))))
}
