package pipeline

import (
	"fmt"
	"math"
	"slices"

	"segmenta/predict/effect"
	"segmenta/table"
)

// A LearnedUplift is a model of whom an arm moves, judged on customers that it has not
// seen.
type LearnedUplift struct {
	Arm     string              `json:"arm"`
	Outcome string              `json:"outcome"`
	Way     string              `json:"way"`
	Ways    []effect.LearnedWay `json:"ways"`
	Rows    int                 `json:"judged_rows"`
	Ranked  Ranked              `json:"judged"`
	Why     string              `json:"why_not,omitempty"`
}

// learnUplift learns whom each arm moves, and writes everybody's scores where asked.
func (j *Job) learnUplift(o MeasuredTable, all *table.Table, x *experiment, m *Measurement) error {
	names, columns, categorical := o.inputs(all)
	if len(names) == 0 {
		return mark(ErrConfig, fmt.Errorf("%s: no column is left to learn from", o.File))
	}
	out := new(table.Table)
	if id := all.Column(o.ID); id != nil {
		out.Add(id)
	}
	for arm := 1; arm < len(x.arms); arm++ {
		for _, y := range x.outcomes {
			u, scores, err := x.learned(arm, y, names, columns, categorical, o.Seed, j.Threads)
			if err != nil {
				return err
			}
			m.Uplift = append(m.Uplift, *u)
			out.Add(table.Floats("uplift "+x.arms[arm]+" "+y.id, scores).Says("", "how much the outcome is expected to rise by the treatment", "cuánto se espera que suba el resultado por el tratamiento"))
		}
	}
	if o.Scores != "" {
		return table.WriteFile(o.Scores, out)
	}
	return nil
}

// learned is a model of one arm and outcome.
func (x *experiment) learned(arm int, o outcome, names []string, columns [][]float64, categorical []bool, seed uint64, threads int) (*LearnedUplift, []float64, error) {
	d := &effect.Data{Names: names, Categorical: categorical, Columns: make([][]float64, len(columns))}
	var rows []int
	for i, a := range x.arm {
		if (a == arm || a == 0) && !math.IsNaN(o.after[i]) {
			rows = append(rows, i)
			d.Outcome, d.Treated = append(d.Outcome, o.after[i]), append(d.Treated, a == arm)
			for c := range columns {
				d.Columns[c] = append(d.Columns[c], columns[c][i])
			}
		}
	}
	scores := repeated(math.NaN(), len(x.arm))
	u := &LearnedUplift{Arm: x.arms[arm], Outcome: o.id}
	l, err := effect.Learn(d, seed, threads)
	if err != nil {
		u.Why = err.Error()
		return u, scores, nil
	}
	for k, i := range rows {
		scores[i] = l.Score[k]
	}
	r, err := l.Ranking(d)
	if err != nil {
		return nil, nil, err
	}
	u.Way, u.Ways = l.Way, l.Ways
	for _, judged := range l.Judged {
		if judged {
			u.Rows++
		}
	}
	u.Ranked = x.ranked(l.Way, u.Arm, o, r, u.Rows, seed)
	return u, scores, nil
}

// inputs are the columns to learn from: texts as category codes.
func (o MeasuredTable) inputs(all *table.Table) (names []string, columns [][]float64, categorical []bool) {
	taken := append(append([]string{o.Treatment, o.ID, o.Score}, o.Outcomes...), "")
	for _, c := range all.Columns {
		if slices.Contains(taken, c.Name) || o.Learn[0] != "all" && !slices.Contains(o.Learn, c.Name) {
			continue
		}
		c := asNumbers(c)
		values := make([]float64, c.Len())
		for i := range values {
			if values[i] = c.Number(i); c.Kind == table.String && !c.IsNull(i) {
				values[i] = float64(c.Codes[i])
			}
		}
		names, columns, categorical = append(names, c.Name), append(columns, values), append(categorical, c.Kind == table.String)
	}
	return names, columns, categorical
}
