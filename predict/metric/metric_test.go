package metric_test

import (
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"segmenta/predict/metric"
)

// simulated is outcomes, scores that know their probability, and scores that know half
// of it.
func simulated(n int) (y, good, bad []float64) {
	random := rand.New(rand.NewPCG(5, 5))
	for range n {
		a, b := random.NormFloat64(), random.NormFloat64()
		p := 1 / (1 + math.Exp(-a-b))
		happened := 0.0
		if random.Float64() < p {
			happened = 1
		}
		y, good, bad = append(y, happened), append(good, p), append(bad, 1/(1+math.Exp(-a)))
	}
	return y, good, bad
}

func TestBadRows(t *testing.T) {
	tests := []struct {
		name string
		y, p []float64
	}{
		{"nothing", nil, nil},
		{"unequal lengths", []float64{1}, []float64{0.5, 0.5}},
		{"NaN score", []float64{1, 0}, []float64{0.5, math.NaN()}},
		{"infinite score", []float64{1, 0}, []float64{0.5, math.Inf(1)}},
		{"NaN outcome", []float64{1, math.NaN()}, []float64{0.5, 0.5}},
		{"third outcome", []float64{1, 2}, []float64{0.5, 0.5}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := metric.Evaluate(tt.y, tt.p, 1); err == nil {
				t.Error("no error")
			}
		})
	}
	if _, err := metric.AUC([]float64{1, 1}, []float64{0.1, 0.2}); !errors.Is(err, metric.ErrOneOutcome) {
		t.Errorf("one outcome: %v, want ErrOneOutcome", err)
	}
	r, err := metric.Evaluate([]float64{1, 1}, []float64{0.1, 0.2}, 1)
	if err != nil || r.AUC != nil || r.Why == "" {
		t.Errorf("one outcome: %+v, %v; want a report without AUC that says why", r, err)
	}
}

// The 95 % interval of the AUC holds the true one in about 95 of 100 samples.
func TestIntervalsCover(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	const trials = 60
	covered := 0
	for range trials {
		y, p := make([]float64, 300), make([]float64, 300)
		for i := range y {
			y[i] = float64(i % 2)
			p[i] = 1 / (1 + math.Exp(-random.NormFloat64()-y[i]))
		}
		r, err := metric.Evaluate(y, p, 1)
		if err != nil {
			t.Fatal(err)
		}
		const truth = 0.7602499389065233 // Φ(1/√2)
		if r.AUC.Low <= truth && truth <= r.AUC.High {
			covered++
		}
	}
	if covered < 51 {
		t.Errorf("%d of %d intervals hold the truth, want about 57", covered, trials)
	}
}

func TestSameSeedSameReport(t *testing.T) {
	y, p := []float64{0, 1, 0, 1, 1, 0}, []float64{0.1, 0.8, 0.4, 0.3, 0.9, 0.2}
	a, _ := metric.Evaluate(y, p, 3)
	b, _ := metric.Evaluate(y, p, 3)
	x, _ := json.Marshal(a)
	z, _ := json.Marshal(b)
	if string(x) != string(z) {
		t.Errorf("two reports differ:\n%s\n%s", x, z)
	}
}
