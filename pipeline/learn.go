package pipeline

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"segmenta/features"
	"segmenta/predict"
	"segmenta/predict/gbdt"
	"segmenta/predict/metric"
)

// A Card says what a model is: what it learned from, how good it is on what it never
// saw, and how it is to be used. The figures are of exactly the model that the store
// holds.
type Card struct {
	Target      string           `json:"target"`
	Kind        string           `json:"kind"`
	Called      words            `json:"called,omitzero"`
	Asks        string           `json:"asks,omitempty"` // the whole question
	Horizon     string           `json:"horizon"`
	Gap         string           `json:"gap"`
	Population  string           `json:"population"`
	AsOf        string           `json:"as_of"`
	Abstained   words            `json:"abstained,omitzero"` // why there is no model
	Brought     bool             `json:"brought,omitempty"`  // the user brought the model
	From        *From            `json:"from,omitempty"`     // where an imported model came from
	Validation  words            `json:"validation,omitzero"`
	Train       []string         `json:"train_moments,omitempty"`
	Holdout     string           `json:"holdout_moment,omitempty"`
	Rows        int              `json:"rows"`
	Positives   int              `json:"positives"`
	Features    []string         `json:"features,omitempty"`
	Starts      string           `json:"starts_from,omitempty"` // what the trees begin from
	Unstarted   float64          `json:"start_without_rhythm"`
	Params      *trees           `json:"params,omitempty"`
	Held        *metric.Report   `json:"holdout,omitempty"`
	Baseline    *metric.Interval `json:"baseline_auc,omitempty"` // of recency alone, on the same rows
	Engine      string           `json:"engine,omitempty"`
	Calibration string           `json:"calibration,omitempty"`
	Understood  *Understanding   `json:"understanding,omitempty"`
	Data        string           `json:"data_sha256"`
}

// trees are the parameters that a forest was grown with.
type trees struct {
	Rounds       int     `json:"rounds"`
	Leaves       int     `json:"leaves"`
	MinLeaf      int     `json:"min_leaf"`
	LearningRate float64 `json:"learning_rate"`
	Seed         uint64  `json:"seed"`
}

// startsFromRhythm is Card.Starts of a model whose trees begin from the rhythm.
const startsFromRhythm = "bgnbd"

// A learned model is its card and its files.
type learnedModel struct {
	card  Card
	files map[string][]byte
	order int // what a purchase in the horizon speaks for
}

// learn trains one target's model, or says why there is none.
func (p *past) learn(ctx context.Context, name string, t Target, j *Job, plan split, ok bool, snapshots map[time.Time]*features.Snapshot) (*learnedModel, error) {
	l := &learnedModel{card: Card{Target: name, Kind: t.Kind, Called: t.words(), Asks: t.asks(), Horizon: t.Horizon.String(), Gap: t.Gap.String(), Population: t.Population,
		AsOf: runName(p.asOf)}, files: map[string][]byte{}, order: t.order()}
	if !ok {
		first, _ := p.Span()
		from, to := first.In(p.asOf.Location()).Format(time.DateOnly), p.asOf.Format(time.DateOnly)
		l.card.Abstained = words{fmt.Sprintf("no outcome over %s is known yet: the history begins on %s and the moment is %s", t.Horizon, from, to),
			fmt.Sprintf("aún no se conoce ningún resultado a %s: la historia empieza el %s y el momento es %s", t.Horizon, from, to)}
		return l, nil
	}
	train, held, err := p.trainAndHeld(name, t, plan, snapshots)
	if err != nil {
		return nil, err
	}
	l.describe(plan, train)
	if l.card.Abstained = tooFew(train, held, j.Config.Training.MinPositive); l.card.Abstained != (words{}) {
		return l, nil
	}
	return l, l.fit(ctx, train, held, j)
}

// trainAndHeld lays out the rows to learn from and the rows to be judged on.
func (p *past) trainAndHeld(name string, t Target, plan split, snapshots map[time.Time]*features.Snapshot) (train, held *examples, err error) {
	if train, err = p.examplesAt(name, t, plan.Train, snapshots); err != nil {
		return nil, nil, err
	}
	if held, err = p.examplesAt(name, t, []time.Time{plan.Holdout}, snapshots); err != nil {
		return nil, nil, err
	}
	if plan.ByCustomers {
		train = train.where(func(i int) bool { return fold(train.customers[i]) != 0 })
		held = held.where(func(i int) bool { return fold(held.customers[i]) == 0 })
	}
	return train, held, nil
}

