package pipeline

import (
	"math"
	"slices"

	"segmenta/predict"
)

// An Understanding is what a model makes of its features: how much each moves the
// score, how the probability follows the first of them, and which of those act together.
type Understanding struct {
	Rows         int           `json:"rows"` // of the judging moment that it was computed on
	Importance   []Importance  `json:"importance"`
	Dependence   []Dependence  `json:"dependence"`
	Interactions []Interaction `json:"interactions"`
}

// An Importance is the mean size of what a feature contributes to the log-odds.
type Importance struct {
	Feature string  `json:"feature"`
	Mean    float64 `json:"mean_abs_contribution"`
	Share   float64 `json:"share"` // of all features'
}

// A Dependence is the mean probability when a feature is given each of some values.
type Dependence struct {
	Feature     string    `json:"feature"`
	Values      []float64 `json:"values"`
	Probability []float64 `json:"probability"`
}

// An Interaction is the share of two features' joint effect that they don't have apart.
type Interaction struct {
	Features [2]string `json:"features"`
	Strength float64   `json:"strength"`
}

// How many rows and features are looked at.
const (
	understoodRows = 2000
	togetherRows   = 60
	listedFeatures = 20
	followed       = 6
	togetherAmong  = 5
)

// understand looks at a model through rows that it didn't learn from. link makes
// probabilities of the trees' scores of the rows that it is given the numbers of.
func understand(m *predict.Model, columns [][]float64, rows, threads int, link func(rows []int) predict.Link) (*Understanding, error) {
	some := evenly(rows, understoodRows)
	sample, names := rowsOfColumns(columns, some), m.Features()
	u := &Understanding{Rows: len(some)}
	sizes, err := predict.Importances(m, sample, len(some), threads)
	if err != nil {
		return nil, err
	}
	all := 0.0
	for _, v := range sizes {
		all += v
	}
	top := predict.Top(sizes, listedFeatures)
	for _, f := range top {
		if sizes[f] > 0 {
			u.Importance = append(u.Importance, Importance{names[f], sizes[f], sizes[f] / all})
		}
	}
	top = top[:len(u.Importance)]
	for _, f := range top[:min(followed, len(top))] {
		grid := quantiles(sample[f])
		if len(grid) < 2 {
			continue
		}
		p, err := predict.PartialDependence(m, sample, f, grid, len(some), threads, link(some))
		if err != nil {
			return nil, err
		}
		u.Dependence = append(u.Dependence, Dependence{names[f], grid, p})
	}
	return u, u.together(m, columns, evenly(rows, togetherRows), top[:min(togetherAmong, len(top))], threads)
}

// together measures which of the first features act together.
func (u *Understanding) together(m *predict.Model, columns [][]float64, some, top []int, threads int) error {
	sample, names := rowsOfColumns(columns, some), m.Features()
	for i, a := range top {
		for _, b := range top[i+1:] {
			h, err := predict.Interaction(m, sample, a, b, len(some), threads)
			if err != nil {
				return err
			}
			u.Interactions = append(u.Interactions, Interaction{[2]string{names[a], names[b]}, h})
		}
	}
	slices.SortStableFunc(u.Interactions, func(a, b Interaction) int {
		switch {
		case a.Strength > b.Strength:
			return -1
		case a.Strength < b.Strength:
			return 1
		}
		return 0
	})
	return nil
}

// evenly picks rows evenly.
func evenly(rows, n int) []int {
	n = min(n, rows)
	some := make([]int, n)
	for i := range some {
		some[i] = i * rows / n
	}
	return some
}

// quantiles are the distinct values at every twentieth of the known ones.
func quantiles(x []float64) []float64 {
	known := slices.DeleteFunc(slices.Clone(x), math.IsNaN)
	slices.Sort(known)
	var grid []float64
	for k := 1; k < 20 && len(known) > 0; k++ {
		grid = append(grid, known[k*(len(known)-1)/20])
	}
	return slices.Compact(grid)
}
