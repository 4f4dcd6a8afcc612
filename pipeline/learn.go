package pipeline

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"segmenta/features"
	"segmenta/predict"
	"segmenta/predict/gbdt"
	"segmenta/predict/interval"
	"segmenta/predict/metric"
)

// A Card says what a model is: what it learned from, how good it is on what it never
// saw, and how it is to be used. The figures are of exactly the model that the store
// holds.
type Card struct {
	Target      string            `json:"target"`
	Kind        string            `json:"kind"`
	Called      words             `json:"called,omitzero"`
	Asks        string            `json:"asks,omitempty"` // the whole question
	Horizon     string            `json:"horizon"`
	Gap         string            `json:"gap"`
	Population  string            `json:"population"`
	AsOf        string            `json:"as_of"`
	Abstained   words             `json:"abstained,omitzero"` // why there is no model
	Brought     bool              `json:"brought,omitempty"`  // the user brought the model
	From        *From             `json:"from,omitempty"`     // where an imported model came from
	Validation  words             `json:"validation,omitzero"`
	Train       []string          `json:"train_moments,omitempty"`
	Holdout     string            `json:"holdout_moment,omitempty"`
	Rows        int               `json:"rows"`
	Positives   int               `json:"positives"`
	Features    []string          `json:"features,omitempty"`
	Method      string            `json:"method,omitempty"`   // a key of methods
	Because     words             `json:"because,omitzero"`   // why this method
	Fallback    bool              `json:"fallback,omitempty"` // too little data for more
	Share       float64           `json:"share_of_trees"`
	Penalty     float64           `json:"penalty_of_line,omitempty"`
	Params      *trees            `json:"params,omitempty"`
	Held        *metric.Report    `json:"holdout,omitempty"`
	Baseline    *metric.Interval  `json:"baseline_auc,omitempty"`       // of recency alone, on the same rows
	Beats       *metric.Interval  `json:"auc_above_baseline,omitempty"` // how far the model's is above it, DeLong's interval
	Backtest    []Backtest        `json:"backtest,omitempty"`
	Coverage    *interval.Held    `json:"interval_coverage,omitempty"` // how often the interval held where nothing was learned
	Profit      *metric.Profit    `json:"profit,omitempty"`
	Engine      string            `json:"engine,omitempty"`
	Calibration string            `json:"calibration,omitempty"`
	Understood  *Understanding    `json:"understanding,omitempty"`
	Data        []File            `json:"data,omitempty"`         // what it learned from
	Files       map[string]string `json:"files_sha256,omitempty"` // the version's files
}

// trees are the parameters that a forest was grown with.
type trees struct {
	Rounds       int     `json:"rounds"`
	Leaves       int     `json:"leaves"`
	MinLeaf      int     `json:"min_leaf"`
	LearningRate float64 `json:"learning_rate"`
	Seed         uint64  `json:"seed"`
}

// A learned model is its card and its files.
type learnedModel struct {
	card        Card
	files       map[string][]byte
	model       *ensemble
	held        *examples // what it was judged on, and
	scored      []float64 // what it said there
	calibration *predict.Calibration
	interval    *interval.Interval
	order       int // what a purchase in the horizon speaks for
}

// learn trains one target's model, or says why there is none.
func (p *past) learn(ctx context.Context, name string, t Target, j *Job, plan split, ok bool, snapshots map[time.Time]*features.Snapshot) (*learnedModel, error) {
	l := &learnedModel{card: Card{Target: name, Kind: t.Kind, Called: t.words(), Asks: t.asks(), Horizon: t.Horizon.String(), Gap: t.Gap.String(), Population: t.Population,
		AsOf: runName(p.asOf)}, files: map[string][]byte{}, order: t.order()}
	if !ok {
		first, _ := p.Span()
		from, to := first.In(p.asOf.Location()).Format(time.DateOnly), p.asOf.Format(time.DateOnly)
		return l, l.fromRhythm(p, p.designAt(snapshots[p.asOf], t), words{fmt.Sprintf("no outcome over %s is known yet: the history begins on %s and the moment is %s", t.Horizon, from, to),
			fmt.Sprintf("aún no se conoce ningún resultado a %s: la historia empieza el %s y el momento es %s", t.Horizon, from, to)})
	}
	s, err := p.schooling(t, plan, snapshots, j)
	if err != nil {
		return nil, err
	}
	l.describe(plan, s)
	now := p.designAt(snapshots[p.asOf], t)
	asked, err := p.Asked(t.label(), snapshots[p.asOf])
	if err != nil {
		return nil, err
	}
	if err := j.alarm(s.sets[len(s.sets)-1], now, asked); err != nil {
		return nil, err
	}
	switch few := tooFew(s.train, s.held, j.Config.Training.MinPositive); {
	case few == (words{}):
		err = l.fit(ctx, s, j)
	case s.train.rarer() >= leastOutcomes:
		err = l.fitFew(s, j, few)
	default:
		err = l.fromRhythm(p, now, few)
	}
	if err != nil || l.model == nil {
		return l, err
	}
	return l, l.remember(now, asked, j.Threads)
}

