package metric

import (
	"cmp"
	"math"
	"slices"
)

// A Comparison is how two sets of scores rank the same rows.
type Comparison struct {
	A          Interval `json:"a"` // AUC
	B          Interval `json:"b"`
	Difference Interval `json:"difference"` // A − B, paired
	SEA        float64  `json:"se_a"`
	SEB        float64  `json:"se_b"`
	Z          float64  `json:"z"`
	P          float64  `json:"p"` // two-sided; 1 where both rank alike
}

// z95 is the normal quantile of a two-sided 95 % interval.
const z95 = 1.959963984540054

// DeLong is the AUC with its interval.
//
// DeLong, E. R., DeLong, D. M., Clarke-Pearson, D. L. (1988). Comparing the areas under
// two or more correlated ROC curves. Biometrics 44. Computed by mid-ranks: Sun, X., Xu,
// W. (2014). Fast implementation of DeLong's algorithm. IEEE Signal Process. Lett. 21.
func DeLong(y, p []float64) (*Interval, error) {
	if err := checkBoth(y, p); err != nil {
		return nil, err
	}
	c := placed(y, p)
	i := within(c.auc, math.Sqrt(c.variance(c)))
	return &i, nil
}

// Compare tests whether a ranks the rows better than b does.
func Compare(y, a, b []float64) (*Comparison, error) {
	if err := checkBoth(y, a); err != nil {
		return nil, err
	}
	if err := checkBoth(y, b); err != nil {
		return nil, err
	}
	ca, cb := placed(y, a), placed(y, b)
	va, vb, vab := ca.variance(ca), cb.variance(cb), ca.variance(cb)
	out := &Comparison{A: within(ca.auc, math.Sqrt(va)), B: within(cb.auc, math.Sqrt(vb)), SEA: math.Sqrt(va), SEB: math.Sqrt(vb), P: 1}
	difference, se := ca.auc-cb.auc, math.Sqrt(max(0, va+vb-2*vab))
	out.Difference = Interval{difference, difference - z95*se, difference + z95*se}
	if se > 0 {
		out.Z = difference / se
		out.P = math.Erfc(math.Abs(out.Z) / math.Sqrt2)
	}
	return out, nil
}

func within(value, se float64) Interval {
	return Interval{value, max(0, value-z95*se), min(1, value+z95*se)}
}

// placements say for each row with the outcome which share of the others scores below
// it, and for each of the others which share of those scores above.
type placements struct {
	auc     float64
	yes, no []float64
}

func placed(y, p []float64) *placements {
	var yes, no []float64
	for i, v := range p {
		if y[i] == 1 {
			yes = append(yes, v)
		} else {
			no = append(no, v)
		}
	}
	all, own, other := midRanks(slices.Concat(yes, no)), midRanks(yes), midRanks(no)
	c := &placements{yes: make([]float64, len(yes)), no: make([]float64, len(no))}
	for i := range yes {
		c.yes[i] = (all[i] - own[i]) / float64(len(no))
		c.auc += c.yes[i] / float64(len(yes))
	}
	for i := range no {
		c.no[i] = 1 - (all[len(yes)+i]-other[i])/float64(len(yes))
	}
	return c
}

// midRanks ranks from 1; equal values share the mean of their ranks.
func midRanks(values []float64) []float64 {
	at := make([]int, len(values))
	for i := range at {
		at[i] = i
	}
	slices.SortFunc(at, func(a, b int) int { return cmp.Compare(values[a], values[b]) })
	ranks := make([]float64, len(values))
	for from := 0; from < len(at); {
		to := from
		for to < len(at) && values[at[to]] == values[at[from]] {
			to++
		}
		for _, i := range at[from:to] {
			ranks[i] = float64(from+to+1) / 2
		}
		from = to
	}
	return ranks
}

// variance is that of the AUC where b is a, the covariance of two AUCs otherwise.
func (a *placements) variance(b *placements) float64 {
	return covariance(a.yes, b.yes, a.auc, b.auc)/float64(len(a.yes)) + covariance(a.no, b.no, a.auc, b.auc)/float64(len(a.no))
}

func covariance(a, b []float64, meanA, meanB float64) float64 {
	if len(a) < 2 {
		return 0
	}
	sum := 0.0
	for i := range a {
		sum += (a[i] - meanA) * (b[i] - meanB)
	}
	return sum / float64(len(a)-1)
}
