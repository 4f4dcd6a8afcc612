// Package drift says whether numbers still come from where a model learned.
//
// A Reference is what a column looked like then: its deciles and how many rows fell
// between them. Against holds the column of today beside it. Whether a difference is
// more than chance depends on the rows, so every verdict asks both whether it is
// significant and whether it is large.
package drift

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// A Reference is how a column was distributed. Bins are (−∞, Edges[0]], … (Edges[last],
// ∞), and one of its own for missing values.
type Reference struct {
	Edges   []float64 `json:"edges"`
	Counts  []int     `json:"counts"`
	Missing int       `json:"missing"`
	Mean    float64   `json:"mean"` // of those that are not missing
	SD      float64   `json:"sd"`
}

// NewReference bins a column at its own quantiles; equal edges are merged. NaN is
// missing.
func NewReference(values []float64, bins int) *Reference {
	sorted := present(values)
	r := &Reference{}
	for k := 1; k < bins && len(sorted) > 0; k++ {
		if e := quantile(sorted, float64(k)/float64(bins)); len(r.Edges) == 0 || e != r.Edges[len(r.Edges)-1] {
			r.Edges = append(r.Edges, e)
		}
	}
	r.Counts, r.Missing = r.count(values)
	r.Mean, r.SD = moments(sorted)
	return r
}

// moments are the mean and the standard deviation; infinite values are left out.
func moments(values []float64) (mean, sd float64) {
	n, squares := 0.0, 0.0
	for _, v := range values {
		if math.IsInf(v, 0) {
			continue
		}
		n++
		d := v - mean
		mean += d / n
		squares += d * (v - mean)
	}
	return mean, math.Sqrt(squares / math.Max(1, n))
}

// present is the values that are not missing, in order.
func present(values []float64) (sorted []float64) {
	for _, v := range values {
		if !math.IsNaN(v) {
			sorted = append(sorted, v)
		}
	}
	slices.Sort(sorted)
	return sorted
}

// quantile draws straight lines between the values, as numpy does.
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	k := int(at)
	if k+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	a, b, w := sorted[k], sorted[k+1], at-float64(k)
	if w >= 0.5 {
		return b - (b-a)*(1-w)
	}
	return a + (b-a)*w
}

func (r *Reference) count(values []float64) (counts []int, missing int) {
	counts = make([]int, len(r.Edges)+1)
	for _, v := range values {
		if math.IsNaN(v) {
			missing++
			continue
		}
		k, _ := slices.BinarySearch(r.Edges, v)
		counts[k]++
	}
	return counts, missing
}

func (r *Reference) rows() int {
	n := r.Missing
	for _, c := range r.Counts {
		n += c
	}
	return n
}

// A Shift is how far a column has moved.
type Shift struct {
	PSI      float64 `json:"psi"`
	Critical float64 `json:"psi_critical"`  // what chance alone exceeds once in a thousand
	KS       float64 `json:"ks"`            // largest distance between the distributions at the edges
	Moved    float64 `json:"mean_moved"`    // in standard deviations of the reference
	Missing  float64 `json:"missing_share"` // how much more is missing
	Rows     int     `json:"rows"`
}

// alarms is how often chance alone is to exceed the critical value: one in a thousand
// columns, since a run looks at a hundred of them.
const alarms = 0.001

// Against holds the column of today against the reference.
func (r *Reference) Against(values []float64) Shift {
	counts, missing := r.count(values)
	expected, actual := append(slices.Clone(r.Counts), r.Missing), append(counts, missing)
	s := Shift{PSI: PSI(expected, actual), Rows: len(values)}
	used := 0
	for k := range expected {
		if expected[k] > 0 || actual[k] > 0 {
			used++
		}
	}
	s.Critical = Critical(r.rows(), len(values), used, alarms)
	mean, _ := moments(present(values))
	if missing < len(values) && r.Missing < r.rows() {
		s.Moved = (mean - r.Mean) / math.Max(r.SD, 1e-9*math.Max(1, math.Abs(r.Mean)))
	}
	s.Missing = share(missing, len(values)) - share(r.Missing, r.rows())
	a, b := 0, 0
	for k := range r.Edges {
		a, b = a+r.Counts[k], b+counts[k]
		s.KS = max(s.KS, math.Abs(share(a, r.rows()-r.Missing)-share(b, len(values)-missing)))
	}
	return s
}

// How large a shift must be before it matters, whatever its significance: the limits
// that practice uses for small and for serious ones.
const (
	Moderate = 0.10
	Serious  = 0.25
)

// Beyond reports whether the shift is both more than chance and at least so large.
func (s Shift) Beyond(effect float64) bool { return s.PSI > s.Critical && s.PSI >= effect }

// What a shift must have besides a large index to be of consequence: an index also grows
// where many equal values move by a hair.
const (
	farMean    = 0.5  // standard deviations
	farMissing = 0.25 // share
)

// Far reports whether the shift is beyond the effect, and the values are elsewhere or
// gone.
func (s Shift) Far(effect float64) bool {
	return s.Beyond(effect) && (math.Abs(s.Moved) >= farMean || math.Abs(s.Missing) >= farMissing)
}

func share(part, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(part) / float64(of)
}

// floor keeps an empty bin from being infinitely surprising.
const floor = 1e-4

// PSI is the population stability index of two sets of counts: Σ (a − e) ln(a / e) over
// the bins' shares.
func PSI(expected, actual []int) float64 {
	n, m := total(expected), total(actual)
	sum := 0.0
	for k := range expected {
		e, a := max(share(expected[k], n), floor), max(share(actual[k], m), floor)
		sum += (a - e) * math.Log(a/e)
	}
	return sum
}

func total(counts []int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}

// Critical is the PSI that n and m rows of the same distribution exceed with
// probability alpha: the fixed limits of practice are wrong for few rows and blind for
// many.
//
// Yurdakul, B. (2018). Statistical properties of population stability index. WMU.
func Critical(n, m, bins int, alpha float64) float64 {
	if n == 0 || m == 0 {
		return math.Inf(1)
	}
	if bins < 2 {
		return 0
	}
	return (1/float64(n) + 1/float64(m)) * distuv.ChiSquared{K: float64(bins - 1)}.Quantile(1-alpha)
}

// JensenShannon is the distance, not its square, in bits: 0 for equal shares, 1 for
// shares that have nothing in common.
func JensenShannon(expected, actual []int) float64 {
	n, m := total(expected), total(actual)
	sum := 0.0
	for k := range expected {
		e, a := share(expected[k], n), share(actual[k], m)
		sum += (surprise(e, (e+a)/2) + surprise(a, (e+a)/2)) / 2
	}
	return math.Sqrt(max(0, sum))
}

func surprise(p, q float64) float64 {
	if p == 0 {
		return 0
	}
	return p * math.Log2(p/q)
}

// ChiSquared tests whether two sets of counts have the same shares.
func ChiSquared(expected, actual []int) (statistic, p float64, freedom int) {
	n, m := float64(total(expected)), float64(total(actual))
	for k := range expected {
		both := float64(expected[k] + actual[k])
		if both == 0 {
			continue
		}
		freedom++
		for _, side := range [2][2]float64{{float64(expected[k]), n}, {float64(actual[k]), m}} {
			want := both * side[1] / (n + m)
			statistic += (side[0] - want) * (side[0] - want) / want
		}
	}
	freedom--
	if freedom < 1 {
		return 0, 1, 0
	}
	return statistic, distuv.ChiSquared{K: float64(freedom)}.Survival(statistic), freedom
}
