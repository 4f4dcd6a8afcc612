package metric_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"reflect"
	"strings"
	"testing"

	"segmenta/predict/metric"
)

// testdata/value_ranking.json: scipy and scikit-learn.
func TestAmountsGolden(t *testing.T) {
	text, err := os.ReadFile("testdata/value_ranking.json")
	if err != nil {
		t.Fatal(err)
	}
	var g struct {
		Cases []struct {
			Name string
			Y, P []float64
			Out  map[string]*float64
		}
	}
	if err := json.Unmarshal(text, &g); err != nil {
		t.Fatal(err)
	}
	for _, c := range g.Cases {
		a, err := metric.JudgeAmounts(c.Y, c.P, 1)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]float64{"bias": a.Bias, "mae": a.MAE.Value, "rmse": a.RMSE.Value, "gini": metric.Concentration(c.Y, c.P),
			"gini_norm": metric.Concentration(c.Y, c.P) / metric.Concentration(c.Y, c.Y)}
		if !a.OneAmount {
			got["spearman"], got["kendall_tau_b"] = a.Spearman, a.Kendall
		}
		got["top10_capture_stable_order"] = metric.Gathered(c.Y, c.P, 0.1)
		if c.Name == "plain" { // no predictions tie: their order doesn't matter
			if math.Abs(a.Top10.Value-got["top10_capture_stable_order"]) > 1e-12 || math.Abs(a.Gini.Value-*c.Out["gini_norm"]) > 1e-12 {
				t.Errorf("Gini %v, top tenth %v", a.Gini.Value, a.Top10.Value)
			}
		}
		for name, v := range got {
			if want := c.Out[name]; want == nil || math.Abs(v-*want) > 1e-12*math.Max(1, math.Abs(*want)) {
				t.Errorf("%s: %s = %v", c.Name, name, v)
			}
		}
	}
}

// The order of the rows leaves no trace where predictions tie, one prediction for all
// ranks nothing, and the better of two has less deviance.
func TestAmounts(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	const n = 500
	y, truth, tied, flat := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range n {
		truth[i] = 20 * random.ExpFloat64()
		tied[i], flat[i] = math.Round(truth[i]/20)*20+1, 20
		if random.Float64() < 0.6 {
			y[i] = truth[i] * random.ExpFloat64() / 0.6
		}
	}
	a, err := metric.JudgeAmounts(y, tied, 1)
	if err != nil {
		t.Fatal(err)
	}
	turnedY, turned := make([]float64, n), make([]float64, n)
	for i := range n {
		turnedY[n-1-i], turned[n-1-i] = y[i], tied[i]
	}
	b, err := metric.JudgeAmounts(turnedY, turned, 1)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(a.Gini.Value-b.Gini.Value) > 1e-12 || math.Abs(a.Top10.Value-b.Top10.Value) > 1e-12 {
		t.Errorf("the order of the rows shows: %+v and %+v", a, b)
	}
	if a.Gini.Low >= a.Gini.Value || a.Gini.High <= a.Gini.Value {
		t.Errorf("Gini %+v", a.Gini)
	}
	if f, err := metric.JudgeAmounts(y, flat, 1); err != nil || !f.OneAmount || math.Abs(f.Gini.Value) > 1e-12 {
		t.Errorf("%+v, %v", f, err)
	}
	if less, err := metric.LessDeviance(y, truth, flat, 1); err != nil || less.Low <= 0 {
		t.Errorf("the truth against one prediction for all: %+v, %v", less, err)
	}
	if _, err := metric.JudgeAmounts([]float64{0, 0}, []float64{1, 2}, 1); err == nil {
		t.Error("nobody spent anything: no error")
	}
	if _, err := metric.JudgeAmounts([]float64{-1, 2}, []float64{1, 2}, 1); err == nil {
		t.Error("a negative amount: no error")
	}
}

// Judged together, each prediction has the figures that it has alone.
func TestJudgeRivals(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 1))
	y, rivals := make([]float64, 700), [][]float64{make([]float64, 700), make([]float64, 700), make([]float64, 700)}
	for i := range y {
		y[i] = max(0, random.NormFloat64()) * 30
		rivals[0][i], rivals[1][i], rivals[2][i] = float64(random.IntN(4)), y[i]+random.Float64(), 7
	}
	judged, less, err := metric.JudgeRivals(y, rivals, 5)
	if err != nil {
		t.Fatal(err)
	}
	for k, p := range rivals {
		alone, err := metric.JudgeAmounts(y, p, 5)
		if err != nil || !reflect.DeepEqual(judged[k], alone) {
			t.Errorf("prediction %d: %+v, alone %+v, %v", k+1, judged[k], alone, err)
		}
		if k == 0 {
			continue
		}
		if want, err := metric.LessDeviance(y, p, rivals[0], 5); err != nil || less[k-1] != want {
			t.Errorf("prediction %d has %+v less deviance than the first, alone %+v, %v", k+1, less[k-1], want, err)
		}
	}
	rivals[2][5] = math.NaN()
	if _, _, err := metric.JudgeRivals(y, rivals, 5); err == nil || !strings.Contains(err.Error(), "prediction 3") {
		t.Errorf("a prediction that is no number: %v", err)
	}
}
