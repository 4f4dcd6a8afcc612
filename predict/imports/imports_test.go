package imports_test

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"strings"
	"testing"

	"segmenta/predict"
	"segmenta/predict/imports"
)

type model struct {
	Name, File      string
	Rows            [][]*float64
	Raw, Prediction any
}

func golden(t testing.TB) []model {
	t.Helper()
	text, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var g struct{ Models []model }
	if err := json.Unmarshal(text, &g); err != nil {
		t.Fatal(err)
	}
	return g.Models
}

func (m model) columns() [][]float64 {
	columns := make([][]float64, len(m.Rows[0]))
	for _, row := range m.Rows {
		for c, v := range row {
			if v == nil {
				columns[c] = append(columns[c], math.NaN())
			} else {
				columns[c] = append(columns[c], *v)
			}
		}
	}
	return columns
}

// at is the golden score of a row and class.
func at(scores any, row, class int) float64 {
	switch v := scores.([]any)[row].(type) {
	case float64:
		return v
	case []any:
		return v[class].(float64)
	}
	return math.NaN()
}

// Every row reaches the leaf that it reaches in the program that trained the model: raw
// scores of programs that add up in float64 are the same to the last digits, XGBoost's
// to those of float32, and probabilities to a millionth. What is imported is what
// LightGBM's text says: it is written, and loaded as any model is.
func TestInterop(t *testing.T) {
	for _, m := range golden(t) {
		t.Run(m.Name, func(t *testing.T) {
			data, err := os.ReadFile("testdata/" + m.File)
			if err != nil {
				t.Fatal(err)
			}
			in, err := imports.Read(data)
			if err != nil {
				t.Fatal(err)
			}
			p, err := predict.Load(in.Forest.Text())
			if err != nil {
				t.Fatal(err)
			}
			if p.Engine() != "compiled" {
				t.Errorf("%s does the scoring: %v", p.Engine(), p.Uncompiled())
			}
			raw, err := p.RawClasses(m.columns(), len(m.Rows), 1)
			if err != nil {
				t.Fatal(err)
			}
			tolerance := 1e-12
			if strings.HasPrefix(m.Name, "xgboost") {
				tolerance = 1e-6
			}
			for c, scores := range p.Probabilities(raw) {
				for r, got := range scores {
					want, trees := at(m.Raw, r, c), 1.0
					if m.Name == "lightgbm_rf" { // LightGBM's raw score is the sum, ours the mean
						trees = 8
					}
					if d := math.Abs(raw[c][r]*trees - want); !(d <= tolerance*math.Max(1, math.Abs(want))) {
						t.Errorf("row %d, class %d: raw %v, want %v", r, c, raw[c][r], want)
					}
					if want := at(m.Prediction, r, c); !(math.Abs(got-want) <= 1e-6*math.Max(1, math.Abs(want))) {
						t.Errorf("row %d, class %d: %v, want %v", r, c, got, want)
					}
				}
			}
		})
	}
}

func TestRefusedByName(t *testing.T) {
	for _, tt := range []struct{ file, want string }{
		{"refused_linear_tree.txt", "linear models"},
		{"refused_reg_sqrt.txt", "square root"},
		{"refused_lightgbm_dump.json", "booster.save_model"},
		{"refused_gblinear.json", "gblinear, which has no trees"},
		{"refused_vector_leaf.json", "2 targets at once"},
		{"refused_survival.json", "survival:aft"},
		{"refused_catboost_categorical.json", "categorical_features"},
	} {
		data, err := os.ReadFile("testdata/" + tt.file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := imports.Read(data); !errors.Is(err, imports.ErrFormat) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v; want ErrFormat with %q", tt.file, err, tt.want)
		}
	}
	for _, tt := range []struct{ data, want string }{
		{"", "none of the kinds"}, {"\x80\x04K\x01.", "pickle"}, {"CBM1", "CatBoost's binary"}, {`{"a": 1}`, "none of the kinds"}, {`{"a": `, "JSON"}, {"{L\x00\x00\x00\x00\x00\x00\x00\xff", "UBJSON"},
	} {
		if _, err := imports.Read([]byte(tt.data)); !errors.Is(err, imports.ErrFormat) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: %v; want ErrFormat with %q", tt.data, err, tt.want)
		}
	}
}

func TestRename(t *testing.T) {
	data, err := os.ReadFile("testdata/xgboost_gbtree.ubj")
	if err != nil {
		t.Fatal(err)
	}
	m, err := imports.Read(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, names := range [][]string{{"a"}, {"a", "b", "c", "d", "d"}, {"a", "b", "c", "d", "e f"}} {
		if m.Rename(names) == nil {
			t.Errorf("%q: want an error", names)
		}
	}
	if err := m.Rename([]string{"a", "b", "c", "d", "é"}); err != nil {
		t.Error(err)
	}
}
