package linear

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestMedian(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		v := make([]float64, 1+r.IntN(60))
		few := 1 + r.IntN(20) // many are equal
		for i := range v {
			v[i] = float64(r.IntN(few))
		}
		sorted := slices.Sorted(slices.Values(v))
		want := (sorted[(len(v)-1)/2] + sorted[len(v)/2]) / 2
		if got := median(slices.Clone(v)); got != want {
			t.Fatalf("%v: %v, want %v", v, got, want)
		}
	}
}
