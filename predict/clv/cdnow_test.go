package clv_test

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"segmenta/predict/clv"
	"segmenta/table"
	"segmenta/testdata"
)

// cdnow is the whole CDNOW cohort in weeks: calibration to 1997-09-30 (39 weeks), and
// what each bought, and paid, in the 39 weeks after. Purchases of a day count once.
type cdnow struct {
	h                 clv.Histories
	monetary, n, paid []float64
}

func master(t *testing.T) (d cdnow) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "cdnow.parquet")
	if err := os.WriteFile(file, testdata.CDNOW, 0o600); err != nil {
		t.Fatal(err)
	}
	rows, err := table.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Date(1997, 1, 1, 0, 0, 0, 0, time.UTC)
	days := make(map[string]map[int]float64)
	for i := range rows.Rows() {
		at, err := time.Parse(time.RFC3339, rows.Column("date").Format(i))
		if err != nil {
			t.Fatal(err)
		}
		id := rows.Column("customer_id").Text(i)
		if days[id] == nil {
			days[id] = make(map[int]float64)
		}
		days[id][int(at.Sub(begin).Hours()/24)] += rows.Column("dollar_value").Number(i)
	}
	ids := make([]string, 0, len(days))
	for id := range days {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	const end = 272
	for _, id := range ids {
		first, last, x, sum, n, paid := math.Inf(1), 0.0, -1.0, 0.0, 0.0, 0.0
		for day := range days[id] {
			first = min(first, float64(day))
		}
		for day := range 600 {
			switch amount, bought := days[id][day]; {
			case !bought:
			case day > end:
				n, paid = n+1, paid+amount
			default:
				if x++; x > 0 {
					sum += amount
				}
				last = float64(day)
			}
		}
		d.h.Frequency, d.h.Recency, d.h.Age = append(d.h.Frequency, x), append(d.h.Recency, (last-first)/7), append(d.h.Age, (end-first)/7)
		d.monetary, d.n, d.paid = append(d.monetary, sum/max(1, x)), append(d.n, n), append(d.paid, paid)
	}
	return d
}

// testdata/fits.json: what lifetimes, BTYD and a prototype found. The likelihood must
// be as high, and the parameters and their errors the same to a thousandth.
func TestGoldenFits(t *testing.T) {
	var g struct {
		Fits map[string]struct {
			Best float64 `json:"best_LL"`
			Fits []struct {
				Lib    string
				Params []float64
				LL     float64
				SE     []float64
			}
		}
	}
	golden(t, "fits.json", &g)
	whole := master(t)
	h, monetary := sample(t)
	for i := range h.Age { // as lifetimes ships them
		h.Recency[i], h.Age[i] = math.Round(100*h.Recency[i])/100, math.Round(100*h.Age[i])/100
	}
	for name, data := range map[string]cdnow{"cdnow_sample": {h: h, monetary: monetary}, "cdnow_master_cal": whole} {
		for _, model := range []string{"bgnbd", "mbgnbd", "pnbd", "gg"} {
			want, ok := g.Fits[name+"/"+model]
			if !ok {
				t.Fatalf("no golden fit of %s/%s", name, model)
			}
			p, se, ll := fit(t, model, data)
			if ll < want.Best-1e-4 {
				t.Errorf("%s/%s: log-likelihood %v, want %v", name, model, ll, want.Best)
			}
			for _, f := range want.Fits {
				for i := range p {
					if f.LL > want.Best-1e-6 {
						near(t, name+"/"+model+" parameter", p[i], f.Params[i], 1e-3*f.Params[i])
					}
					if f.SE != nil {
						near(t, name+"/"+model+" standard error", se[i], f.SE[i], 1e-3*f.SE[i])
					}
				}
			}
		}
	}
}

func fit(t *testing.T, model string, d cdnow) (p, se []float64, ll float64) {
	t.Helper()
	if model == "gg" {
		g, err := clv.FitSpend(d.h.Frequency, d.monetary, clv.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return []float64{g.P, g.Q, g.V}, g.SE[:], g.LogLikelihood
	}
	if model == "pnbd" {
		model = "pareto"
	}
	m, err := clv.Fit(model, d.h, clv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m.Params[:], m.SE[:], m.LogLikelihood
}

// Weeks 40 to 78 of everyone: the intervals hold what they say, within 3 points.
func TestCoverage(t *testing.T) {
	d := master(t)
	spending, err := clv.FitSpend(d.h.Frequency, d.monetary, clv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := clv.Fit("bgnbd", d.h, clv.Options{Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, level := range []float64{0.8, 0.9, 0.95} {
		made := m.Forecast(d.h, spending, d.monetary, clv.Terms{Horizon: 39, Level: level, Threads: 2})
		j := clv.Judge(d.h.Frequency, made, d.n, d.paid, level)
		t.Logf("%.2f: purchases %.4f, money %.4f, of those not [0, 0] %.4f", level, j.Count.Covered, j.Money.Covered, j.Money.Wider)
		near(t, "coverage of purchases", j.Count.Covered, level, 0.03)
		near(t, "coverage of money", j.Money.Covered, level, 0.03)
	}
}

// Those who returned eight times and more are as the model has them; of those who never
// did there are fewer than it expects. The numbers add up.
func TestFitness(t *testing.T) {
	d := master(t)
	for _, kind := range clv.Kinds() {
		m, err := clv.Fit(kind, d.h, clv.Options{Threads: 2})
		if err != nil {
			t.Fatal(err)
		}
		f := m.Fitness(d.h, 2)
		have, expected := 0.0, 0.0
		for n := range f.Customers {
			have, expected = have+f.Customers[n], expected+f.Expected[n]
		}
		near(t, kind+" customers", have, 23570, 0)
		near(t, kind+" expected", expected, 23570, 1e-6)
		near(t, kind+" never returned", f.Expected[0], f.Customers[0], 0.02*f.Customers[0])
	}
}
