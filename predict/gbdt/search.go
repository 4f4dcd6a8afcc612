package gbdt

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
)

// A Search looks for parameters that do better than given ones. All trials are judged
// on the first fold, the better third of them on the second, a third of those on the
// third, and so on: successive halving, with folds as the budget. The given parameters
// stay to the end, and lose only to others that are better by more than a standard
// error on the same rows.
//
// Jamieson, K., Talwalkar, A. (2016). Non-stochastic best arm identification and
// hyperparameter optimization. AISTATS.
type Search struct {
	Trials int // sets of parameters, the given ones among them [20]
	Folds  int // [3]
	Seed   uint64

	// Progress, when there is one, hears of every fold of every trial.
	Progress func(done, total int)
	// Enough, when there is one, is asked before every trial after the first; yes ends
	// the trying. An answer that depends on a clock makes the outcome depend on it.
	Enough func() bool
}

// Judged is how parameters did on the validation rows of one fold.
type Judged struct {
	Losses []float64 // of each row, at the best round
	Rounds int       // the best round
}

// A Trial is a set of parameters and how it did.
type Trial struct {
	Params Params
	Folds  int     // on which it was judged
	Loss   float64 // mean over their rows
	Gain   float64 // by which the given parameters' loss on the same rows is larger
	Error  float64 // standard error of Gain
	Rounds int     // best round, the mean over the folds
	judged []Judged
}

// Run tries parameters around the given ones. It returns the best, their rounds set to
// the best ones, and all trials in the order in which they were drawn, the given first.
// The judge answers for the same rows whatever the parameters.
func (s Search) Run(given Params, judge func(p Params, fold int) (Judged, error)) (Params, []Trial, error) {
	orDefault(&s.Trials, 20)
	orDefault(&s.Folds, 3)
	if s.Trials < 1 || s.Folds < 1 {
		return given, nil, fmt.Errorf("%d trials on %d folds, want 1 or more", s.Trials, s.Folds)
	}
	given = given.usual()
	trials := make([]Trial, s.Trials)
	for i := range trials {
		trials[i].Params = given
		if i > 0 {
			trials[i].Params = s.draw(given, i)
		}
	}
	left := make([]*Trial, s.Trials)
	for i := range left {
		left[i] = &trials[i]
	}
	done, total := 0, s.fits()
trying:
	for fold := range s.Folds {
		for i, t := range left {
			if i > 0 && s.Enough != nil && s.Enough() {
				break trying
			}
			result, err := judge(t.Params, fold)
			if err != nil {
				return given, nil, err
			}
			if err := t.add(result, &trials[0]); err != nil {
				return given, nil, err
			}
			if done++; s.Progress != nil {
				s.Progress(done, total)
			}
		}
		left = better(left)
	}
	trials = slices.DeleteFunc(trials, func(t Trial) bool { return t.Folds == 0 })
	best := chosen(trials)
	best.Params.Rounds, best.Params.EarlyStop = best.Rounds, 0
	return best.Params, trials, nil
}

// fits is how often the judge is asked.
func (s Search) fits() (n int) {
	left := s.Trials
	for range s.Folds {
		n += left
		left = third(left)
	}
	return n
}

func third(n int) int { return min(n, (n+2)/3+1) } // and the given parameters

// better keeps the given parameters, which come first, and the better third of all.
func better(left []*Trial) []*Trial {
	others := slices.Clone(left[1:])
	slices.SortStableFunc(others, func(a, b *Trial) int { return cmp.Compare(a.Loss, b.Loss) })
	return append(left[:1:1], others[:third(len(left))-1]...)
}

// chosen is the trial of least loss among those that were judged most, if it beats the
// given one by more than chance.
func chosen(trials []Trial) Trial {
	best := trials[0]
	for _, t := range trials[1:] {
		if t.Folds == trials[0].Folds && t.Gain > t.Error && t.Loss < best.Loss {
			best = t
		}
	}
	return best
}

// add takes in how the trial did on one more fold, beside the given parameters.
func (t *Trial) add(j Judged, given *Trial) error {
	t.judged = append(t.judged, j)
	t.Folds++
	var rows, rounds int
	var loss, gain, square float64
	for fold, j := range t.judged {
		base := given.judged[fold].Losses
		if len(base) != len(j.Losses) || len(base) == 0 {
			return fmt.Errorf("fold %d: %d losses, the first trial had %d", fold+1, len(j.Losses), len(base))
		}
		for i, l := range j.Losses {
			loss, gain, square = loss+l, gain+base[i]-l, square+(base[i]-l)*(base[i]-l)
		}
		rows, rounds = rows+len(base), rounds+j.Rounds
	}
	n := float64(rows)
	if loss != loss {
		return errors.New("a loss is not a number")
	}
	t.Loss, t.Gain = loss/n, gain/n
	t.Error = math.Sqrt(max(0, square/n-t.Gain*t.Gain) / n)
	t.Rounds = max(1, int(math.Round(float64(rounds)/float64(t.Folds))))
	return nil
}

// usual fills in what draw begins from.
func (p Params) usual() Params {
	p = p.orDefaults()
	orDefault(&p.EarlyStop, 20)
	return p
}

// draw is the i-th set of parameters around the given ones. The points are those of an
// additive recurrence, which leave no corner out however many there are.
func (s Search) draw(given Params, i int) Params {
	p := given
	key := stream(s.Seed, streamSearch, 0)
	at := func(dimension int, low, high float64) float64 {
		_, x := math.Modf(chance(key, dimension) + float64(i)*recurrence[dimension])
		return low + x*(high-low)
	}
	exp2 := func(dimension int, low, high float64) float64 { return math.Exp2(at(dimension, low, high)) }
	p.Leaves = max(4, int(math.Round(float64(given.Leaves)*exp2(0, -2.5, 1))))
	p.MinLeaf = max(1, int(math.Round(float64(given.MinLeaf)*exp2(1, -2, 3))))
	slower := exp2(2, -0.5, 2)
	p.LearningRate /= slower
	p.Rounds = int(math.Ceil(float64(given.Rounds) * max(1, slower)))
	p.FeatureFraction *= at(3, 0.3, 1)
	p.BaggingFraction *= at(4, 0.5, 1)
	p.L2 += exp2(5, -3, 6)
	if p.TopRate > 0 {
		p.BaggingFraction = given.BaggingFraction
	}
	return p
}

// recurrence holds the powers of 1/φ, φ⁷ = φ + 1: the golden ratio in six dimensions.
var recurrence = func() (r [6]float64) {
	const phi = 1.1127756842787055
	for i := range r {
		r[i] = math.Pow(phi, -float64(i+1))
	}
	return r
}()

// A Judge tells how parameters do: it learns from one table and judges on another. The
// rows are coded once.
type Judge struct {
	train, valid *Data
	matrix       *matrix
}

// NewJudge codes the rows as p says; what its trials say of bins doesn't count.
func NewJudge(train, valid *Data, p Params) (*Judge, error) {
	m, _, err := prepare(train, valid, p)
	return &Judge{train, valid, m}, err
}

// Try trains with these parameters.
func (j *Judge) Try(p Params) (Judged, error) {
	p, err := p.withDefaults(j.train)
	if err != nil {
		return Judged{}, err
	}
	b := newBooster(j.matrix, j.train, j.valid, p)
	forest, err := b.run()
	if err != nil {
		return Judged{}, err
	}
	return Judged{Losses: b.bestLosses, Rounds: forest.Best}, nil
}
