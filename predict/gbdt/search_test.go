package gbdt_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"segmenta/predict/gbdt"
)

// noise is uniform in [-1, 1) and depends on the row only.
func noise(row, what int) float64 {
	_, x := math.Modf(float64(row*7919+what*104729) * 0.6180339887498949)
	return 2*x - 1
}

// bowl judges by how far the leaves are from 20, in powers of two.
func bowl(rows int, asked *int) func(gbdt.Params, int) (gbdt.Judged, error) {
	return func(p gbdt.Params, fold int) (gbdt.Judged, error) {
		*asked++
		far := math.Abs(math.Log2(float64(p.Leaves) / 20))
		j := gbdt.Judged{Rounds: 10 * (fold + 1), Losses: make([]float64, rows)}
		for i := range j.Losses {
			j.Losses[i] = 1 + far/10 + noise(i, p.MinLeaf)/20
		}
		return j, nil
	}
}

func TestSearchFinds(t *testing.T) {
	asked, shown := 0, 0
	s := gbdt.Search{Trials: 30, Progress: func(done, total int) { shown = total - done }}
	best, trials, err := s.Run(gbdt.Params{Leaves: 63}, bowl(2000, &asked))
	if err != nil {
		t.Fatal(err)
	}
	if best.Leaves < 14 || best.Leaves > 29 {
		t.Errorf("%d leaves, want about 20", best.Leaves)
	}
	if best.Rounds != 20 || best.EarlyStop != 0 {
		t.Errorf("%d rounds, early stop %d: want 20, the mean of 10, 20 and 30, and none", best.Rounds, best.EarlyStop)
	}
	if trials[0].Params.Leaves != 63 || trials[0].Folds != 3 {
		t.Errorf("the given parameters: %d leaves on %d folds, want 63 on 3", trials[0].Params.Leaves, trials[0].Folds)
	}
	if asked >= 3*30 || asked < 30 || shown != 0 {
		t.Errorf("asked %d times, want fewer than for every trial on every fold; %d left to show", asked, shown)
	}
	again, _, _ := s.Run(gbdt.Params{Leaves: 63}, bowl(2000, &asked))
	if fmt.Sprint(again) != fmt.Sprint(best) {
		t.Errorf("the same search finds %v, then %v", best, again)
	}
}

// What is better by chance only does not replace the given parameters.
func TestSearchDoubts(t *testing.T) {
	for seed := range uint64(5) {
		given := gbdt.Params{Leaves: 20, MinLeaf: 20}
		best, trials, err := gbdt.Search{Trials: 2, Seed: seed}.Run(given, func(p gbdt.Params, fold int) (gbdt.Judged, error) {
			j := gbdt.Judged{Rounds: 1, Losses: make([]float64, 100)}
			for i := range j.Losses {
				j.Losses[i] = 1
				if p.Leaves != given.Leaves && (i+fold)%2 == 0 {
					j.Losses[i] = 1.9 // worse here
				} else if p.Leaves != given.Leaves {
					j.Losses[i] = 0.08 // and hardly better there
				}
			}
			return j, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if trials[1].Gain <= 0 || best.Leaves != given.Leaves {
			t.Errorf("gain %v ± %v: took %d leaves, want the given %d", trials[1].Gain, trials[1].Error, best.Leaves, given.Leaves)
		}
	}
}

func TestSearchEnds(t *testing.T) {
	asked := 0
	s := gbdt.Search{Enough: func() bool { return asked >= 4 }}
	_, trials, err := s.Run(gbdt.Params{}, bowl(100, &asked))
	if err != nil || len(trials) != 4 || asked != 4 {
		t.Errorf("%d trials, asked %d times (%v), want 4", len(trials), asked, err)
	}
	broken := errors.New("broken")
	if _, _, err = s.Run(gbdt.Params{}, func(gbdt.Params, int) (gbdt.Judged, error) { return gbdt.Judged{}, broken }); !errors.Is(err, broken) {
		t.Errorf("error = %v, want that of the judge", err)
	}
	if _, _, err = (gbdt.Search{Trials: -1}).Run(gbdt.Params{}, bowl(1, &asked)); err == nil {
		t.Error("-1 trials: no error")
	}
}

// A Judge trained once more with the same parameters says the same as Train.
func TestJudge(t *testing.T) {
	train, valid := shop(3000, 1), shop(3000, 2)
	p := gbdt.Params{Rounds: 60, EarlyStop: 5}
	j, err := gbdt.NewJudge(train, valid, p)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		got, err := j.Try(p)
		if err != nil {
			t.Fatal(err)
		}
		f, err := gbdt.Train(train, valid, p)
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for _, l := range got.Losses {
			sum += l
		}
		if want := logLoss(f, valid); got.Rounds != f.Best || math.Abs(sum/3000-want) > 1e-12 {
			t.Errorf("judged %d rounds, loss %v; trained %d, %v", got.Rounds, sum/3000, f.Best, want)
		}
	}
	if _, err := gbdt.NewJudge(train, &gbdt.Data{}, p); err == nil {
		t.Error("nothing to judge on: no error")
	}
}
