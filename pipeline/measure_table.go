package pipeline

import (
	"fmt"
	"strings"
	"time"

	"segmenta/predict/effect"
	"segmenta/table"
)

// A MeasuredTable is a trial that lies in one table, and what to ask of it.
type MeasuredTable struct {
	Table
	Treatment, Control string
	Outcomes, Segments []string
	Covariate          string
	Before             []string // one for each outcome
	Score              string
	Learn              []string // columns to learn uplift from, or all
	Shares             []float64
	Cost, Margin       float64
	Worthwhile         float64
	Seed               uint64
	Language           string
	Out, Scores        string
}

// A Measurement is what a trial showed.
type Measurement struct {
	Rows     int             `json:"rows"`
	Skipped  int             `json:"rows_without_treatment,omitempty"`
	Arms     []Arm           `json:"arms"`
	Mismatch *effect.Number  `json:"sample_ratio_p,omitempty"`
	Effects  []*Effect       `json:"effects"`
	Winners  []Winner        `json:"winners,omitempty"`
	Rankings []Ranked        `json:"rankings,omitempty"`
	Uplift   []LearnedUplift `json:"uplift_models,omitempty"`
	Seconds  float64         `json:"seconds"`
	language string
}

// An Arm is one of the treatments, the first being none.
type Arm struct {
	Name      string `json:"arm"`
	Customers int    `json:"customers"`
}

// MeasureTable says what a treatment did.
func (j *Job) MeasureTable(o MeasuredTable) (*Measurement, error) {
	start := time.Now()
	all, err := table.ReadFile(o.File)
	if err != nil {
		return nil, mark(ErrConfig, err)
	}
	x, m, err := o.experiment(all)
	if err != nil {
		return nil, err
	}
	if len(o.Shares) > 0 {
		if len(o.Shares) != len(x.arms) {
			return nil, mark(ErrConfig, fmt.Errorf("--shares gives %d shares, and there are %d arms: %s", len(o.Shares), len(x.arms), strings.Join(x.arms, ", ")))
		}
		counts := make([]float64, len(m.Arms))
		for i, a := range m.Arms {
			counts[i] = float64(a.Customers)
		}
		p := effect.Number(effect.RatioMismatch(counts, o.Shares))
		m.Mismatch = &p
	}
	m.Effects, m.Winners = x.evaluate(), x.winners()
	if o.Score != "" {
		score, err := o.numbers(all, o.Score)
		if err != nil {
			return nil, err
		}
		if m.Rankings, err = x.rank(o.Score, score, o.Seed); err != nil {
			return nil, mark(ErrConfig, err)
		}
	}
	if len(o.Learn) > 0 {
		if err := j.learnUplift(o, all, x, m); err != nil {
			return nil, err
		}
	}
	if o.Out != "" {
		if err := table.WriteFile(o.Out, effectTable(m.Effects)); err != nil {
			return nil, err
		}
	}
	m.Seconds, m.language = time.Since(start).Seconds(), o.Language
	return m, nil
}

// experiment reads who got what, and what came of it.
func (o MeasuredTable) experiment(all *table.Table) (*experiment, *Measurement, error) {
	c := all.Column(o.Treatment)
	if c == nil {
		return nil, nil, o.lacks(all, o.Treatment)
	}
	x := &experiment{terms: terms{o.Cost, o.Margin, o.Worthwhile}}
	if x.terms.worthwhile == 0 {
		x.terms.worthwhile = usualWorthwhile
	}
	var err error
	if x.arms, x.arm, err = armsOf(c, o.Control); err != nil {
		return nil, nil, mark(ErrConfig, fmt.Errorf("%s: %w", o.File, err))
	}
	m := &Measurement{Rows: all.Rows()}
	for k, name := range x.arms {
		m.Arms = append(m.Arms, Arm{name, count(x.arm, k)})
	}
	m.Skipped = count(x.arm, -1)
	var covariate []float64
	if o.Covariate != "" {
		if covariate, err = o.numbers(all, o.Covariate); err != nil {
			return nil, nil, err
		}
	}
	if len(o.Before) > 0 && len(o.Before) != len(o.Outcomes) {
		return nil, nil, mark(ErrConfig, fmt.Errorf("--before names %d columns, and --outcome %d: give one for each", len(o.Before), len(o.Outcomes)))
	}
	for k, name := range o.Outcomes {
		values, err := o.numbers(all, name)
		if err != nil {
			return nil, nil, err
		}
		y := outcome{id: name, name: words{name, name}, rate: zerosAndOnes(values), better: 1, after: values, before: covariate}
		y.money = !y.rate && o.Margin > 0
		if len(o.Before) > 0 {
			y.same = true
			if y.before, err = o.numbers(all, o.Before[k]); err != nil {
				return nil, nil, err
			}
		}
		x.outcomes = append(x.outcomes, y)
	}
	for _, name := range o.Segments {
		c := all.Column(name)
		if c == nil {
			return nil, nil, o.lacks(all, name)
		}
		groups, err := groupsOf(c)
		if err != nil {
			return nil, nil, mark(ErrConfig, fmt.Errorf("%s: %w", o.File, err))
		}
		x.groups = append(x.groups, groups...)
	}
	return x, m, nil
}
