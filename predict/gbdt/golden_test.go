package gbdt_test

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"segmenta/predict/gbdt"
)

// go test ./predict/gbdt -run Golden -golden writes the files anew; it needs a
// Python with lightgbm (SEGMENTA_PYTHON).
var golden = flag.Bool("golden", false, "write the models and raw scores in testdata")

// spending makes weighted rows whose label is an amount, mostly 0.
func spending() *gbdt.Data {
	d := shop(3000, 1)
	d.Weight = make([]float64, len(d.Label))
	for i, tier := range d.Columns[5] {
		d.Weight[i] = 0.5 + float64(i%4)
		if tier == tier {
			d.Label[i] *= 10 + tier
		}
	}
	return d
}

// The models are those on file, and give the raw scores on file, which LightGBM gave
// for them (testdata/README.md).
func TestGolden(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("fused multiplication rounds otherwise than where the files were written")
	}
	for _, tt := range []struct {
		model, raw string
		data       *gbdt.Data
		p          gbdt.Params
	}{
		{"model.txt", "raw.txt", shop(3000, 1), gbdt.Params{Rounds: 5, Leaves: 12}},
		{"tweedie.txt", "tweedie-raw.txt", spending(), gbdt.Params{Objective: "tweedie", Rounds: 5, Leaves: 12, L2: 1}},
	} {
		t.Run(tt.model, func(t *testing.T) {
			f, err := gbdt.Train(tt.data, nil, tt.p)
			if err != nil {
				t.Fatal(err)
			}
			checkGolden(t, f, filepath.Join("testdata", tt.model), filepath.Join("testdata", tt.raw))
		})
	}
}

func checkGolden(t *testing.T, f *gbdt.Forest, model, raw string) {
	unseen := odd(shop(300, 9))
	if *golden {
		if err := os.WriteFile(model, []byte(text(t, f)), 0o644); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(python(t), "testdata/predict.py", model, write(t, unseen)).Output()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(raw, out, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(model)
	if err != nil {
		t.Fatal(err)
	}
	if text(t, f) != string(want) {
		t.Errorf("the model is not the one in %s", model)
	}
	scores, err := os.ReadFile(raw)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, "golden", f, unseen, strings.Fields(string(scores)))
}
