package pipeline

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"segmenta/features"
	"segmenta/table"
)

// TrainingSet writes the rows that a target's model would learn from, for training
// elsewhere: features that models may learn from, as of one moment or several, and
// what followed. Without moments it takes those that train would take.
//
// For a validation that looks into no future, judge rows of one as_of and group with
// a model of rows of other groups whose outcome_until is not after that as_of.
func (j *Job) TrainingSet(ctx context.Context, target string, asOf []string, out string) (*Featured, error) {
	start := time.Now()
	t, ok := j.Config.Targets[target]
	if !ok {
		names := j.Config.TargetNames()
		return nil, mark(ErrConfig, fmt.Errorf("there is no target %q%s; there are %s", target, nearest(target, names), strings.Join(names, ", ")))
	}
	latest, err := j.asOf("")
	if err != nil {
		return nil, err
	}
	p, err := j.read(ctx, latest)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	moments, err := j.trainingMoments(p, t, asOf)
	if err != nil {
		return nil, err
	}
	snapshots, err := p.Answer(features.Question{Definitions: p.on, Moments: moments, Targets: []features.Target{t.label()}, Threads: j.Threads})
	if err != nil {
		return nil, err
	}
	all, err := p.outcomes(t, snapshots)
	if err != nil {
		return nil, mark(ErrConfig, err)
	}
	done := &Featured{Rows: all.Rows(), Features: len(all.Columns) - 5, Out: out, Customers: len(snapshots[len(snapshots)-1].Customers)}
	if err := table.WriteFile(out, all); err != nil {
		return nil, err
	}
	done.Seconds, done.Peak = time.Since(start).Seconds(), peakMemory()
	return done, nil
}

// trainingMoments are the moments that were asked for, or those of the target's split.
func (j *Job) trainingMoments(p *past, t Target, asOf []string) ([]time.Time, error) {
	set := make(map[time.Time]bool)
	for _, a := range asOf {
		at, err := j.asOf(a)
		if err != nil {
			return nil, err
		}
		set[at] = true
	}
	if len(set) == 0 {
		first, _ := p.Span()
		s, ok := splitTime(t, j.Config.Training, first.In(j.Config.zone), p.asOf)
		if !ok {
			return nil, mark(ErrGate, fmt.Errorf("no outcome over %s is known yet: the history begins on %s and ends on %s", t.Horizon, first.Format(time.DateOnly), p.asOf.Format(time.DateOnly)))
		}
		for _, at := range s.moments() {
			set[at] = true
		}
	}
	return sortedTimes(set), nil
}

// outcomes lays snapshots under one another with what followed each row, and leaves
// out the rows of whom the target is not asked.
func (p *past) outcomes(t Target, snapshots []*features.Snapshot) (*table.Table, error) {
	var label []float64
	var groups []int64
	var until []time.Time
	for _, s := range snapshots {
		y, err := p.Label(t.label(), s, p.asOf)
		if err != nil {
			return nil, err
		}
		end := p.Ends(t.label(), s)
		for i := range y {
			until, groups = append(until, end), append(groups, int64(features.Group(s.Customers[i], folds)))
		}
		label = append(label, y...)
	}
	all := stack(snapshots)
	var rows []int
	for i, y := range label {
		if !math.IsNaN(y) {
			rows = append(rows, i)
		}
	}
	set := &table.Table{}
	set.Add(all.Columns[0])
	set.Add(all.Columns[1])
	set.Add(table.Times("outcome_until", until).Says("", "when the outcome was over", "cuándo terminó el resultado"))
	set.Add(table.Ints("group", table.Int32, groups).Says("", "the customer's group in a cross-validation", "grupo del cliente en una validación cruzada"))
	set.Add(table.Floats("label", label).Says("", "1: "+t.En+"; 0: not", "1: "+t.Es+"; 0: no"))
	for _, c := range all.Columns[2:] {
		if p.learnable[c.Name] && c.Kind != table.String {
			set.Add(c)
		}
	}
	return set.Pick(rows), nil
}
