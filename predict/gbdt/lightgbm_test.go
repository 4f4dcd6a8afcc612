package gbdt_test

import (
	"bytes"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"segmenta/predict/gbdt"
)

// python finds one that has lightgbm, or skips the test.
func python(t *testing.T) string {
	t.Helper()
	name := os.Getenv("SEGMENTA_PYTHON")
	if name == "" {
		name = "python3"
	}
	if err := exec.Command(name, "-c", "import lightgbm, numpy").Run(); err != nil {
		t.Skipf("no lightgbm for %s: set SEGMENTA_PYTHON to a Python that has it", name)
	}
	return name
}

// write puts rows where Python can read them.
func write(t *testing.T, d *gbdt.Data) string {
	t.Helper()
	var b bytes.Buffer
	for i := range d.Label {
		for c := range d.Columns {
			if c > 0 {
				b.WriteByte(',')
			}
			if v := d.Columns[c][i]; v == v {
				b.WriteString(strconv.FormatFloat(v, 'g', -1, 64))
			} else {
				b.WriteString("nan")
			}
		}
		b.WriteByte('\n')
	}
	path := filepath.Join(t.TempDir(), "rows.csv")
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// odd replaces values of unseen rows with what training never saw.
func odd(d *gbdt.Data) *gbdt.Data {
	strange := []float64{math.Inf(1), math.Inf(-1), 0, math.Copysign(0, -1), 1e-36, -1e-36, 1e300, -1e300, math.NaN(), -3, 2.5, 77}
	for c := range d.Columns {
		for i, v := range strange {
			d.Columns[c][c*len(strange)+i] = v
		}
	}
	return d
}

func infinite(d *gbdt.Data) *gbdt.Data {
	for i := 0; i < len(d.Label); i += 7 {
		d.Columns[2][i] = math.Inf(1)
		d.Columns[0][i] = math.Inf(-1)
	}
	return d
}

// manyTiers replaces the category by one of ten thousand, on which the label depends.
func manyTiers(d *gbdt.Data) *gbdt.Data {
	r := rand.New(rand.NewPCG(11, 1))
	for i := range d.Label {
		tier := math.Floor(10_000 * math.Pow(r.Float64(), 3))
		d.Columns[5][i] = tier
		if r.Float64() < 0.5 {
			d.Label[i] = math.Mod(tier, 2)
		}
	}
	return d
}

// LightGBM reads what we write and answers with the same bits.
func TestLightGBMAgrees(t *testing.T) {
	name := python(t)
	tests := []struct {
		name string
		data *gbdt.Data
		p    gbdt.Params
	}{
		{"binary", shop(3000, 1), gbdt.Params{Rounds: 30}},
		{"regression", shop(3000, 1), gbdt.Params{Rounds: 10, Objective: "regression", L2: 3, L1: 0.5}},
		{"poisson", shop(3000, 1), gbdt.Params{Rounds: 10, Objective: "poisson"}},
		{"tweedie", shop(3000, 1), gbdt.Params{Rounds: 10, Objective: "tweedie"}},
		{"weights", spending(), gbdt.Params{Rounds: 10, Objective: "tweedie", TweediePower: 1.2}},
		{"samples", shop(3000, 1), gbdt.Params{Rounds: 10, BaggingFraction: 0.5, FeatureFraction: 0.5}},
		{"infinities", infinite(shop(3000, 1)), gbdt.Params{Rounds: 10}},
		{"goss", shop(3000, 1), gbdt.Params{Rounds: 20, TopRate: 0.2}},
		{"monotone", shop(3000, 1), gbdt.Params{Rounds: 10, Monotone: []int8{-1, 1, 0, 0, 0, 0}}},
		{"ten thousand categories", manyTiers(shop(30_000, 1)), gbdt.Params{Rounds: 10}},
		{"few bins", shop(3000, 1), gbdt.Params{Rounds: 10, MaxBin: 4}},
		{"constant", shop(30, 1), gbdt.Params{}},
	}
	var forests []*gbdt.Forest
	args := []string{"testdata/predict.py"}
	unseen := odd(shop(1000, 9))
	for _, tt := range tests {
		f, err := gbdt.Train(tt.data, nil, tt.p)
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		model := filepath.Join(t.TempDir(), "model.txt")
		if err := os.WriteFile(model, []byte(text(t, f)), 0o644); err != nil {
			t.Fatal(err)
		}
		forests = append(forests, f)
		args = append(args, model, write(t, tt.data), model, write(t, unseen))
	}
	out, err := exec.Command(name, args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	scores := strings.Fields(string(out))
	for i, tt := range tests {
		n := len(tt.data.Label)
		compare(t, tt.name+", seen", forests[i], tt.data, scores[:n])
		compare(t, tt.name+", unseen", forests[i], unseen, scores[n:n+1000])
		scores = scores[n+1000:]
	}
}

// compare wants the same bits from the forest as in the list of hex floats.
func compare(t *testing.T, what string, f *gbdt.Forest, d *gbdt.Data, want []string) {
	t.Helper()
	if len(want) != len(d.Label) {
		t.Fatalf("%s: %d scores for %d rows", what, len(want), len(d.Label))
	}
	row := make([]float64, len(d.Columns))
	for i, w := range want {
		for c := range row {
			row[c] = d.Columns[c][i]
		}
		x, err := strconv.ParseFloat(w, 64)
		if got := f.Raw(row); err != nil || got != x {
			t.Fatalf("%s row %d %v: raw score %v, LightGBM says %v (%v)", what, i+1, row, got, x, err)
		}
	}
}
