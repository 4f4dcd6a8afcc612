package clv

import (
	"maps"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

func sortedKeys[V any](m map[float64]V) []float64 { return slices.Sorted(maps.Keys(m)) }

func has[V any](m map[float64]V, key float64) bool {
	_, ok := m[key]
	return ok
}

// correlation is that of frequency and mean amount among those who returned; 0 where
// one of them never varies.
func correlation(frequency, monetary []float64) float64 {
	var x, z []float64
	for i, f := range frequency {
		if f > 0 && monetary[i] > 0 && !math.IsInf(monetary[i], 0) {
			x, z = append(x, f), append(z, monetary[i])
		}
	}
	if c := stat.Correlation(x, z, nil); !math.IsNaN(c) {
		return c
	}
	return 0
}

// cholesky is the lower triangle whose square a covariance is.
func cholesky[R [3]float64 | [4]float64](cov []R) [][]float64 {
	n := len(cov)
	h := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			h.SetSym(i, j, cov[i][j])
		}
	}
	var c mat.Cholesky
	root := make([][]float64, n)
	ok := c.Factorize(h)
	var l mat.TriDense
	if ok {
		c.LTo(&l)
	}
	for i := range root {
		root[i] = make([]float64, n)
		for j := 0; ok && j <= i; j++ {
			root[i][j] = l.At(i, j)
		}
	}
	return root
}
