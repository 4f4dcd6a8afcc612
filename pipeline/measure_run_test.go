package pipeline_test

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"segmenta/pipeline"
	"segmenta/predict/effect"
	"segmenta/table"
)

// A recount is what customers did in a window, counted from the files by themselves.
type recount struct {
	bought, spent map[string]float64
	sent, opened  map[string]bool
}

func recounted(t *testing.T, dir string, from, to time.Time) recount {
	t.Helper()
	r := recount{map[string]float64{}, map[string]float64{}, map[string]bool{}, map[string]bool{}}
	each := func(folder string, visit func(all *table.Table, i int, who string)) {
		files, err := filepath.Glob(filepath.Join(dir, folder, "*.parquet"))
		if err != nil || len(files) < 2 {
			t.Fatal(files, err)
		}
		for _, f := range files {
			all, err := table.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			for i := range all.Rows() {
				if at := all.Column("time").Ints[i]; at >= from.UnixMicro() && at < to.UnixMicro() {
					visit(all, i, all.Column("customer_id").Text(i))
				}
			}
		}
	}
	each("transactions", func(all *table.Table, i int, who string) {
		if v := all.Column("amount").Number(i); v >= 0 {
			r.bought[who], r.spent[who] = 1, r.spent[who]+v
		}
	})
	each("events", func(all *table.Table, i int, who string) {
		switch all.Column("type").Text(i) {
		case "email_sent":
			r.sent[who] = true
		case "email_open":
			r.opened[who] = true
		}
	})
	return r
}

