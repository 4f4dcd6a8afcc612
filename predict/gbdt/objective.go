package gbdt

import (
	"fmt"
	"math"
)

// An Objective says what is learnt: the loss, its gradient and hessian by the
// raw score, and the constant to start from.
type Objective struct {
	header    func(p Params) string
	check     func(label float64) error
	mean      func(mean float64) error                            // nil: any mean label will do
	start     func(mean float64) float64                          // raw score that fits the mean label
	gradients func(out []int64, score, label []float64, p Params) // packs (gradient, hessian) of each row
	loss      func(score, label float64, p Params) float64        // of one row; smaller is better
}

// Objectives lists what can be learnt, by LightGBM's name for it.
var Objectives = map[string]Objective{
	"binary": {
		header: func(Params) string { return "binary sigmoid:1" },
		check:  zeroOrOne, mean: bothClasses, start: logit,
		gradients: binaryGradients, loss: binaryLoss,
	},
	"regression": {
		header: func(Params) string { return "regression" },
		check:  anyLabel, start: func(mean float64) float64 { return mean },
		gradients: squareGradients, loss: squareLoss,
	},
	"poisson": {
		header: func(Params) string { return "poisson" },
		check:  notNegative, mean: positive, start: math.Log,
		gradients: poissonGradients, loss: poissonLoss,
	},
	"tweedie": {
		header: func(p Params) string { return "tweedie tweedie_variance_power:" + number(p.TweediePower) },
		check:  notNegative, mean: positive, start: math.Log,
		gradients: tweedieGradients, loss: tweedieLoss,
	},
}

// largest is far inside what the gradients, as float32, can hold.
const largest = 1e30

func anyLabel(y float64) error {
	if math.Abs(y) > largest {
		return fmt.Errorf("label is %v, want at most %v in size", y, largest)
	}
	return nil
}

func zeroOrOne(y float64) error {
	if y != 0 && y != 1 {
		return fmt.Errorf("label is %v, want 0 or 1", y)
	}
	return nil
}

func notNegative(y float64) error {
	if y < 0 || y > largest {
		return fmt.Errorf("label is %v, want 0 to %v", y, largest)
	}
	return nil
}

func bothClasses(mean float64) error {
	if mean <= 0 || mean >= 1 {
		return fmt.Errorf("%w: every label is %v", ErrNothing, mean)
	}
	return nil
}

func positive(mean float64) error {
	if mean <= 0 {
		return fmt.Errorf("%w: every label is 0", ErrNothing)
	}
	return nil
}

func logit(mean float64) float64 { return math.Log(mean / (1 - mean)) }

func binaryGradients(out []int64, score, label []float64, p Params) {
	score, label = score[:len(out)], label[:len(out)]
	for i, z := range score {
		if z > far || z < -far {
			z = math.Copysign(far, z)
		}
		prob := 1 / (1 + exp(-z))
		out[i] = packFloats(prob-label[i], prob*(1-prob))
	}
	if p.PositiveWeight == 1 {
		return
	}
	for i, y := range label { // apart: a branch on the label would be guessed wrong too often
		w := 1 + (p.PositiveWeight-1)*y
		g, h := unpackFloats(out[i])
		out[i] = packFloats(g*w, h*w)
	}
}

func squareGradients(out []int64, score, label []float64, _ Params) {
	for i := range out {
		out[i] = packFloats(score[i]-label[i], 1)
	}
}

// bounded is eˣ kept within what a float32 holds, however far a score strays.
func bounded(x float64) float64 { return exp(min(max(x, -70), 70)) }

// poissonDelta is LightGBM's poisson_max_delta_step: it keeps steps short.
const poissonDelta = 0.7

func poissonGradients(out []int64, score, label []float64, _ Params) {
	grow := math.Exp(poissonDelta)
	for i := range out {
		mean := bounded(score[i])
		out[i] = packFloats(mean-label[i], mean*grow)
	}
}

func tweedieGradients(out []int64, score, label []float64, p Params) {
	r := p.TweediePower
	for i := range out {
		a, b := bounded((1-r)*score[i]), bounded((2-r)*score[i])
		out[i] = packFloats(b-label[i]*a, (2-r)*b-label[i]*(1-r)*a)
	}
}

func binaryLoss(score, label float64, _ Params) float64 {
	if label == 1 {
		score = -score
	}
	return math.Max(score, 0) + math.Log1p(math.Exp(-math.Abs(score))) // log(1+e^score)
}

func squareLoss(score, label float64, _ Params) float64 {
	return (score - label) * (score - label)
}

func poissonLoss(score, label float64, _ Params) float64 {
	return math.Exp(score) - label*score
}

func tweedieLoss(score, label float64, p Params) float64 {
	r := p.TweediePower
	return math.Exp((2-r)*score)/(2-r) - label*math.Exp((1-r)*score)/(1-r)
}
