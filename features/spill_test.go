package features_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"segmenta/features"
)

// spillTo makes temporary files in a folder, and counts them.
func spillTo(dir string, made *int) func() (*os.File, error) {
	return func() (*os.File, error) {
		*made++
		return os.CreateTemp(dir, "spill-*")
	}
}

// Rows and answers that were on disk give the same bytes as those in memory. Row 68.
func TestSpillLeavesNoTrace(t *testing.T) {
	defs := catalogue(t)
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 3))
		l := life{}.draw(r, 150, leakMoment.AddDate(-2, 0, 0), leakMoment.AddDate(0, 0, 10))
		in := features.Inputs{Zone: madrid, Duplicates: []string{"keep", "drop"}[r.IntN(2)]}
		want := ink(t, l.load(t, in), defs, leakMoment, 1)
		for _, limit := range []int64{1, 2000} {
			made := 0
			in.Memory, in.Spill, in.Threads = limit, spillTo(dir, &made), 1+r.IntN(4)
			h := l.load(t, in)
			got := ink(t, h, defs, leakMoment, in.Threads)
			if err := h.Close(); err != nil || made != 1 {
				t.Fatalf("closing: %v; %d temporary files, want one", err, made)
			}
			if !bytes.Equal(want, got) {
				t.Fatalf("%d threads and a limit of %d bytes changed the bytes", in.Threads, limit)
			}
		}
	})
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
		t.Errorf("%v is left behind", left)
	}
}

// A stream is the snapshots, piece by piece.
func TestStream(t *testing.T) {
	defs := catalogue(t)
	r := rand.New(rand.NewPCG(5, 3))
	l := life{}.draw(r, 300, leakMoment.AddDate(-2, 0, 0), leakMoment.AddDate(0, 0, 10))
	moments := []time.Time{leakMoment.AddDate(0, -6, 0), leakMoment}
	all, err := l.load(t, features.Inputs{}).Compute(defs, moments, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, limit := range []int64{0, 1} {
		made := 0
		h := l.load(t, features.Inputs{Memory: limit, Spill: spillTo(t.TempDir(), &made)})
		var who []string
		var values []string
		err = h.Stream(features.Question{Definitions: defs, Moments: moments, Threads: 2}, 4, func(s *features.Snapshot) error {
			if len(s.Customers) > 4 {
				t.Errorf("a stretch of %d customers, want at most 4", len(s.Customers))
			}
			for i := range s.Customers {
				who = append(who, s.AsOf.Format(time.DateOnly)+s.Customers[i])
				for _, c := range s.Table.Columns {
					values = append(values, c.Format(i))
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		var wantWho, want []string
		for _, s := range all {
			for i := range s.Customers {
				wantWho = append(wantWho, s.AsOf.Format(time.DateOnly)+s.Customers[i])
				for _, c := range s.Table.Columns {
					want = append(want, c.Format(i))
				}
			}
		}
		if !slices.Equal(who, wantWho) || !slices.Equal(values, want) {
			t.Errorf("limit %d: the stream differs from the snapshots: %v, want %v", limit, who, wantWho)
		}
		if h.Quality().Source("transactions").Accepted == 0 {
			t.Error("no quality after a stream")
		}
		h.Close()
	}
}

// A disk that can't be written to is an error that says so.
func TestNoRoom(t *testing.T) {
	full := errors.New("no space left")
	for name, spill := range map[string]func() (*os.File, error){
		"no file": func() (*os.File, error) { return nil, full },
		"no space": func() (*os.File, error) {
			f, err := os.CreateTemp(t.TempDir(), "")
			if err == nil {
				f.Close()
			}
			return f, err
		},
	} {
		_, err := tryLoad(t.TempDir(), features.Inputs{Memory: 1, Spill: spill}, tinyTransactions, "")
		if err == nil || name == "no file" && !errors.Is(err, full) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
