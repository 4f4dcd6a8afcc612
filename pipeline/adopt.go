package pipeline

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"segmenta/features"
	"segmenta/predict"
	"segmenta/predict/metric"
	"segmenta/strict"
)

// adopt takes a model that the user brings, if it can be used here: it must load, and
// these data must give every feature that it asks for. Where outcomes are known it is
// judged on them like any other; its probabilities stay as they are.
func (p *past) adopt(name string, t Target, j *Job, plan plan, snapshots map[time.Time]*features.Snapshot, text []byte) (*learnedModel, error) {
	m, err := predict.Load(text)
	if err != nil {
		return nil, err
	}
	now := p.designAt(snapshots[p.asOf], t)
	if missing := m.Missing(now.names); len(missing) > 0 {
		return nil, lacking(missing, now.names)
	}
	l := &learnedModel{order: t.order(), files: map[string][]byte{"model.txt": text}, card: Card{Target: name, Kind: t.Kind, Called: t.words(), Asks: t.asks(), Horizon: t.Horizon.String(),
		Gap: t.Gap.String(), Population: t.Population, AsOf: runName(p.asOf), Brought: true, Engine: m.Engine(), Features: m.Features()}}
	probes, err := (&scorer{brought: m}).probe(now.names, now.columns, now.start)
	if err != nil {
		return nil, err
	}
	if l.files[probesFile], err = encodeJSON(probes); err != nil {
		return nil, err
	}
	if !plan.ok {
		l.card.Validation = words{"no outcome over " + t.Horizon.String() + " is known yet", "aún no se conoce ningún resultado a " + t.Horizon.String()}
		return l, nil
	}
	held, err := p.examplesAt(t, plan.Holdout, snapshots, 1)
	if err != nil {
		return nil, err
	}
	l.card.Holdout, l.card.Rows, l.card.Positives = runName(plan.Holdout), held.rows(), held.positives()
	l.card.Validation = words{"known outcomes: whether the model learned from them, only you know", "resultados conocidos: solo usted sabe si el modelo aprendió de ellos"}
	return l, l.judgeBrought(m, held, j.Threads)
}

// lacking names the features that a model needs and the data don't give, with the
// nearest that they do give.
func lacking(missing, have []string) error {
	var said []string
	for _, name := range missing {
		if near := strict.Nearest(name, have); near != "" {
			name += " (these data give " + near + ")"
		}
		said = append(said, name)
	}
	return mark(ErrGate, fmt.Errorf("the model needs features that these data don't give: %s", strings.Join(said, ", ")))
}

// judgeBrought holds a model that the user brought against known outcomes.
func (l *learnedModel) judgeBrought(m *predict.Model, held *examples, threads int) error {
	columns, err := pick(held.names, held.columns, m.Features())
	if err != nil {
		return err
	}
	raw, err := m.Raw(columns, held.rows(), threads)
	if err != nil {
		return err
	}
	if held.rows() == 0 {
		return nil
	}
	p := m.Probability(raw)
	if l.card.Held, err = metric.Evaluate(held.label, p, 1); err != nil {
		return err
	}
	l.card.Understood, err = understand(m, columns, held.rows(), threads, func([]int) predict.Link { return m.Probability })
	if err != nil && !errors.Is(err, predict.ErrModel) { // it doesn't say how many rows took each path
		return err
	}
	l.held, l.scored = held, p
	return l.beside(held, p)
}
