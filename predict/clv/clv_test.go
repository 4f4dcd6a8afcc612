package clv_test

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"segmenta/predict/clv"
	"segmenta/table"
)

// golden reads a file of testdata, whose README says what made it.
func golden(t *testing.T, file string, to any) {
	t.Helper()
	text, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, to); err != nil {
		t.Fatal(err)
	}
}

// sample is the CDNOW 1/10 sample: 39 weeks of calibration, in weeks.
func sample(t *testing.T) (h clv.Histories, monetary []float64) {
	t.Helper()
	d, err := table.ReadFile("testdata/cdnow_sample.parquet")
	if err != nil {
		t.Fatal(err)
	}
	column := func(name string) (v []float64) {
		for i := range d.Rows() {
			v = append(v, d.Column(name).Number(i))
		}
		return v
	}
	return clv.Histories{Frequency: column("frequency"), Recency: column("recency"), Age: column("T")}, column("monetary")
}

func near(t *testing.T, name string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s = %v, want %v", name, got, want)
	}
}

// The published fits of the CDNOW sample, to the digits that were printed. Row 77.
func TestPublishedFits(t *testing.T) {
	h, monetary := sample(t)
	tests := []struct {
		kind   string
		params [4]float64
		within [4]float64
		ll     float64
	}{
		{"bgnbd", [4]float64{0.243, 4.414, 0.793, 2.426}, [4]float64{5e-4, 5e-4, 5e-4, 5e-4}, -9582.4},
		{"pareto", [4]float64{0.553, 10.578, 0.606, 11.669}, [4]float64{5e-4, 5e-4, 5e-4, 2e-3}, -9595.0},
		{"mbgnbd", [4]float64{0.525, 6.183, 0.891, 1.614}, [4]float64{5e-4, 5e-4, 5e-4, 5e-4}, -9582.13},
	}
	for _, tt := range tests {
		m, err := clv.Fit(tt.kind, h, clv.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s %.6v LL %.6f SE %.4v", tt.kind, m.Params, m.LogLikelihood, m.SE)
		for i, name := range m.Names() {
			near(t, tt.kind+" "+name, m.Params[i], tt.params[i], tt.within[i])
		}
		near(t, tt.kind+" log-likelihood", m.LogLikelihood, tt.ll, 0.05)
	}
	g, err := clv.FitSpend(h.Frequency, monetary, clv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "p", g.P, 6.25, 0.005)
	near(t, "q", g.Q, 3.74, 0.005)
	near(t, "v", g.V, 15.44, 0.05)
}

// testdata/values.json: mpmath with 60 digits; nine digits are wanted.
func TestValues(t *testing.T) {
	var g struct {
		Conditional   [][]any
		Unconditional []struct {
			Model  string
			Params [4]float64
			T      float64 `json:"t"`
			E, Pmf *float64
			N      int
		}
		Spend []struct {
			P, Q, V, X, Zbar float64
			Spend            float64 `json:"e_spend"`
			Defined          bool
			LL               *float64 `json:"ll"`
		} `json:"gamma_gamma"`
	}
	golden(t, "values.json", &g)
	off := func(got, want float64) bool { return !(math.Abs(got-want) <= 1e-9*math.Abs(want)+1e-300) }
	for _, c := range g.Conditional {
		m := model(t, c[0].(string), params(c[1]))
		v := make([]float64, 10)
		for i := 2; i < 10; i++ {
			v[i], _ = c[i].(float64)
		}
		x, tx, age, horizon := v[2], v[3], v[4], v[5]
		if got, err := m.Likelihood(clv.Histories{Frequency: []float64{x}, Recency: []float64{tx}, Age: []float64{age}}); err != nil || off(got, v[6]) {
			t.Errorf("%v: log-likelihood %v, %v", c, got, err)
		}
		if got := m.Alive(x, tx, age); off(got, v[7]) {
			t.Errorf("%v: alive %v", c, got)
		}
		if got := m.Expected(x, tx, age, horizon); off(got, v[8]) {
			t.Errorf("%v: expected %v, off by %.1e", c, got, got/v[8]-1)
		}
		if c[9] == nil {
			continue
		}
		if got := m.Discounted(x, tx, age, math.Inf(1), 0.0027); off(got, v[9]) {
			t.Errorf("%v: discounted %v, off by %.1e", c, got, got/v[9]-1)
		}
	}
	for _, c := range g.Unconditional {
		m := model(t, c.Model, c.Params)
		if c.E != nil && off(m.Expected(0, 0, 0, c.T), *c.E) {
			t.Errorf("%+v: expected %v", c, m.Expected(0, 0, 0, c.T))
		}
		if p := m.Counts(0, 0, 0, c.T); c.Pmf != nil && (c.N >= len(p) || off(p[c.N], *c.Pmf)) {
			t.Errorf("%+v: of %d probabilities", c, len(p))
		}
	}
	for _, c := range g.Spend {
		m := clv.Spending{P: c.P, Q: c.Q, V: c.V}
		if got := m.Spend(c.X, c.Zbar); c.Defined && off(got, c.Spend) || !c.Defined && !math.IsNaN(got) {
			t.Errorf("%+v: spend %v", c, got)
		}
		if c.LL != nil {
			if got, err := m.Likelihood([]float64{c.X}, []float64{c.Zbar}); err != nil || off(got, *c.LL) {
				t.Errorf("%+v: log-likelihood %v, %v", c, got, err)
			}
		}
	}
}

func params(v any) (p [4]float64) {
	for i, x := range v.([]any) {
		p[i] = x.(float64)
	}
	return p
}

func model(t *testing.T, kind string, p [4]float64) *clv.Purchases {
	t.Helper()
	if kind == "pnbd" {
		kind = "pareto"
	}
	m, err := clv.New(kind, p)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestNothingToLearnFrom(t *testing.T) {
	nobody := clv.Histories{Frequency: []float64{0, 0}, Recency: []float64{0, 0}, Age: []float64{10, 20}}
	for _, kind := range clv.Kinds() {
		if _, err := clv.Fit(kind, nobody, clv.Options{}); !errors.Is(err, clv.ErrNobodyReturned) {
			t.Errorf("%s: %v, want ErrNobodyReturned", kind, err)
		}
	}
	if _, err := clv.Fit("bgnbd", clv.Histories{Frequency: []float64{1}, Recency: []float64{30}, Age: []float64{20}}, clv.Options{}); err == nil {
		t.Error("recency beyond age: no error")
	}
	if _, err := clv.Fit("nbd", nobody, clv.Options{}); err == nil {
		t.Error("an unknown model: no error")
	}
}

// Every row that can't be is counted once, under what is wrong with it.
func TestCheck(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	h := clv.Histories{Frequency: []float64{0, 2, -1, 1.5, 1, nan, 1, 0, 2e6}, Recency: []float64{0, 5, 0, 1, 9, 1, 0, 0, 1}, Age: []float64{0, 9, 9, 9, 5, 9, 0, inf, 9}}
	good, found, err := clv.Check(h)
	if err != nil {
		t.Fatal(err)
	}
	if want := []bool{true, true, false, false, false, false, false, false, false}; !slices.Equal(good, want) {
		t.Errorf("good rows %v, want %v", good, want)
	}
	first := []int{6, 3, 4, 5, 7}
	rows := []int{2, 1, 2, 1, 1}
	if len(found) != len(first) {
		t.Fatalf("%+v", found)
	}
	for i, r := range found {
		if r.First != first[i] || r.Rows != rows[i] || r.En == "" || r.Es == "" {
			t.Errorf("%+v, want %d rows from %d", r, rows[i], first[i])
		}
	}
	for _, kind := range clv.Kinds() {
		if _, err := clv.Fit(kind, h, clv.Options{}); err == nil || !strings.Contains(err.Error(), "row 3") {
			t.Errorf("%s: %v, want an error that names row 3", kind, err)
		}
	}
}
