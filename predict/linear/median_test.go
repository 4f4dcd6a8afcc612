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

// Every penalty of a path gives what it gives alone.
func TestPathIsEveryFit(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	columns, y := make([][]float64, 5), []float64{}
	for range 5000 {
		z := 0.0
		for k := range columns {
			v := r.NormFloat64()
			columns[k] = append(columns[k], v)
			z += v * float64(k-2) / 2
		}
		happened := 0.0
		if r.NormFloat64() < z {
			happened = 1
		}
		y = append(y, happened)
	}
	names, penalties := []string{"a", "b", "c", "d", "e"}, []float64{3000, 300, 3}
	path, err := FitPath(names, columns, y, penalties, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, penalty := range penalties {
		alone, err := Fit(names, columns, y, Options{Penalty: penalty})
		if err != nil {
			t.Fatal(err)
		}
		for k, c := range alone.Columns {
			if by := c.Weight - path[i].Columns[k].Weight; by > 2e-3 || by < -2e-3 {
				t.Errorf("penalty %v: %s weighs %v in a path, %v alone", penalty, c.Name, path[i].Columns[k].Weight, c.Weight)
			}
		}
	}
}