func (l *learnedModel) describe(plan split, train *examples) {
	l.card.Validation = words{"later outcomes: every outcome learned from was over before the judging moment",
		"resultados posteriores: todo lo aprendido había terminado antes del momento en que se juzga"}
	if plan.ByCustomers {
		l.card.Validation = words{"other customers: the history is too short to be judged on later outcomes",
			"otros clientes: la historia es demasiado corta para juzgar con resultados posteriores"}
	}
	for _, at := range plan.Train {
		l.card.Train = append(l.card.Train, runName(at))
	}
	l.card.Holdout = runName(plan.Holdout)
	l.card.Rows, l.card.Positives, l.card.Features = train.rows(), train.positives(), train.names
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

// fit trains, calibrates on customers left out in turn, and judges on the held rows.
func (l *learnedModel) fit(ctx context.Context, train, held *examples, j *Job) error {
	tr := j.Config.Training
	params := gbdt.Params{Rounds: tr.Rounds, Leaves: tr.Leaves, LearningRate: 0.05, MinLeaf: min(100, max(5, train.rows()/100)),
		Objective: "binary", Seed: tr.Seed, Threads: j.Threads, Stop: func() error { return context.Cause(ctx) }}
	grown := int64(0)
	params.Progress = func(int, int) {
		grown++
		j.progress("learning "+l.card.Target, grown, int64((folds+1)*params.Rounds))
	}
	unstarted := train.unstarted()
	left, err := leftOut(train, unstarted, params)
	if err != nil {
		return err
	}
	calibration, err := predict.Calibrate(left, train.label)
	if err != nil {
		return fmt.Errorf("calibrating: %w", err)
	}
	model, text, err := trainModel(train, unstarted, params)
	if err != nil {
		return err
	}
	l.card.Params, l.card.Unstarted, l.card.Starts, l.card.Engine = &trees{params.Rounds, params.Leaves, params.MinLeaf, params.LearningRate, params.Seed}, unstarted, startsFromRhythm, model.Engine()
	l.card.Calibration = calibration.Method
	if l.files["calibration.json"], err = encodeJSON(calibration); err != nil {
		return err
	}
	l.files["model.txt"] = text
	if err := l.judge(model, calibration, held, j.Threads); err != nil {
		return err
	}
	start := filled(held.start, unstarted)
	l.card.Understood, err = understand(model, held.columns, held.rows(), j.Threads, func(rows []int) predict.Link {
		return func(raw []float64) []float64 {
			for i, r := range rows {
				raw[i] += start[r]
			}
			return calibration.Apply(raw)
		}
	})
	return err
}

// trainModel trains on all rows, writes LightGBM text, and loads it as any model is
// loaded: what is judged and used is what is written.
func trainModel(e *examples, unstarted float64, params gbdt.Params) (*predict.Model, []byte, error) {
	return trainData(e.data(unstarted), params)
}

func trainData(d *gbdt.Data, params gbdt.Params) (*predict.Model, []byte, error) {
	forest, err := gbdt.Train(d, nil, params)
	if err != nil {
		return nil, nil, fmt.Errorf("training: %w", err)
	}
	var text bytes.Buffer
	if err := forest.WriteText(&text); err != nil {
		return nil, nil, err
	}
	m, err := predict.Load(text.Bytes())
	if err != nil {
		return nil, nil, fmt.Errorf("loading what was trained: %w", err)
	}
	return m, text.Bytes(), nil
}

// leftOut scores each row with a model that saw nothing of its customer.
func leftOut(e *examples, unstarted float64, params gbdt.Params) ([]float64, error) {
	raw := make([]float64, e.rows())
	for f := range folds {
		rest := e.where(func(i int) bool { return fold(e.customers[i]) != f })
		out := e.where(func(i int) bool { return fold(e.customers[i]) == f })
		if out.rows() == 0 || rest.positives() == 0 || rest.positives() == rest.rows() {
			return nil, fmt.Errorf("calibrating: too few customers to leave some out")
		}
		m, _, err := trainModel(rest, unstarted, params)
		if err != nil {
			return nil, err
		}
		scores, err := rawScores(m, out.columns, filled(out.start, unstarted), params.Threads)
		if err != nil {
			return nil, err
		}
		next := 0
		for i := range raw {
			if fold(e.customers[i]) == f {
				raw[i] = scores[next]
				next++
			}
		}
	}
	return raw, nil
}

// rawScores adds up where the trees begin and what they say.
func rawScores(m *predict.Model, columns [][]float64, start []float64, threads int) ([]float64, error) {
	raw, err := m.Raw(columns, len(start), threads)
	if err != nil {
		return nil, err
	}
	for i, z := range start {
		raw[i] += z
	}
	return raw, nil
}

// judge holds the calibrated model against rows that it never saw.
func (l *learnedModel) judge(m *predict.Model, c *predict.Calibration, held *examples, threads int) error {
	raw, err := rawScores(m, held.columns, filled(held.start, l.card.Unstarted), threads)
	if err != nil {
		return err
	}
	if l.card.Held, err = metric.Evaluate(held.label, c.Apply(raw), 1); err != nil {
		return fmt.Errorf("judging: %w", err)
	}
	l.card.Baseline = baseline(held, l.order)
	return nil
}
