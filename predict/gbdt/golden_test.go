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
var golden = flag.Bool("golden", false, "write testdata/model.txt and testdata/raw.txt")

// The model is the one on file, and gives the raw scores on file, which
// LightGBM gave for it (testdata/README.md).
func TestGolden(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("fused multiplication rounds otherwise than where the files were written")
	}
	f, err := gbdt.Train(shop(3000, 1), nil, gbdt.Params{Rounds: 5, Leaves: 12})
	if err != nil {
		t.Fatal(err)
	}
	unseen := odd(shop(300, 9))
	model, raw := filepath.Join("testdata", "model.txt"), filepath.Join("testdata", "raw.txt")
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
