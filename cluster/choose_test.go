package cluster

import (
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// islands are rows around k places far apart, the first of them larger than the others.
func islands(n, dims, k int, seed uint64) []float32 {
	r := rand.New(rand.NewPCG(seed, 6))
	at := make([]float64, k*dims)
	for i := range at {
		at[i] = 6 * r.NormFloat64()
	}
	rows := make([]float32, n*dims)
	for i := range n {
		c := max(0, r.IntN(k+2)-2)
		for d := range dims {
			rows[i*dims+d] = float32(at[c*dims+d] + r.NormFloat64())
		}
	}
	return rows
}

// Every criterion finds groups that nobody could miss. Row 127.
func TestCriteriaFindIslands(t *testing.T) {
	for _, rule := range Criteria {
		for _, k := range []int{4, 2, 7} {
			if testing.Short() && k != 4 {
				continue
			}
			c, err := Choose(islands(3000, 6, k, uint64(k)), 6, 2, 9, Options{Criterion: rule.Name})
			if err != nil {
				t.Fatal(err)
			}
			if c.K != k || c.Criterion != rule.Name || len(c.Curve) != 8 || c.Model.K != k {
				t.Errorf("%s: %d groups of %d: %s", rule.Name, c.K, k, c.Why)
			}
		}
	}
}

func TestChooseIsTheSame(t *testing.T) {
	rows := crowds(6000, 5, 6, 21)
	want, err := Choose(rows, 5, 2, 6, Options{Seed: 3, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	got, err := Choose(rows, 5, 2, 6, Options{Seed: 3, Threads: 3})
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v: %s", err, diff)
	}
}

func TestChooseKeepsLimits(t *testing.T) {
	rows := islands(3000, 6, 7, 7)
	c, err := Choose(rows, 6, 2, 9, Options{Limits: Limits{MinShare: 0.15}})
	if err != nil {
		t.Fatal(err)
	}
	if small := slices.Min(c.Model.Sizes); small < 450 || c.K == 7 {
		t.Errorf("%d groups, the smallest of %d rows", c.K, small)
	}
	left := 0
	for _, p := range c.Curve {
		if strings.HasPrefix(p.Left, "its smallest group has") {
			left++
		}
	}
	if left == 0 {
		t.Errorf("no point says why it was left out: %+v", c.Curve)
	}
	if c, err = Choose(rows, 6, 2, 4, Options{Limits: Limits{MaxShare: 0.05}}); err != nil || c.K != 2 || !strings.Contains(c.Why, "too small or too large") {
		t.Errorf("limits that nothing keeps: %d, %s, %v", c.K, c.Why, err)
	}
}

func TestChooseOfLittle(t *testing.T) {
	tests := []struct {
		name string
		rows []float32
		k    int
	}{
		{"one row", []float32{1, 2}, 1},
		{"only the same row", slices.Repeat([]float32{1, 2}, 100), 1},
		{"two distinct rows", slices.Repeat([]float32{1, 2, 3, 4}, 100), 2},
	}
	for _, tt := range tests {
		c, err := Choose(tt.rows, 2, 2, 8, Options{})
		if err != nil || c.K != tt.k {
			t.Errorf("%s: %+v, %v", tt.name, c, err)
		}
		for _, p := range c.Curve {
			if _, err := json.Marshal(p); err != nil {
				t.Errorf("%s: %+v: %v", tt.name, p, err)
			}
		}
	}
	if _, err := Choose(nil, 2, 2, 8, Options{}); err == nil {
		t.Error("no rows were clustered")
	}
	if _, err := Choose([]float32{1, 2}, 1, 2, 8, Options{Criterion: "elbow"}); !errors.Is(err, ErrCriterion) {
		t.Errorf("%v is not ErrCriterion", err)
	}
}

// Figures of scikit-learn 1.9.1 and scipy 1.17.1: testdata/stability.json.
func TestPartitionsAreScikitLearns(t *testing.T) {
	text, err := os.ReadFile("testdata/stability.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct {
		Cases []struct {
			Name string
			A, B []int32
			Out  struct {
				ARI          float64
				Contingency  [][]int
				MatchOverlap [][2]int `json:"match_overlap"`
				MatchJaccard [][2]int `json:"match_jaccard"`
				MatchedShare float64  `json:"matched_share"`
			}
		}
	}
	if err := json.Unmarshal(text, &golden); err != nil {
		t.Fatal(err)
	}
	cases := 0
	for _, c := range golden.Cases {
		if c.A == nil {
			continue
		}
		cases++
		x := Cross(c.A, c.B, int(slices.Max(c.A))+1, int(slices.Max(c.B))+1)
		if got := x.AdjustedRand(); math.Abs(got-c.Out.ARI) > 1e-12 {
			t.Errorf("%s: adjusted Rand %v, want %v", c.Name, got, c.Out.ARI)
		}
		if diff := cmp.Diff(c.Out.Contingency, x.Count); diff != "" {
			t.Errorf("%s: %s", c.Name, diff)
		}
		overlap, jaccard := table(x, func(a, b int) float64 { return float64(x.Count[a][b]) }), table(x, x.Jaccard)
		matched := 0
		for a, b := range Match(overlap) {
			if b >= 0 {
				matched += x.Count[a][b]
			}
		}
		if share := float64(matched) / float64(x.Rows); math.Abs(share-c.Out.MatchedShare) > 1e-12 {
			t.Errorf("%s: matched %v, want %v", c.Name, share, c.Out.MatchedShare)
		}
		gain, want := 0.0, 0.0
		for a, b := range Match(jaccard) {
			if b >= 0 {
				gain += jaccard[a][b]
			}
		}
		for _, p := range c.Out.MatchJaccard {
			want += jaccard[p[0]][p[1]]
		}
		if math.Abs(gain-want) > 1e-12 {
			t.Errorf("%s: Jaccard of the pairs %v, want %v", c.Name, gain, want)
		}
	}
	if cases < 8 {
		t.Errorf("%d cases", cases)
	}
}

func table(x *Crossing, of func(a, b int) float64) [][]float64 {
	out := make([][]float64, len(x.First))
	for a := range out {
		for b := range x.Other {
			out[a] = append(out[a], of(a, b))
		}
	}
	return out
}
