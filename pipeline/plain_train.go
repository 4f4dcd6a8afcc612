package pipeline

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"segmenta/predict"
	"segmenta/predict/gbdt"
	"segmenta/predict/metric"
)

// A TrainTable says what to learn from a plain table.
type TrainTable struct {
	Table
	Label, Valid string
	Weight       string // the column of weights; "": all rows weigh the same
	Time         string // the column by which rows are earlier or later; "": none is
	Categorical  []string
	Monotone     map[string]int // by column: 1 the score may only rise with it, -1 only fall
	Trees        gbdt.Params
	Tune         string // how many sets of parameters to try, or for how long, as in 90s; "": none
	Out          string
}

// TableTrained is what was learned from a plain table. The figures are of the valid
// table, and missing where there is none or where they don't fit the objective.
type TableTrained struct {
	Rows         int          `json:"rows"`
	Features     int          `json:"features"`
	Rounds       int          `json:"rounds"`
	SecondsRead  float64      `json:"seconds_read"`
	SecondsTune  float64      `json:"seconds_tune,omitempty"`
	SecondsTrain float64      `json:"seconds_train"`
	AUC          *float64     `json:"valid_auc"`
	LogLoss      *float64     `json:"valid_logloss"`
	RMSE         *float64     `json:"valid_rmse,omitempty"`
	MAE          *float64     `json:"valid_mae,omitempty"`
	Tuned        *TunedParams `json:"tuned,omitempty"`
	Peak         int64        `json:"peak_rss_bytes"`
	Out          string       `json:"output"`
}

// Tell says it to people.
func (t *TableTrained) Tell(w io.Writer) {
	tell(w, "rows", t.Rows, "features", t.Features, "rounds", t.Rounds, "seconds", t.SecondsTrain)
	if t.Tuned != nil {
		t.Tuned.Tell(w)
	}
	for _, figure := range []struct {
		name  string
		value *float64
	}{{"AUC", t.AUC}, {"log loss", t.LogLoss}, {"RMSE", t.RMSE}, {"MAE", t.MAE}} {
		if figure.value != nil {
			tell(w, figure.name, *figure.value)
		}
	}
	tell(w, "wrote", t.Out)
}

// TrainTable trains a model on a plain table and writes it as LightGBM text.
func (j *Job) TrainTable(o TrainTable) (*TableTrained, error) {
	data, t, err := o.load(o.File)
	if err != nil {
		return nil, err
	}
	var valid *gbdt.Data
	var validTable *plainTable
	if o.Valid != "" {
		if valid, validTable, err = o.load(o.Valid); err != nil {
			return nil, err
		}
		if valid.Columns, err = validTable.pick(data.Names); err != nil {
			return nil, err
		}
	}
	done := &TableTrained{Rows: t.rows, Features: len(t.names), SecondsRead: t.seconds, Out: o.Out}
	params, err := o.params(data, j)
	if err != nil {
		return nil, err
	}
	if params, err = j.prepared(o, data, t, valid, params, done); err != nil {
		return nil, err
	}
	start := time.Now()
	forest, err := gbdt.Train(data, stopper(valid, params), params)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.File, err)
	}
	done.SecondsTrain, done.Rounds, done.Peak = time.Since(start).Seconds(), forest.Trees(), peakMemory()
	var text bytes.Buffer
	if err := forest.WriteText(&text); err != nil {
		return nil, err
	}
	if valid != nil {
		if err := j.judge(o, text.Bytes(), valid, done); err != nil {
			return nil, err
		}
	}
	return done, os.WriteFile(o.Out, text.Bytes(), 0o644)
}

// stopper is the valid table if it is to stop the training; else it only judges.
func stopper(valid *gbdt.Data, p gbdt.Params) *gbdt.Data {
	if p.EarlyStop == 0 {
		return nil
	}
	return valid
}

func (o TrainTable) params(d *gbdt.Data, j *Job) (gbdt.Params, error) {
	p := o.Trees
	p.Threads = j.Threads
	if len(o.Monotone) == 0 {
		return p, nil
	}
	p.Monotone = make([]int8, len(d.Names))
	for name, way := range o.Monotone {
		i := slices.Index(d.Names, name)
		if i < 0 {
			return p, (&plainTable{file: o.File, names: d.Names}).lacks(name)
		}
		if way < -1 || way > 1 {
			return p, mark(ErrConfig, fmt.Errorf("monotone %s=%d: want 1, it may only rise, or -1, only fall", name, way))
		}
		p.Monotone[i] = int8(way)
	}
	return p, nil
}

func (o TrainTable) load(file string) (*gbdt.Data, *plainTable, error) {
	read := Table{file, o.ID}.readNumbers
	if o.Tune != "" {
		read = Table{file, o.ID}.read // rows of one customer stay together
	}
	t, err := read()
	if err != nil {
		return nil, nil, err
	}
	label, err := t.take(o.Label)
	if err != nil {
		return nil, nil, err
	}
	var weight []float64
	if o.Weight != "" {
		if weight, err = t.take(o.Weight); err != nil {
			return nil, nil, err
		}
	}
	if slices.Contains(t.names, o.Time) {
		if _, err := t.take(o.Time); err != nil {
			return nil, nil, err
		}
	}
	for _, name := range o.Categorical {
		if !slices.Contains(t.names, name) {
			return nil, nil, t.lacks(name)
		}
	}
	categorical := make([]bool, len(t.names))
	for i, name := range t.names {
		categorical[i] = slices.Contains(o.Categorical, name)
	}
	return &gbdt.Data{Names: t.names, Columns: t.columns, Categorical: categorical, Label: label, Weight: weight}, t, nil
}

// judge scores the valid table with the model as it is written.
func (j *Job) judge(o TrainTable, text []byte, valid *gbdt.Data, done *TableTrained) error {
	m, err := predict.Load(text)
	if err != nil {
		return fmt.Errorf("the model that was just trained: %w", err)
	}
	raw, err := m.Raw(valid.Columns, len(valid.Label), j.Threads)
	if err != nil {
		return err
	}
	p := m.Probability(raw)
	if o.Trees.Objective != "binary" {
		done.RMSE, done.MAE = errorsOf(valid.Label, p)
		return nil
	}
	if auc, err := metric.AUC(valid.Label, p); err == nil {
		done.AUC = &auc
	}
	if loss, err := metric.LogLoss(valid.Label, p); err == nil {
		done.LogLoss = &loss
	}
	return nil
}
