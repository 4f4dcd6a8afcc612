package pipeline

import (
	"math/rand/v2"
	"slices"
	"testing"

	"segmenta/predict"
)

// What happened at a moment has no part in the probabilities that judge it there.
func TestByOthers(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 8))
	var raw, label [][]float64
	for range 3 {
		z, y := make([]float64, 500), make([]float64, 500)
		for i := range z {
			z[i] = random.NormFloat64()
			if random.Float64() < 0.3 {
				y[i] = 1
			}
		}
		raw, label = append(raw, z), append(label, y)
	}
	of := func() [][]float64 { return byOthers(&predict.Calibration{Method: "platt"}, label, raw) }
	before := of()
	for i, y := range label[0] {
		label[0][i] = 1 - y
	}
	after := of()
	if !slices.Equal(before[0], after[0]) {
		t.Error("the first moment's outcomes change its own probabilities")
	}
	if slices.Equal(before[1], after[1]) {
		t.Error("the first moment's outcomes don't change those of the second")
	}
}
