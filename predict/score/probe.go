package score

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"

	"segmenta/predict/forest"
)

// Probe makes rows that are hard for a forest: values at its thresholds and next to
// them on both sides, its categories, those that it doesn't know, and what is missing,
// zero, nearly zero, negative, huge or infinite. The same forest gets the same rows.
func Probe(f *forest.Forest, rows int) [][]float64 {
	random := rand.New(rand.NewPCG(17, 1))
	nodes := make([][][2]int, len(f.Features)) // tree and node
	for i := range f.Trees {
		for n, feature := range f.Trees[i].Feature {
			nodes[feature] = append(nodes[feature], [2]int{i, n})
		}
	}
	columns := make([][]float64, len(f.Features))
	for c := range columns {
		columns[c] = make([]float64, rows)
		for r := range columns[c] {
			if len(nodes[c]) == 0 || random.IntN(8) == 0 {
				columns[c][r] = odd[random.IntN(len(odd))]
				continue
			}
			at := nodes[c][random.IntN(len(nodes[c]))]
			columns[c][r] = near(&f.Trees[at[0]], at[1], random)
		}
	}
	return columns
}

var odd = []float64{0, math.Copysign(0, -1), math.NaN(), math.NaN(), math.NaN(), 1e-36, -1e-36, 1e-35, -1e-35, math.Inf(1), math.Inf(-1), -0.5, -1, -7, 0.5, 1, 31, 32, 1e5,
	math.MaxInt32, math.MaxInt32 + 1, 5e9, -5e9, math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64, math.Float64frombits(0xFFF8000000000001)}

// near is a value at which a node decides.
func near(t *forest.Tree, node int, random *rand.Rand) float64 {
	if t.Decision[node]&forest.Categorical == 0 {
		x := t.Threshold[node]
		return []float64{x, math.Nextafter(x, math.Inf(-1)), math.Nextafter(x, math.Inf(1)), x + math.Abs(x)*1e-3, x - math.Abs(x)*1e-3}[random.IntN(5)]
	}
	set := t.Set(int(t.Threshold[node]))
	from := random.IntN(len(set))
	i := slices.IndexFunc(set[from:], func(w uint32) bool { return w != 0 })
	if i < 0 || random.IntN(4) == 0 {
		return float64(random.IntN(len(set)*32 + 2))
	}
	return float64((from+i)*32+bits.TrailingZeros32(set[from+i])) + []float64{0, 0, 0.7}[random.IntN(3)]
}
