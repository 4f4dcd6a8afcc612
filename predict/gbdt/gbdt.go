// Package gbdt learns gradient-boosted decision trees and writes them as
// LightGBM does.
//
// Trees grow leaf by leaf on histograms of binned values. What must not break:
// a tree sends a raw value the same way that training sent its bin, in our own
// Raw, in LightGBM and in leaves; and the same data, parameters and seed give the
// same bytes on any number of threads. The second comes from integers: gradients
// are rounded to whole units (quantise), so that sums do not depend on their order.
//
// From columns to trees, each round:
//
//  1. newMatrix codes every value into a byte, or two where categories are many (bins).
//  2. The objective writes the gradients, quantise packs them.
//  3. The sampler picks the rows, and the columns, that take part.
//  4. grower grows one tree: histograms, best cuts, partition of the rows.
//  5. The scores move, and the validation loss decides whether to go on.
//
// A Search looks for parameters, on folds that each have a Judge.
//
// To add an objective, add it to Objectives.
package gbdt

import (
	"fmt"
	"slices"
)

// Data is a table of features with a label for every row. NaN means missing.
type Data struct {
	Names       []string // one for each column; nil: Column_0, Column_1, …
	Columns     [][]float64
	Categorical []bool // columns whose values are category codes (0, 1, 2, …); nil: none
	Label       []float64
	Weight      []float64 // nil: every row weighs 1
	Init        []float64 // raw score that each row begins from; nil: all from the constant that fits best
}

// Forest is a trained model. The trees' values add up to the raw score.
type Forest struct {
	Names    []string
	Losses   []float64 // loss on the validation rows after each round; nil without them
	Best     int       // rounds kept
	header   string    // the objective, as LightGBM's text names it
	infos    []string  // range of each feature, as LightGBM's text writes it
	settings []setting
	trees    []*tree
}

// Train learns a forest from train. With valid rows and p.EarlyStop, training
// ends when their loss has not improved for so many rounds, and the rounds after
// the best are dropped; valid may be nil.
func Train(train, valid *Data, p Params) (*Forest, error) {
	m, p, err := prepare(train, valid, p)
	if err != nil {
		return nil, err
	}
	return newBooster(m, train, valid, p).run()
}

// prepare checks what is given and codes the training rows.
func prepare(train, valid *Data, p Params) (*matrix, Params, error) {
	p, err := p.withDefaults(train)
	if err != nil {
		return nil, p, err
	}
	objective := Objectives[p.Objective]
	if err := train.check(objective); err != nil {
		return nil, p, fmt.Errorf("training rows: %w", err)
	}
	if valid != nil {
		if err := valid.checkAgainst(train, objective); err != nil {
			return nil, p, fmt.Errorf("validation rows: %w", err)
		}
	}
	m, err := newMatrix(train, p)
	return m, p, err
}

// Trees is the number of trees.
func (f *Forest) Trees() int { return len(f.trees) }

// Raw is the score of one row before the link: log-odds for binary, the
// logarithm of the mean for poisson and tweedie. The row holds one value for
// each feature in the order of Names.
func (f *Forest) Raw(row []float64) float64 {
	sum := 0.0
	for _, t := range f.trees {
		sum += t.value(row)
	}
	return sum
}

// Importance is the total gain of the cuts on each feature.
func (f *Forest) Importance() []float64 {
	gain := make([]float64, len(f.Names))
	for _, t := range f.trees {
		for i, feature := range t.feature {
			gain[feature] += t.gain[i]
		}
	}
	return gain
}

// Where is the table of these rows.
func (d *Data) Where(rows []int) *Data {
	pick := func(values []float64) []float64 {
		if values == nil {
			return nil
		}
		some := make([]float64, len(rows))
		for i, row := range rows {
			some[i] = values[row]
		}
		return some
	}
	some := &Data{Names: d.Names, Categorical: d.Categorical, Label: pick(d.Label), Weight: pick(d.Weight), Init: pick(d.Init)}
	for _, c := range d.Columns {
		some.Columns = append(some.Columns, pick(c))
	}
	return some
}

func (d *Data) rows() int { return len(d.Label) }

// names fills in the names that LightGBM gives to columns without any.
func (d *Data) names() []string {
	if d.Names != nil {
		return slices.Clone(d.Names)
	}
	names := make([]string, len(d.Columns))
	for i := range names {
		names[i] = fmt.Sprintf("Column_%d", i)
	}
	return names
}
