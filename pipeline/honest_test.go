package pipeline_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"segmenta/pipeline"
	"segmenta/table"
)

// aShop writes the purchases of n customers over some days, and a project that reads
// them: each buys at a rate of their own until they leave.
func aShop(t *testing.T, n, days int, config string) *pipeline.Job {
	t.Helper()
	random := rand.New(rand.NewPCG(uint64(n), 9))
	var b strings.Builder
	b.WriteString("customer_id,time,amount\n")
	for c := range n {
		rate, lives := 0.05*random.ExpFloat64(), 30+300*random.ExpFloat64()
		begin := random.Float64() * float64(days) * 0.6
		for at := begin; at < begin+lives && at < float64(days); at += random.ExpFloat64()/(rate+0.003) + 1 {
			d := int(at)
			fmt.Fprintf(&b, "c%04d,2024-%02d-%02d,%.2f\n", c, 1+d/28, 1+d%28, 5+20*random.ExpFloat64())
		}
	}
	return written(t, b.String(), config)
}

func written(t *testing.T, purchases, config string) *pipeline.Job {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("purchases.csv", purchases)
	write("segmenta.yaml", "name: shop\nsources: {transactions: {path: purchases.csv, columns: {customer_id: customer_id, time: time, amount: amount}}}\n"+config)
	return reopen(t, dir)
}

