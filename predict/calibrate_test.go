package predict_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"segmenta/predict"
	"segmenta/predict/interval"
)

// TestCalibrationGolden holds each method against scikit-learn's, betacal's and
// venn-abers'; testdata/calibration.json names the versions and the tolerances.
func TestCalibrationGolden(t *testing.T) {
	text, err := os.ReadFile("testdata/calibration.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct {
		Cases []struct {
			Method, Name      string
			X, F, Y, W, Query []float64
			Out               struct {
				ThresholdsX       []float64 `json:"thresholds_x"`
				ThresholdsY       []float64 `json:"thresholds_y"`
				Fitted, Query     []float64
				Predicted, P0, P1 []float64
				X, P              []float64
				A, B, M           float64
				Platt             *struct {
					A, B      float64
					Predicted []float64
				} `json:"platt_smoothed"`
			}
		}
	}
	if err := json.Unmarshal(text, &golden); err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]int)
	for _, c := range golden.Cases {
		same := func(what string, got, want []float64, tolerance float64) {
			t.Helper()
			if len(got) < len(want) {
				t.Errorf("%s %s: %d values of %s, want %d", c.Method, c.Name, len(got), what, len(want))
				return
			}
			for i := range want {
				if math.IsNaN(got[i]) || math.Abs(got[i]-want[i]) > tolerance*math.Max(1, math.Abs(want[i])) {
					t.Errorf("%s %s: %s %d = %v, want %v", c.Method, c.Name, what, i, got[i], want[i])
				}
			}
		}
		seen[c.Method]++
		switch c.Method {
		case "isotonic":
			m := predict.Isotonic(c.X, c.Y, c.W)
			same("thresholds", m.X, c.Out.ThresholdsX, 1e-12)
			same("values", m.Y, c.Out.ThresholdsY, 1e-12)
			same("fitted", m.Apply(c.X), c.Out.Fitted, 1e-12)
			same("predicted", m.Apply(c.Out.Query), c.Out.Predicted, 1e-12)
		case "pava":
			x := make([]float64, len(c.Y))
			for i := range x {
				x[i] = float64(i)
			}
			same("fitted", predict.Isotonic(x, c.Y, nil).Apply(x), c.Out.X, 1e-12)
		case "platt":
			m := predict.Platt(c.F, c.Y)
			if c.Name == "rare" { // its slope is negative: ours never turns the order round
				if m.Slope <= 0 {
					t.Errorf("platt %s: slope %v, want above zero", c.Name, m.Slope)
				}
				continue
			}
			same("A and B", []float64{-m.Slope, -m.Offset}, []float64{c.Out.Platt.A, c.Out.Platt.B}, 2e-6)
			same("predicted", m.Apply(c.F), c.Out.Platt.Predicted, 1e-6)
		case "beta":
			if c.Name != "abm" { // the two simpler forms are not offered
				continue
			}
			raw := make([]float64, len(c.X))
			for i, p := range c.X {
				raw[i] = math.Log(p / (1 - p))
			}
			m := predict.Beta(raw, c.Y)
			// betacal's solver stops early: ours has the smaller loss (62.418731 against 62.418732)
			same("a and b", []float64{m.A, m.B}, []float64{c.Out.A, c.Out.B}, 1e-3)
			same("m", []float64{m.C}, []float64{c.Out.B*math.Log(1-c.Out.M) - c.Out.A*math.Log(c.Out.M)}, 1e-3)
			same("predicted", m.Apply(raw), c.Out.Predicted, 1e-4)
		case "venn_abers":
			v := interval.NewVennAbers(c.X, c.Y)
			var p0, p1 []float64
			for _, q := range c.Query {
				low, high := v.Bounds(q)
				p0, p1 = append(p0, low), append(p1, high)
			}
			same("p0", p0, c.Out.P0, 1e-12)
			same("p1", p1, c.Out.P1, 1e-12)
		}
	}
	for method, want := range map[string]int{"isotonic": 8, "platt": 3, "beta": 3, "venn_abers": 1, "pava": 1} {
		if seen[method] != want {
			t.Errorf("%d cases of %s, want %d", seen[method], method, want)
		}
	}
}

// The method that is chosen is the one that later rows need, and none where none is
// needed.
func TestChooseMethod(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	tests := []struct {
		name string
		rate func(z float64) float64
		want []string
	}{
		{"right already", func(z float64) float64 { return 1 / (1 + math.Exp(-z)) }, []string{"none"}},
		{"too sure", func(z float64) float64 { return 1 / (1 + math.Exp(-z/3)) }, []string{"platt", "beta"}},
		{"a step", func(z float64) float64 { return map[bool]float64{true: 0.8, false: 0.1}[z > 0.5] }, []string{"isotonic"}},
	}
	for _, tt := range tests {
		draw := func(n int) (raw, y []float64) {
			for range n {
				z := 2 * random.NormFloat64()
				happened := 0.0
				if random.Float64() < tt.rate(z) {
					happened = 1
				}
				raw, y = append(raw, z), append(y, happened)
			}
			return raw, y
		}
		raw, y := draw(4000)
		laterRaw, laterY := draw(4000)
		got, err := predict.ChooseMethod(raw, y, laterRaw, laterY)
		ok := false
		for _, w := range tt.want {
			ok = ok || got == w
		}
		if err != nil || !ok {
			t.Errorf("%s: %q (%v), want one of %v", tt.name, got, err, tt.want)
		}
	}
	if _, err := predict.ChooseMethod([]float64{1, 2}, []float64{1, 1}, []float64{1}, []float64{0}); err == nil {
		t.Error("one outcome: no error")
	}
}

// Moments that are off as a whole, now above, now below, need no calibration, however many
// rows they have; what all of them have in common does.
func TestChooseByMoments(t *testing.T) {
	tests := []struct {
		name  string
		slope float64 // of what is true beside what was said
		level float64
		want  []string
	}{
		{"right on the whole", 1, 0, []string{"none"}},
		{"too sure", 0.3, 0, []string{"platt", "beta", "isotonic"}},
		{"too high", 1, -1.5, []string{"platt", "beta", "isotonic"}},
	}
	for _, tt := range tests {
		random := rand.New(rand.NewPCG(5, 3))
		hits, trials := 0, 20
		for range trials {
			var raw, y [][]float64
			for range 3 {
				z, happened := make([]float64, 3000), make([]float64, 3000)
				shift := 0.25 * random.NormFloat64()
				for i := range z {
					z[i] = 2 * random.NormFloat64()
					if random.Float64() < 1/(1+math.Exp(-tt.slope*z[i]-tt.level-shift)) {
						happened[i] = 1
					}
				}
				raw, y = append(raw, z), append(y, happened)
			}
			got, err := predict.ChooseByMoments(raw, y)
			if err != nil {
				t.Fatal(err)
			}
			if slices.Contains(tt.want, got) {
				hits++
			}
		}
		if hits < trials*3/4 {
			t.Errorf("%s: one of %v in %d of %d cases, want most", tt.name, tt.want, hits, trials)
		}
	}
	if _, err := predict.ChooseByMoments([][]float64{{1, 2}, {1, 2}}, [][]float64{{1, 0}, {1, 1}}); err == nil {
		t.Error("a moment with one outcome: no error")
	}
}
