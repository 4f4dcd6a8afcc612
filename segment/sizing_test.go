package segment_test

import (
	"math"
	"testing"

	"segmenta/segment"
)

// Rows 165, 166.
func TestSizes(t *testing.T) {
	u := segment.Universe{Customers: 1e6, Value: 100, Reachable: 0.2, Capture: 0.05}
	for i, want := range []segment.Sizing{{Part: "tam", Customers: 1e6, Value: 1e8}, {Part: "sam", Customers: 2e5, Value: 2e7}, {Part: "som", Customers: 1e4, Value: 1e6}} {
		if got := u.Sizes(nil, 30)[i]; got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	u.Capture = 0
	som := u.Sizes([]float64{0.1, nan, 0.1}, 73)[2]
	if want := 1 - math.Pow(0.9, 5); !som.Measured || math.Abs(som.Customers/2e5-want) > 1e-12 {
		t.Errorf("%+v, want %.4f of the reachable, measured", som, want)
	}
	if none := u.Sizes(nil, 30)[2]; !math.IsNaN(none.Customers) {
		t.Errorf("%+v: nobody knows", none)
	}
}
