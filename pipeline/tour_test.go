package pipeline_test

import (
	"context"
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"segmenta/pipeline"
)

// edit changes a project's purchases, line by line; an empty answer drops the line.
func edit(t *testing.T, j *pipeline.Job, change func(k int, row []string) []string) {
	t.Helper()
	file := j.Config.Path("purchases.csv")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	w := csv.NewWriter(&b)
	for k, row := range rows {
		if k > 0 {
			row = change(k, row)
		}
		if row != nil {
			w.Write(row)
		}
	}
	w.Flush()
	if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// copied is a trained project in a folder of its own, in a language.
func copied(t *testing.T, j *pipeline.Job, language string) *pipeline.Job {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(j.Config.Path("."))); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "segmenta.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append([]byte("language: "+language+"\n"), text...), 0o644); err != nil {
		t.Fatal(err)
	}
	return reopen(t, dir)
}

// A tour of the gates: each is tripped, and says what it saw and what to do, in both
// languages; nothing is published then. Churn that is out of the ordinary is told with
// the definition that gave it. Row 44.
func TestTourOfTheGates(t *testing.T) {
	sound := aShop(t, 400, 330, twoTargets)
	if _, err := sound.Train(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	if done, err := sound.Run(t.Context(), "2024-11-01"); err != nil || done.Customers == 0 {
		t.Fatalf("a sound run: %v", err)
	}
	tests := []struct {
		name   string
		trip   func(t *testing.T, j *pipeline.Job)
		en, es string
	}{
		{"rejected rows", func(t *testing.T, j *pipeline.Job) {
			edit(t, j, func(k int, row []string) []string {
				if k%5 == 0 {
					row[2] = "a lot"
				}
				return row
			})
		}, "rows can't be used", "quality.max_rejected says"},
		{"volume", func(t *testing.T, j *pipeline.Job) {
			edit(t, j, func(k int, row []string) []string {
				if k%4 != 0 {
					return nil
				}
				return row
			})
		}, "in the run of 2024-11-01", "en la ejecución de 2024-11-01"},
		{"drift", func(t *testing.T, j *pipeline.Job) { // cents instead of whole units
			edit(t, j, func(_ int, row []string) []string {
				v, _ := strconv.ParseFloat(row[2], 64)
				row[2] = strconv.FormatFloat(100*v, 'f', 2, 64)
				return row
			})
		}, "not the customers that the models learned from", "no son los clientes de los que aprendieron"},
		{"damaged model", func(t *testing.T, j *pipeline.Job) {
			files, err := filepath.Glob(j.Config.Path("workspace/models/churn/*/calibration.json"))
			if err != nil || len(files) != 1 {
				t.Fatal(files, err)
			}
			if err := os.WriteFile(files[0], []byte(`{"method":"none"}`), 0o644); err != nil {
				t.Fatal(err)
			}
		}, "not the file that was stored", "not the file that was stored"},
		{"another question", func(t *testing.T, j *pipeline.Job) {
			c := j.Config.Path("segmenta.yaml")
			text, _ := os.ReadFile(c)
			os.WriteFile(c, []byte(strings.Replace(string(text), "horizon: 60d", "horizon: 45d", 1)), 0o644)
		}, "train again", "train again"},
		{"reliability", func(t *testing.T, j *pipeline.Job) { // nothing is known of where people live
			c := j.Config.Path("segmenta.yaml")
			text, _ := os.ReadFile(c)
			os.WriteFile(c, append(text, "\nquality: {min_reliability: {behavioural: 0.5, geographic: 0.5}}\n"...), 0o644)
		}, "geographic: the data have nothing of it", "Geográficos: los datos no tienen nada"},
	}
	for _, tt := range tests {
		for _, in := range []struct{ language, want string }{{"en", tt.en}, {"es", tt.es}} {
			t.Run(tt.name+" "+in.language, func(t *testing.T) {
				j := copied(t, sound, in.language)
				tt.trip(t, j)
				j = reopen(t, j.Config.Path("."))
				_, err := j.Run(context.Background(), "")
				if !errors.Is(err, pipeline.ErrGate) || !strings.Contains(err.Error(), in.want) {
					t.Fatalf("%v; want a gate that says %q", err, in.want)
				}
				if runs, _ := os.ReadDir(j.Config.Path("workspace/runs")); len(runs) != 1 {
					t.Errorf("%d runs, want the one before alone", len(runs))
				}
			})
		}
	}
	t.Run("base rate", func(t *testing.T) {
		j := copied(t, sound, "en")
		done, err := j.Run(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		g := gated(t, done, "base_rate")
		if !g.Passed || !g.Warned || !strings.Contains(g.Verdict.En, "The definition: none of orders") || !strings.Contains(g.Verdict.Es, "lo habitual es del 11 al 50 %") {
			t.Errorf("%+v; want a warning with the definition", g)
		}
		for _, name := range []string{"drift", "drift_segments"} {
			if g := gated(t, done, name); !g.Passed || g.Verdict.En == "" || g.Verdict.Es == "" {
				t.Errorf("%+v; want it passed, with words", g)
			}
		}
	})
}
