package pipeline

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"segmenta/features"
	"segmenta/segment"
	"segmenta/table"
)

// Suggested are rules that set customers apart by what happened afterwards.
type Suggested struct {
	Target  string               `json:"target"`
	Found   string               `json:"found_as_of"`   // the moment at which they were looked for
	Checked string               `json:"checked_as_of"` // the later one at which they were checked
	Rules   []segment.Suggestion `json:"rules"`

	language string
	words    words
	horizon  string
}

// SuggestSegments looks for rules that separate a target's outcome at a past moment,
// and checks each at a later one whose outcomes begin when the first ones are over.
func (j *Job) SuggestSegments(ctx context.Context, target string, tests, top int) (*Suggested, error) {
	t, ok := j.Config.Targets[target]
	if !ok {
		return nil, mark(ErrConfig, fmt.Errorf("there is no target %q; the configuration has %v", target, j.Config.TargetNames()))
	}
	moment, err := j.asOf("")
	if err != nil {
		return nil, err
	}
	p, err := j.read(ctx, moment)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	step := int(t.Gap + t.Horizon)
	later := p.asOf.AddDate(0, 0, -step)
	earlier := later.AddDate(0, 0, -step)
	if first, _ := p.Span(); earlier.Before(first) {
		return nil, mark(ErrGate, fmt.Errorf("the history begins on %s: to look for rules and to check them later, it must begin before %s", first.Format(time.DateOnly), earlier.Format(time.DateOnly)))
	}
	samples, err := p.samples(t, earlier, later, j.Threads)
	if err != nil {
		return nil, err
	}
	done := &Suggested{Target: target, Found: runName(earlier), Checked: runName(later), language: j.Config.Language, words: words{t.En, t.Es}, horizon: t.Horizon.String()}
	done.Rules = segment.Suggest(samples[0], samples[1], segment.Search{Tests: tests, Top: top})
	return done, nil
}

// samples are the customers asked at each moment, what models may learn of them, and
// what followed.
func (p *past) samples(t Target, earlier, later time.Time, threads int) (list []segment.Sample, err error) {
	snapshots, err := p.Compute(p.on, []time.Time{earlier, later}, threads)
	if err != nil {
		return nil, err
	}
	for _, s := range snapshots {
		y, err := p.Label(t.label(), s, p.asOf)
		if err != nil {
			return nil, err
		}
		list = append(list, p.sampleOf(s, y))
	}
	return list, nil
}

func (p *past) sampleOf(s *features.Snapshot, y []float64) segment.Sample {
	var rows []int
	var outcome []float64
	for i, v := range y {
		if v == v {
			rows, outcome = append(rows, i), append(outcome, v)
		}
	}
	t := new(table.Table)
	for _, c := range s.Table.Columns {
		if p.learnable[c.Name] {
			t.Add(c.Pick(rows))
		}
	}
	return segment.Sample{Table: t, Outcome: outcome}
}

// Tell says it to people, as a block to put into segmenta.yaml.
func (s *Suggested) Tell(w io.Writer) {
	say := func(en, es string) string { return words{en, es}.in(s.language) }
	if len(s.Rules) == 0 {
		fmt.Fprintln(w, say("No rule of a few conditions sets customers apart.", "Ninguna regla de pocas condiciones separa a los clientes."))
	}
	for _, r := range slices.Concat(s.only(true), s.only(false)) {
		verdict := say("holds later", "se mantiene después")
		if !r.Holds {
			verdict = say("does NOT hold later", "NO se mantiene después")
		}
		fmt.Fprintf(w, "%s\n", r.Definition)
		fmt.Fprintf(w, say("  %s in %s: %.1f %% of %d customers, everyone %.1f %%\n", "  %s en %s: %.1f %% de %d clientes, el conjunto %.1f %%\n"), s.words.in(s.language), s.horizon, 100*r.Found.Mean, r.Found.Customers, 100*r.Found.Everyone)
		fmt.Fprintf(w, say("  later: %.1f %% [%.1f, %.1f] of %d, everyone %.1f %%: %s\n  primary:\n    all:\n", "  después: %.1f %% [%.1f, %.1f] de %d, el conjunto %.1f %%: %s\n  primary:\n    all:\n"),
			100*r.Checked.Mean, 100*r.Checked.Low, 100*r.Checked.High, r.Checked.Customers, 100*r.Checked.Everyone, verdict)
		for _, c := range r.Conditions {
			fmt.Fprintf(w, "      - %s\n", c)
		}
	}
	fmt.Fprintf(w, say("\nLooked for as of %s, checked as of %s; nothing was written.\n", "\nBuscadas a fecha de %s, comprobadas a fecha de %s; no se ha escrito nada.\n"), s.Found, s.Checked)
}

func (s *Suggested) only(holds bool) (list []segment.Suggestion) {
	for _, r := range s.Rules {
		if r.Holds == holds {
			list = append(list, r)
		}
	}
	return list
}