func reopen(t *testing.T, dir string) *pipeline.Job {
	t.Helper()
	c, err := pipeline.LoadConfig(filepath.Join(dir, "segmenta.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return &pipeline.Job{Config: c, Threads: 2}
}

// segmentsOf reads a run's segment table.
func segmentsOf(t *testing.T, d *pipeline.Done) *table.Table {
	t.Helper()
	s, err := table.ReadFile(filepath.Join(d.Dir, "segments.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const twoTargets = "targets: {churn: {horizon: 60d}, conversion: {horizon: 30d, population: customers}}\n"

// From a handful of customers to a shop: never a crash, always a score or a reason, and
// intervals that are wider the less is known.
func TestFewData(t *testing.T) {
	tests := []struct {
		customers int
		method    string // of churn
	}{{5, ""}, {50, "simple"}, {150, "simple"}, {1500, "blend|trees|logistic|simple"}}
	last := math.Inf(1)
	for _, tt := range tests {
		j := aShop(t, tt.customers, 330, twoTargets)
		l, err := j.Train(t.Context(), "")
		if err != nil {
			t.Fatalf("%d customers: %v", tt.customers, err)
		}
		c := card(t, l, "churn")
		if tt.method == "" {
			if c.Abstained.En == "" || c.Abstained.Es == "" || !strings.Contains(c.Abstained.En, "needed") && !strings.Contains(c.Abstained.En, "known yet") {
				t.Errorf("%d customers: abstained %+v, want a reason and the number needed", tt.customers, c.Abstained)
			}
		} else if !strings.Contains("|"+tt.method+"|", "|"+c.Method+"|") {
			t.Errorf("%d customers: method %q (%s), want one of %s", tt.customers, c.Method, c.Because.En, tt.method)
		}
		done, err := j.Run(t.Context(), "")
		if err != nil {
			t.Fatalf("%d customers: %v", tt.customers, err)
		}
		s := segmentsOf(t, done)
		if tt.method == "" {
			continue
		}
		width, n := 0.0, 0.0
		for i := range s.Rows() {
			p, low, high := s.Column("churn_probability").Number(i), s.Column("churn_probability_low").Number(i), s.Column("churn_probability_high").Number(i)
			if math.IsNaN(p) {
				continue
			}
			if !(low <= p && p <= high && low >= 0 && high <= 1) {
				t.Fatalf("%d customers: %v is not in [%v, %v]", tt.customers, p, low, high)
			}
			width, n = width+high-low, n+1
		}
		if n == 0 || width/n > last+0.02 {
			t.Errorf("%d customers: mean width %.3f of %v intervals, want narrower than %.3f of fewer customers", tt.customers, width/n, n, last)
		}
		last = width / n
	}
}

// Where the history is too short for a split in time, other customers judge.
func TestShortHistory(t *testing.T) {
	l, err := aShop(t, 1500, 200, "targets: {churn: {horizon: 90d}}\ntraining: {rounds: 5}\n").Train(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	c := card(t, l, "churn")
	if c.Fallback || c.Held == nil || c.Held.AUC.Value < 0.6 || !strings.Contains(c.Validation.En, "other customers") || c.Coverage == nil {
		t.Errorf("%s (%s), judged %+v, by %q", c.Method, c.Because.En, c.Held, c.Validation.En)
	}
}

// A model doesn't learn how long the history is: what looks back further than the first
// moment can is left to those who name it.
func TestYoungFeatures(t *testing.T) {
	learned := func(config string) string {
		l, err := aShop(t, 800, 330, twoTargets+"training: {rounds: 5"+config+"}\n").Train(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		return " " + strings.Join(card(t, l, "conversion").Features, " ") + " "
	}
	all := learned("")
	for _, name := range []string{"orders_previous_365d", "gift_season_share", "orders_trend_180d_365d"} {
		if strings.Contains(all, " "+name+" ") {
			t.Errorf("%s is learned from in a history of 330 days", name)
		}
	}
	if named := learned(", features: [recency_days, orders_all, gift_season_share]"); !strings.Contains(named, " gift_season_share ") {
		t.Errorf("learned from%s, want what is named", named)
	}
}

// With outcomes too far ahead to be known, the rhythm of purchases serves.
func TestRhythmAlone(t *testing.T) {
	j := aShop(t, 400, 330, "targets: {churn: {horizon: 365d}}\n")
	l, err := j.Train(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if c := card(t, l, "churn"); c.Method != "rhythm" || c.Because.En == "" || c.Held != nil {
		t.Errorf("method %q because %q, judged %v; want the rhythm, a reason and no figures", c.Method, c.Because.En, c.Held)
	}
	done, err := j.Run(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	s := segmentsOf(t, done)
	if p := s.Column("churn_probability").Number(0); !(p >= 0 && p <= 1) {
		t.Errorf("probability %v", p)
	}
}

// Who has only ever returned has no rhythm, and the others are scored all the same.
func TestRhythmBesideNone(t *testing.T) {
	var b strings.Builder
	b.WriteString("customer_id,time,amount\n")
	for c := range 80 {
		for k := range 1 + c%5 {
			amount := 20
			if c < 20 {
				amount = -20
			}
			fmt.Fprintf(&b, "c%02d,2024-%02d-%02d,%d\n", c, 1+k, 1+c%28, amount)
		}
	}
	l, err := written(t, b.String(), "targets: {churn: {horizon: 365d, population: all}}\n").Train(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if c := card(t, l, "churn"); c.Method != "rhythm" {
		t.Errorf("method %q because %q, want the rhythm", c.Method, c.Because.En)
	}
}

// A run holds earlier ones against what happened since, once it is over, and says how
// good it expects to be itself until then.
func TestMaturedBacktest(t *testing.T) {
	j := aShop(t, 400, 330, twoTargets)
	if _, err := j.Train(t.Context(), "2024-07-15"); err != nil {
		t.Fatal(err)
	}
	j.Force = true // the gates of drift and volume have nothing to do with it
	for _, at := range []string{"2024-08-01", "2024-10-20"} {
		if _, err := j.Run(t.Context(), at); err != nil {
			t.Fatal(err)
		}
	}
	done, err := j.Run(t.Context(), "2024-11-10")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(done.Dir, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var m pipeline.Manifest
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{"churn 2024-08-01": true, "conversion 2024-08-01": true} // the other run's are not over yet
	for _, b := range m.Matured {
		if !want[b.Target+" "+b.Run] {
			t.Errorf("%s of %s: not over yet, or twice", b.Target, b.Run)
		}
		delete(want, b.Target+" "+b.Run)
		if b.Rows < 100 || b.AUC == nil || b.AUC.Value < 0.6 || math.Abs(b.Rate-b.Expected) > 0.2 || b.Model == "" {
			t.Errorf("%+v; want the rows of that run, with an AUC above 0.6 and a rate near what was expected", b)
		}
	}
	if len(want) > 0 {
		t.Errorf("no backtest of %v", want)
	}
	if e := m.Estimated["churn"]; e == nil || e.AUC < 0.6 || e.AUC > 1 || e.Rows == 0 {
		t.Errorf("estimated %+v", e)
	}
	page, err := os.ReadFile(filepath.Join(done.Dir, "report.html"))
	if err != nil || !strings.Contains(string(page), "AUC of the run of 2024-08-01") {
		t.Errorf("the report says nothing of the run of 2024-08-01 (%v)", err)
	}
}
