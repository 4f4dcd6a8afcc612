// Package metric says how good a set of scores is.
//
// Every function takes what happened (0 or 1) and what was predicted, row by row.
// Definitions are those of scikit-learn where it has them; golden values of it are in
// testdata.
package metric

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
)

// ErrOneOutcome reports rows that all have the same outcome: nothing can be ranked.
var ErrOneOutcome = errors.New("all rows have the same outcome")

// check refuses what no figure can be computed from.
func check(y, p []float64) error {
	if len(y) != len(p) {
		return fmt.Errorf("%d outcomes and %d scores", len(y), len(p))
	}
	if len(y) == 0 {
		return errors.New("no rows")
	}
	for i := range y {
		if y[i] != 0 && y[i] != 1 {
			return fmt.Errorf("row %d: the outcome is %v, want 0 or 1", i+1, y[i])
		}
		if math.IsNaN(p[i]) || math.IsInf(p[i], 0) {
			return fmt.Errorf("row %d: the score is %v", i+1, p[i])
		}
	}
	return nil
}

// checkBoth also wants both outcomes.
func checkBoth(y, p []float64) error {
	if err := check(y, p); err != nil {
		return err
	}
	if !slices.Contains(y, 0) || !slices.Contains(y, 1) {
		return ErrOneOutcome
	}
	return nil
}

// descending is the rows from the highest score to the lowest.
func descending(p []float64) []int32 {
	at := make([]int32, len(p))
	for i := range at {
		at[i] = int32(i)
	}
	slices.SortStableFunc(at, func(a, b int32) int { return cmp.Compare(p[b], p[a]) })
	return at
}

// AUC is the probability that a row with the outcome scores above one without it;
// equal scores count half.
func AUC(y, p []float64) (float64, error) {
	if err := checkBoth(y, p); err != nil {
		return 0, err
	}
	return ranked(y, p).auc(), nil
}

// AveragePrecision is the area under the precision-recall curve, as a sum of steps.
func AveragePrecision(y, p []float64) (float64, error) {
	if err := checkBoth(y, p); err != nil {
		return 0, err
	}
	return ranked(y, p).averagePrecision(), nil
}

// KS is the largest distance between the score distributions of the two outcomes.
func KS(y, p []float64) (float64, error) {
	if err := checkBoth(y, p); err != nil {
		return 0, err
	}
	return ranked(y, p).ks(), nil
}

// Gain is the share of all outcomes that is among the share of rows with the highest
// scores. Rows that tie at the edge count in proportion.
func Gain(y, p []float64, share float64) (float64, error) {
	if err := checkBoth(y, p); err != nil {
		return 0, err
	}
	return ranked(y, p).gain(share), nil
}

// Lift is the rate of the outcome among the share of rows with the highest scores,
// over the rate among all.
func Lift(y, p []float64, share float64) (float64, error) {
	if err := checkBoth(y, p); err != nil {
		return 0, err
	}
	return ranked(y, p).lift(share), nil
}

// LiftQuality is how much of the area between random order and perfect order, below the
// curve of gains, the scores reach: 1 is perfect, 0 random. It is also the Gini
// coefficient, 2 AUC − 1.
func LiftQuality(y, p []float64) (float64, error) {
	auc, err := AUC(y, p)
	return 2*auc - 1, err
}

// edge keeps probabilities where their logarithm is finite.
const edge = 1e-15

// LogLoss is the mean negative log-likelihood of what happened.
func LogLoss(y, p []float64) (float64, error) {
	if err := check(y, p); err != nil {
		return 0, err
	}
	sum := 0.0
	for i := range y {
		sum += loss(y[i], p[i])
	}
	return sum / float64(len(y)), nil
}

func loss(y, p float64) float64 {
	p = min(max(p, edge), 1-edge)
	if y == 1 {
		return -math.Log(p)
	}
	return -math.Log1p(-p)
}

// Brier is the mean squared difference between what was predicted and what happened.
func Brier(y, p []float64) (float64, error) {
	if err := check(y, p); err != nil {
		return 0, err
	}
	sum := 0.0
	for i := range y {
		sum += (p[i] - y[i]) * (p[i] - y[i])
	}
	return sum / float64(len(y)), nil
}

// ECE is the expected calibration error over bins of equal mass: rows in rising order
// of score, bin = rank × bins / rows; the mean distance between what was predicted and
// what happened, weighted by the rows of each bin.
func ECE(y, p []float64, bins int) (float64, error) {
	if err := check(y, p); err != nil {
		return 0, err
	}
	if bins < 1 {
		return 0, fmt.Errorf("%d bins", bins)
	}
	return calibrationError(Reliability(y, p, bins)), nil
}

// A Bin is rows with similar scores: what was predicted of them on average, and what
// happened.
type Bin struct {
	Rows      int     `json:"rows"`
	Predicted float64 `json:"predicted"`
	Happened  float64 `json:"happened"`
	Low       float64 `json:"happened_low"` // 95 % interval, Wilson
	High      float64 `json:"happened_high"`
}

// Reliability parts the rows into bins of equal mass, from the lowest scores to the
// highest.
func Reliability(y, p []float64, bins int) []Bin {
	at := descending(p)
	slices.Reverse(at)
	slices.SortStableFunc(at, func(a, b int32) int {
		return cmp.Or(cmp.Compare(p[a], p[b]), cmp.Compare(a, b))
	})
	out := make([]Bin, bins)
	for rank, i := range at {
		b := &out[rank*bins/len(at)]
		b.Rows++
		b.Predicted += p[i]
		b.Happened += y[i]
	}
	for i := range out {
		b := &out[i]
		if n := float64(b.Rows); n > 0 {
			b.Low, b.High = Wilson(b.Happened, n)
			b.Predicted, b.Happened = b.Predicted/n, b.Happened/n
		}
	}
	return slices.DeleteFunc(out, func(b Bin) bool { return b.Rows == 0 })
}

func calibrationError(bins []Bin) float64 {
	sum, rows := 0.0, 0
	for _, b := range bins {
		sum += float64(b.Rows) * math.Abs(b.Predicted-b.Happened)
		rows += b.Rows
	}
	return sum / float64(rows)
}

// Wilson is the 95 % score interval of a rate.
//
// Wilson, E. B. (1927). Probable inference, the law of succession, and statistical
// inference. JASA 22.
func Wilson(yes, n float64) (low, high float64) {
	const z = z95
	p := yes / n
	middle := p + z*z/(2*n)
	half := z * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return max(0, (middle-half)/(1+z*z/n)), min(1, (middle+half)/(1+z*z/n))
}
