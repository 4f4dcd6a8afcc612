package cluster

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// shopOf draws customers of segments that stand where at says; sizes are rows of each.
func shopOf(at [][]float64, sizes []int, seed uint64) (rows []float32, truth []int) {
	r := rand.New(rand.NewPCG(seed, 8))
	for s, n := range sizes {
		for range n {
			truth = append(truth, s)
			for _, v := range at[s] {
				rows = append(rows, float32(v+r.NormFloat64()))
			}
		}
	}
	return rows, truth
}

// A shop whose segments drift, split and merge: identities go where the truth went.
func TestKinFollowsTheTruth(t *testing.T) {
	at := [][]float64{{0, 0, 0}, {12, 0, 0}, {0, 12, 0}, {0, 0, 12}, {12, 12, 0}}
	drifted := [][]float64{{1, 0.5, 0}, {12, 1, 1}, {0, 11, 1}, {1, 0, 12}, {11, 12, 1}}
	tests := []struct {
		name    string
		k       int
		change  func(at [][]float64, sizes []int) ([][]float64, []int)
		stayed  int
		changes map[string]int
	}{
		{"drift", 5, func(at [][]float64, s []int) ([][]float64, []int) { return at, s }, 5, nil},
		{"a third splits off", 6, func(at [][]float64, s []int) ([][]float64, []int) {
			return append(at, []float64{-6, -6, -6}), []int{400, s[1], s[2], s[3], s[4], 200}
		}, 5, map[string]int{Split: 1}},
		{"two merge", 4, func(at [][]float64, s []int) ([][]float64, []int) {
			at[4] = slices.Clone(at[1])
			return at, s
		}, 4, map[string]int{Merged: 1}},
		{"one dies", 4, func(at [][]float64, s []int) ([][]float64, []int) { s[3] = 0; return at, s }, 4, map[string]int{Died: 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sizes := []int{600, 400, 300, 300, 200}
			before, _ := shopOf(at, sizes, 1)
			old := fit(t, before, 3, 5, Options{Seed: 1, Init: flat(at)})
			moved, grown := tt.change(clone(drifted), slices.Clone(sizes))
			after, truth := shopOf(moved, grown, 2)
			now := fit(t, after, 3, tt.k, Options{Seed: 9})
			was, _ := old.Label(after, 1)
			is, _ := now.Label(after, 1)
			if tt.name == "a third splits off" || tt.name == "two merge" { // who they were is known by name
				for i, s := range truth {
					if s < 5 {
						was[i] = int32(s)
					} else {
						was[i] = 0
					}
				}
			}
			got := map[string]int{}
			for _, k := range Kin(after, 3, was, is, 5, tt.k) {
				got[k.What]++
				if k.What == Stayed && k.Common*2 < k.ToRows {
					t.Errorf("%+v stayed with fewer than half", k)
				}
			}
			want := map[string]int{Stayed: tt.stayed}
			for what, n := range tt.changes {
				want[what] = n
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%v, want %v", got, want)
			}
		})
	}
}

func flat(at [][]float64) (out []float32) {
	for _, row := range at {
		for _, v := range row {
			out = append(out, float32(v))
		}
	}
	return out
}

func clone(at [][]float64) (out [][]float64) {
	for _, row := range at {
		out = append(out, slices.Clone(row))
	}
	return out
}

func TestSteady(t *testing.T) {
	for _, tt := range []struct {
		name        string
		rows        []float32
		k           int
		least, most float64
	}{
		{"islands", islands(2000, 4, 4, 3), 4, 0.9, 1},
		{"one cloud in five", crowds(2000, 4, 1, 3), 5, 0, 0.8},
	} {
		m := fit(t, tt.rows, 4, tt.k, Options{Seed: 1})
		s, err := Steady(m, tt.rows, 10, Options{Seed: 2})
		if err != nil || s.Rand < tt.least || s.Rand > tt.most || slices.Min(s.Jaccard) < tt.least/2 || slices.Max(s.Jaccard) > 1.0000001 {
			t.Errorf("%s: %+v, %v", tt.name, s, err)
		}
	}
}
