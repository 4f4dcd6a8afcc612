package metric_test

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"testing"

	"segmenta/predict/drift"
	"segmenta/predict/metric"
)

func golden(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

func near(got, want, tolerance float64) bool {
	return math.Abs(got-want) <= tolerance*math.Max(1, math.Abs(want))
}

// A figure is one that the golden file has a value of.
type figure struct {
	name      string
	tolerance float64
	of        func(y, p []float64) (float64, error)
}

var figures = []figure{
	{"auc", 1e-12, metric.AUC}, {"average_precision", 1e-12, metric.AveragePrecision}, {"ks", 1e-12, metric.KS}, {"brier", 1e-12, metric.Brier},
	{"logloss_eps1e-15", 1e-10, metric.LogLoss}, {"gini", 1e-12, metric.LiftQuality},
	{"ece_mass_10", 1e-12, func(y, p []float64) (float64, error) { return metric.ECE(y, p, 10) }},
	{"ece_width_10", 1e-12, func(y, p []float64) (float64, error) { return metric.ECEWidth(y, p, 10) }},
	{"ece_width_15", 1e-12, func(y, p []float64) (float64, error) { return metric.ECEWidth(y, p, 15) }},
	{"top_lift_10", 1e-12, func(y, p []float64) (float64, error) { return metric.Lift(y, p, 0.1) }},
	{"top_lift_20", 1e-12, func(y, p []float64) (float64, error) { return metric.Lift(y, p, 0.2) }},
	{"brier_skill", 1e-12, func(y, p []float64) (float64, error) {
		d, err := metric.Decompose(y, p, 10)
		if err != nil {
			return 0, err
		}
		if sum := d.Reliability - d.Resolution + d.Uncertainty + d.Within; !near(sum, d.Uncertainty*(1-d.Skill), 1e-12) {
			return 0, errors.New("the parts don't add up to the Brier score")
		}
		return d.Skill, nil
	}},
	{"ks_pvalue_asymp", 1e-9, func(y, p []float64) (float64, error) {
		var yes, no []float64
		for i, v := range p {
			if y[i] == 1 {
				yes = append(yes, v)
			} else {
				no = append(no, v)
			}
		}
		_, value := drift.KS(yes, no)
		return value, nil
	}},
}

// TestGolden holds every figure against scikit-learn's and scipy's;
// testdata/classification.json names the versions, the rules and the tolerance.
func TestGolden(t *testing.T) {
	var g struct {
		Cases []struct {
			Name string
			Y, S []float64
			Out  map[string]any
		}
	}
	golden(t, "classification", &g)
	compared := 0
	for _, c := range g.Cases {
		for _, f := range figures {
			want, ok := c.Out[f.name].(float64)
			if !ok {
				continue
			}
			got, err := f.of(c.Y, c.S)
			if errors.Is(err, metric.ErrOneOutcome) {
				continue // of one outcome we give no figure where scikit-learn gives a convention
			}
			if compared++; err != nil || !near(got, want, f.tolerance) {
				t.Errorf("%s: %s = %v (%v), want %v", c.Name, f.name, got, err, want)
			}
		}
		if line, ok := c.Out["calibration_intercept_slope"].([]any); ok && c.Name != "perfect" && c.Name != "inverted" && c.Name != "all scores equal" { // no one line fits those
			got, err := metric.CalibrationLine(c.Y, c.S)
			if err != nil || !near(got.Intercept, line[0].(float64), 1e-8) || !near(got.Slope, line[1].(float64), 1e-8) {
				t.Errorf("%s: calibration line %v (%v), want %v", c.Name, got, err, line)
			}
		}
	}
	if compared < 150 {
		t.Errorf("%d figures compared, want 150 or more", compared)
	}
}

// TestDeLongGolden holds the test against R's pROC.
func TestDeLongGolden(t *testing.T) {
	var g struct {
		Cases []struct {
			Name    string
			Y, A, B []float64
			Out     struct {
				AUCA, AUCB, SEA, SEB, Z, P float64
				CI                         []float64 `json:"ci95_a"`
			}
		}
	}
	golden(t, "delong", &g)
	var raw struct {
		Cases []struct{ Out map[string]any }
	}
	golden(t, "delong", &raw)
	for i, c := range g.Cases {
		got, err := metric.Compare(c.Y, c.A, c.B)
		if err != nil {
			t.Fatal(err)
		}
		for name, v := range map[string]float64{"auc_a": got.A.Value, "auc_b": got.B.Value, "se_a": got.SEA, "se_b": got.SEB, "z": got.Z, "p": got.P} {
			if want := raw.Cases[i].Out[name].(float64); !near(v, want, 1e-10) {
				t.Errorf("%s: %s = %v, want %v", c.Name, name, v, want)
			}
		}
		alone, err := metric.DeLong(c.Y, c.A)
		if err != nil || !near(alone.Low, c.Out.CI[0], 1e-10) || !near(alone.High, c.Out.CI[1], 1e-10) {
			t.Errorf("%s: %v (%v), want %v", c.Name, alone, err, c.Out.CI)
		}
	}
	y, p := []float64{0, 1, 0, 1}, []float64{0.2, 0.8, 0.4, 0.3}
	if same, err := metric.Compare(y, p, p); err != nil || same.P != 1 || same.Difference.Value != 0 {
		t.Errorf("a score against itself: %+v, %v; want no difference and p 1", same, err)
	}
}

// TestProfitGolden holds the expected maximum profit against R's EMP and a quadrature.
func TestProfitGolden(t *testing.T) {
	var g struct {
		Cases []struct {
			Name   string
			Y, S   []float64
			Params struct{ Alpha, Beta, CLV, D, F float64 }
			Out    struct {
				EMPC     float64
				Fraction float64 `json:"empc_fraction"`
			}
		}
	}
	golden(t, "profit", &g)
	for _, c := range g.Cases {
		got, err := metric.ExpectedMaximumProfit(c.Y, c.S, metric.Campaign{Value: c.Params.CLV, Offer: c.Params.D, Contact: c.Params.F, Alpha: c.Params.Alpha, Beta: c.Params.Beta})
		if err != nil || !near(got.PerPerson, c.Out.EMPC, 1e-9) || !near(got.Share, c.Out.Fraction, 1e-8) {
			t.Errorf("%s: %+v (%v), want %+v", c.Name, got, err, c.Out)
		}
	}
	doc, err := metric.ExpectedMaximumProfit([]float64{0, 1, 0, 1, 0, 1, 0, 1}, []float64{.1, .2, .3, .4, .5, .7, .8, .9}, metric.Usual(200))
	if err != nil || !near(doc.PerPerson, 23.875593418348124, 1e-9) { // the docstring of empulse
		t.Errorf("empulse's example: %+v (%v), want 23.8756", doc, err)
	}
	if _, err := metric.ExpectedMaximumProfit([]float64{0, 1}, []float64{.1, .2}, metric.Campaign{}); err == nil {
		t.Error("a customer without value: no error")
	}
}

// A better score wins each figure against a noisier one, and one of the same quality
// wins none; the sign is the winner's whichever way the figure goes.
func TestPaired(t *testing.T) {
	y, good, bad := simulated(4000)
	got, err := metric.Paired(y, good, bad, 1)
	if err != nil {
		t.Fatal(err)
	}
	for k, i := range got {
		if metric.Figures[k].Name != "ece" && i.Low <= 0 {
			t.Errorf("%s: %+v, want above zero", metric.Figures[k].Name, i)
		}
	}
	same, _ := metric.Paired(y, good, good, 1)
	for k, i := range same {
		if i.Low != 0 || i.High != 0 {
			t.Errorf("%s against itself: %+v, want 0", metric.Figures[k].Name, i)
		}
	}
}
