package effect

import (
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// A Comparison is a difference of two means.
type Comparison struct {
	Estimate
	SE, Freedom, T, P float64
	N1, N0            int
	Mean1, Mean0      float64
}

// Welch compares the mean of the treated with that of the others, whatever their
// variances. Fewer than two values on a side say nothing.
//
// Welch, B. L. (1947). The generalization of Student's problem when several different
// population variances are involved. Biometrika 34.
func Welch(treated, others []float64) Comparison {
	c := Comparison{Estimate: Unknown, SE: math.NaN(), Freedom: math.NaN(), T: math.NaN(), P: math.NaN(), N1: len(treated), N0: len(others), Mean1: math.NaN(), Mean0: math.NaN()}
	if len(treated) > 0 {
		c.Mean1 = stat.Mean(treated, nil)
	}
	if len(others) > 0 {
		c.Mean0 = stat.Mean(others, nil)
	}
	c.Value = c.Mean1 - c.Mean0
	if len(treated) < 2 || len(others) < 2 {
		return c
	}
	n1, n0 := float64(len(treated)), float64(len(others))
	a, b := stat.Variance(treated, nil)/n1, stat.Variance(others, nil)/n0
	if c.SE = math.Sqrt(a + b); c.SE == 0 {
		c.Low, c.High = c.Value, c.Value // all alike: nothing varies
		return c
	}
	c.Freedom = (a + b) * (a + b) / (a*a/(n1-1) + b*b/(n0-1))
	student := distuv.StudentsT{Sigma: 1, Nu: c.Freedom}
	half := student.Quantile((1+level)/2) * c.SE
	c.Low, c.High, c.T = c.Value-half, c.Value+half, c.Value/c.SE
	c.P = 2 * student.Survival(math.Abs(c.T))
	return c
}

// Mean is a mean with Student's interval.
func Mean(values []float64) Estimate {
	if len(values) == 0 {
		return Unknown
	}
	e := Estimate{stat.Mean(values, nil), math.NaN(), math.NaN()}
	if n := float64(len(values)); n > 1 {
		half := distuv.StudentsT{Sigma: 1, Nu: n - 1}.Quantile((1+level)/2) * stat.StdDev(values, nil) / math.Sqrt(n)
		e.Low, e.High = e.Value-half, e.Value+half
	}
	return e
}

// Standardised is the difference of two means in standard deviations of both together;
// NaN where nothing varies.
func Standardised(treated, others []float64) float64 {
	if len(treated) < 2 || len(others) < 2 {
		return math.NaN()
	}
	return (stat.Mean(treated, nil) - stat.Mean(others, nil)) / math.Sqrt((stat.Variance(treated, nil)+stat.Variance(others, nil))/2)
}

// An Adjusted comparison is one from which what was known before has been taken out.
type Adjusted struct {
	Comparison
	Theta   float64 // how much of the figure from before is taken off
	Reduced float64 // share of the variance that it took away
}

// CUPED compares what came after, less theta times what was before: the effect stays
// what it is, and what customers brought along no longer blurs it. The figure from
// before must be from before the draw. Where it explains nothing, this is Welch.
//
// Deng, A. et al. (2013). Improving the sensitivity of online controlled experiments by
// utilizing pre-experiment data. WSDM.
func CUPED(before1, after1, before0, after0 []float64) Adjusted {
	before, after := append(append([]float64{}, before1...), before0...), append(append([]float64{}, after1...), after0...)
	a := Adjusted{}
	spread := 0.0
	if len(before) > 1 {
		spread = stat.Variance(before, nil)
	}
	if spread > 0 {
		a.Theta = stat.Covariance(before, after, nil) / spread
		if r := stat.Correlation(before, after, nil); !math.IsNaN(r) {
			a.Reduced = r * r
		}
	}
	middle := 0.0
	if len(before) > 0 {
		middle = stat.Mean(before, nil)
	}
	less := func(before, after []float64) []float64 {
		out := make([]float64, len(after))
		for i := range out {
			out[i] = after[i] - a.Theta*(before[i]-middle)
		}
		return out
	}
	a.Comparison = Welch(less(before1, after1), less(before0, after0))
	return a
}

// Changes is the difference in differences: how much more the treated changed from
// before to after than the others did, each held against themselves.
func Changes(before1, after1, before0, after0 []float64) Comparison {
	change := func(before, after []float64) []float64 {
		out := make([]float64, len(after))
		for i := range out {
			out[i] = after[i] - before[i]
		}
		return out
	}
	return Welch(change(before1, after1), change(before0, after0))
}
