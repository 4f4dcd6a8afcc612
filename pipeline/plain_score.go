package pipeline

import (
	"fmt"
	"io"
	"os"
	"time"

	"segmenta/predict"
	"segmenta/table"
)

// Scored is what scoring a plain table took.
type Scored struct {
	Rows         int     `json:"rows"`
	SecondsRead  float64 `json:"seconds_read"`
	SecondsScore float64 `json:"seconds_score"`
	Engine       string  `json:"engine"`
	SecondsWrite float64 `json:"seconds_write"`
	Out          string  `json:"output"`
}

// Tell says it to people.
func (s *Scored) Tell(w io.Writer) {
	tell(w, "rows", s.Rows, "engine", s.Engine, "seconds", s.SecondsScore, "wrote", s.Out)
}

// ScoreTable scores every row of a plain table with a LightGBM model.
func (j *Job) ScoreTable(o ModelTable) (*Scored, error) {
	m, t, columns, err := o.open()
	if err != nil {
		return nil, err
	}
	if o.Engine == "leaves" {
		m = m.WithLeaves()
	}
	start := time.Now()
	scores, err := m.Raw(columns, t.rows, j.Threads)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.Model, err)
	}
	if !o.Raw {
		scores = m.Probability(scores)
	}
	done := &Scored{Rows: t.rows, SecondsRead: t.seconds, SecondsScore: time.Since(start).Seconds(), Engine: m.Engine(), Out: o.Out}
	done.SecondsWrite, err = t.write(o.Out, table.Floats("score", scores).Says("", "the model's score", "la puntuación del modelo"))
	return done, err
}

// ExplainTable says what each feature contributed to each row's raw score.
func (j *Job) ExplainTable(o ModelTable) (*Scored, error) {
	m, t, columns, err := o.open()
	if err != nil {
		return nil, err
	}
	start := time.Now()
	contributions, bias, err := predict.Explain(m, columns, t.rows, j.Threads)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.Model, err)
	}
	done := &Scored{Rows: t.rows, SecondsRead: t.seconds, SecondsScore: time.Since(start).Seconds(), Engine: "treeshap", Out: o.Out}
	var out []*table.Column
	for i, name := range m.Features() {
		out = append(out, table.Floats(name, contributions[i]))
	}
	done.SecondsWrite, err = t.write(o.Out, append(out, table.Floats("bias", bias))...)
	return done, err
}

// open reads the model, the table, and the columns that the model asks for.
func (o ModelTable) open() (*predict.Model, *plainTable, [][]float64, error) {
	text, err := os.ReadFile(o.Model)
	if err != nil {
		return nil, nil, nil, mark(ErrConfig, err)
	}
	m, err := predict.Load(text)
	if err != nil {
		return nil, nil, nil, mark(ErrConfig, fmt.Errorf("%s: %w", o.Model, err))
	}
	t, err := o.read()
	if err != nil {
		return nil, nil, nil, err
	}
	columns, err := t.pick(m.Features())
	return m, t, columns, err
}
