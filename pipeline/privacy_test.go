package pipeline_test

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"segmenta/pipeline"
	"segmenta/segment"
	"segmenta/table"
)

const measuredShop = `timezone: Europe/Madrid
sources: {transactions: {path: data/transactions}, events: {path: data/events}, customers: {path: data/customers}}
targets: {conversion: {horizon: 30d, population: all}, churn: {horizon: 60d}}
training: {cutoffs: 2, rounds: 10}
clusters: {max: 3}
holdout: {share: 0.2, salt: s, segments: {lately: 0.5, rfm/lost: 0.5}, campaigns: {winter: 0.25}}
segments: [{id: lately, es: {name: Hace poco}, en: {name: Lately}, objective: o, desired_action: a, success_metric: m, primary: {recency_days: "<= 30d"}}]
`

// customersOf reads and rewrites the customers file of a simulated shop.
func customersOf(t *testing.T, j *pipeline.Job, change func(c *table.Table)) {
	t.Helper()
	files, err := filepath.Glob(j.Config.Path("data/customers/*.parquet"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		c, err := table.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		change(c)
		if err := table.WriteFile(f, c); err != nil {
			t.Fatal(err)
		}
	}
}

// Who is left alone is so at every run, is drawn within each segment, and the table of
// the draws finds nothing amiss. Rows 11, 199.
func TestHoldOutsOfRuns(t *testing.T) {
	j := simulated(t, measuredShop, 600, "2025-11-01")
	first, second := tablesOf(t, j, "2025-11-01"), tablesOf(t, j, "2025-12-01")
	held := make(map[string]bool)
	s := first["segments"]
	for i := range s.Rows() {
		held[s.Column("customer_id").Text(i)] = s.Column("holdout").Bools[i]
	}
	s = second["segments"]
	all, from := 0, 0
	for i := range s.Rows() {
		who, now := s.Column("customer_id").Text(i), s.Column("holdout").Bools[i]
		if was, there := held[who]; there && was != now {
			t.Fatalf("%s was left alone: %v, and now: %v", who, was, now)
		}
		if now {
			all++
		}
		in := strings.Contains(","+s.Column("segments").Text(i)+",", ",lately,")
		drawn := strings.Contains(","+s.Column("holdout_from").Text(i)+",", ",lately,")
		if want := in && (segment.HoldOut{Share: 0.5, Salt: "s", Name: "lately"}).Holds(who); drawn != want {
			t.Fatalf("%s: drawn from lately %v, want %v", who, drawn, want)
		}
		if drawn {
			from++
		}
	}
	if share := float64(all) / float64(s.Rows()); math.Abs(share-0.2) > 0.06 || from == 0 {
		t.Errorf("%.3f are left alone, want about .2; %d from lately", share, from)
	}
	checks := second["holdout"]
	kinds := map[string]int{}
	for i := range checks.Rows() {
		kinds[checks.Column("check").Text(i)]++
		if checks.Column("verdict").Text(i) != "ok" {
			t.Errorf("row %d: %s", i, checks.Column("name").Text(i))
		}
	}
	if kinds["draw"] != 4 || kinds["stratum"] < 5 || kinds["balance"] != 4 {
		t.Errorf("%v, want 4 draws, strata and 4 balances", kinds)
	}
	for _, bad := range []string{"share: 0.95", "segments: {latly: 0.5}", "segments: {colour/red: 0.1}"} {
		t.Run(bad, func(t *testing.T) {
			text, err := os.ReadFile(j.Config.Path("segmenta.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			dir := j.Config.Path(".")
			os.WriteFile(filepath.Join(dir, "bad.yaml"), []byte(strings.Replace(string(text), "share: 0.2, salt: s, segments: {lately: 0.5, rfm/lost: 0.5}", bad, 1)), 0o644)
			c, err := pipeline.LoadConfig(filepath.Join(dir, "bad.yaml"))
			if err == nil {
				_, err = (&pipeline.Job{Config: c}).Run(t.Context(), "2025-12-01")
			}
			if !errors.Is(err, pipeline.ErrConfig) || !strings.Contains(err.Error(), "holdout") {
				t.Errorf("%v, want an error of the configuration", err)
			}
		})
	}
}

// Of whoever has not agreed to be profiled nothing is foretold, in no table; what they
// did stays, and the manifest counts them. Rows 61, 214.
func TestNoConsentNoScores(t *testing.T) {
	j := simulated(t, measuredShop, 500, "2025-11-01")
	answer := func(id string) string { return []string{"yes", "no", ""}[int(id[len(id)-1]-'0')%3] }
	customersOf(t, j, func(c *table.Table) {
		said := make([]string, c.Rows())
		for i := range said {
			said[i] = answer(c.Column("customer_id").Text(i))
		}
		c.Add(table.OptionalStrings("consent_profiling", said))
	})
	for _, tt := range []struct {
		profiling string
		silent    func(answer string) bool
	}{{"opt_in", func(a string) bool { return a != "yes" }}, {"opt_out", func(a string) bool { return a == "no" }}} {
		t.Run(tt.profiling, func(t *testing.T) {
			j.Config.Privacy.Profiling, j.Force = tt.profiling, true
			done, err := j.Run(t.Context(), map[string]string{"opt_in": "2025-11-01", "opt_out": "2025-11-02"}[tt.profiling])
			if err != nil {
				t.Fatal(err)
			}
			s, n := segmentsOf(t, done), 0
			for i := range s.Rows() {
				silent := tt.silent(answer(s.Column("customer_id").Text(i)))
				for _, name := range []string{"conversion_probability", "conversion_band", "conversion_reason_1_en"} {
					if got := s.Column(name).IsNull(i); got != silent {
						t.Fatalf("%s of somebody who agreed %v is null: %v", name, !silent, got)
					}
				}
				if (s.Column("not_scored_reason").Text(i) == "no_profiling_consent") != silent {
					t.Fatal("the reason is not there, or is there without cause")
				}
				if !silent {
					continue
				}
				n++
				for _, name := range []string{"clv", "p_alive", "micro_segment", "churn_probability", "vip", "star", "priority", "next_best_action_es", "next_segment", "misfit", "next_best_category", "churn_warnings", "value_churn", "jtbd_intent"} {
					if c := s.Column(name); c != nil && !c.IsNull(i) {
						t.Fatalf("%s is foretold of somebody who did not agree", name)
					}
				}
				if s.Column("amount_all").IsNull(i) || s.Column("clv_hist").IsNull(i) {
					t.Fatal("what they did is gone too")
				}
			}
			places, scored := 0.0, 0.0 // of all who are scored, the mean place is the middle
			for i := range s.Rows() {
				if c := s.Column("conversion_percentile"); !c.IsNull(i) {
					places, scored = places+c.Floats[i], scored+1
				}
			}
			if math.Abs(places/scored-0.5) > 1e-9 {
				t.Errorf("the mean percentile is %v: others are ranked among those who agreed", places/scored)
			}
			text, err := os.ReadFile(filepath.Join(done.Dir, "manifest.json"))
			if err != nil {
				t.Fatal(err)
			}
			var m struct {
				NotScored map[string]int `json:"not_scored"`
			}
			if err := json.Unmarshal(text, &m); err != nil || m.NotScored["no_profiling_consent"] != n || n == 0 {
				t.Errorf("the manifest counts %v, %d are", m.NotScored, n)
			}
			for _, name := range []string{"affinity", "opportunities"} {
				other, err := table.ReadFile(filepath.Join(done.Dir, name+".parquet"))
				if err != nil {
					t.Fatal(err)
				}
				for i := range other.Rows() {
					if tt.silent(answer(other.Column("customer_id").Text(i))) {
						t.Fatalf("%s.parquet has somebody who did not agree", name)
					}
				}
			}
		})
	}
}

// With a least size of groups, no table of figures and no page tells of fewer customers.
// Rows 214.
func TestRunsHideSmallGroups(t *testing.T) {
	const least = 80
	j := simulated(t, measuredShop, 400, "2025-11-01")
	whole := tablesOf(t, j, "2025-11-01")
	if err := os.RemoveAll(j.Config.Path("workspace/runs")); err != nil { // else the second run finds nothing to do
		t.Fatal(err)
	}
	j.Config.Privacy.MinGroup = least
	run, hidden := tablesOf(t, j, "2025-11-01"), 0
	for name, column := range map[string]string{"segment_summary": "customers", "rfm_grid": "customers", "cards": "customers", "niches": "known", "mass_mailing": "in_segment", "channels": "customers"} {
		c := run[name].Column(column)
		hidden += whole[name].Rows() - c.Len()
		for i := range c.Len() {
			if c.IsNull(i) {
				hidden++
			} else if n := c.Number(i); n > 0 && n < least {
				t.Errorf("%s tells of %v customers", name, n)
			}
		}
	}
	if hidden == 0 {
		t.Error("nothing is hidden: the test shows nothing")
	}
	untold, gone := make(map[string]bool), 0
	for i, s := 0, run["segment_summary"]; i < s.Rows(); i++ {
		if s.Column("kind").Text(i) == "micro" && s.Column("customers").IsNull(i) {
			untold[s.Column("segment").Text(i)] = true
		}
	}
	for i := range whole["clusters"].Rows() {
		if untold[whole["clusters"].Column("micro_segment").Format(i)] {
			gone++
		}
	}
	if gone == 0 || run["clusters"].Rows() != whole["clusters"].Rows()-gone {
		t.Errorf("%d of %d traits are told, %d of them of groups of which the summary tells nothing", run["clusters"].Rows(), whole["clusters"].Rows(), gone)
	}
}
