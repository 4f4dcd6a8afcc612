package drift_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"segmenta/predict/drift"
)

// TestGolden holds every formula against numpy's and scipy's; testdata/drift.json names
// the versions and the rules.
func TestGolden(t *testing.T) {
	text, err := os.ReadFile("testdata/drift.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct {
		Cases []struct {
			Name             string
			Ref, Cur         []*float64
			Bins             int
			Expected, Actual []int
			Out              struct {
				Edges                []float64
				Expected, Actual     []int
				PSI, KS, Wasserstein *float64
				Chi2                 *float64
				PSIEps               *float64 `json:"psi_eps1e4"`
				JS                   float64  `json:"js_distance_base2"`
				KSP                  float64  `json:"ks_p_asymp"`
				Chi2P                float64  `json:"chi2_p"`
				Freedom              int      `json:"chi2_dof"`
			}
		}
	}
	if err := json.Unmarshal(text, &golden); err != nil {
		t.Fatal(err)
	}
	for _, c := range golden.Cases {
		same := func(what string, got, want, tolerance float64) {
			t.Helper()
			if math.IsNaN(got) || math.Abs(got-want) > tolerance*math.Max(1, math.Abs(want)) {
				t.Errorf("%s: %s = %v, want %v", c.Name, what, got, want)
			}
		}
		if c.Out.Chi2 != nil {
			statistic, p, freedom := drift.ChiSquared(c.Expected, c.Actual)
			same("chi-squared", statistic, *c.Out.Chi2, 1e-12)
			same("its p", p, c.Out.Chi2P, 1e-9)
			same("its freedom", float64(freedom), float64(c.Out.Freedom), 0)
			same("PSI", drift.PSI(c.Expected, c.Actual), *c.Out.PSIEps, 1e-12)
			same("JS", drift.JensenShannon(c.Expected, c.Actual), c.Out.JS, 1e-12)
			continue
		}
		ref, cur := numbers(c.Ref), numbers(c.Cur)
		r := drift.NewReference(ref, c.Bins)
		same("edges", float64(len(r.Edges)), float64(len(c.Out.Edges)), 0)
		for k, e := range c.Out.Edges {
			same("edge", r.Edges[k], e, 1e-12)
		}
		s := r.Against(cur)
		same("PSI", s.PSI, *c.Out.PSI, 1e-12)
		same("JS", drift.JensenShannon(c.Out.Expected, c.Out.Actual), c.Out.JS, 1e-12)
		d, p := drift.KS(ref, cur)
		same("KS", d, *c.Out.KS, 1e-12)
		same("its p", p, c.Out.KSP, 1e-9)
		same("Wasserstein", drift.Wasserstein(ref, cur), *c.Out.Wasserstein, 1e-12)
		if s.KS > d+1e-12 {
			t.Errorf("%s: KS at the edges %v is above KS %v", c.Name, s.KS, d)
		}
	}
	if len(golden.Cases) < 13 {
		t.Errorf("%d cases, want 13", len(golden.Cases))
	}
}

func numbers(values []*float64) (out []float64) {
	for _, v := range values {
		if v == nil {
			out = append(out, math.NaN())
			continue
		}
		out = append(out, *v)
	}
	return out
}

// Few rows of one distribution often exceed the folk limit of 0.1, and the critical
// value about as often as it says.
func TestCriticalKnowsTheRows(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{200, 1000} {
		const trials = 1000
		beyond, folk := 0, 0
		for range trials {
			a, b := normal(random, n, 0), normal(random, n, 0)
			s := drift.NewReference(a, 10).Against(b)
			if s.PSI > drift.Critical(n, n, 10, 0.05) {
				beyond++
			}
			if s.PSI > 0.1 {
				folk++
			}
		}
		if share := float64(beyond) / trials; share < 0.03 || share > 0.09 {
			t.Errorf("%d rows: %.3f beyond the critical value, want about 0.05", n, share)
		}
		if n == 200 && folk < trials/4 {
			t.Errorf("%d of %d above 0.1, want about 37 %%", folk, trials)
		}
	}
}

// A tiny but certain shift of many rows is no alarm; a large one of enough rows is; a
// large one of a handful is not.
func TestBeyond(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 2))
	tests := []struct {
		name  string
		n     int
		shift float64
		want  bool
	}{
		{"tiny shift, many rows", 50_000, 0.1, false},
		{"large shift, many rows", 50_000, 0.8, true},
		{"large shift, a handful", 4, 0.5, false},
		{"no shift", 2000, 0, false},
	}
	for _, tt := range tests {
		r := drift.NewReference(normal(random, 50_000, 0), 10)
		if got := r.Against(normal(random, tt.n, tt.shift)); got.Beyond(drift.Serious) != tt.want {
			t.Errorf("%s: %+v beyond %v, want %v", tt.name, got, !tt.want, tt.want)
		}
	}
}

// Many equal values that move by a hair have a large index and are not far.
func TestFar(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	ref, hair, gone := normal(random, 2000, 0), normal(random, 2000, 0), normal(random, 2000, 0)
	for i := range 1400 {
		ref[i], hair[i], gone[i] = 0.30, 0.31, math.NaN()
	}
	r := drift.NewReference(ref, 10)
	if s := r.Against(hair); !s.Beyond(1) || s.Far(1) {
		t.Errorf("by a hair: %+v, want beyond 1 and not far", s)
	}
	if s := r.Against(gone); !s.Far(1) {
		t.Errorf("gone: %+v, want far", s)
	}
	if s := r.Against(normal(random, 2000, 3)); !s.Far(1) {
		t.Errorf("elsewhere: %+v, want far", s)
	}
}

func normal(random *rand.Rand, n int, mean float64) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = mean + random.NormFloat64()
	}
	return out
}