// The demo's campaign: every rate and mean is what counting the files again gives, those
// left alone are those of the run, the discount wins where it was made to work and novelty
// where that was, the model finds somebody to send to, and tables and page are there, in
// both languages. Rows 11, 12, 17, 192–199, 202, 203.
func TestMeasureOfARun(t *testing.T) {
	if testing.Short() {
		t.Skip("trains on a shop of 9,000 customers: not with -short")
	}
	dir := t.TempDir()
	shown, err := (&pipeline.Job{Threads: 2}).Demo(t.Context(), "campaign", dir)
	if err != nil {
		t.Fatal(err)
	}
	m := shown.Effects
	zone, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		t.Fatal(err)
	}
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, zone)
	truth := recounted(t, filepath.Join(dir, "data"), from, from.AddDate(0, 0, 30))
	s, err := table.ReadFile(filepath.Join(shown.Done.Dir, "segments.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	var n, yes, spent [2]float64
	var delivered, opened float64
	for i := range s.Rows() {
		arm, who := 1, s.Column("customer_id").Text(i)
		if s.Column("holdout").Bools[i] {
			arm = 0
		}
		n[arm], yes[arm], spent[arm] = n[arm]+1, yes[arm]+truth.bought[who], spent[arm]+truth.spent[who]
		if truth.sent[who] {
			delivered++
			if truth.opened[who] {
				opened++
			}
		}
	}
	seen := map[string]*pipeline.Effect{}
	for _, e := range m.Effects {
		if e.Kind == "everyone" {
			seen[e.Outcome] = e
		}
	}
	for _, name := range []string{"conversion", "revenue", "orders", "retention", "reactivation", "use_session", "nps", "unsubscribes"} {
		if e := seen[name]; name != "unsubscribes" && (e == nil || e.Verdict == "" || e.Reason.Es == "" || !e.Difference.Known()) {
			t.Errorf("%s is not measured: %+v", name, e)
		}
	}
	e := seen["conversion"]
	want := effect.Difference(yes[1], n[1], yes[0], n[0])
	if e.Treated != int(n[1]) || e.Control != int(n[0]) || e.Difference != want || e.OfControl != effect.Rate(yes[0], n[0]) {
		t.Errorf("conversion %+v of %d and %d, counting again gives %+v of %v", e.Difference, e.Treated, e.Control, want, n)
	}
	if e.Verdict != "keep" || e.Change == nil || float64(m.Mismatch) < 0.001 || !m.Complete {
		t.Errorf("%s (%s), sample ratio p %v", e.Verdict, e.Reason.En, m.Mismatch)
	}
	if r := seen["revenue"]; math.Abs(r.OfTreated.Value-spent[1]/n[1]) > 1e-6 || r.Profit == nil || r.ROI == nil {
		t.Errorf("revenue %+v, counting again gives %v", r.OfTreated, spent[1]/n[1])
	}
	if g := m.Engaged[0]; g.Delivered != int(delivered) || math.Abs(g.Open.Value-opened/delivered) > 1e-12 || !(g.CTOR.Low > 0) {
		t.Errorf("%+v, counting again gives %v of %v", g, opened, delivered)
	}
	winner := map[string]string{}
	for _, w := range m.Winners {
		if w.Outcome == "conversion" && w.Verdict == "winner" {
			winner[w.Segment] = w.Best
		}
	}
	if winner["dormant"] != "discount" || winner["customer"] == "discount" {
		t.Errorf("%v, want the discount to win among the dormant", winner)
	}
	if u := m.Uplift[0]; u.Why != "" || u.Ranked.Tops[2].Effect.Value < u.Ranked.Tops[4].Effect.Value {
		t.Errorf("the model finds nobody: %+v", u)
	}
	if len(m.Criteria) == 0 {
		t.Error("no criterion was looked at")
	}
	for _, c := range m.Criteria {
		if c.Drop != (c.OfLetIn.Low > 0) || strings.Contains(c.Criterion, "not_qualified") || c.Says.Es == "" {
			t.Errorf("%+v", c)
		}
	}
	effectsWritten(t, m, dir)
}

// The tables have a row for each effect and words for each column; the page asks no
// network; JSON can be made of it all.
func effectsWritten(t *testing.T, m *pipeline.Effects, dir string) {
	t.Helper()
	for name, rows := range map[string]int{"campaign_eval": len(m.Effects), "campaign_engagement": len(m.Engaged), "campaign_winners": len(m.Winners), "uplift": -1, "campaign_criteria": len(m.Criteria), "campaign_trend": len(m.Effects)} {
		all, err := table.ReadFile(filepath.Join(m.Dir, name+".parquet"))
		if err != nil || rows >= 0 && all.Rows() != rows || all.Rows() == 0 {
			t.Fatalf("%s: %v, want %d rows", name, err, rows)
		}
		for _, c := range all.Columns {
			if all.Meta["en:"+c.Name] == "" || all.Meta["es:"+c.Name] == "" {
				t.Errorf("%s: %s has no words", name, c.Name)
			}
		}
	}
	page, err := os.ReadFile(filepath.Join(m.Dir, "report.html"))
	if err != nil || strings.Contains(string(page), "://") || !strings.Contains(string(page), "left alone") {
		t.Errorf("%v: the page is not what it should be", err)
	}
	if _, err := json.Marshal(m); err != nil {
		t.Error(err)
	}
	c, err := pipeline.LoadConfig(filepath.Join(dir, "segmenta.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	c.Language, c.Privacy.MinGroup = "es", 300
	j := &pipeline.Job{Config: c, Threads: 2}
	few, err := j.Measure(t.Context(), pipeline.Measuring{Campaign: "january"})
	if err != nil {
		t.Fatal(err)
	}
	trend, err := table.ReadFile(filepath.Join(few.Dir, "campaign_trend.parquet"))
	if err != nil || trend.Rows() != len(m.Effects)+len(few.Effects) {
		t.Errorf("%v, the scorecard has %d rows, want those of both measurements", err, trend.Rows())
	}
	hidden := 0
	for _, e := range few.Effects {
		if e.Treated == 0 {
			hidden++
		} else if e.Treated < 300 || e.Control < 300 {
			t.Errorf("%s: %d and %d are shown, fewer than 300", e.Segment, e.Treated, e.Control)
		}
	}
	size := make(map[string]int)
	for _, e := range m.Effects {
		size[e.Kind+e.Segment+e.Arm], size[e.Kind+e.Segment+e.Against] = e.Treated, e.Control
	}
	for _, w := range few.Winners {
		if best, second := size[w.Kind+w.Segment+w.Best], size[w.Kind+w.Segment+w.Second]; best < 300 || second < 300 {
			t.Errorf("%s: an arm of %d is held against one of %d, fewer than 300", w.Segment, best, second)
		}
	}
	if len(few.Winners) == 0 || len(few.Winners) == len(m.Winners) {
		t.Errorf("%d of %d winners are told", len(few.Winners), len(m.Winners))
	}
	if page, err = os.ReadFile(filepath.Join(few.Dir, "report.html")); err != nil || hidden == 0 || !strings.Contains(string(page), "fuera de campaña") {
		t.Errorf("%v, %d effects of few are hidden", err, hidden)
	}
	if _, err := j.Measure(t.Context(), pipeline.Measuring{Campaign: "janury"}); !errors.Is(err, pipeline.ErrConfig) || !strings.Contains(err.Error(), "january") {
		t.Errorf("%v, want the campaign that is meant", err)
	}
}

// Without anybody left alone nothing can be measured, and that is said.
func TestMeasureNeedsAHoldOut(t *testing.T) {
	j := written(t, "customer_id,time,amount\n1,2025-01-01,12\n2,2025-03-01,55\n", "")
	if _, err := j.Train(t.Context(), "2025-02-01"); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Run(t.Context(), "2025-02-01"); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Measure(t.Context(), pipeline.Measuring{}); !errors.Is(err, pipeline.ErrConfig) || !strings.Contains(err.Error(), "holdout.share") {
		t.Errorf("%v, want to be told of holdout.share", err)
	}
	if _, err := j.Measure(t.Context(), pipeline.Measuring{Window: "a month"}); !errors.Is(err, pipeline.ErrConfig) {
		t.Errorf("%v, want a refusal of the window", err)
	}
}
