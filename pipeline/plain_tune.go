package pipeline

import (
	"fmt"
	"hash/fnv"
	"io"
	"math"
	"slices"
	"strconv"
	"time"

	"segmenta/predict/gbdt"
	"segmenta/table"
)

// TunedParams are the parameters that a search came out with, and how sure it is.
type TunedParams struct {
	Trials   int     `json:"trials"`
	Rounds   int     `json:"rounds"`
	Leaves   int     `json:"leaves"`
	MinLeaf  int     `json:"min_leaf"`
	Rate     float64 `json:"learning_rate"`
	Features float64 `json:"feature_fraction"`
	Rows     float64 `json:"bagging_fraction"`
	L2       float64 `json:"l2"`
	Loss     float64 `json:"loss"`       // of a row, in the folds
	Given    float64 `json:"given_loss"` // the same with the parameters that were given
}

// Tell says it to people.
func (t *TunedParams) Tell(w io.Writer) {
	tell(w, "tried", t.Trials, "loss", fmt.Sprintf("%.5f, as given %.5f", t.Loss, t.Given), "leaves", t.Leaves, "rows a leaf", t.MinLeaf,
		"learning rate", t.Rate, "feature fraction", t.Features, "bagging fraction", t.Rows, "L2", t.L2)
}

// prepared is what is found out before the training itself: the parameters, by a search,
// or the rounds, by stopping early on the latest rows.
func (j *Job) prepared(o TrainTable, d *gbdt.Data, t *plainTable, valid *gbdt.Data, p gbdt.Params, done *TableTrained) (gbdt.Params, error) {
	if o.Tune == "" && (p.EarlyStop == 0 || valid != nil) {
		return p, nil
	}
	start := time.Now()
	defer func() { done.SecondsTune = time.Since(start).Seconds() }()
	search, err := o.search(start)
	if err != nil {
		return p, err
	}
	when, err := o.times(t)
	if err != nil {
		return p, err
	}
	search.Progress = func(tried, total int) { j.progress("tuning", int64(tried), int64(total)) }
	best, trials, err := search.Run(p, judges(d, t, when, search.Folds))
	if err != nil {
		return p, fmt.Errorf("%s: %w", o.File, err)
	}
	if o.Tune != "" {
		done.Tuned = tuned(best, trials)
	}
	return best, nil
}

const (
	tuneFolds = 3
	holdout   = 5 // one row in so many is held out
)

// search reads what Tune says; without it the given parameters are tried once, for
// their rounds.
func (o TrainTable) search(start time.Time) (gbdt.Search, error) {
	s := gbdt.Search{Trials: 1, Folds: 1, Seed: o.Trees.Seed}
	if o.Tune == "" {
		return s, nil
	}
	s.Folds = tuneFolds
	if n, err := strconv.Atoi(o.Tune); err == nil && n > 0 {
		s.Trials = n
		return s, nil
	}
	limit, err := time.ParseDuration(o.Tune)
	if err != nil || limit <= 0 {
		return s, mark(ErrConfig, fmt.Errorf("tune %q: want how many sets of parameters to try, as in 20, or for how long, as in 90s", o.Tune))
	}
	s.Trials = 1000
	s.Enough = func() bool { return time.Since(start) > limit }
	return s, nil
}

// times is when each row was, nil if nothing says. Only the order matters.
func (o TrainTable) times(t *plainTable) ([]float64, error) {
	if o.Time == "" {
		return nil, nil
	}
	c := t.all.Column(o.Time)
	if c == nil {
		return nil, mark(ErrConfig, fmt.Errorf("%s has no column called %q", t.file, o.Time))
	}
	if c = asNumbers(c); c.Kind == table.String {
		return datesOf(t, c)
	}
	when := make([]float64, t.rows)
	for i := range when {
		if when[i] = c.Number(i); when[i] != when[i] {
			return nil, t.noTime(c, i)
		}
	}
	return when, nil
}

// datesOf reads dates as ISO 8601 writes them, with or without an hour.
func datesOf(t *plainTable, c *table.Column) ([]float64, error) {
	when := make([]float64, t.rows)
	for i := range when {
		var at time.Time
		err := error(nil)
		for _, layout := range []string{time.DateOnly, time.DateTime, time.RFC3339} {
			if at, err = time.Parse(layout, c.Text(i)); err == nil {
				break
			}
		}
		if err != nil {
			return nil, t.noTime(c, i)
		}
		when[i] = float64(at.UnixMicro())
	}
	return when, nil
}

func (p *plainTable) noTime(c *table.Column, row int) error {
	return mark(ErrConfig, fmt.Errorf("%s: %s of row %d is %q, want a number or a time such as 2026-01-31", p.file, c.Name, row+1, c.Format(row)))
}

// judges trains on the rows of a fold and judges on those held out: the latest fifth, in
// the next fold the fifth before, and so on, always after the rows that were learned
// from. Without times the customers take turns.
func judges(d *gbdt.Data, t *plainTable, when []float64, folds int) func(gbdt.Params, int) (gbdt.Judged, error) {
	made := make([]*gbdt.Judge, folds)
	return func(p gbdt.Params, fold int) (gbdt.Judged, error) {
		if made[fold] == nil {
			learn, held := turns(t, fold)
			if when != nil {
				learn, held = before(when, fold)
			}
			if len(learn) == 0 || len(held) == 0 {
				return gbdt.Judged{}, fmt.Errorf("%d rows are too few, or of too few times, to hold some out", t.rows)
			}
			var err error
			if made[fold], err = gbdt.NewJudge(d.Where(learn), d.Where(held), p); err != nil {
				return gbdt.Judged{}, err
			}
		}
		return made[fold].Try(p)
	}
}

// before splits the rows by time. Rows of one moment stay together.
func before(when []float64, fold int) (learn, held []int) {
	order := slices.Clone(when)
	slices.Sort(order)
	from, to := order[len(order)*(holdout-1-fold)/holdout], math.Inf(1)
	if fold > 0 {
		to = order[len(order)*(holdout-fold)/holdout]
	}
	for i, at := range when {
		switch {
		case at < from:
			learn = append(learn, i)
		case at < to:
			held = append(held, i)
		}
	}
	return learn, held
}

// turns holds out one customer in five, or one row where nothing names the customers.
func turns(t *plainTable, fold int) (learn, held []int) {
	for i := range t.rows {
		group := i
		if t.id != nil {
			h := fnv.New32a()
			h.Write([]byte(t.id.Format(i)))
			group = int(h.Sum32() >> 1)
		}
		if group%holdout == fold {
			held = append(held, i)
		} else {
			learn = append(learn, i)
		}
	}
	return learn, held
}

func tuned(best gbdt.Params, trials []gbdt.Trial) *TunedParams {
	given := trials[0]
	found := &TunedParams{Trials: len(trials), Rounds: best.Rounds, Leaves: best.Leaves, MinLeaf: best.MinLeaf, Rate: best.LearningRate,
		Features: best.FeatureFraction, Rows: best.BaggingFraction, L2: best.L2, Loss: given.Loss, Given: given.Loss}
	for _, t := range trials {
		if t.Params.LearningRate == best.LearningRate && t.Params.L2 == best.L2 {
			found.Loss = t.Loss
		}
	}
	return found
}

// errorsOf are the root of the mean squared error, and the mean absolute one.
func errorsOf(y, p []float64) (rmse, mae *float64) {
	var square, size float64
	for i := range y {
		square, size = square+(y[i]-p[i])*(y[i]-p[i]), size+math.Abs(y[i]-p[i])
	}
	square, size = math.Sqrt(square/float64(len(y))), size/float64(len(y))
	return &square, &size
}
