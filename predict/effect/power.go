package effect

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Power is how likely an effect of the size asked for is to be seen.
const Power = 0.8

// needed is the sum of the quantiles that a two-sided test of 5 % with that power rests on.
var needed = z + distuv.UnitNormal.Quantile(Power)

// RateSize is how many of the treated and of the others are needed to see a rate move
// from base by so much, when share of all are treated.
//
// Fleiss, J. L. et al. (2003). Statistical Methods for Rates and Proportions, ch. 4.
func RateSize(base, by, share float64) (treated, others float64) {
	to := base + by
	if by == 0 || !(share > 0 && share < 1) || !(base >= 0 && base <= 1) || !(to >= 0 && to <= 1) {
		return math.Inf(1), math.Inf(1)
	}
	mean := share*to + (1-share)*base
	root := z*math.Sqrt(mean*(1-mean)*(1/share+1/(1-share))) + (needed-z)*math.Sqrt(to*(1-to)/share+base*(1-base)/(1-share))
	n := root * root / (by * by)
	return math.Ceil(n * share), math.Ceil(n * (1 - share))
}

// MeanSize is the same for a mean with that standard deviation.
func MeanSize(deviation, by, share float64) (treated, others float64) {
	if by == 0 || !(share > 0 && share < 1) || !(deviation >= 0) {
		return math.Inf(1), math.Inf(1)
	}
	n := needed * needed * deviation * deviation * (1/share + 1/(1-share)) / (by * by)
	return math.Ceil(n * share), math.Ceil(n * (1 - share))
}

// LeastRate is the smallest rise of a rate that groups of these sizes can see.
func LeastRate(base, n1, n0 float64) float64 {
	if !(n1 > 0) || !(n0 > 0) || !(base >= 0 && base < 1) {
		return math.NaN()
	}
	low, high := 0.0, 1-base
	for range 60 {
		by := (low + high) / 2
		if a, _ := RateSize(base, by, n1/(n1+n0)); a > n1 {
			low = by
		} else {
			high = by
		}
	}
	return high
}

// LeastMean is the smallest difference of means that groups of these sizes can see.
func LeastMean(deviation, n1, n0 float64) float64 {
	return needed * deviation * math.Sqrt(1/n1+1/n0)
}
