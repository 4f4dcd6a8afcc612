package pipeline

import (
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"segmenta/features"
	"segmenta/predict"
	"segmenta/predict/clv"
	"segmenta/predict/gbdt"
)

// What a model of purchases says of a customer, as features of trees.
const (
	worthAlive     = "value_alive"
	worthPurchases = "value_purchases"
	worthSpend     = "value_spend"
	worthValue     = "value_expected"
)

// fewestPaying is how many outcomes above nothing are too few for trees of value.
const fewestPaying = 200

// mostLearned is how many rows trees of value learn from at most: of more, every k-th
// customer.
const mostLearned = 300_000

// leastWorth is the value, in the shop's currency, below which logarithms begin nowhere
// lower.
const leastWorth = 0.01

// worthDesign lays out the buyers of a snapshot for trees: their features, and what the
// model of purchases fitted at that moment says of them.
func (p *past) worthDesign(s *features.Snapshot, w *worth) (e *examples) {
	names, columns := p.seen(s)
	e = &examples{names: append(names, worthAlive, worthPurchases, worthSpend, worthValue)}
	for _, c := range columns {
		e.columns = append(e.columns, w.bought(c))
	}
	for _, figure := range []func(f *clv.Forecast) float64{
		func(f *clv.Forecast) float64 { return f.Alive }, func(f *clv.Forecast) float64 { return f.Purchases },
		func(f *clv.Forecast) float64 { return f.Spend }, func(f *clv.Forecast) float64 { return f.Value },
	} {
		e.columns = append(e.columns, w.bought(w.of(len(s.Customers), figure)))
	}
	for k, i := range w.buyers {
		e.start = append(e.start, math.Log(max(leastWorth, w.forecast[k].Value)))
		e.customers = append(e.customers, s.Customers[i])
	}
	return e
}

// bareWorth fits BG/NBD at a snapshot's own moment and looks ahead without intervals.
func (p *past) bareWorth(s *features.Snapshot, v Value, threads int) (*worth, error) {
	w := p.buyersAt(s)
	m, err := clv.Fit(rhythmModel, w.h, clv.Options{Threads: threads})
	if err != nil {
		return nil, err
	}
	spending, err := clv.FitSpend(w.h.Frequency, w.amounts, clv.Options{Threads: threads})
	if err != nil {
		return nil, err
	}
	return w.bare(m, spending, v, threads), nil
}

// worthExamples lays moments under one another, with what was paid in the horizon.
func (t *trial) worthExamples(moments []time.Time, snapshots map[time.Time]*features.Snapshot) (all *examples, err error) {
	v := t.job.Config.Value
	for _, at := range moments {
		s := snapshots[at]
		w, err := t.past.bareWorth(s, v, t.job.Threads)
		if err != nil {
			continue // too early for a model of purchases
		}
		_, paid, err := t.past.Paid(s, at, at.AddDate(0, 0, int(v.Horizon)), v.daily())
		if err != nil {
			return nil, err
		}
		e := t.past.worthDesign(s, w)
		e.label = w.bought(paid)
		if all == nil {
			all = e
			continue
		}
		for c := range all.columns {
			all.columns[c] = append(all.columns[c], e.columns[c]...)
		}
		all.start, all.label, all.customers = append(all.start, e.start...), append(all.label, e.label...), append(all.customers, e.customers...)
	}
	if all == nil {
		return nil, errNoTrees
	}
	if t.plan.ByCustomers {
		all = all.where(func(i int) bool { return fold(all.customers[i]) != 0 })
	}
	if every := (all.rows() + mostLearned - 1) / mostLearned; every > 1 {
		all = all.where(func(i int) bool { return features.Group(all.customers[i], every) == 0 })
	}
	return all, nil
}

// A learnedWorth is the rows and settings that trees of value were grown with.
type learnedWorth struct {
	rows   *examples
	params gbdt.Params
}

// trees grows trees that know the model of purchases as a feature, and trees that begin
// from it, on outcomes that were over when the hold-out begins.
func (t *trial) trees(ctx context.Context, snapshots map[time.Time]*features.Snapshot) error {
	rows, err := t.worthExamples(t.plan.Train, snapshots)
	if err != nil {
		return err
	}
	paying := 0
	for _, y := range rows.label {
		if y > 0 {
			paying++
		}
	}
	if paying < fewestPaying {
		return errors.New("too few outcomes to grow trees of value from")
	}
	tr := t.job.Config.Training
	t.learned = &learnedWorth{rows: rows, params: gbdt.Params{Objective: "tweedie", Rounds: tr.Rounds, Leaves: tr.Leaves, LearningRate: 0.05, L2: 1,
		MinLeaf: min(200, max(20, rows.rows()/200)), Seed: tr.Seed, Threads: t.job.Threads, Stop: func() error { return context.Cause(ctx) }}}
	w, err := t.past.bareWorth(t.held, t.job.Config.Value, t.job.Threads)
	if err != nil {
		return err
	}
	held := t.past.worthDesign(t.held, w)
	ways := []valueWay{{Way: treesValue}, {Way: hybridValue}}
	err = t.learned.each(len(ways), func(l *learnedWorth, k int) error {
		w := &ways[k]
		m, text, err := l.grow(w.Way, rows)
		if err != nil {
			return err
		}
		w.forest = text
		w.foretold, err = foretell(w.Way, m, held, l.params.Threads)
		return err
	})
	if err != nil {
		return err
	}
	t.ways = append(t.ways, ways...)
	return nil
}

