package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"segmenta/features"
	"segmenta/models"
)

// Learned is what a training left in the store.
type Learned struct {
	AsOf      string          `json:"as_of"`
	Customers int             `json:"customers"`
	Models    []LearnedTarget `json:"models"`
	Value     *valueModel     `json:"value,omitempty"`
	Segments  int             `json:"micro_segments"`
	Off       []Off           `json:"switched_off,omitempty"`
	Gates     []Gate          `json:"gates"`
	Seconds   float64         `json:"seconds"`

	language string
}

// A LearnedTarget is a new version of a model, or the reason why there is none.
type LearnedTarget struct {
	Target  string   `json:"target"`
	Version string   `json:"version"`
	Verdict *Verdict `json:"verdict"`
	Card    Card     `json:"card"`
}

// Train learns from what was known before a moment: a model for each target, and
// micro-segments.
func (j *Job) Train(ctx context.Context, asOf string) (*Learned, error) {
	start := time.Now()
	s, err := j.openLearning(ctx, asOf, true)
	if err != nil {
		return nil, err
	}
	defer s.close()
	answers, err := j.pass(s.past)
	if err != nil {
		return nil, err
	}
	done := &Learned{AsOf: runName(s.past.asOf), Off: s.past.off, Gates: answers, language: j.Config.Language}
	if err := s.look(ctx, j.plans(s.past)); err != nil {
		return nil, err
	}
	done.Customers = len(s.now().Customers)
	if err := s.learn(ctx, done); err != nil {
		return nil, err
	}
	done.Seconds = time.Since(start).Seconds()
	return done, nil
}

// A plan is a target's split, where the history is long enough for one.
type plan struct {
	split
	ok bool
}

func (j *Job) plans(p *past) map[string]plan {
	first, _ := p.Span()
	plans := make(map[string]plan)
	for name, t := range j.Config.Targets {
		s, ok := splitTime(t, j.Config.Training, first.In(j.Config.zone), p.asOf)
		plans[name] = plan{s, ok}
	}
	s, ok := splitTime(j.Config.Value.target(), j.Config.Training, first.In(j.Config.zone), p.asOf)
	plans[customerValue] = plan{s, ok}
	return plans
}

// compute answers the features at the moment itself and at every moment of the plans,
// and what came after those, from one walk over each customer.
func (p *past) compute(plans map[string]plan, j *Job) (map[time.Time]*features.Snapshot, error) {
	at := map[time.Time]bool{p.asOf: true}
	q := features.Question{Definitions: p.on, Summaries: true, Threads: j.Threads}
	for _, name := range j.Config.TargetNames() {
		if plan := plans[name]; plan.ok {
			q.Targets = append(q.Targets, j.Config.Targets[name].label())
			for _, m := range plan.moments() {
				at[m] = true
			}
		}
	}
	if plan := plans[customerValue]; plan.ok {
		for _, m := range plan.moments() {
			at[m] = true
		}
	}
	q.Moments = sortedTimes(at)
	list, err := p.Answer(q)
	if err != nil {
		return nil, err
	}
	snapshots := make(map[time.Time]*features.Snapshot)
	for i, m := range q.Moments {
		snapshots[m] = list[i]
	}
	return snapshots, nil
}

// learnTarget trains a target's model, or takes the one that the user brings.
func (j *Job) learnTarget(ctx context.Context, p *past, name string, plan plan, snapshots map[time.Time]*features.Snapshot) (*learnedModel, error) {
	t := j.Config.Targets[name]
	if t.Model == "" {
		return p.learn(ctx, name, t, j, plan.split, plan.ok, snapshots)
	}
	text, err := readModel(j.Config.Path(t.Model))
	if err != nil {
		return nil, err
	}
	l, err := p.adopt(name, t, j, plan, snapshots, text)
	if err != nil {
		return nil, mark(ErrConfig, fmt.Errorf("%s: %w", t.Model, err))
	}
	return l, nil
}

// keep stores a version, and makes it the champion if it deserves to be.
func (done *Learned) keep(j *Job, store *models.Store, l *learnedModel) error {
	l.card.Files = make(map[string]string)
	for name, data := range l.files {
		l.card.Files[name] = hashText(data)
	}
	card, err := encodeJSON(l.card)
	if err != nil {
		return err
	}
	l.files["card.json"] = card
	verdict, err := j.challenge(store, l, models.Version(l.files, l.card.AsOf))
	if err != nil {
		return err
	}
	version, err := store.Add(l.card.Target, l.files, l.card.AsOf)
	if err != nil {
		return err
	}
	done.Models = append(done.Models, LearnedTarget{l.card.Target, version, verdict, l.card})
	if err := verdict.record(store, l.card.Target); err != nil || !verdict.Promoted {
		return err
	}
	return store.Promote(l.card.Target, version)
}

// Tell says to people what was learned.
func (l *Learned) Tell(w io.Writer) {
	say := func(en, es string) string { return words{en, es}.in(l.language) }
	fmt.Fprintf(w, say("Learned from %d customers as of %s, in %.1f s.\n\n", "Aprendido de %d clientes a fecha de %s, en %.1f s.\n\n"), l.Customers, l.AsOf, l.Seconds)
	for _, m := range l.Models {
		m.Card.tell(w, m.Version, l.language)
		if m.Verdict.Against != "" {
			fmt.Fprintf(w, "  %s\n", m.Verdict.Why.in(l.language))
		}
	}
	l.Value.tell(w, l.language)
	fmt.Fprintf(w, say("\n%d micro-segments.\n\nNext: segmenta run\n", "\n%d microsegmentos.\n\nDespués: segmenta run\n"), l.Segments)
}

// errNoModel reports a target that nothing was learned for yet.
var errNoModel = errors.New("nothing was learned yet")
