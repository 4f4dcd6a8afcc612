package predict

import (
	"cmp"
	"math"
	"slices"
)

// Importances are the mean sizes of what each feature contributes to the raw score,
// over some rows.
func Importances(m *Model, columns [][]float64, rows, threads int) ([]float64, error) {
	contributions, _, err := Explain(m, columns, rows, threads)
	if err != nil {
		return nil, err
	}
	mean := make([]float64, len(columns))
	for f, c := range contributions {
		for _, v := range c {
			mean[f] += math.Abs(v) / float64(rows)
		}
	}
	return mean, nil
}

// A Link makes of the raw scores of all rows what is to be averaged.
type Link func(raw []float64) []float64

// PartialDependence is the mean score of all rows when a feature is given each of some
// values in turn, and all else stays as it is.
//
// Friedman, J. H. (2001). Greedy function approximation: a gradient boosting machine.
func PartialDependence(m *Model, columns [][]float64, feature int, grid []float64, rows, threads int, link Link) ([]float64, error) {
	return dependence(m, columns, []int{feature}, [][]float64{grid}, rows, threads, link)
}

// dependence is partial dependence on several features: grids[i] are the values of
// features[i], taken together.
func dependence(m *Model, columns [][]float64, features []int, grids [][]float64, rows, threads int, link Link) ([]float64, error) {
	moved := slices.Clone(columns)
	out := make([]float64, len(grids[0]))
	for _, f := range features {
		moved[f] = make([]float64, rows)
	}
	for g := range out {
		for i, f := range features {
			for r := range moved[f] {
				moved[f][r] = grids[i][g]
			}
		}
		raw, err := m.Raw(moved, rows, threads)
		if err != nil {
			return nil, err
		}
		for _, v := range link(raw) {
			out[g] += v / float64(rows)
		}
	}
	return out, nil
}

// Interaction is the share of two features' joint effect on the raw score that their
// separate effects don't add up to: 0 where they act apart, 1 where only together.
//
// Friedman, J. H. and Popescu, B. E. (2008). Predictive learning via rule ensembles,
// the statistic H².
func Interaction(m *Model, columns [][]float64, a, b, rows, threads int) (float64, error) {
	asIs := func(raw []float64) []float64 { return raw }
	both, err := dependence(m, columns, []int{a, b}, [][]float64{columns[a], columns[b]}, rows, threads, asIs)
	if err != nil {
		return 0, err
	}
	alone := [2][]float64{}
	for i, f := range [2]int{a, b} {
		if alone[i], err = dependence(m, columns, []int{f}, [][]float64{columns[f]}, rows, threads, asIs); err != nil {
			return 0, err
		}
	}
	center(both)
	center(alone[0])
	center(alone[1])
	apart, all := 0.0, 0.0
	for r, v := range both {
		d := v - alone[0][r] - alone[1][r]
		apart, all = apart+d*d, all+v*v
	}
	if all == 0 {
		return 0, nil
	}
	return min(1, apart/all), nil
}

func center(x []float64) {
	mean := 0.0
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for i := range x {
		x[i] -= mean
	}
}

// Top are the indices of the greatest values, the greatest first.
func Top(values []float64, n int) []int {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(values[b], values[a]) })
	return order[:min(n, len(order))]
}