// A schooling is all that a model may learn from, a moment each, and what it is judged on.
type schooling struct {
	moments []time.Time // the oldest first
	sets    []*examples
	train   *examples // all of them
	held    *examples
	window  int // days from a moment to the end of its outcomes
}

// schooling lays out the rows to learn from and the rows to be judged on.
func (p *past) schooling(t Target, plan split, snapshots map[time.Time]*features.Snapshot, j *Job) (*schooling, error) {
	s := &schooling{window: int(t.Gap + t.Horizon)}
	s.moments, s.sets = slices.Clone(plan.Train), make([]*examples, len(plan.Train))
	slices.Reverse(s.moments)
	err := each(j.Threads, len(s.sets)+1, func(i int) (err error) {
		if i == len(s.sets) {
			s.held, err = p.examplesAt(t, plan.Holdout, snapshots, float64(maxJudged)/float64(len(snapshots[plan.Holdout].Customers)))
			return err
		}
		at := s.moments[i]
		s.sets[i], err = p.examplesAt(t, at, snapshots, float64(maxExamples)/float64(len(s.sets)*len(snapshots[at].Customers)))
		return err
	})
	if err != nil {
		return nil, err
	}
	if plan.ByCustomers {
		held := s.held
		s.held = held.where(func(i int) bool { return fold(held.customers[i]) == 0 })
		for k, e := range s.sets {
			s.sets[k] = e.where(func(i int) bool { return fold(e.customers[i]) != 0 })
		}
	}
	young := p.young(plan.Train[len(plan.Train)-1], j)
	for _, e := range s.sets {
		e.without(young)
	}
	s.train = joined(s.sets)
	return s, nil
}

// young names the features for which a moment comes too early in the history: a model would
// learn from them how long the history is, and what it learned holds at no later moment.
// What the configuration names is learned from all the same.
func (p *past) young(at time.Time, j *Job) map[string]bool {
	names := make(map[string]bool)
	first, _ := p.Span()
	for i := range p.on {
		d := &p.on[i]
		names[d.Name] = len(j.Config.Training.Features) == 0 && at.AddDate(0, 0, -d.Reach()).Before(first)
	}
	return names
}

// How many rows a model learns from and is judged on at most. Of more, the same
// customers are taken at every moment.
const (
	maxExamples = 600_000
	maxJudged   = 300_000
)

func (l *learnedModel) describe(plan split, s *schooling) {
	l.card.Validation = words{"later outcomes: every outcome learned from was over before the judging moment",
		"resultados posteriores: todo lo aprendido había terminado antes del momento en que se juzga"}
	if plan.ByCustomers {
		l.card.Validation = words{"other customers around the same time: the history is too short for a split in time",
			"otros clientes en la misma época: la historia es demasiado corta para separar en el tiempo"}
	}
	for _, at := range plan.Train {
		l.card.Train = append(l.card.Train, runName(at))
	}
	l.card.Holdout = runName(plan.Holdout)
	l.card.Rows, l.card.Positives, l.card.Features = s.train.rows(), s.train.positives(), s.train.names
}

// tooFew says why there are too few outcomes to learn from or to be judged on.
func tooFew(train, held *examples, minimum int) words {
	for _, part := range []struct {
		e    *examples
		what words
	}{{train, words{"to learn from", "para aprender"}}, {held, words{"to judge a model by", "para juzgar un modelo"}}} {
		rows, yes := part.e.rows(), part.e.positives()
		if min(yes, rows-yes) < minimum {
			return words{fmt.Sprintf("too little data %s: of %d rows %d have the outcome and %d don't; at least %d of each are needed", part.what.En, rows, yes, rows-yes, minimum),
				fmt.Sprintf("faltan datos %s: de %d filas, %d tienen el resultado y %d no; hacen falta al menos %d de cada", part.what.Es, rows, yes, rows-yes, minimum)}
		}
	}
	return words{}
}

