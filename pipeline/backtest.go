package pipeline

import (
	"context"
	"fmt"
	"time"

	"segmenta/predict/linear"
	"segmenta/predict/metric"
)

// A turn is a past moment scored by a model of what was over by then: what the model of
// today would have said there, had it been trained there.
type turn struct {
	at     time.Time
	held   *examples
	trees  []float64
	lines  map[float64][]float64 // the line's log-odds, by penalty
	simple []float64             // log-odds of the simple model
}

// maxTurns is how many moments a model is tried at before it is chosen.
const maxTurns = 3

// penalties are the ridges that the line is tried with, the strongest first: the others
// begin where it ended.
var penalties = []float64{300, 30, 3}

// A Backtest is how a model did at one moment, by a model of its kind that had learned
// only from outcomes that were over by then.
type Backtest struct {
	At       string           `json:"moment"`
	Rows     int              `json:"rows"`
	Rate     float64          `json:"rate"`
	Expected float64          `json:"mean_probability"`
	AUC      *metric.Interval `json:"auc"`
	Brier    *metric.Interval `json:"brier"`
	ECE      *metric.Interval `json:"ece"`
}

// turns scores each of the last training moments with a model of the moments whose
// outcomes were over by it; moments come oldest first, with the target's whole window.
func (r recipe) turns(ctx context.Context, moments []time.Time, sets []*examples, window int, minimum int) (list []*turn, err error) {
	for k := len(moments) - 1; k > 0 && len(list) < maxTurns; k-- {
		var closed []*examples
		for i, at := range moments[:k] {
			if !at.AddDate(0, 0, window).After(moments[k]) {
				closed = append(closed, sets[i])
			}
		}
		train := joined(closed)
		if len(closed) == 0 || train.rarer() < minimum || sets[k].rarer() < minimum {
			break
		}
		t, err := r.turn(ctx, train, sets[k], penalties)
		if err != nil {
			return nil, fmt.Errorf("at %s: %w", runName(moments[k]), err)
		}
		t.at = moments[k]
		list = append([]*turn{t}, list...)
	}
	return list, nil
}

// turn scores rows with models of earlier or other ones.
func (r recipe) turn(ctx context.Context, train, held *examples, penalties []float64) (*turn, error) {
	t := &turn{held: held, lines: make(map[float64][]float64)}
	grown := r
	grown.share = 1
	m, err := grown.fit(train)
	if err != nil {
		return nil, err
	}
	if t.trees, _, err = m.parts(held, r.threads); err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	path, err := linear.FitPath(train.names, train.columns, train.label, penalties, linear.Options{Threads: r.threads})
	if err != nil {
		return nil, err
	}
	for i, line := range path {
		m.line = line
		if t.lines[penalties[i]], err = m.rawLine(held.names, held.columns, held.start); err != nil {
			return nil, err
		}
	}
	simple, err := fitSimple(train, r.threads)
	if err != nil {
		return nil, err
	}
	t.simple, err = simple.raw(held.names, held.columns, held.start, r.threads)
	return t, err
}

// labels are the turns' outcomes, a moment each.
func labels(turns []*turn) (list [][]float64) {
	for _, t := range turns {
		list = append(list, t.held.label)
	}
	return list
}

// report says how each turn went.
func backtests(turns []*turn, p [][]float64) (list []Backtest) {
	for k, t := range turns {
		if r, err := metric.Evaluate(t.held.label, p[k], 1); err == nil {
			list = append(list, Backtest{At: runName(t.at), Rows: r.Rows, Rate: r.BaseRate.Value, Expected: mean(p[k]), AUC: r.AUC, Brier: r.Brier, ECE: r.ECE})
		}
	}
	return list
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}
