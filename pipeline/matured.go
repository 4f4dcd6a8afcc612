package pipeline

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"segmenta/features"
	"segmenta/predict/interval"
	"segmenta/predict/metric"
	"segmenta/table"
)

// A Matured is how an earlier run's probabilities turned out, now that the outcomes are
// over.
type Matured struct {
	Run      string           `json:"run"`
	Target   string           `json:"target"`
	Model    string           `json:"model"`
	Rows     int              `json:"rows"`
	Rate     float64          `json:"rate"`
	Expected float64          `json:"mean_probability"`
	AUC      *metric.Interval `json:"auc"`
	Brier    *metric.Interval `json:"brier"`
	ECE      *metric.Interval `json:"ece"`
	Coverage *interval.Held   `json:"interval_coverage"`
}

// maxMatured is how many runs are looked back at for each target: the last ones.
const maxMatured = 3

// lookBack holds what earlier runs said against what happened since. A run that is
// damaged, or of another question, is passed over.
func (r *running) lookBack() error {
	entries, err := os.ReadDir(filepath.Join(r.workspace.dir, "runs"))
	if err != nil {
		return nil //nolint:nilerr // the first run has nothing to look back at
	}
	found := make(map[string]int)
	moments := make(map[time.Time]*features.Snapshot)
	for _, e := range slices.Backward(entries) {
		if !e.IsDir() || e.Name() >= runName(r.past.asOf) {
			continue
		}
		for _, name := range r.job.Config.TargetNames() {
			if found[name] >= maxMatured {
				continue
			}
			m, err := r.matured(e.Name(), name, moments)
			if err != nil {
				return fmt.Errorf("looking back at %s: %s: %w", e.Name(), name, err)
			}
			if m != nil {
				found[name]++
				r.manifest.Matured = append(r.manifest.Matured, *m)
			}
		}
	}
	return nil
}

// matured judges one target of one run, nil where its outcomes aren't over or it said
// nothing.
func (r *running) matured(run, name string, moments map[time.Time]*features.Snapshot) (*Matured, error) {
	t := r.job.Config.Targets[name]
	over := func(at time.Time) bool {
		return !at.In(r.past.asOf.Location()).AddDate(0, 0, int(t.Gap+t.Horizon)).After(r.past.asOf)
	}
	if day, err := time.ParseInLocation(time.DateOnly, run[:min(len(run), len(time.DateOnly))], r.past.asOf.Location()); err != nil || !over(day) {
		return nil, nil // told by its name, without reading what it published
	}
	manifest, err := readManifest(r.workspace.run(run))
	if err != nil || manifest.Asks[name] != t.asks() {
		return nil, nil
	}
	at, err := time.Parse(time.RFC3339, manifest.AsOf)
	if err != nil || !over(at) {
		return nil, nil
	}
	said, err := table.ReadFile(filepath.Join(r.workspace.run(run), "segments.parquet"))
	if err != nil || said.Column(name+"_probability") == nil || said.Column("customer_id") == nil {
		return nil, nil
	}
	at = at.In(r.past.asOf.Location())
	if moments[at] == nil {
		s, err := r.past.Compute(nil, []time.Time{at}, r.job.Threads)
		if err != nil {
			return nil, err
		}
		moments[at] = s[0]
	}
	y, err := r.past.Label(t.label(), moments[at], r.past.asOf)
	if err != nil {
		return nil, err
	}
	return judged(run, name, manifest.Models[name], said, moments[at].Customers, y)
}

// judged joins what was said with what happened by customer.
func judged(run, name, model string, said *table.Table, customers []string, happened []float64) (*Matured, error) {
	outcome := make(map[string]float64, len(customers))
	for i, c := range customers {
		outcome[c] = happened[i]
	}
	id, probability := said.Column("customer_id"), said.Column(name+"_probability")
	var y, p []float64
	for i := range said.Rows() {
		v, ok := outcome[id.Text(i)]
		if ok && v == v && !probability.IsNull(i) {
			y, p = append(y, v), append(p, probability.Number(i))
		}
	}
	if len(y) == 0 {
		return nil, nil
	}
	report, err := metric.Evaluate(y, p, 1)
	if err != nil {
		return nil, err
	}
	m := &Matured{Run: run, Target: name, Model: model, Rows: len(y), Rate: report.BaseRate.Value, Expected: mean(p), AUC: report.AUC, Brier: report.Brier, ECE: report.ECE}
	m.Coverage = coverageOf(said, name, y, p, outcome)
	return m, nil
}

// coverageOf is how often the intervals that the run published held.
func coverageOf(said *table.Table, name string, y, p []float64, outcome map[string]float64) *interval.Held {
	low, high := said.Column(name+"_probability_low"), said.Column(name+"_probability_high")
	if low == nil || high == nil {
		return nil
	}
	var lows, highs []float64
	id, probability := said.Column("customer_id"), said.Column(name+"_probability")
	for i := range said.Rows() {
		if v, ok := outcome[id.Text(i)]; ok && v == v && !probability.IsNull(i) {
			lows, highs = append(lows, low.Number(i)), append(highs, high.Number(i))
		}
	}
	return interval.CoverageOf(interval.Nominal, interval.Stretch{Y: y, P: p}, lows, highs)
}

// estimate says how good the scores of this run are expected to be, before their outcomes
// are known.
func (r *running) estimate() error {
	r.manifest.Estimated = make(map[string]*metric.Estimated)
	r.manifest.Asks = make(map[string]string)
	for _, name := range slices.Sorted(maps.Keys(r.scores)) {
		r.manifest.Asks[name] = r.job.Config.Targets[name].asks()
		var p []float64
		for _, v := range r.scores[name].probability {
			if v == v {
				p = append(p, v)
			}
		}
		if len(p) == 0 {
			continue
		}
		e, err := metric.Estimate(p)
		if err != nil {
			continue // a model that the user brought may give no probabilities
		}
		if e.AUC != e.AUC || e.Lift10 != e.Lift10 {
			continue
		}
		r.manifest.Estimated[name] = e
	}
	return nil
}
