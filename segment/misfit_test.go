package segment_test

import (
	"math"
	"testing"

	"segmenta/segment"
)

// Who is worst in every sign is the worst misfit, what is not known takes no part, and
// one sign alone says nothing. Row 163.
func TestMisfit(t *testing.T) {
	got := segment.Misfit([]float64{0, 1, 5, 9, nan}, []float64{0.1, 0.2, 0.3, 0.9, 0.9}, []float64{nan, nan, nan, 3, nan})
	for i, want := range []float64{(0.125 + 0.1) / 2, (0.375 + 0.3) / 2, (0.625 + 0.5) / 2, (0.875 + 0.8 + 0.5) / 3, nan} {
		if got[i] != want && math.Abs(got[i]-want) > 1e-12 && !(math.IsNaN(got[i]) && math.IsNaN(want)) {
			t.Errorf("customer %d: %v, want %v", i, got[i], want)
		}
	}
	if segment.Misfit() != nil {
		t.Error("of no signs there is no score")
	}
}