// each does n growings, as many at a time as there are threads, and shares these among them.
func (l *learnedWorth) each(n int, grow func(l *learnedWorth, i int) error) error {
	part, atOnce := *l, 0
	atOnce, part.params.Threads = shared(l.params.Threads, n)
	return each(atOnce, n, func(i int) error { return grow(&part, i) })
}

// grow trains and loads what was trained, as any model is loaded. The hybrid begins at
// the model of purchases, trees at everyone's mean, which is then a part of them.
func (l *learnedWorth) grow(way string, rows *examples) (*predict.Model, []byte, error) {
	d := &gbdt.Data{Names: rows.names, Columns: rows.columns, Label: rows.label}
	if way == hybridValue {
		d.Init = rows.start
	}
	return trainData(d, l.params)
}

// foretell is the expected value of rows.
func foretell(way string, m *predict.Model, rows *examples, threads int) ([]float64, error) {
	columns := make([][]float64, 0, len(rows.columns))
	for _, name := range m.Features() {
		k := slices.Index(rows.names, name)
		if k < 0 {
			return nil, lacking([]string{name}, rows.names)
		}
		columns = append(columns, rows.columns[k])
	}
	raw, err := m.Raw(columns, len(rows.customers), threads)
	for i := range raw {
		if way == hybridValue {
			raw[i] += rows.start[i]
		}
		raw[i] = math.Exp(raw[i])
	}
	return raw, err
}

// foretellTrees is everybody's expected value as trees have it. They see what they saw
// when they learned: BG/NBD fitted at the moment itself.
func foretellTrees(p *past, s *features.Snapshot, m *valueModel, v Value, threads int) ([]float64, error) {
	forest, err := predict.Load(m.forest)
	if err != nil {
		return nil, mark(ErrGate, err)
	}
	w, err := p.bareWorth(s, v, threads)
	if err != nil {
		return nil, err
	}
	foretold, err := foretell(m.Uses, forest, p.worthDesign(s, w), threads)
	if err != nil {
		return nil, err
	}
	out := repeated(math.NaN(), len(s.Customers))
	for k, i := range w.buyers {
		out[i] = foretold[k]
	}
	return out, nil
}

// A spread is what customers spent whose value was foretold alike by trees that had
// seen nothing of them: the interval of such a customer, over what was foretold.
//
// Vovk, V., Gammerman, A. and Shafer, G. (2005). Algorithmic Learning in a Random World
// (conformal prediction, by classes of similar predictions).
type spread struct {
	Upto []float64 `json:"upto"` // foretold values up to which each class goes; the last has no end
	Low  []float64 `json:"low"`
	High []float64 `json:"high"`
}

// spreadClasses is how many classes of similar predictions there are.
const spreadClasses = 20

// spread leaves each third of the customers out in turn.
func (l *learnedWorth) spread(way string, level float64) (*spread, error) {
	e := l.rows
	foretold := make([]float64, e.rows())
	err := l.each(folds, func(l *learnedWorth, f int) error {
		m, _, err := l.grow(way, e.where(func(i int) bool { return fold(e.customers[i]) != f }))
		if err != nil {
			return err
		}
		out := e.where(func(i int) bool { return fold(e.customers[i]) == f })
		part, err := foretell(way, m, out, l.params.Threads)
		if err != nil {
			return err
		}
		next := 0
		for i := range foretold {
			if fold(e.customers[i]) == f {
				foretold[i] = part[next]
				next++
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return newSpread(foretold, e.label, level), nil
}

func newSpread(foretold, paid []float64, level float64) *spread {
	at := make([]int, len(foretold))
	for i := range at {
		at[i] = i
	}
	slices.SortStableFunc(at, func(a, b int) int {
		switch {
		case foretold[a] < foretold[b]:
			return -1
		case foretold[a] > foretold[b]:
			return 1
		}
		return 0
	})
	s := new(spread)
	for c := range spreadClasses {
		class := at[len(at)*c/spreadClasses : len(at)*(c+1)/spreadClasses]
		if len(class) == 0 {
			continue
		}
		ratios := make([]float64, len(class))
		for k, i := range class {
			ratios[k] = paid[i] / max(foretold[i], leastWorth)
		}
		slices.Sort(ratios)
		low, high := middle(ratios, level)
		s.Upto, s.Low, s.High = append(s.Upto, foretold[class[len(class)-1]]), append(s.Low, low), append(s.High, high)
	}
	return s
}

// middle is the interval that clv.Purchases.Forecast describes, of sorted values.
func middle(sorted []float64, level float64) (low, high float64) {
	n := float64(len(sorted))
	at := func(u float64) float64 { return sorted[max(0, min(len(sorted)-1, int(math.Ceil(u*(n+1)))-1))] }
	nothing := 0.0
	for _, v := range sorted {
		if v == 0 {
			nothing++
		}
	}
	switch out := 1 - level; {
	case nothing >= level*n:
		return 0, 0
	case nothing > out/2*n:
		return 0, at(level)
	default:
		return at(out / 2), at(1 - out/2)
	}
}

// of is the interval of someone of whom a value was foretold.
func (s *spread) of(foretold float64) (low, high float64) {
	k, _ := slices.BinarySearch(s.Upto, foretold)
	k = min(k, len(s.Upto)-1)
	return s.Low[k] * foretold, s.High[k] * foretold
}
