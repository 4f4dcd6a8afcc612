package clv_test

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"testing"

	"segmenta/predict/clv"
	"segmenta/table"
)

// The published fit of the CDNOW sample (Fader, Hardie and Lee 2005, table 2): 39
// weeks of calibration. testdata/cdnow_sample.parquet is frequency, recency and T in
// weeks, and the mean amount of further purchases.
func TestPublishedFit(t *testing.T) {
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
	m, err := clv.FitBGNBD(column("frequency"), column("recency"), column("T"), clv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "r", m.R, 0.243, 5e-4)
	near(t, "alpha", m.Alpha, 4.414, 5e-4)
	near(t, "a", m.A, 0.793, 5e-4)
	near(t, "b", m.B, 2.426, 5e-4)
	near(t, "log-likelihood", m.LogLikelihood, -9582.4, 0.05)
	g, err := clv.FitGammaGamma(column("frequency"), column("monetary"))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "p", g.P, 6.25, 0.005)
	near(t, "q", g.Q, 3.74, 0.005)
	near(t, "v", g.V, 15.44, 0.05)
}

func near(t *testing.T, name string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s = %v, want %v", name, got, want)
	}
}

// testdata/values.json: mpmath with 60 digits.
func TestValues(t *testing.T) {
	text, err := os.ReadFile("testdata/values.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct {
		Conditional []struct {
			Params   []float64
			X        float64
			Tx       float64 `json:"t_x"`
			Age      float64 `json:"T"`
			T        float64 `json:"t"`
			Alive    float64 `json:"p_alive"`
			Expected float64 `json:"e_cond"`
		}
	}
	if err := json.Unmarshal(text, &golden); err != nil {
		t.Fatal(err)
	}
	for _, c := range golden.Conditional {
		m := clv.BGNBD{R: c.Params[0], Alpha: c.Params[1], A: c.Params[2], B: c.Params[3]}
		if got := m.Alive(c.X, c.Tx, c.Age); math.Abs(got-c.Alive) > 1e-9*c.Alive+1e-300 {
			t.Errorf("%+v: alive %v", c, got)
		}
		if got := m.Expected(c.X, c.Tx, c.Age, c.T); math.Abs(got-c.Expected) > 1e-9*c.Expected+1e-300 {
			t.Errorf("%+v: expected %v, off by %.1e", c, got, got/c.Expected-1)
		}
	}
}

func TestNothingToLearnFrom(t *testing.T) {
	if _, err := clv.FitBGNBD([]float64{0, 0}, []float64{0, 0}, []float64{10, 20}, clv.Options{}); !errors.Is(err, clv.ErrNobodyReturned) {
		t.Errorf("%v, want ErrNobodyReturned", err)
	}
	if _, err := clv.FitBGNBD([]float64{1}, []float64{30}, []float64{20}, clv.Options{}); err == nil {
		t.Error("recency beyond age: no error")
	}
}

// Silence makes leaving likelier, and a longer horizon a purchase.
func TestSilence(t *testing.T) {
	m := clv.BGNBD{R: 0.243, Alpha: 4.414, A: 0.793, B: 2.426}
	for x := 1.0; x < 20; x++ {
		if m.Alive(x, 20, 30) <= m.Alive(x, 20, 40) {
			t.Errorf("x = %v: as alive after 20 as after 10 weeks of silence", x)
		}
		if m.None(x, 20, 30, 10) <= m.None(x, 20, 30, 20) {
			t.Errorf("x = %v: as likely silent for 20 weeks as for 10", x)
		}
	}
}