// fit chooses, on moments before the holdout alone, what kind of model and what
// calibration serve best; then it learns from all of them, and is judged on the holdout.
func (l *learnedModel) fit(ctx context.Context, s *schooling, j *Job) error {
	tr := j.Config.Training
	r := recipe{threads: j.Threads, params: gbdt.Params{Rounds: tr.Rounds, Leaves: tr.Leaves, LearningRate: 0.04, L2: 5,
		FeatureFraction: 0.5, BaggingFraction: 0.8, Objective: "binary", Seed: tr.Seed, Threads: j.Threads, Stop: func() error { return context.Cause(ctx) }}}
	var grown atomic.Int64
	r.params.Progress = func(int, int) { j.progress("learning "+l.card.Target, grown.Add(1), int64((maxTurns+1)*tr.Rounds)) }
	turns, err := r.turns(ctx, s.moments, s.sets, s.window, tr.MinPositive)
	if err != nil {
		return err
	}
	var left *turn
	if len(turns) < 2 {
		if left, err = r.leftOut(ctx, s.train); err != nil {
			return err
		}
	}
	method, err := l.decide(&r, turns, left)
	if err != nil {
		return err
	}
	model, err := fitSimple(s.train, j.Threads)
	if method != "simple" {
		model, err = r.fit(s.train)
	}
	if err != nil {
		return err
	}
	return l.finish(model, s, j)
}

// decide chooses the ensemble and its calibration on rows that the models of the turns
// had not seen, and measures how far the outcome is from the probability.
func (l *learnedModel) decide(r *recipe, turns []*turn, left *turn) (method string, err error) {
	tries := turns
	if len(turns) == 0 {
		tries = []*turn{left}
	}
	if method, r.share = choose(tries); method == "simple" {
		l.card.Because = words{"it was better than anything larger, beyond noise", "fue mejor que todo lo más complejo, más allá del ruido"}
	}
	raw := raws(tries, method, r.share)
	var c *predict.Calibration
	if len(turns) == 1 {
		z := raws([]*turn{left}, method, r.share)[0]
		name, err := predict.ChooseMethod(z, left.held.label, raw[0], tries[0].held.label)
		if err != nil {
			return "", fmt.Errorf("calibrating: %w", err)
		}
		c = fitMethod(name, z, left.held.label)
	} else if c, err = calibrated(labels(tries), raw); err != nil {
		return "", fmt.Errorf("calibrating: %w", err)
	}
	p := byOthers(c, labels(tries), raw)
	var stretches []interval.Stretch
	for k := range raw {
		stretches = append(stretches, interval.Stretch{Y: tries[k].held.label, P: p[k], SameTime: len(turns) == 0})
	}
	if len(turns) > 0 {
		l.card.Backtest = r.backtests(turns, p)
	}
	l.calibration, l.interval = c, interval.Fit(stretches)
	return method, nil
}

// finish writes the model's files and judges it.
func (l *learnedModel) finish(m *ensemble, s *schooling, j *Job) (err error) {
	tr := j.Config.Training
	l.card.Method, l.card.Share, l.card.Calibration, l.card.Engine = m.Method, m.Share, l.calibration.Method, "line"
	l.card.Features = m.features()
	if m.line != nil {
		l.card.Penalty = m.line.Penalty
	}
	if m.trees != nil {
		l.card.Params, l.card.Engine = &trees{tr.Rounds, tr.Leaves, min(100, max(5, s.train.rows()/200)), 0.04, tr.Seed}, m.trees.Engine()
	}
	if err := m.write(l.files); err != nil {
		return err
	}
	if s.held.rarer() > 0 {
		if err := l.judge(m, s.held, j.Threads); err != nil {
			return err
		}
		if l.card.Understood, err = l.understand(m, s.held, j.Threads); err != nil {
			return err
		}
	}
	return l.attach(m, s.train.names, s.train.columns, s.train.start)
}

func (l *learnedModel) scorer() *scorer {
	return &scorer{ensemble: l.model, calibration: l.calibration, interval: l.interval}
}

// remember keeps what those to be scored look like now, for a run to be held against.
func (l *learnedModel) remember(now *design, asked []bool, threads int) error {
	ref, err := l.scorer().referenceOf(now, asked, threads)
	if err != nil {
		return err
	}
	l.files[referenceFile], err = encodeJSON(ref)
	return err
}

// attach adds what goes with the model: calibration, interval, and probes of some rows.
func (l *learnedModel) attach(m *ensemble, names []string, columns [][]float64, start []float64) (err error) {
	l.model = m
	probes, err := l.scorer().probe(names, columns, start)
	if err != nil {
		return err
	}
	for name, v := range map[string]any{calibFile: l.calibration, intervalFile: l.interval, probesFile: probes} {
		if l.files[name], err = encodeJSON(v); err != nil {
			return err
		}
	}
	return nil
}

// judge holds the calibrated model against rows that it never saw.
func (l *learnedModel) judge(m *ensemble, held *examples, threads int) error {
	raw, err := m.raw(held.names, held.columns, held.start, threads)
	if err != nil {
		return err
	}
	p := l.calibration.Apply(raw)
	l.held, l.scored = held, p
	if l.card.Held, err = metric.Evaluate(held.label, p, 1); err != nil {
		return fmt.Errorf("judging: %w", err)
	}
	l.card.Coverage = l.interval.Coverage(interval.Stretch{Y: held.label, P: p})
	if err := l.campaign(held, p); err != nil {
		return err
	}
	return l.beside(held, p)
}
