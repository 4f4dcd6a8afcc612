package predict_test

import (
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"segmenta/predict"
)

type golden struct {
	Rows   [][]any
	Models []struct {
		Name            string
		Raw, Prediction []float64
		Contributions   [][]float64
	}
}

func load(t *testing.T) (g golden, columns [][]float64) {
	t.Helper()
	text, err := os.ReadFile("testdata/lightgbm.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &g); err != nil {
		t.Fatal(err)
	}
	columns = make([][]float64, len(g.Rows[0]))
	for _, row := range g.Rows {
		for c, v := range row {
			switch v := v.(type) {
			case float64:
				columns[c] = append(columns[c], v)
			case string:
				columns[c] = append(columns[c], map[string]float64{"inf": math.Inf(1), "-inf": math.Inf(-1)}[v])
			default:
				columns[c] = append(columns[c], math.NaN())
			}
		}
	}
	return g, columns
}

func model(t *testing.T, name string) *predict.Model {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	m, err := predict.Load(text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Raw scores are LightGBM's to the last bit; predictions differ by the last digits of
// the exponential.
func TestSameAsLightGBM(t *testing.T) {
	g, columns := load(t)
	for _, want := range g.Models {
		t.Run(want.Name, func(t *testing.T) {
			m := model(t, want.Name)
			if m.Engine() != "compiled" || m.Uncompiled() != nil {
				t.Errorf("%s does the scoring: %v", m.Engine(), m.Uncompiled())
			}
			raw, err := m.Raw(columns, len(g.Rows), 2)
			if err != nil {
				t.Fatal(err)
			}
			judged, err := m.WithLeaves().Raw(columns, len(g.Rows), 2)
			if err != nil || !slices.Equal(raw, judged) {
				t.Errorf("leaves gives %v, %v; compiled %v", judged, err, raw)
			}
			for i, p := range m.Probability(raw) {
				if want.Name != "rf" && raw[i] != want.Raw[i] {
					t.Errorf("row %d: raw %v, want %v", i, raw[i], want.Raw[i])
				}
				if math.Abs(p-want.Prediction[i]) > 1e-12*math.Max(1, math.Abs(p)) {
					t.Errorf("row %d: %v, want %v", i, p, want.Prediction[i])
				}
			}
		})
	}
}

func TestExplanations(t *testing.T) {
	g, columns := load(t)
	for _, want := range g.Models {
		if want.Name == "rf" {
			continue
		}
		m := model(t, want.Name)
		raw, _ := m.Raw(columns, len(g.Rows), 2)
		phi, bias, err := predict.Explain(m, columns, len(g.Rows), 2)
		if err != nil {
			t.Fatal(err)
		}
		for i := range g.Rows {
			sum := bias[i]
			for c := range phi {
				sum += phi[c][i]
				if math.Abs(phi[c][i]-want.Contributions[i][c]) > 1e-9 {
					t.Errorf("%s, row %d, feature %d: %v, want %v", want.Name, i, c, phi[c][i], want.Contributions[i][c])
				}
			}
			if math.Abs(sum-raw[i]) > 1e-9 {
				t.Errorf("%s, row %d: contributions add up to %v, and the score is %v", want.Name, i, sum, raw[i])
			}
		}
	}
}

func TestRefused(t *testing.T) {
	text, err := os.ReadFile("testdata/numeric.txt")
	if err != nil {
		t.Fatal(err)
	}
	whole := string(text)
	tests := []struct{ name, from, to, want string }{
		{"cut in half", whole[len(whole)/2:], "", "cut short"},
		{"no trees", "tree\n", "forest\n", "doesn't begin"},
		{"linear leaves", "is_linear=0", "is_linear=1", "linear models"},
		{"classes", "num_class=1", "num_class=3", "3 classes"},
		{"square root", "objective=binary sigmoid:1", "objective=regression sqrt", "square root"},
		{"huge tree", "num_leaves=7", "num_leaves=2147483647", "num_leaves"},
		{"no such version", "version=v4", "version=v9", `version "v9"`},
		{"feature out of range", "split_feature=", "split_feature=9", "feature"},
		{"loop", "left_child=1", "left_child=0", "stands before it"},
		{"infinite leaf", "leaf_value=", "leaf_value=Inf", "leaf"},
		{"lines twice", "num_cat=0", "num_cat=0\nnum_cat=0", "num_cat stands twice"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := predict.Load([]byte(strings.Replace(whole, tt.from, tt.to, 1)))
			if !errors.Is(err, predict.ErrModel) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v; want ErrModel with %q", err, tt.want)
			}
		})
	}
}

// Whatever happens to a file, loading and scoring end, without a panic.
func TestDamagedFiles(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	text, err := os.ReadFile("testdata/categorical.txt")
	if err != nil {
		t.Fatal(err)
	}
	for range 3000 {
		mutant := slices.Clone(text)
		for range 1 + random.IntN(4) {
			mutant[random.IntN(len(mutant))] = "0123456789-.=\n e"[random.IntN(16)]
		}
		if random.IntN(10) == 0 {
			mutant = mutant[:random.IntN(len(mutant))]
		}
		score(mutant)
	}
}

func score(text []byte) {
	m, err := predict.Load(text)
	if err != nil {
		return
	}
	columns := make([][]float64, len(m.Features()))
	for c := range columns {
		columns[c] = []float64{0, 1, math.NaN(), -3, 1e300}
	}
	if raw, err := m.Raw(columns, 5, 1); err == nil {
		m.Probability(raw)
	}
}

func FuzzLoad(f *testing.F) {
	for _, name := range []string{"numeric", "categorical", "rf"} {
		text, err := os.ReadFile("testdata/" + name + ".txt")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(_ *testing.T, text []byte) { score(text) })
}

func TestCalibrate(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 2))
	tests := []struct {
		name string
		rate func(z float64) float64
		n    int
	}{
		{"right already", func(z float64) float64 { return 1 / (1 + math.Exp(-z)) }, 4000},
		{"too sure", func(z float64) float64 { return 1 / (1 + math.Exp(-z/3)) }, 4000},
		{"a step", func(z float64) float64 { return map[bool]float64{true: 0.8, false: 0.1}[z > 0.5] }, 4000},
		{"few rows", func(z float64) float64 { return 1 / (1 + math.Exp(-z)) }, 60},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			raw, y := make([]float64, tt.n), make([]float64, tt.n)
			for i := range raw {
				raw[i] = 2 * random.NormFloat64()
				if random.Float64() < tt.rate(raw[i]) {
					y[i] = 1
				}
			}
			c, err := predict.Calibrate(raw, y)
			if err != nil {
				t.Fatal(err)
			}
			slices.Sort(raw)
			last, off := 0.0, 0.0
			for i, p := range c.Apply(raw) {
				if p < last {
					t.Fatalf("%s: the order changes at %v", c.Method, raw[i])
				}
				last = p
				off += math.Abs(p-tt.rate(raw[i])) / float64(tt.n)
			}
			if limit := 0.03 + 0.6/math.Sqrt(float64(tt.n)); off > limit {
				t.Errorf("%s is off by %.3f on average, want at most %.3f", c.Method, off, limit)
			}
		})
	}
}
