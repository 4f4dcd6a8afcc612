package pipeline

import (
	"fmt"
	"io"
	"strings"
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
	Kernel       string  `json:"kernel,omitempty"`     // the instructions of a compiled model
	Uncompiled   string  `json:"uncompiled,omitempty"` // why leaves does the scoring
	SecondsWrite float64 `json:"seconds_write"`
	Out          string  `json:"output"`
}

// Tell says it to people.
func (s *Scored) Tell(w io.Writer) {
	tell(w, "rows", s.Rows, "engine", strings.TrimSpace(s.Engine+" "+s.Kernel), "seconds", s.SecondsScore)
	if s.Uncompiled != "" {
		tell(w, "not compiled", s.Uncompiled)
	}
	tell(w, "wrote", s.Out)
}

// ScoreTable scores every row of a plain table with a model: a column for each of its
// classes, where it has several.
func (j *Job) ScoreTable(o ModelTable) (*Scored, error) {
	m, t, columns, err := o.open()
	if err != nil {
		return nil, err
	}
	if o.Engine == "leaves" {
		m = m.WithLeaves()
	}
	start := time.Now()
	scores, err := m.RawClasses(columns, t.rows, j.Threads)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.Model, err)
	}
	if !o.Raw {
		scores = m.Probabilities(scores)
	}
	done := &Scored{Rows: t.rows, SecondsRead: t.seconds, SecondsScore: time.Since(start).Seconds(), Engine: m.Engine(), Kernel: m.Kernel(), Out: o.Out}
	if why := m.Uncompiled(); why != nil {
		done.Uncompiled = why.Error()
	}
	var out []*table.Column
	for c, s := range scores {
		out = append(out, table.Floats(classed("score", c, len(scores)), s).Says("", "the model's score", "la puntuación del modelo"))
	}
	done.SecondsWrite, err = t.write(o.Out, out...)
	return done, err
}

// classed tells the columns of classes apart.
func classed(name string, class, classes int) string {
	if classes == 1 {
		return name
	}
	return fmt.Sprintf("%s_%d", name, class)
}

// ExplainTable says what each feature contributed to each row's raw score, or to that
// of each class.
func (j *Job) ExplainTable(o ModelTable) (*Scored, error) {
	m, t, columns, err := o.open()
	if err != nil {
		return nil, err
	}
	start := time.Now()
	var out []*table.Column
	for c := range m.Classes() {
		contributions, bias, err := predict.ExplainClass(m, c, columns, t.rows, j.Threads)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", o.Model, err)
		}
		for i, name := range m.Features() {
			out = append(out, table.Floats(classed(name, c, m.Classes()), contributions[i]))
		}
		out = append(out, table.Floats(classed("bias", c, m.Classes()), bias))
	}
	done := &Scored{Rows: t.rows, SecondsRead: t.seconds, SecondsScore: time.Since(start).Seconds(), Engine: "treeshap", Out: o.Out}
	done.SecondsWrite, err = t.write(o.Out, out...)
	return done, err
}

// open reads the model, the table, and the columns that the model asks for.
func (o ModelTable) open() (*predict.Model, *plainTable, [][]float64, error) {
	if o.Engine != "" && o.Engine != "auto" && o.Engine != "leaves" {
		return nil, nil, nil, mark(ErrConfig, fmt.Errorf("--engine %s: it is auto or leaves", o.Engine))
	}
	text, err := readModel(o.Model)
	if err != nil {
		return nil, nil, nil, err
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
