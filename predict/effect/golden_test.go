package effect_test

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"segmenta/predict/effect"
)

// A goldenCase is one of testdata/uplift.json, which scikit-uplift 0.5.1, SciPy 1.17.1 and
// scikit-learn 1.9.1 computed.
type goldenCase struct {
	Kind, Name string
	Y          []float64
	Uplift     []float64
	Treatment  []int
	Pre, Post  []float64
	Treated    []float64
	Control    []float64
	Observed   []float64
	Share      []float64
	Out        json.RawMessage
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > 1e-10*math.Max(1, math.Abs(want)) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// Every figure equals that of the tools named in testdata/uplift.json. Rows 192–195, 198.
func TestGolden(t *testing.T) {
	text, err := os.ReadFile("testdata/uplift.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []goldenCase }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	kinds := map[string]func(t *testing.T, c goldenCase){"qini": goldenQini, "ate": goldenMeans, "proportion": goldenRates, "srm": goldenRatio}
	for _, c := range file.Cases {
		t.Run(c.Kind+" "+c.Name, func(t *testing.T) { kinds[c.Kind](t, c) })
	}
	if len(file.Cases) != 11 {
		t.Errorf("%d cases, want 11", len(file.Cases))
	}
}

func goldenQini(t *testing.T, c goldenCase) {
	var want struct {
		Qini    float64                      `json:"qini_auc"`
		AUUC    float64                      `json:"uplift_auc"`
		AtTop   float64                      `json:"uplift_at_30pct_overall"`
		AtEach  float64                      `json:"uplift_at_30pct_by_group"`
		Curve   struct{ N, Value []float64 } `json:"qini_curve"`
		Uplifts struct{ N, Value []float64 } `json:"uplift_curve"`
	}
	if err := json.Unmarshal(c.Out, &want); err != nil {
		t.Fatal(err)
	}
	r, err := effect.Rank(c.Uplift, c.Y, yes(c.Treatment))
	if err != nil {
		t.Fatal(err)
	}
	q, u := r.Judge(1)
	near(t, "Qini", q.Value, want.Qini)
	near(t, "AUUC", u.Value, want.AUUC)
	near(t, "uplift at 30 %", r.AtTop(0.3).Value, want.AtTop)
	near(t, "uplift at 30 % of each arm", r.AtTopOfEach(0.3).Value, want.AtEach)
	for _, p := range []struct {
		got  []effect.Point
		want struct{ N, Value []float64 }
	}{{r.Curve(), want.Curve}, {r.UpliftCurve(), want.Uplifts}} {
		if len(p.got) != len(p.want.N) {
			t.Fatalf("a curve of %d points, want %d", len(p.got), len(p.want.N))
		}
		for i, at := range p.got {
			near(t, "n", at.N, p.want.N[i])
			near(t, "height", at.Value, p.want.Value[i])
		}
	}
}

func yes(v []int) []bool {
	out := make([]bool, len(v))
	for i := range v {
		out[i] = v[i] == 1
	}
	return out
}

type goldenWelch struct {
	ATE, SE, DF, T float64
	CI             []float64 `json:"ci95"`
	P              *float64
	Theta          float64
	Reduced        float64 `json:"variance_reduction"`
}

func (w goldenWelch) hold(t *testing.T, c effect.Comparison) {
	t.Helper()
	near(t, "difference", c.Value, w.ATE)
	near(t, "standard error", c.SE, w.SE)
	near(t, "low", c.Low, w.CI[0])
	near(t, "high", c.High, w.CI[1])
	if w.P == nil {
		if !math.IsNaN(c.P) {
			t.Errorf("p is %v where nothing varies", c.P)
		}
		return
	}
	near(t, "freedom", c.Freedom, w.DF)
	near(t, "t", c.T, w.T)
	near(t, "p", c.P, *w.P)
}

func goldenMeans(t *testing.T, c goldenCase) {
	var want struct {
		Welch goldenWelch
		CUPED json.RawMessage
	}
	if err := json.Unmarshal(c.Out, &want); err != nil {
		t.Fatal(err)
	}
	var arms [2]struct{ pre, post []float64 }
	for i, k := range c.Treatment {
		arms[k].pre, arms[k].post = append(arms[k].pre, c.Pre[i]), append(arms[k].post, c.Post[i])
	}
	want.Welch.hold(t, effect.Welch(arms[1].post, arms[0].post))
	got := effect.CUPED(arms[1].pre, arms[1].post, arms[0].pre, arms[0].post)
	var cuped goldenWelch
	if json.Unmarshal(want.CUPED, &cuped) == nil && cuped.Theta != 0 {
		cuped.hold(t, got.Comparison)
		near(t, "theta", got.Theta, cuped.Theta)
		near(t, "variance taken away", got.Reduced, cuped.Reduced)
		return
	}
	want.Welch.hold(t, got.Comparison)
	near(t, "theta", got.Theta, 0)
}

func goldenRates(t *testing.T, c goldenCase) {
	var want struct {
		Diff    float64
		CI      []float64 `json:"newcombe_ci95"`
		Treated []float64 `json:"wilson_treated"`
		Control []float64 `json:"wilson_control"`
		Z       *float64  `json:"z_pooled"`
		Fisher  float64   `json:"fisher_p"`
	}
	if err := json.Unmarshal(c.Out, &want); err != nil {
		t.Fatal(err)
	}
	a, b := c.Treated, c.Control
	d := effect.Difference(a[0], a[1], b[0], b[1])
	near(t, "difference", d.Value, want.Diff)
	near(t, "low", d.Low, want.CI[0])
	near(t, "high", d.High, want.CI[1])
	for i, arm := range [][]float64{a, b} {
		r := effect.Rate(arm[0], arm[1])
		near(t, "low of the rate", r.Low, [][]float64{want.Treated, want.Control}[i][0])
		near(t, "high of the rate", r.High, [][]float64{want.Treated, want.Control}[i][1])
	}
	p := want.Fisher
	if want.Z != nil && a[0]+b[0] > 20 { // as many are expected that the normal serves
		p = math.Erfc(*want.Z / math.Sqrt2)
	}
	near(t, "p", effect.TwoRates(a[0], a[1], b[0], b[1]), p)
}

func goldenRatio(t *testing.T, c goldenCase) {
	var want struct{ P float64 }
	if err := json.Unmarshal(c.Out, &want); err != nil {
		t.Fatal(err)
	}
	near(t, "p", effect.RatioMismatch(c.Observed, c.Share), want.P)
}
