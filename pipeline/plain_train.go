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
	Label, Valid                    string
	Categorical                     []string
	Rounds, Leaves, MaxBin, MinLeaf int
	Rate                            float64
	Seed                            uint64
	Out                             string
}

// TableTrained is what was learned from a plain table. The figures are of the valid
// table, and missing where there is none or where it has one outcome only.
type TableTrained struct {
	Rows         int      `json:"rows"`
	Features     int      `json:"features"`
	Rounds       int      `json:"rounds"`
	SecondsRead  float64  `json:"seconds_read"`
	SecondsTrain float64  `json:"seconds_train"`
	AUC          *float64 `json:"valid_auc"`
	LogLoss      *float64 `json:"valid_logloss"`
	Peak         int64    `json:"peak_rss_bytes"`
	Out          string   `json:"output"`
}

// Tell says it to people.
func (t *TableTrained) Tell(w io.Writer) {
	tell(w, "rows", t.Rows, "features", t.Features, "rounds", t.Rounds, "seconds", t.SecondsTrain)
	if t.AUC != nil {
		tell(w, "AUC", *t.AUC, "log loss", *t.LogLoss)
	}
	tell(w, "wrote", t.Out)
}

// TrainTable trains a model on a plain table and writes it as LightGBM text.
func (j *Job) TrainTable(o TrainTable) (*TableTrained, error) {
	data, t, err := o.load(o.File)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	forest, err := gbdt.Train(data, nil, gbdt.Params{Rounds: o.Rounds, Leaves: o.Leaves, MaxBin: o.MaxBin, MinLeaf: o.MinLeaf,
		LearningRate: o.Rate, Seed: o.Seed, Threads: j.Threads, Objective: "binary"})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.File, err)
	}
	done := &TableTrained{Rows: t.rows, Features: len(t.names), Rounds: o.Rounds, SecondsRead: t.seconds,
		SecondsTrain: time.Since(start).Seconds(), Out: o.Out, Peak: peakMemory()}
	var text bytes.Buffer
	if err := forest.WriteText(&text); err != nil {
		return nil, err
	}
	if o.Valid != "" {
		if err := j.judge(o, text.Bytes(), done); err != nil {
			return nil, err
		}
	}
	return done, os.WriteFile(o.Out, text.Bytes(), 0o644)
}

func (o TrainTable) load(file string) (*gbdt.Data, *plainTable, error) {
	t, err := Table{file, o.ID}.read()
	if err != nil {
		return nil, nil, err
	}
	label, err := t.take(o.Label)
	if err != nil {
		return nil, nil, err
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
	return &gbdt.Data{Names: t.names, Columns: t.columns, Categorical: categorical, Label: label}, t, nil
}

// judge scores the valid table with the model as it is written.
func (j *Job) judge(o TrainTable, text []byte, done *TableTrained) error {
	valid, t, err := o.load(o.Valid)
	if err != nil {
		return err
	}
	m, err := predict.Load(text)
	if err != nil {
		return fmt.Errorf("the model that was just trained: %w", err)
	}
	columns, err := t.pick(m.Features())
	if err != nil {
		return err
	}
	raw, err := m.Raw(columns, t.rows, j.Threads)
	if err != nil {
		return err
	}
	p := m.Probability(raw)
	if auc, err := metric.AUC(valid.Label, p); err == nil {
		done.AUC = &auc
	}
	if loss, err := metric.LogLoss(valid.Label, p); err == nil {
		done.LogLoss = &loss
	}
	return nil
}
