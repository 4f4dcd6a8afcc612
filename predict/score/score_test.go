package score_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"segmenta/predict/forest"
	"segmenta/predict/score"
)

// A shape is a kind of forest that random ones are made of.
type shape struct {
	name                     string
	features, trees, leaves  int
	classes, cuts, levels    int // levels of categories; 0 none
	average, zeros, infinite bool
}

var shapes = []shape{
	{name: "small", features: 3, trees: 5, leaves: 7, classes: 1, cuts: 20},
	{name: "usual", features: 12, trees: 40, leaves: 31, classes: 1, cuts: 250, infinite: true},
	{name: "64 leaves", features: 12, trees: 40, leaves: 64, classes: 1, cuts: 200},
	{name: "65 leaves", features: 5, trees: 20, leaves: 65, classes: 1, cuts: 100},
	{name: "as many leaves as a byte names", features: 5, trees: 7, leaves: 256, classes: 1, cuts: 100},
	{name: "more leaves than a byte names", features: 5, trees: 7, leaves: 700, classes: 1, cuts: 100, levels: 40},
	{name: "more thresholds than a byte counts", features: 2, trees: 60, leaves: 31, classes: 1, cuts: 5000},
	{name: "stumps and constants", features: 2, trees: 30, leaves: 2, classes: 1, cuts: 10},
	{name: "one leaf", features: 1, trees: 3, leaves: 1, classes: 1, cuts: 1},
	{name: "zero as missing", features: 6, trees: 30, leaves: 31, classes: 1, cuts: 40, zeros: true},
	{name: "categories", features: 6, trees: 60, leaves: 31, classes: 1, cuts: 60, levels: 90},
	{name: "3000 categories", features: 3, trees: 20, leaves: 31, classes: 1, cuts: 60, levels: 3000},
	{name: "classes", features: 6, trees: 30, leaves: 15, classes: 3, cuts: 60, levels: 10, zeros: true},
	{name: "mean", features: 6, trees: 30, leaves: 15, classes: 1, cuts: 60, average: true},
}

func (s shape) forest(random *rand.Rand) *forest.Forest {
	f := &forest.Forest{Features: make([]string, s.features), Classes: s.classes, Average: s.average, Sigmoid: 1}
	for range s.trees {
		f.Trees = append(f.Trees, s.tree(random))
	}
	return f
}

func (s shape) tree(random *rand.Rand) (t forest.Tree) {
	t.Value = append(t.Value, random.NormFloat64())
	for len(t.Value) < s.leaves {
		// Any leaf splits: the node takes its place, and the leaf becomes its left child.
		leaf, n := random.IntN(len(t.Value)), len(t.Left)
		for i := range t.Left {
			for _, child := range []*int{&t.Left[i], &t.Right[i]} {
				if *child == ^leaf {
					*child = n
				}
			}
		}
		t.Left, t.Right = append(t.Left, ^leaf), append(t.Right, ^len(t.Value))
		t.Value = append(t.Value, random.NormFloat64())
		t.Feature = append(t.Feature, random.IntN(s.features))
		if s.levels > 0 && t.Feature[n]%2 == 0 {
			s.set(&t, random)
			continue
		}
		missing := []int{forest.MissingNone, forest.MissingNaN, forest.MissingNaN}[random.IntN(3)]
		if s.zeros {
			missing = random.IntN(3)
		}
		t.Decision = append(t.Decision, forest.Decide(missing, random.IntN(2) == 0))
		t.Threshold = append(t.Threshold, s.threshold(t.Feature[n], random))
	}
	return t
}

// threshold is one of a feature's: of any sign, of both signs, near 0, or very uneven.
func (s shape) threshold(feature int, random *rand.Rand) float64 {
	x := float64(random.IntN(s.cuts))
	switch {
	case s.infinite && random.IntN(20) == 0:
		return math.Inf(1)
	case random.IntN(20) == 0:
		return []float64{1.0000000180025095e-35, -1e-35, 0, math.MaxFloat64, -1e300, math.Copysign(0, -1)}[random.IntN(6)]
	}
	switch feature % 4 {
	case 0:
		return x + 0.5
	case 1:
		return math.Sinh(x/float64(s.cuts)*20 - 10)
	case 2:
		return -math.Exp(x / float64(s.cuts) * 30)
	}
	return x*1e-3 - 0.1
}

func (s shape) set(t *forest.Tree, random *rand.Rand) {
	words := make([]uint32, 1+random.IntN(s.levels/32+1))
	words[len(words)-1] = 1 << random.IntN(32)
	for i := range words {
		words[i] |= random.Uint32() & random.Uint32()
	}
	if len(t.Boundaries) == 0 {
		t.Boundaries = []uint32{0}
	}
	t.Decision = append(t.Decision, forest.Categorical|forest.MissingNaN<<2)
	t.Threshold = append(t.Threshold, float64(len(t.Boundaries)-1))
	t.Members = append(t.Members, words...)
	t.Boundaries = append(t.Boundaries, uint32(len(t.Members)))
}

// plain scores row by row, as LightGBM and leaves do.
func plain(f *forest.Forest, columns [][]float64, row int) []float64 {
	sums, scale := make([]float64, f.Classes), 1.0
	if f.Average {
		scale = 1 / float64(len(f.Trees)/f.Classes)
	}
	for i := range f.Trees {
		t := &f.Trees[i]
		at := -1
		if len(t.Left) > 0 {
			at = 0
		}
		for at >= 0 {
			if t.GoesLeft(at, columns[t.Feature[at]][row]) {
				at = t.Left[at]
			} else {
				at = t.Right[at]
			}
		}
		sums[i%f.Classes] += t.Value[^at] * scale
	}
	return sums
}

// Every kernel gives the bits that the trees give one by one, on hard rows and any
// number of them.
func TestSameBits(t *testing.T) {
	for _, s := range shapes {
		random := rand.New(rand.NewPCG(3, 3))
		f := s.forest(random)
		if err := f.Check(); err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		compiled, err := score.Compile(f)
		if err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		for _, kernel := range score.Kernels() {
			t.Run(s.name+"/"+kernel, func(t *testing.T) {
				k, err := compiled.With(kernel)
				if err != nil {
					t.Skip(err)
				}
				for _, rows := range []int{1, 63, 64, 65, 1000} {
					compare(t, f, k, rows)
				}
			})
		}
	}
}

func compare(t *testing.T, f *forest.Forest, s *score.Scorer, rows int) {
	t.Helper()
	columns := score.Probe(f, rows)
	scores := make([][]float64, f.Classes)
	for c := range scores {
		scores[c] = make([]float64, rows)
	}
	if err := s.Raw(scores, columns, 2); err != nil {
		t.Fatal(err)
	}
	for r := range rows {
		for c, want := range plain(f, columns, r) {
			if got := scores[c][r]; math.Float64bits(got) != math.Float64bits(want) {
				t.Fatalf("row %d of %d, class %d: %v, want %v", r, rows, c, got, want)
			}
		}
	}
}
