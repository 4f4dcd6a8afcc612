package pipeline

import (
	"math"

	"segmenta/features"
	"segmenta/predict/gbdt"
	"segmenta/table"
)

// Examples are rows to learn from: what a model sees of a customer at a moment, and
// what followed.
type examples struct {
	names     []string
	columns   [][]float64
	start     []float64
	label     []float64
	customers []string
}

// add appends the customers of a design whose outcome is known.
func (e *examples) add(d *design, label []float64) {
	if e.columns == nil {
		e.names, e.columns = d.names, make([][]float64, len(d.names))
	}
	for i, y := range label {
		if math.IsNaN(y) {
			continue
		}
		e.label = append(e.label, y)
		e.start = append(e.start, d.start[i])
		e.customers = append(e.customers, d.snapshot.Customers[i])
		for c := range d.columns {
			e.columns[c] = append(e.columns[c], d.columns[c][i])
		}
	}
}

func (e *examples) rows() int { return len(e.label) }

// positives counts the rows in which the outcome came.
func (e *examples) positives() (n int) {
	for _, y := range e.label {
		if y == 1 {
			n++
		}
	}
	return n
}

// where returns the rows that keep says yes to.
func (e *examples) where(keep func(i int) bool) *examples {
	some := &examples{names: e.names, columns: make([][]float64, len(e.columns))}
	for i := range e.label {
		if !keep(i) {
			continue
		}
		some.label = append(some.label, e.label[i])
		some.start = append(some.start, e.start[i])
		some.customers = append(some.customers, e.customers[i])
		for c := range e.columns {
			some.columns[c] = append(some.columns[c], e.columns[c][i])
		}
	}
	return some
}

// unstarted is the log-odds of the outcome among rows of which no rhythm is known,
// such as prospects; among all rows where there are none of those.
func (e *examples) unstarted() float64 {
	var n, positive float64
	for i, y := range e.label {
		if math.IsNaN(e.start[i]) {
			n++
			positive += y
		}
	}
	if n == 0 {
		n, positive = float64(e.rows()), float64(e.positives())
	}
	return logit((positive + 0.5) / (n + 1))
}

// filled is where the trees begin for each row.
func filled(start []float64, unstarted float64) []float64 {
	out := make([]float64, len(start))
	for i, z := range start {
		out[i] = z
		if math.IsNaN(z) {
			out[i] = unstarted
		}
	}
	return out
}

// folds is how many groups of customers take turns at being left out.
const folds = 3

// fold puts a customer into one of the folds, always the same one.
func fold(customer string) int { return features.Group(customer, folds) }

func (e *examples) data(unstarted float64) *gbdt.Data {
	return &gbdt.Data{Names: e.names, Columns: e.columns, Label: e.label, Init: filled(e.start, unstarted)}
}

// numbers picks the columns that hold numbers.
func numbers(t *table.Table) (names []string, columns [][]float64) {
	for _, c := range t.Columns {
		if c.Kind == table.String || c.Kind == table.Time {
			continue
		}
		values := make([]float64, c.Len())
		for i := range values {
			values[i] = c.Number(i)
		}
		names = append(names, c.Name)
		columns = append(columns, values)
	}
	return names, columns
}
