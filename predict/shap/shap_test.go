package shap_test

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"testing"

	"segmenta/predict/forest"
	"segmenta/predict/score"
	"segmenta/predict/shap"
)

// grown is a random forest with training rows counted, deep where chain is set.
func grown(random *rand.Rand, features, trees, leaves, classes int, chain bool) *forest.Forest {
	f := &forest.Forest{Features: make([]string, features), Classes: classes, Sigmoid: 1}
	for range trees {
		t := forest.Tree{Value: []float64{random.NormFloat64()}, LeafCount: []float64{1 << 30}}
		for len(t.Value) < leaves {
			leaf, n := random.IntN(len(t.Value)), len(t.Left)
			if chain {
				leaf = len(t.Value) - 1
			}
			for i := range t.Left {
				for _, child := range []*int{&t.Left[i], &t.Right[i]} {
					if *child == ^leaf {
						*child = n
					}
				}
			}
			left := math.Floor(t.LeafCount[leaf] * (0.2 + 0.6*random.Float64()))
			t.Count, t.LeafCount = append(t.Count, t.LeafCount[leaf]), append(t.LeafCount, t.LeafCount[leaf]-left)
			t.LeafCount[leaf] = left
			t.Left, t.Right = append(t.Left, ^leaf), append(t.Right, ^len(t.Value))
			t.Value = append(t.Value, random.NormFloat64())
			feature := random.IntN(features)
			if chain {
				feature = n % features
			}
			t.Feature = append(t.Feature, feature)
			if feature == 0 {
				if t.Boundaries == nil {
					t.Boundaries = []uint32{0}
				}
				t.Threshold, t.Decision = append(t.Threshold, float64(len(t.Boundaries)-1)), append(t.Decision, forest.Categorical)
				t.Members = append(t.Members, random.Uint32()|1)
				t.Boundaries = append(t.Boundaries, uint32(len(t.Members)))
				continue
			}
			t.Threshold, t.Decision = append(t.Threshold, float64(random.IntN(9))), append(t.Decision, forest.Decide(random.IntN(3), random.IntN(2) == 0))
		}
		f.Trees = append(f.Trees, t)
	}
	return f
}

// known is a tree's mean over its training rows of what is left open when only some
// features are known.
func known(t *forest.Tree, at int, row []float64, some uint) float64 {
	if at < 0 {
		return t.Value[^at]
	}
	if some>>t.Feature[at]&1 == 1 {
		if t.GoesLeft(at, row[t.Feature[at]]) {
			return known(t, t.Left[at], row, some)
		}
		return known(t, t.Right[at], row, some)
	}
	return (t.RowsAt(t.Left[at])*known(t, t.Left[at], row, some) + t.RowsAt(t.Right[at])*known(t, t.Right[at], row, some)) / t.RowsAt(at)
}

// byDefinition is the Shapley value: the mean over all orders of what a feature adds.
func byDefinition(f *forest.Forest, class int, row []float64) []float64 {
	n := len(f.Features)
	worth := make([]float64, 1<<n)
	for some := range worth {
		for i := class; i < len(f.Trees); i += f.Classes {
			worth[some] += known(&f.Trees[i], 0, row, uint(some))
		}
	}
	factorial := []float64{1}
	for i := 1; i <= n; i++ {
		factorial = append(factorial, factorial[i-1]*float64(i))
	}
	phi := make([]float64, n)
	for j := range phi {
		for some := range worth {
			if some>>j&1 == 0 {
				k := bits.OnesCount(uint(some))
				phi[j] += factorial[k] * factorial[n-k-1] / factorial[n] * (worth[some|1<<j] - worth[some])
			}
		}
	}
	return phi
}

func explain(t *testing.T, f *forest.Forest, class int, columns [][]float64, pretend int) ([][]float64, float64) {
	t.Helper()
	if err := f.Check(); err != nil {
		t.Fatal(err)
	}
	e, err := shap.New(f, class, pretend)
	if err != nil {
		t.Fatal(err)
	}
	out := make([][]float64, len(columns))
	for c := range out {
		out[c] = make([]float64, len(columns[0]))
	}
	if err := e.Explain(out, columns, 2); err != nil {
		t.Fatal(err)
	}
	return out, e.Bias()
}

// Contributions are Shapley values by their definition, however leaves are grouped.
func TestShapleyValues(t *testing.T) {
	random := rand.New(rand.NewPCG(8, 8))
	f := grown(random, 7, 6, 24, 2, false)
	columns := score.Probe(f, 40)
	for _, pretend := range []int{1, 1 << 20} { // rows that the size of groups is chosen for
		for class := range 2 {
			got, _ := explain(t, f, class, columns, pretend)
			for r := range 40 {
				row := make([]float64, len(columns))
				for c := range columns {
					row[c] = columns[c][r]
				}
				for c, want := range byDefinition(f, class, row) {
					if math.Abs(got[c][r]-want) > 1e-12 {
						t.Fatalf("groups for %d rows, class %d, row %d, feature %d: %v, want %v", pretend, class, r, c, got[c][r], want)
					}
				}
			}
		}
	}
}

// Leaves below more features than a pattern has bits are explained too, and what all
// features get adds up to the score.
func TestDeepTrees(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 9))
	f := grown(random, 30, 3, 60, 1, true)
	const rows = 300
	columns := score.Probe(f, rows)
	got, bias := explain(t, f, 0, columns, rows)
	s, err := score.Compile(f)
	if err != nil {
		t.Fatal(err)
	}
	raw := [][]float64{make([]float64, rows)}
	if err := s.Raw(raw, columns, 1); err != nil {
		t.Fatal(err)
	}
	for r := range rows {
		sum := bias
		for c := range got {
			sum += got[c][r]
		}
		if math.Abs(sum-raw[0][r]) > 1e-9 {
			t.Fatalf("row %d: contributions add up to %v, and the score is %v", r, sum, raw[0][r])
		}
	}
}

func TestUncounted(t *testing.T) {
	f := grown(rand.New(rand.NewPCG(1, 1)), 3, 2, 4, 1, false)
	f.Trees[1].Count = nil
	if _, err := shap.New(f, 0, 10); err == nil {
		t.Error("explained without counts")
	}
}
