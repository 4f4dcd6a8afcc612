package gbdt_test

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"segmenta/predict/gbdt"
)

// shop makes rows with what real tables have: missing values, ties, zeros, a
// constant column, an empty one and, last, a category.
func shop(n int, seed uint64) *gbdt.Data {
	r := rand.New(rand.NewPCG(seed, 1))
	d := &gbdt.Data{
		Names:       []string{"recency", "orders", "amount", "constant", "empty", "tier"},
		Columns:     make([][]float64, 6),
		Categorical: []bool{false, false, false, false, false, true},
		Label:       make([]float64, n),
	}
	for c := range d.Columns {
		d.Columns[c] = make([]float64, n)
	}
	for i := range n {
		recency, orders := r.ExpFloat64()*60, float64(r.IntN(9))
		amount, tier := math.Exp(r.NormFloat64()), float64(r.IntN(12))
		score := 1 - recency/60 + orders/4 + math.Mod(tier*5, 3)/2 - 1
		if r.Float64() < 0.2 {
			recency, score = math.NaN(), score-1
		}
		if r.Float64() < 0.1 {
			tier = math.NaN()
		}
		for c, v := range []float64{recency, orders, amount - 1, 7, math.NaN(), tier} {
			d.Columns[c][i] = v
		}
		if r.Float64() < 1/(1+math.Exp(-score)) {
			d.Label[i] = 1
		}
	}
	return d
}

func text(t *testing.T, f *gbdt.Forest) string {
	t.Helper()
	var b bytes.Buffer
	if err := f.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func logLoss(f *gbdt.Forest, d *gbdt.Data) float64 {
	sum := 0.0
	row := make([]float64, len(d.Columns))
	for i, y := range d.Label {
		for c := range row {
			row[c] = d.Columns[c][i]
		}
		s := f.Raw(row)
		if y == 1 {
			s = -s
		}
		sum += math.Log1p(math.Exp(s))
	}
	return sum / float64(len(d.Label))
}

func TestLearns(t *testing.T) {
	train, valid := shop(4000, 1), shop(4000, 2)
	f, err := gbdt.Train(train, valid, gbdt.Params{Rounds: 200, EarlyStop: 10})
	if err != nil {
		t.Fatal(err)
	}
	if f.Trees() != f.Best || f.Best == 200 {
		t.Errorf("kept %d trees, best round %d, want an early stop", f.Trees(), f.Best)
	}
	// The validation loss, computed from codes, is that of the raw values.
	if got, want := logLoss(f, valid), f.Losses[f.Best-1]; math.Abs(got-want) > 1e-12 {
		t.Errorf("loss by raw values = %v, by codes %v", got, want)
	}
	if loss := logLoss(f, valid); loss > 0.6 {
		t.Errorf("validation loss = %v, want below 0.6", loss)
	}
}

func TestSameBytes(t *testing.T) {
	d := manyTiers(shop(20000, 3))
	p := gbdt.Params{Rounds: 5, Seed: 7, BaggingFraction: 0.7, FeatureFraction: 0.6, Threads: 1}
	one, err := gbdt.Train(d, nil, p)
	if err != nil {
		t.Fatal(err)
	}
	for _, threads := range []int{2, 5} {
		p.Threads = threads
		many, err := gbdt.Train(d, nil, p)
		if err != nil {
			t.Fatal(err)
		}
		if text(t, one) != text(t, many) {
			t.Errorf("%d threads write another model than one", threads)
		}
	}
	p.Seed = 8
	if other, _ := gbdt.Train(d, nil, p); text(t, one) == text(t, other) {
		t.Error("another seed writes the same model")
	}
}

func TestBadData(t *testing.T) {
	column := func(d *gbdt.Data, c int, v float64) *gbdt.Data {
		for i := range d.Columns[c] {
			d.Columns[c][i] = v
		}
		return d
	}
	label := func(row int, y float64) *gbdt.Data {
		d := shop(100, 1)
		d.Label[row] = y
		return d
	}
	oneClass := shop(100, 1)
	clear(oneClass.Label)
	short := shop(100, 1)
	short.Columns[2] = short.Columns[2][:99]
	name := shop(100, 1)
	name.Names[1] = "a b"
	tests := []struct {
		name string
		data *gbdt.Data
		want string
	}{
		{"no data", nil, "nothing to learn: no rows"},
		{"no rows", &gbdt.Data{}, "nothing to learn: no rows"},
		{"no columns", &gbdt.Data{Label: []float64{0, 1}}, "nothing to learn: no columns"},
		{"one class", oneClass, "nothing to learn: every label is 0"},
		{"a label is missing", label(4, math.NaN()), "row 5: label is NaN"},
		{"a label is infinite", label(4, math.Inf(1)), "row 5: label is +Inf"},
		{"a label is no class", label(4, 2), "row 5: label is 2, want 0 or 1"},
		{"a column is short", short, "column amount has 99 rows, the label 100"},
		{"a name is odd", name, `column name "a b"`},
		{"a category is huge", column(shop(100, 1), 5, 5e9), "column tier: row 1: category 5e+09"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := gbdt.Train(tt.data, nil, gbdt.Params{})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v, want %s", err, tt.want)
			}
		})
	}
	if _, err := gbdt.Train(oneClass, nil, gbdt.Params{}); !errors.Is(err, gbdt.ErrNothing) {
		t.Errorf("one class: %v is not ErrNothing", err)
	}
	if _, err := gbdt.Train(shop(100, 1), nil, gbdt.Params{MaxBin: 1023}); err == nil {
		t.Error("1023 bins: no error")
	}
}

