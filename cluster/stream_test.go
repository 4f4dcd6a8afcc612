package cluster

import (
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// blocksOf hands rows over in blocks of a size, the last first, all at once.
func blocksOf(rows []float32, size int) Blocks {
	return func(do func(int, []float32) error) error {
		n := (len(rows) + size - 1) / size
		errs := make([]error, n)
		var wait sync.WaitGroup
		for b := n - 1; b >= 0; b-- {
			wait.Go(func() { errs[b] = do(b, rows[b*size:min(len(rows), (b+1)*size)]) })
		}
		wait.Wait()
		for _, err := range errs {
			if err != nil {
				return err
			}
		}
		return nil
	}
}

// Rows that are read block by block give the model that rows in memory give.
func TestFitBlocks(t *testing.T) {
	rows := crowds(30_000, 6, 9, 21)
	for _, shift := range []float32{0, 500} {
		for i := range rows {
			rows[i] += shift
		}
		o := Options{Init: slices.Clone(rows[:9*6]), Threads: 2}
		want := fit(t, rows, 6, 9, o)
		got, err := FitBlocks(blocksOf(rows, 6*surveyed), 6, 9, o)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(got.Inertia/want.Inertia-1) > 1e-6 {
			t.Errorf("shift %v: inertia %v, want %v", shift, got.Inertia, want.Inertia)
		}
		got.Inertia = want.Inertia // added up in another order
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("shift %v: %s", shift, diff)
		}
	}
}

func TestFitBlocksRefuses(t *testing.T) {
	rows := crowds(100, 2, 2, 22)
	first := slices.Clone(rows[:4])
	bad := slices.Clone(rows)
	bad[150] = float32(math.NaN())
	tests := []struct {
		name string
		rows []float32
		o    Options
		want string
	}{
		{"no centers", rows, Options{}, "0 numbers for 2 first centers"},
		{"no rows", nil, Options{Init: first}, "no rows"},
		{"a NaN", bad, Options{Init: first}, "block 2: row 16, column 1: NaN"},
		{"weights", rows, Options{Init: first, Weights: make([]float32, 100)}, "no weights"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if m, err := FitBlocks(blocksOf(tt.rows, 120), 2, 2, tt.o); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, %v; want %q", m, err, tt.want)
			}
		})
	}
}
