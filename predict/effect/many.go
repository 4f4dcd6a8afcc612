package effect

import (
	"cmp"
	"math"
	"slices"
)

// Holm adjusts chances for how many there are, so that among all of them one mistake is
// as likely as among one. NaN stays NaN and does not count.
//
// Holm, S. (1979). A simple sequentially rejective multiple test procedure.
// Scandinavian Journal of Statistics 6.
func Holm(p []float64) []float64 {
	at, out := ranked(p)
	most := 0.0
	for k, i := range at {
		most = math.Max(most, math.Min(1, float64(len(at)-k)*p[i]))
		out[i] = most
	}
	return out
}

// Hochberg adjusts chances so that of those called small, the share that is so by
// chance is bounded.
//
// Benjamini, Y. and Hochberg, Y. (1995). Controlling the false discovery rate. JRSS B 57.
func Hochberg(p []float64) []float64 {
	at, out := ranked(p)
	least := 1.0
	for k := len(at) - 1; k >= 0; k-- {
		least = math.Min(least, p[at[k]]*float64(len(at))/float64(k+1))
		out[at[k]] = least
	}
	return out
}

// ranked lists the places of the known chances, the smallest first.
func ranked(p []float64) (at []int, out []float64) {
	out = make([]float64, len(p))
	for i, v := range p {
		if out[i] = math.NaN(); !math.IsNaN(v) {
			at = append(at, i)
		}
	}
	slices.SortStableFunc(at, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	return at, out
}
