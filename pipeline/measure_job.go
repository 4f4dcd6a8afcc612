package pipeline

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"segmenta/predict/effect"
	"segmenta/table"
)

// A Measuring says what to measure.
type Measuring struct {
	Run      string // empty: the latest whose window is over
	Campaign string // empty: the run as a whole, and every campaign
	Window   string // empty: as the configuration says
}

// Effects are what came of a run and of its campaigns.
type Effects struct {
	Run       string          `json:"run"`
	Dir       string          `json:"dir"`
	Window    string          `json:"window"`
	Complete  bool            `json:"window_over"`
	Until     words           `json:"window_note,omitzero"`
	Arms      []Arm           `json:"arms"`
	Mismatch  effect.Number   `json:"sample_ratio_p"`
	Effects   []*Effect       `json:"effects"`
	Winners   []Winner        `json:"winners"`
	Engaged   []Engagement    `json:"engagement"`
	Uplift    []LearnedUplift `json:"uplift_models"`
	Criteria  []Criterion     `json:"criteria"`
	Segmented *Segmented      `json:"segmented_against_mass,omitempty"`
	Seconds   float64         `json:"seconds"`

	scores   *table.Table
	language string
}

// Measure joins what customers did after a run to where it placed them, and holds those
// who were reached against those left alone.
func (j *Job) Measure(ctx context.Context, q Measuring) (*Effects, error) {
	start := time.Now()
	window := j.Config.Measure.Window
	if q.Window != "" {
		if err := window.UnmarshalText([]byte(q.Window)); err != nil {
			return nil, mark(ErrConfig, fmt.Errorf("--window: %w", err))
		}
	}
	w, err := openWorkspace(j.Config.Path(j.Config.Workspace))
	if err != nil {
		return nil, err
	}
	defer w.close()
	run, moment, err := j.runToMeasure(ctx, q.Run, window)
	if err != nil {
		return nil, err
	}
	m := &Effects{Run: run.name, Window: window.String(), language: j.Config.Language}
	a, err := j.audience(run)
	if err != nil {
		return nil, err
	}
	j.progress("measuring", 0, 1)
	if q.Campaign == "" {
		if err := j.measureRun(ctx, a, moment, window, m); err != nil {
			return nil, err
		}
	}
	if err := j.measureCampaigns(ctx, q.Campaign, a, moment, m); err != nil {
		return nil, err
	}
	m.suppress(j.Config.Privacy.MinGroup)
	name := run.name
	if q.Campaign != "" {
		name += "-" + q.Campaign
	}
	if err := j.publishEffects(w, name, m); err != nil {
		return nil, err
	}
	m.Seconds = time.Since(start).Seconds()
	j.Log.Info().Str("run", m.Run).Int("effects", len(m.Effects)).Str("dir", m.Dir).Msg("measured")
	return m, nil
}

// suppress leaves out what is known of fewer customers than a group must have.
func (m *Effects) suppress(least int) {
	why := words{fmt.Sprintf("fewer than %d customers on a side: not shown (privacy.min_group)", least), fmt.Sprintf("menos de %d clientes en un lado: no se muestra (privacy.min_group)", least)}
	few := make(map[string]bool) // arms of groups
	for _, e := range m.Effects {
		treated, control := e.Kind+" "+e.Segment+" "+e.Arm, e.Kind+" "+e.Segment+" "+e.Against
		few[treated], few[control] = few[treated] || e.Treated < least, few[control] || e.Control < least
		if e.Treated < least || e.Control < least {
			e.Treated, e.Control, e.Adjusted, e.Change, e.Profit, e.ROI = 0, 0, nil, nil, nil, nil
			e.OfTreated, e.OfControl, e.Difference, e.Ratio, e.Incremental = effect.Unknown, effect.Unknown, effect.Unknown, effect.Unknown, effect.Unknown
			unknown := effect.Number(math.NaN())
			e.P, e.Holm, e.FDR, e.Least, e.Worthwhile, e.NeededControl, e.NeededTreated = unknown, unknown, unknown, unknown, unknown, unknown, unknown
			e.say("too_small", why)
		}
	}
	m.Winners = slices.DeleteFunc(m.Winners, func(w Winner) bool {
		return few[w.Kind+" "+w.Segment+" "+w.Best] || few[w.Kind+" "+w.Segment+" "+w.Second]
	})
	m.Criteria = slices.DeleteFunc(m.Criteria, func(c Criterion) bool { return c.LetsIn < least })
	m.Engaged = slices.DeleteFunc(m.Engaged, func(e Engagement) bool { return e.Delivered < least })
}
