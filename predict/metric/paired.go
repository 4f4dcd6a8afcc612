package metric

import (
	"math"
	"math/rand/v2"
)

// Figures names the figures that Paired compares, in its order, and says which way is
// better: +1 more, −1 less.
var Figures = []struct {
	Name   string
	Better float64
}{{"auc", 1}, {"average_precision", 1}, {"ks", 1}, {"lift_10", 1}, {"gain_10", 1}, {"log_loss", -1}, {"brier", -1}, {"ece", -1}}

// Paired is how much better a is than b on each of Figures, with the interval of a
// paired bootstrap: both are judged on the same drawn rows, so that what they share
// cancels. A difference above zero is in favour of a, whichever way the figure goes.
func Paired(y, a, b []float64, seed uint64) ([]Interval, error) {
	if err := checkBoth(y, a); err != nil {
		return nil, err
	}
	if err := checkBoth(y, b); err != nil {
		return nil, err
	}
	sa, sb := newSheet(y, a), newSheet(y, b)
	wholeA, wholeB := sa.figures(nil), sb.figures(nil)
	samples := make([][]float64, len(Figures))
	random := rand.New(rand.NewPCG(seed, 0x706169726564))
	times, timesA, timesB := make([]float64, len(y)), make([]float64, len(y)), make([]float64, len(y))
	for range draws(len(y)) {
		resample(times, random)
		sa.of(timesA, times)
		sb.of(timesB, times)
		fa, fb := sa.figures(timesA), sb.figures(timesB)
		for k := range Figures {
			samples[k] = append(samples[k], Figures[k].Better*(fa[k]-fb[k]))
		}
	}
	out := make([]Interval, len(Figures))
	for k := range Figures {
		out[k] = Interval{math.NaN(), math.Inf(-1), math.Inf(1)}
		if i := interval(Figures[k].Better*(wholeA[k]-wholeB[k]), samples[k]); i != nil {
			out[k] = *i
		}
	}
	return out, nil
}
