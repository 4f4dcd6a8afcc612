package pipeline

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"segmenta/predict/effect"
)

// measureCampaigns measures one campaign, or all.
func (j *Job) measureCampaigns(ctx context.Context, only string, a *audience, moment time.Time, m *Effects) error {
	all := j.Config.Measure.Campaigns
	names := slices.Sorted(maps.Keys(all))
	if only != "" && !slices.Contains(names, only) {
		return mark(ErrConfig, fmt.Errorf("measure.campaigns has no %q%s", only, nearest(only, names)))
	}
	var reached [2][2]float64 // conversions and customers of segmented and mass campaigns
	for _, name := range names {
		if only != "" && name != only {
			continue
		}
		if err := j.measureCampaign(ctx, name, all[name], a, moment, m, &reached); err != nil {
			return fmt.Errorf("campaign %s: %w", name, err)
		}
	}
	if m.Segmented == nil {
		m.Segmented = segmentedOf(reached)
	}
	return nil
}

func (j *Job) measureCampaign(ctx context.Context, name string, c Campaign, a *audience, moment time.Time, m *Effects, reached *[2][2]float64) error {
	at := moment
	if c.Start != "" {
		var err error
		if at, err = parseMoment(c.Start, j.Config.zone); err != nil {
			return mark(ErrConfig, err)
		}
		if at.Before(moment) {
			return mark(ErrConfig, fmt.Errorf("it began on %s, before the run that drew its hold-out", c.Start))
		}
	}
	f, err := j.follow(ctx, at, c.Window)
	if err != nil {
		return err
	}
	if m.Arms == nil {
		m.Complete, m.Until, m.Mismatch = false, words{}, effect.Number(math.NaN())
		m.Complete, m.Until = f.complete(at, c.Window)
	}
	x := &experiment{arms: append([]string{leftAlone}, slices.Sorted(maps.Keys(c.Variants))...), arm: make([]int, len(a.ids)), outcomes: f.outcomes(a.ids, a.stage, j.Config.Measure.Events),
		terms: terms{c.Cost, j.Config.Profit.Margin, j.Config.Measure.Worthwhile}}
	if len(x.arms) == 1 {
		x.arms = append(x.arms, "reached")
	}
	if err := a.enlist(x, name, c); err != nil {
		return err
	}
	for _, g := range a.groups {
		g.arm = nil // the campaign's own lot
		x.groups = append(x.groups, g)
	}
	if m.Arms == nil {
		for k, arm := range x.arms {
			m.Arms = append(m.Arms, Arm{arm, count(x.arm, k)})
		}
		m.Engaged = f.engagement(a.ids, a.groups)
	}
	label := func(kind string) string { return "campaign " + name + ": " + kind }
	for _, e := range x.evaluate() {
		e.Kind = label(e.Kind)
		m.Effects = append(m.Effects, e)
	}
	for _, w := range x.winners() {
		w.Kind = label(w.Kind)
		m.Winners = append(m.Winners, w)
	}
	if s := x.segmentedByLot(); s != nil {
		m.Segmented = s
	}
	if k := slices.Index([]string{"segmented", "mass"}, c.Kind); k >= 0 {
		for i, arm := range x.arm {
			if arm > 0 {
				reached[k][0] += x.outcomes[0].after[i]
				reached[k][1]++
			}
		}
	}
	return nil
}
