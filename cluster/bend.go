package cluster

import (
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// bends lists how a column may be bent; empty is what it needs.
var bends = []string{"", "none", "log1p", "yeo_johnson", "quantile"}

// choose finds out how a column is to be bent, from its sorted values.
func (c *ColumnTransform) choose(known []float64, how string) {
	if how == "" {
		switch {
		case math.Abs(skewness(known)) <= skewed:
			return
		case known[0] >= 0 && skewness(known) > 0:
			how = "log1p"
		default:
			how = "yeo_johnson"
		}
	}
	switch how {
	case "log1p":
		if known[0] < 0 { // has no logarithm
			how = "yeo_johnson"
			c.Power = bestPower(known)
		}
	case "yeo_johnson":
		c.Power = bestPower(known)
	case "quantile":
		const steps = 100
		for q := range steps + 1 {
			c.Quantiles = append(c.Quantiles, known[q*(len(known)-1)/steps])
		}
	case "none":
		return
	}
	c.Bend = how
}

func (c *ColumnTransform) bend(v float64) float64 {
	switch c.Bend {
	case "log1p":
		return math.Log1p(max(0, v))
	case "yeo_johnson":
		return yeoJohnson(v, c.Power)
	case "quantile":
		return normal(c.Quantiles, v)
	}
	return v
}

// yeoJohnson is a power that works on both sides of 0.
//
// Yeo, I.-K. and Johnson, R. A. (2000). A new family of power transformations. Biometrika
// 87 (4).
func yeoJohnson(v, power float64) float64 {
	switch {
	case v >= 0 && power != 0:
		return (math.Pow(v+1, power) - 1) / power
	case v >= 0:
		return math.Log1p(v)
	case power != 2:
		return -(math.Pow(1-v, 2-power) - 1) / (2 - power)
	}
	return -math.Log1p(-v)
}

// bestPower is the one, to a hundredth from −2 to 4, under which values look most normal:
// of the highest likelihood.
func bestPower(known []float64) float64 {
	some := known
	if len(known) > 2000 { // at equal steps of rank
		some = make([]float64, 2000)
		for i := range some {
			some[i] = known[i*(len(known)-1)/(len(some)-1)]
		}
	}
	jacobian := 0.0
	for _, v := range some {
		jacobian += math.Copysign(math.Log1p(math.Abs(v)), v)
	}
	out := make([]float64, len(some))
	best, most := 1.0, math.Inf(-1)
	for step := -200; step <= 400; step += 5 {
		power := float64(step) / 100
		for i, v := range some {
			out[i] = yeoJohnson(v, power)
		}
		_, sd := moments(out)
		if l := -float64(len(some))*math.Log(sd) + (power-1)*jacobian; l > most && sd > 0 {
			best, most = power, l
		}
	}
	return best
}

// normal is where a value of this rank would stand if the column were normal.
func normal(quantiles []float64, v float64) float64 {
	last := len(quantiles) - 1
	from := sort.SearchFloat64s(quantiles, v)
	to := sort.Search(len(quantiles), func(i int) bool { return quantiles[i] > v })
	rank := float64(from+to-1) / 2
	if from == to && from > 0 && to <= last { // between two
		low, high := quantiles[from-1], quantiles[from]
		rank = float64(from-1) + (v-low)/(high-low)
	}
	p := min(max(rank/float64(last), 0.005), 0.995)
	return distuv.UnitNormal.Quantile(p)
}

// Columns from this correlation on share a weight; from the second on, one is enough.
const (
	akin  = 0.6
	equal = 0.9999
)

// mostWeighed is the most columns and rows whose correlations are taken.
const (
	mostWeighed = 512
	weighedRows = 20_000
)

// weigh drops columns that repeat another, and gives columns that say much the same about
// one column's weight together: 1 / √Σ r², over those with which they correlate.
func (t *Transform) weigh(columns [][]float64) {
	var kept []int
	for i, c := range t.Columns {
		if c.Dropped == "" {
			kept = append(kept, i)
		}
	}
	if len(kept) > mostWeighed {
		return
	}
	n := len(columns[0])
	every := max(1, n/weighedRows)
	values := make([][]float64, len(t.Columns))
	for _, i := range kept {
		for r := 0; r < n; r += every {
			values[i] = append(values[i], t.Columns[i].cut(columns[i][r]))
		}
	}
	var alone []int
	for _, i := range kept {
		twin := slices.IndexFunc(alone, func(j int) bool { return math.Abs(stat.Correlation(values[i], values[j], nil)) >= equal })
		if twin >= 0 && n > 2 {
			t.Columns[i].Dropped = "it repeats " + t.Columns[alone[twin]].Name
			continue
		}
		alone = append(alone, i)
	}
	for _, i := range alone {
		sum := 1.0
		for _, j := range alone {
			if r := math.Abs(stat.Correlation(values[i], values[j], nil)); j != i && r >= akin {
				sum += r * r
			}
		}
		t.Columns[i].Weight = 1 / math.Sqrt(sum)
	}
}
