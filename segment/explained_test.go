package segment_test

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"segmenta/segment"
)

// Groups by what decides the outcome account for it, groups by lot for nothing, and the
// interval holds the truth. Rows 9, 128, 131.
func TestExplains(t *testing.T) {
	random := rand.New(rand.NewPCG(6, 6))
	const n = 4000
	behaviour, outcome := make([]int, n), make([]float64, n)
	for i := range n {
		behaviour[i] = random.IntN(4)
		outcome[i] = float64(behaviour[i]) + random.NormFloat64() // variance 1.25 between and 1 within
	}
	e := segment.Explains("behaviour", behaviour, outcome)
	if truth := 1.25 / 2.25; e.Low > truth || e.High < truth || e.High-e.Low > 0.08 || e.Groups != 4 || e.Customers != n {
		t.Errorf("%+v, want the interval to hold %.3f", e, truth)
	}
	if by := segment.Explains("lot", segment.Drawn(n, 4), outcome); by.Share > 0.003 || by.Low > 0 {
		t.Errorf("groups by lot account for %+v", by)
	}
	if e.Lift < 1.8 {
		t.Errorf("the best group's mean is %.2f times everyone's, want 2", e.Lift)
	}
	for i := range n {
		if i%2 == 0 {
			behaviour[i] = -1
		}
	}
	if half := segment.Explains("half", behaviour, outcome); half.Customers != n/2 {
		t.Errorf("%+v: who is in no group takes no part", half)
	}
}

func TestRegroup(t *testing.T) {
	got := segment.Regroup([]string{"a", "b", "b", "", "c", "c", "c", "d"}, 3)
	if diff := cmp.Diff([]int{2, 1, 1, -1, 0, 0, 0, 2}, got); diff != "" {
		t.Error(diff)
	}
}
