package pipeline

import (
	"fmt"
	"io"

	"segmenta/predict/metric"
)

// Measured is how good a column of scores is.
type Measured struct {
	Rows int `json:"rows"`
	metric.Report
}

// Metric holds a column of scores against what happened.
func (j *Job) Metric(o Table, label, score string) (*Measured, error) {
	t, err := o.read()
	if err != nil {
		return nil, err
	}
	columns, err := t.pick([]string{label, score})
	if err != nil {
		return nil, err
	}
	r, err := metric.Evaluate(columns[0], columns[1], 1)
	if err != nil {
		return nil, mark(ErrConfig, fmt.Errorf("%s: %w", o.File, err))
	}
	return &Measured{t.rows, *r}, nil
}

// Tell says it to people.
func (m *Measured) Tell(w io.Writer) {
	tell(w, "rows", m.Rows)
	m.Report.Tell(w)
}
