package pipeline

import (
	"context"
	"fmt"
	"time"

	"segmenta/predict/metric"
)

// A turn is a past moment scored by a model of what was over by then: what the model of
// today would have said there, had it been trained there.
type turn struct {
	at     time.Time
	held   *examples
	trees  []float64 // log-odds of each kind of model
	line   []float64
	simple []float64
}

// maxTurns is how many moments a model is tried at before it is chosen.
const maxTurns = 3

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
func (r recipe) turns(ctx context.Context, moments []time.Time, sets []*examples, window int, minimum int) ([]*turn, error) {
	first := len(moments)
	for first > 1 && len(moments)-first < maxTurns && enough(closed(moments[:first-1], moments[first-1], sets, window), sets[first-1], minimum) {
		first--
	}
	list := make([]*turn, len(moments)-first)
	err := r.each(len(list), func(part recipe, i int) (err error) {
		at := moments[first+i]
		if list[i], err = part.turn(ctx, joined(closed(moments[:first+i], at, sets, window)), sets[first+i]); err != nil {
			return fmt.Errorf("at %s: %w", runName(at), err)
		}
		list[i].at = at
		return nil
	})
	return list, err
}

// closed are the rows of those moments whose outcomes were over by another.
func closed(moments []time.Time, by time.Time, sets []*examples, window int) (list []*examples) {
	for i, at := range moments {
		if !at.AddDate(0, 0, window).After(by) {
			list = append(list, sets[i])
		}
	}
	return list
}

// enough reports whether there are outcomes of both kinds to learn from, and to score.
func enough(train []*examples, held *examples, minimum int) bool {
	rows, yes := 0, 0
	for _, e := range train {
		rows, yes = rows+e.rows(), yes+e.positives()
	}
	return len(train) > 0 && min(yes, rows-yes) >= minimum && held.rarer() >= minimum
}

// each does n fits, as many at a time as there are threads, and shares these among them.
func (r recipe) each(n int, fit func(part recipe, i int) error) error {
	part, atOnce := r, 0
	atOnce, part.threads = shared(r.threads, n)
	part.params.Threads = part.threads
	return each(atOnce, n, func(i int) error { return fit(part, i) })
}

// turn scores rows with models of earlier or other ones.
func (r recipe) turn(ctx context.Context, train, held *examples) (*turn, error) {
	t := &turn{held: held}
	both := r
	both.share = 0.5
	m, err := both.fit(train)
	if err != nil {
		return nil, err
	}
	if t.trees, t.line, err = m.parts(held, r.threads); err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
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

// backtests says how each turn went.
func (r recipe) backtests(turns []*turn, p [][]float64) (list []Backtest) {
	reports := make([]*metric.Report, len(turns))
	r.each(len(turns), func(_ recipe, k int) error {
		if m, err := metric.Evaluate(turns[k].held.label, p[k], 1); err == nil {
			reports[k] = m
		}
		return nil
	})
	for k, m := range reports {
		if m != nil {
			list = append(list, Backtest{At: runName(turns[k].at), Rows: m.Rows, Rate: m.BaseRate.Value, Expected: mean(p[k]), AUC: m.AUC, Brier: m.Brier, ECE: m.ECE})
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
