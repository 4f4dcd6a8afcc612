package pipeline

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"segmenta/predict/effect"
	"segmenta/table"
)

// runToMeasure is the run asked for, or the latest whose window is over; where none is
// over, the earliest.
func (j *Job) runToMeasure(ctx context.Context, name string, window Days) (*published, time.Time, error) {
	run, err := j.published(name)
	if err != nil {
		return nil, time.Time{}, err
	}
	if name == "" {
		last, err := j.lastDay(ctx)
		if err != nil {
			return nil, time.Time{}, err
		}
		entries, err := os.ReadDir(filepath.Dir(run.dir))
		if err != nil {
			return nil, time.Time{}, err
		}
		for _, e := range slices.Backward(entries) {
			at, err := time.ParseInLocation(time.DateOnly, e.Name()[:min(len(e.Name()), len(time.DateOnly))], j.Config.zone)
			if err != nil {
				continue
			}
			if older, err := j.published(e.Name()); err == nil {
				if run = older; !at.AddDate(0, 0, int(window)).After(last) {
					break
				}
			}
		}
	}
	manifest, err := readManifest(run.dir)
	if err != nil {
		return nil, time.Time{}, mark(ErrGate, err)
	}
	at, err := time.Parse(time.RFC3339, manifest.AsOf)
	return run, at.In(j.Config.zone), err
}

// lastDay is the day after the last purchase or event.
func (j *Job) lastDay(ctx context.Context) (time.Time, error) {
	p, err := j.readFor(ctx, time.Time{}, reading{only: []string{}, blind: true})
	if err != nil {
		return time.Time{}, err
	}
	defer p.Close()
	return p.asOf, nil
}

// measureRun holds all who were not left alone against those who were.
func (j *Job) measureRun(ctx context.Context, a *audience, moment time.Time, window Days, m *Effects) error {
	f, err := j.follow(ctx, moment, window)
	if err != nil {
		return err
	}
	m.Complete, m.Until = f.complete(moment, window)
	x := &experiment{arms: []string{leftAlone, "reached"}, arm: make([]int, len(a.ids)), groups: a.groups, outcomes: f.outcomes(a.ids, a.stage, j.Config.Measure.Events),
		terms: terms{j.Config.Measure.Cost, j.Config.Profit.Margin, j.Config.Measure.Worthwhile}}
	for i, held := range a.held {
		if !held {
			x.arm[i] = 1
		}
	}
	left, all := float64(count(x.arm, 0)), float64(len(a.ids))
	m.Arms = []Arm{{leftAlone, int(left)}, {"reached", int(all - left)}}
	m.Mismatch = effect.Number(math.NaN())
	m.Engaged = f.engagement(a.ids, a.groups)
	if left == 0 && !slices.ContainsFunc(a.groups, func(g group) bool { return g.arm != nil }) {
		if len(j.Config.Measure.Campaigns) == 0 {
			return mark(ErrConfig, fmt.Errorf("the run of %s left nobody alone, so that no effect can be told from what would have happened anyway: set holdout.share, and run again", m.Run))
		}
		return nil
	}
	if a.share > 0 {
		m.Mismatch = effect.Number(effect.RatioMismatch([]float64{left, all - left}, []float64{a.share, 1 - a.share}))
	}
	m.Effects = x.evaluate()
	if m.Criteria, err = j.criteria(&published{m.Run, filepath.Join(j.Config.Path(j.Config.Workspace), "runs", m.Run)}, x, m.Effects); err != nil {
		return err
	}
	return j.upliftOf(a, x, m)
}

// upliftOf learns who is moved, from the run's own features, where both arms are large.
func (j *Job) upliftOf(a *audience, x *experiment, m *Effects) error {
	names, columns, err := j.featuresOf(m.Run, a.ids)
	if err != nil || len(names) == 0 {
		return err
	}
	u, scores, err := x.learned(1, x.outcomes[0], names, columns, nil, 1, j.Threads)
	if err != nil {
		return err
	}
	m.Uplift = append(m.Uplift, *u)
	if u.Why == "" {
		m.scores = new(table.Table)
		id := table.Strings("customer_id", a.ids)
		id.Required = true
		m.scores.Add(id.Says("", "the customer", "el cliente"))
		m.scores.Add(table.Floats("uplift", scores).Says("probability", "how much likelier they are to buy for being reached, by a model that has not seen them", "cuánto más probable es que compren por alcanzarlos, según un modelo que no los ha visto"))
		m.scores.Add(table.Floats("uplift_percentile", percentiles(scores)).Says("share", "share of customers with a lower uplift", "parte de los clientes con menor uplift"))
	}
	return nil
}

// featuresOf are the numbers that the run knew of these customers, without who they are.
func (j *Job) featuresOf(run string, ids []string) (names []string, columns [][]float64, err error) {
	t, err := table.ReadFile(filepath.Join(j.Config.Path(j.Config.Workspace), "runs", run, "features.parquet"))
	if err != nil {
		return nil, nil, err
	}
	at := make(map[string]int, t.Rows())
	id := t.Column("customer_id")
	for i := range t.Rows() {
		at[id.Text(i)] = i
	}
	catalog, err := j.catalog()
	if err != nil {
		return nil, nil, err
	}
	may := make(map[string]bool)
	for _, d := range catalog.Definitions() {
		may[d.Name] = j.mayLearn(&d)
	}
	for _, c := range t.Columns {
		if c.Kind == table.String || c.Kind == table.Time || !may[c.Name] {
			continue
		}
		values := repeated(math.NaN(), len(ids))
		for i, who := range ids {
			if row, there := at[who]; there {
				values[i] = c.Number(row)
			}
		}
		names, columns = append(names, c.Name), append(columns, values)
	}
	return names, columns, nil
}