func TestBadLabelsAndWeights(t *testing.T) {
	rows := func(label, weight float64) *gbdt.Data {
		d := shop(100, 1)
		d.Label[2], d.Weight = label, make([]float64, 100)
		for i := range d.Weight {
			d.Weight[i] = 1
		}
		d.Weight[3] = weight
		return d
	}
	zero := rows(0, 0)
	clear(zero.Weight)
	tests := []struct {
		name      string
		data      *gbdt.Data
		objective string
		want      string
	}{
		{"a negative count", rows(-1, 1), "poisson", "row 3: label is -1, want 0 to"},
		{"a negative amount", rows(-0.01, 1), "tweedie", "row 3: label is -0.01, want 0 to"},
		{"an amount beyond float32", rows(1e39, 1), "regression", "row 3: label is 1e+39"},
		{"a weight is missing", rows(0, math.NaN()), "binary", "row 4: weight is NaN, want 0 or more"},
		{"a weight is infinite", rows(0, math.Inf(1)), "binary", "row 4: weight is +Inf"},
		{"a weight is negative", rows(0, -1), "binary", "row 4: weight is -1"},
		{"no weights", zero, "binary", "nothing to learn: no row has a weight"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := gbdt.Train(tt.data, nil, gbdt.Params{Objective: tt.objective})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v, want %s", err, tt.want)
			}
		})
	}
}

// Tables with hardly anything in them give sound models: finite, and right on average.
func TestMeagre(t *testing.T) {
	nan := math.NaN()
	one := &gbdt.Data{Columns: [][]float64{{5}}, Label: []float64{3}}
	missing := &gbdt.Data{Columns: [][]float64{{nan, nan, nan, nan}}, Label: []float64{1, 2, 3, 6}}
	same := &gbdt.Data{Columns: [][]float64{{1, 2, 3, 4}}, Label: []float64{7, 7, 7, 7}}
	ten := &gbdt.Data{Columns: [][]float64{make([]float64, 10_000)}, Categorical: []bool{true}, Label: make([]float64, 10_000)}
	for i := range ten.Label {
		ten.Columns[0][i], ten.Label[i] = float64(i), 2+float64(i%2)
	}
	tests := []struct {
		name string
		data *gbdt.Data
		p    gbdt.Params
		want float64
	}{
		{"one row", one, gbdt.Params{}, 3},
		{"all values missing", missing, gbdt.Params{MinLeaf: 1}, 3},
		{"one label", same, gbdt.Params{MinLeaf: 1}, 7},
		{"every row a category", ten, gbdt.Params{}, 2.5},
	}
	for _, tt := range tests {
		for _, objective := range []string{"regression", "poisson", "tweedie"} {
			t.Run(tt.name+" "+objective, func(t *testing.T) {
				tt.p.Objective = objective
				f, err := gbdt.Train(tt.data, nil, tt.p)
				if err != nil {
					t.Fatal(err)
				}
				got := f.Raw([]float64{tt.data.Columns[0][0]})
				if objective != "regression" {
					got = math.Exp(got)
				}
				if math.Abs(got-tt.want) > 1e-6 {
					t.Errorf("says %v, want %v", got, tt.want)
				}
			})
		}
	}
}

