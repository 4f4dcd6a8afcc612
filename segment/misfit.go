package segment

import (
	"cmp"
	"math"
	"slices"
)

// Misfit says how badly each customer fits, from 0 to 1: the mean rank of the signs that
// there are, each the more the worse, such as support contacts for what they spend,
// requests that lead away from the plan, bad reviews and the chance of leaving. NaN where
// fewer than two signs are known.
//
// It is a proposal for people to look at, never a verdict.
func Misfit(signs ...[]float64) []float64 {
	if len(signs) == 0 {
		return nil
	}
	sum, known := make([]float64, len(signs[0])), make([]float64, len(signs[0]))
	for _, sign := range signs {
		for i, r := range midRanks(sign) {
			if !math.IsNaN(r) {
				sum[i], known[i] = sum[i]+r, known[i]+1
			}
		}
	}
	for i := range sum {
		if sum[i] /= known[i]; known[i] < 2 {
			sum[i] = math.NaN()
		}
	}
	return sum
}

// midRanks are the shares of known values that are lower, and half of those that are
// the same.
func midRanks(values []float64) []float64 {
	out := make([]float64, len(values))
	var at []int
	for i, v := range values {
		if out[i] = math.NaN(); !math.IsNaN(v) {
			at = append(at, i)
		}
	}
	slices.SortFunc(at, func(a, b int) int { return cmp.Compare(values[a], values[b]) })
	for from := 0; from < len(at); {
		to := from
		for to < len(at) && values[at[to]] == values[at[from]] {
			to++
		}
		for _, i := range at[from:to] {
			out[i] = float64(from+to) / 2 / float64(len(at))
		}
		from = to
	}
	return out
}
