package effect

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Rate is a share of n with Wilson's score interval.
//
// Wilson, E. B. (1927). Probable inference, the law of succession, and statistical
// inference. JASA 22.
func Rate(yes, n float64) Estimate {
	if !(n > 0) {
		return Unknown
	}
	p := yes / n
	middle, half := p+z*z/(2*n), z*math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	e := Estimate{p, math.Max(0, (middle-half)/(1+z*z/n)), math.Min(1, (middle+half)/(1+z*z/n))}
	if yes == 0 {
		e.Low = 0 // which it is, but for rounding
	}
	if yes == n {
		e.High = 1
	}
	return e
}

// Difference is the rate of the treated less that of the others, with Newcombe's
// interval, which holds for rare events and empty cells too.
//
// Newcombe, R. G. (1998). Interval estimation for the difference between independent
// proportions. Statistics in Medicine 17, method 10.
func Difference(yes1, n1, yes0, n0 float64) Estimate {
	a, b := Rate(yes1, n1), Rate(yes0, n0)
	if !a.Known() || !b.Known() {
		return Unknown
	}
	d := a.Value - b.Value
	return Estimate{d, d - math.Hypot(a.Value-a.Low, b.High-b.Value), d + math.Hypot(a.High-a.Value, b.Value-b.Low)}
}

// Ratio is the rate of the treated over that of the others. Half a case is added to
// each cell where one is empty; without any case there is nothing to compare.
//
// Katz, D. et al. (1978). Obtaining confidence intervals for the risk ratio in cohort
// studies. Biometrics 34.
func Ratio(yes1, n1, yes0, n0 float64) Estimate {
	if !(n1 > 0) || !(n0 > 0) || yes1+yes0 == 0 {
		return Unknown
	}
	value := yes1 / n1 / (yes0 / n0)
	a, m, b, n := yes1, n1, yes0, n0
	if yes1 == 0 || yes0 == 0 {
		a, m, b, n = yes1+0.5, n1+0.5, yes0+0.5, n0+0.5
	}
	middle := math.Log(a / m / (b / n))
	se := math.Sqrt(math.Max(0, 1/a-1/m+1/b-1/n))
	if math.IsInf(value, 0) {
		value = math.NaN() // none of the others: only a bound is known
	}
	return Estimate{value, math.Exp(middle - z*se), math.Exp(middle + z*se)}
}

// fewExpected is the count below which chances are counted out and not approximated.
const fewExpected = 10

// TwoRates is the chance of as large a difference between two equal rates: by the
// pooled normal, and exactly (Fisher) where fewer than 10 of anything are expected.
func TwoRates(yes1, n1, yes0, n0 float64) float64 {
	n, yes := n1+n0, yes1+yes0
	if !(n1 > 0) || !(n0 > 0) {
		return math.NaN()
	}
	if yes == 0 || yes == n {
		return 1
	}
	if math.Min(yes, n-yes)*math.Min(n1, n0)/n < fewExpected {
		return fisher(yes1, n1, yes0, n0)
	}
	p := yes / n
	return twoSided((yes1/n1 - yes0/n0) / math.Sqrt(p*(1-p)*(1/n1+1/n0)))
}

func twoSided(z float64) float64 { return 2 * distuv.UnitNormal.Survival(math.Abs(z)) }

// fisher adds up the chances of all tables with these margins that are no likelier than
// the one seen.
func fisher(yes1, n1, yes0, n0 float64) float64 {
	yes := yes1 + yes0
	chance := func(a float64) float64 {
		return math.Exp(choose(n1, a) + choose(n0, yes-a) - choose(n1+n0, yes))
	}
	seen, sum := chance(yes1), 0.0
	for a := math.Max(0, yes-n0); a <= math.Min(yes, n1); a++ {
		if c := chance(a); c <= seen*(1+1e-7) {
			sum += c
		}
	}
	return math.Min(1, sum)
}

// choose is the logarithm of n over k.
func choose(n, k float64) float64 {
	a, _ := math.Lgamma(n + 1)
	b, _ := math.Lgamma(k + 1)
	c, _ := math.Lgamma(n - k + 1)
	return a - b - c
}

// RatioMismatch is the chance of such counts if they were drawn in these shares: one
// near 0 says that something other than the lot decided who got what. χ², and exactly
// for two groups of which one is expected to hold fewer than 10.
func RatioMismatch(counts, shares []float64) float64 {
	n, whole, least := 0.0, 0.0, math.Inf(1)
	for i := range counts {
		n, whole = n+counts[i], whole+shares[i]
	}
	chi := 0.0
	for i, c := range counts {
		want := n * shares[i] / whole
		least = math.Min(least, want)
		chi += (c - want) * (c - want) / want
	}
	switch {
	case n == 0:
		return math.NaN()
	case len(counts) == 2 && least < fewExpected && n < 1e6:
		return binomialTails(counts[0], n, shares[0]/whole)
	}
	return distuv.ChiSquared{K: float64(len(counts) - 1)}.Survival(chi)
}

// binomialTails adds up the chances of all counts no likelier than the one seen.
func binomialTails(k, n, p float64) float64 {
	b := distuv.Binomial{N: n, P: p}
	if p <= 0 || p >= 1 {
		return map[bool]float64{true: 1}[k == n*p]
	}
	seen, sum := b.Prob(k), 0.0
	for i := 0.0; i <= n; i++ {
		if c := b.Prob(i); c <= seen*(1+1e-7) {
			sum += c
		}
	}
	return math.Min(1, sum)
}