// What nothing can be cut from gives a constant: the log-odds of the mean.
func TestConstant(t *testing.T) {
	d := shop(30, 1) // fewer than two leaves of 20
	f, err := gbdt.Train(d, nil, gbdt.Params{})
	if err != nil {
		t.Fatal(err)
	}
	ones := 0.0
	for _, y := range d.Label {
		ones += y
	}
	want := math.Log(ones / (30 - ones))
	if got := f.Raw(make([]float64, 6)); f.Trees() != 1 || math.Abs(got-want) > 1e-12 {
		t.Errorf("%d trees say %v, want 1 that says %v", f.Trees(), got, want)
	}
}

// Where the rows begin from the truth already, nothing is left to learn; where they
// begin from nothing known, the trees make up for it.
func TestInit(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 5))
	n := 4000
	d := &gbdt.Data{Columns: [][]float64{make([]float64, n)}, Label: make([]float64, n), Init: make([]float64, n)}
	for i := range n {
		z := 2 * random.NormFloat64()
		d.Columns[0][i], d.Init[i] = z, z
		if random.Float64() < 1/(1+math.Exp(-z)) {
			d.Label[i] = 1
		}
	}
	spread := func(d *gbdt.Data) float64 {
		f, err := gbdt.Train(d, nil, gbdt.Params{Rounds: 50, MinLeaf: 200})
		if err != nil {
			t.Fatal(err)
		}
		return f.Raw([]float64{3}) - f.Raw([]float64{-3})
	}
	if learned := spread(d); math.Abs(learned) > 1 {
		t.Errorf("the trees add %.2f to scores that were right", learned)
	}
	d.Init = make([]float64, n)
	if learned := spread(d); learned < 3 {
		t.Errorf("the trees learn %.2f from nothing, want about 6", learned)
	}
}

// A monotone column moves the score one way only, whatever the other columns say.
func TestMonotone(t *testing.T) {
	d := shop(3000, 5)
	turns := func(monotone []int8) int {
		f, err := gbdt.Train(d, nil, gbdt.Params{Rounds: 40, MinLeaf: 5, Monotone: monotone})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for i := range 200 {
			row := []float64{d.Columns[0][i], 0, d.Columns[2][i], 7, 0, d.Columns[5][i]}
			for last := f.Raw(row); row[1] < 10; row[1]++ {
				now := f.Raw(row)
				if now < last {
					n++
				}
				last = now
			}
		}
		return n
	}
	if n := turns([]int8{0, 1, 0, 0, 0, 0}); n > 0 {
		t.Errorf("the score falls %d times where it may only rise", n)
	}
	if turns(nil) == 0 {
		t.Error("the score never falls without the constraint: the test shows nothing")
	}
}

// Rows of double weight say the same as all of them.
func TestWeight(t *testing.T) {
	d := shop(2000, 6)
	twice := shop(2000, 6)
	for c := range twice.Columns {
		twice.Columns[c] = append(twice.Columns[c], d.Columns[c]...)
	}
	twice.Label = append(twice.Label, d.Label...)
	d.Weight = make([]float64, len(d.Label))
	for i := range d.Weight {
		d.Weight[i] = 2
	}
	a, err := gbdt.Train(d, nil, gbdt.Params{Rounds: 1, MinLeaf: 50})
	if err != nil {
		t.Fatal(err)
	}
	b, err := gbdt.Train(twice, nil, gbdt.Params{Rounds: 1, MinLeaf: 100})
	if err != nil {
		t.Fatal(err)
	}
	row := []float64{10, 3, 1, 7, 0, 2}
	if x, y := a.Raw(row), b.Raw(row); math.Abs(x-y) > 0.02 {
		t.Errorf("weight 2 says %v, twice the rows %v", x, y)
	}
}
