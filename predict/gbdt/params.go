package gbdt

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"runtime"
	"slices"
)

// Params says how to learn. The zero value of a field means LightGBM's default,
// given in brackets.
type Params struct {
	Objective       string  // a key of Objectives [binary]
	Rounds          int     // trees [100]
	Leaves          int     // leaves of a tree at most [31]
	Depth           int     // cuts from the root to a leaf at most [no limit]
	MaxBin          int     // bins of a column at most, one of them for missing values [255]
	MinLeaf         int     // rows of a leaf at least, estimated from the hessians [20]
	MinHessian      float64 // sum of hessians of a leaf at least [0.001]
	MinGain         float64 // gain of a cut at least [0]
	LearningRate    float64 // [0.1]
	L1, L2          float64 // [0]
	FeatureFraction float64 // share of the columns that each tree sees [1]
	BaggingFraction float64 // share of the rows that each tree sees [1]
	BaggingFreq     int     // rounds between two draws of rows [1 when BaggingFraction is below 1]
	TopRate         float64 // GOSS: share of the rows with the largest gradients, all kept [no GOSS]
	OtherRate       float64 // GOSS: share of the rows drawn from the others [0.1 with TopRate]
	Monotone        []int8  // for each column: 1 the score may only rise with it, -1 only fall, 0 either [all 0]
	PositiveWeight  float64 // weight of label 1, binary only [1]
	TweediePower    float64 // between 1 (Poisson) and 2 (gamma) [1.5]
	Seed            uint64
	EarlyStop       int // rounds without a better validation loss that end training [never]
	Threads         int // [all]

	// Progress, when there is one, hears of every round.
	Progress func(done, total int)
	// Stop, when there is one, is asked before every round; its error ends training.
	Stop func() error
}

// withDefaults fills in the zero fields and refuses values out of range.
func (p Params) withDefaults(d *Data) (Params, error) {
	p = p.orDefaults()
	if _, ok := Objectives[p.Objective]; !ok {
		known := slices.Sorted(maps.Keys(Objectives))
		return p, fmt.Errorf("unknown objective: %s, want one of %v", p.Objective, known)
	}
	if d == nil {
		return p, fmt.Errorf("%w: no rows", ErrNothing)
	}
	return p, errors.Join(p.check(), p.checkMonotone(d))
}

func (p Params) orDefaults() Params {
	orDefault(&p.Objective, "binary")
	orDefault(&p.Rounds, 100)
	orDefault(&p.Leaves, 31)
	orDefault(&p.MaxBin, 255)
	orDefault(&p.MinLeaf, 20)
	orDefault(&p.MinHessian, 1e-3)
	orDefault(&p.LearningRate, 0.1)
	orDefault(&p.FeatureFraction, 1)
	orDefault(&p.BaggingFraction, 1)
	orDefault(&p.BaggingFreq, 1)
	orDefault(&p.PositiveWeight, 1)
	orDefault(&p.TweediePower, 1.5)
	orDefault(&p.Threads, runtime.GOMAXPROCS(0))
	if p.TopRate > 0 {
		orDefault(&p.OtherRate, 0.1)
	}
	return p
}

func orDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

func (p Params) check() error {
	ranges := []struct {
		name           string
		value, low, up float64
	}{
		{"rounds", float64(p.Rounds), 1, 1e6},
		{"leaves", float64(p.Leaves), 2, 1 << 17},
		{"depth", float64(p.Depth), 0, 1e6},
		{"max bin", float64(p.MaxBin), 2, 255},
		{"min leaf", float64(p.MinLeaf), 1, maxRows},
		{"min hessian", p.MinHessian, 0, math.MaxFloat64},
		{"min gain", p.MinGain, 0, math.MaxFloat64},
		{"learning rate", p.LearningRate, 1e-9, 100},
		{"l1", p.L1, 0, math.MaxFloat64},
		{"l2", p.L2, 0, math.MaxFloat64},
		{"feature fraction", p.FeatureFraction, 1e-9, 1},
		{"bagging fraction", p.BaggingFraction, 1e-9, 1},
		{"bagging freq", float64(p.BaggingFreq), 1, 1e6},
		{"top rate", p.TopRate, 0, 1},
		{"other rate", p.OtherRate, 0, 1},
		{"top and other rate", p.TopRate + p.OtherRate, 0, 1},
		{"positive weight", p.PositiveWeight, 1e-9, 1e9},
		{"tweedie power", p.TweediePower, 1 + 1e-9, 2 - 1e-9},
		{"early stop", float64(p.EarlyStop), 0, 1e6},
		{"threads", float64(p.Threads), 1, 4096},
	}
	for _, r := range ranges {
		if !(r.value >= r.low && r.value <= r.up) {
			return fmt.Errorf("%s is %v, want %v to %v", r.name, r.value, r.low, r.up)
		}
	}
	return nil
}

func (p Params) checkMonotone(d *Data) error {
	if p.Monotone == nil {
		return nil
	}
	if len(p.Monotone) != len(d.Columns) {
		return fmt.Errorf("monotone says %d columns, there are %d", len(p.Monotone), len(d.Columns))
	}
	for i, way := range p.Monotone {
		if way < -1 || way > 1 {
			return fmt.Errorf("monotone %d of column %d, want -1, 0 or 1", way, i+1)
		}
		if way != 0 && d.Categorical != nil && d.Categorical[i] {
			return fmt.Errorf("monotone %d of column %d, which is categorical", way, i+1)
		}
	}
	return nil
}
