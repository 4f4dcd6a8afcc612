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
	asked     int // rows before some were left out for there being too many
}

// sampling is how finely customers are dealt out where a share of them is taken.
const sampling = 1 << 20

// add appends the customers of a design whose outcome is known, or a sample of them:
// those whose hash is below share.
func (e *examples) add(d *design, label []float64, share float64) {
	if e.columns == nil {
		e.names, e.columns = d.names, make([][]float64, len(d.names))
	}
	var at []int
	for i, y := range label {
		if math.IsNaN(y) {
			continue
		}
		e.asked++
		if share >= 1 || float64(features.Group(d.snapshot.Customers[i], sampling)) < share*sampling {
			at = append(at, i)
		}
	}
	for _, i := range at {
		e.label = append(e.label, label[i])
		e.start = append(e.start, d.start[i])
		e.customers = append(e.customers, d.snapshot.Customers[i])
	}
	for c, column := range d.columns {
		more := make([]float64, len(at))
		for k, i := range at {
			more[k] = column[i]
		}
		if len(e.columns[c]) == 0 {
			e.columns[c] = more
		} else {
			e.columns[c] = append(e.columns[c], more...)
		}
	}
}

// without leaves out some columns.
func (e *examples) without(names map[string]bool) {
	var kept []string
	var columns [][]float64
	for c, n := range e.names {
		if !names[n] {
			kept, columns = append(kept, n), append(columns, e.columns[c])
		}
	}
	e.names, e.columns = kept, columns
}

// joined are the rows of several examples with the same columns.
func joined(list []*examples) *examples {
	all := &examples{}
	for _, e := range list {
		if all.columns == nil {
			all.names, all.columns = e.names, make([][]float64, len(e.columns))
		}
		all.asked += e.asked
		all.label = append(all.label, e.label...)
		all.start = append(all.start, e.start...)
		all.customers = append(all.customers, e.customers...)
	}
	for c := range all.columns {
		all.columns[c] = make([]float64, 0, len(all.label))
		for _, e := range list {
			all.columns[c] = append(all.columns[c], e.columns[c]...)
		}
	}
	return all
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

// rarer counts the rows with the rarer outcome.
func (e *examples) rarer() int { return min(e.positives(), e.rows()-e.positives()) }

// where returns the rows that keep says yes to.
func (e *examples) where(keep func(i int) bool) *examples {
	var at []int
	for i := range e.label {
		if keep(i) {
			at = append(at, i)
		}
	}
	some := &examples{names: e.names, columns: make([][]float64, len(e.columns)), label: rowsAt(e.label, at), start: rowsAt(e.start, at),
		customers: rowsAt(e.customers, at), asked: len(at)}
	for c := range e.columns {
		some.columns[c] = rowsAt(e.columns[c], at)
	}
	return some
}

func rowsAt[T any](values []T, at []int) []T {
	out := make([]T, len(at))
	for k, i := range at {
		out[k] = values[i]
	}
	return out
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

// filled is where the scores begin for each row.
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
		if isNumber(c) {
			names, columns = append(names, c.Name), append(columns, numbersOf(c))
		}
	}
	return names, columns
}

func isNumber(c *table.Column) bool { return c.Kind != table.String && c.Kind != table.Time }

// numbersOf is a column's numbers, NaN where it is null.
func numbersOf(c *table.Column) []float64 {
	values := make([]float64, c.Len())
	for i := range values {
		values[i] = c.Number(i)
	}
	return values
}
