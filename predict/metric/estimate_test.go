package metric_test

import (
	"math"
	"testing"

	"segmenta/predict/metric"
)

// Of probabilities that mean what they say, the estimate is what happens, but for chance;
// of probabilities that are too sure, it is too good.
func TestEstimate(t *testing.T) {
	y, good, _ := simulated(30_000)
	e, err := metric.Estimate(good)
	if err != nil {
		t.Fatal(err)
	}
	auc, _ := metric.AUC(y, good)
	brier, _ := metric.Brier(y, good)
	logLoss, _ := metric.LogLoss(y, good)
	lift, _ := metric.Lift(y, good, 0.1)
	for _, f := range []struct {
		name                        string
		estimated, happened, within float64
	}{{"AUC", e.AUC, auc, 0.008}, {"Brier", e.Brier, brier, 0.004}, {"log loss", e.LogLoss, logLoss, 0.01}, {"lift", e.Lift10, lift, 0.04}} {
		if math.Abs(f.estimated-f.happened) > f.within {
			t.Errorf("%s: estimated %.4f, happened %.4f", f.name, f.estimated, f.happened)
		}
	}
	sure := make([]float64, len(good))
	for i, p := range good {
		sure[i] = 1 / (1 + math.Pow(1/p-1, 3))
	}
	if s, _ := metric.Estimate(sure); s.Brier > brier-0.03 {
		t.Errorf("too sure: Brier estimated %.4f, want far below the %.4f that happened", s.Brier, brier)
	}
	two, _ := metric.Estimate([]float64{0.8, 0.4}) // (0.8·0.6) / (0.8·0.6 + 0.4·0.2)
	if math.Abs(two.AUC-0.48/0.56) > 1e-12 {
		t.Errorf("two rows: AUC %v, want %v", two.AUC, 0.48/0.56)
	}
	if flat, _ := metric.Estimate([]float64{0.3, 0.3, 0.3}); math.Abs(flat.AUC-0.5) > 1e-12 {
		t.Errorf("equal scores: AUC %v, want 0.5", flat.AUC)
	}
	if _, err := metric.Estimate([]float64{2}); err == nil {
		t.Error("no probability: no error")
	}
}
