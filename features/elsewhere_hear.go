package features

import (
	"fmt"
	"time"

	"segmenta/table"
)

// A hearer reads answers: whose each is, of which moment, and what was found, words as
// numbers of the history's own.
type hearer struct {
	h    *History
	work *Work
	say  func(who string, moment int, known bool, values []float64) error
	came int64
}

// hear does work, hands its answers over, and holds them against the notes.
func (f *far) hear(h *History, w *Work, say func(who string, moment int, known bool, values []float64) error) ([]note, error) {
	r := &hearer{h: h, work: w, say: say}
	var notes []note
	err := f.read(w, func(t *table.Table) error {
		some, err := readNotes(t)
		if err != nil {
			return err
		}
		notes = append(notes, some...)
		return r.take(t)
	})
	if err != nil {
		return nil, err
	}
	var seen sum
	out := int64(0)
	for _, n := range notes {
		seen.plus(n.Sum)
		out += n.Out
	}
	if err := f.check(seen); err != nil {
		return nil, err
	}
	if out != r.came {
		return nil, fmt.Errorf("the workers wrote %d answers, and %d came", out, r.came)
	}
	return notes, nil
}

// take takes in one block of answers.
func (r *hearer) take(t *table.Table) error {
	id, moment, known, check := t.Column("customer_id"), t.Column("moment"), t.Column("known"), t.Column("checksum")
	columns, words, err := r.columns(t)
	if err != nil {
		return err
	}
	values := make([]float64, len(columns))
	for row := range t.Rows() {
		m := moment.Ints[row]
		if m == noteMoment {
			continue
		}
		who, err := unescape(id.Text(row))
		if err != nil {
			return err
		}
		if m < 0 || m >= int64(len(r.work.Moments)) {
			return fmt.Errorf("an answer about customer %s is of moment %d, and %d were asked for", who, m, len(r.work.Moments))
		}
		sum := startSum(who, int(m), known.Ints[row] == 1)
		for i, c := range columns {
			values[i] = nan
			switch {
			case words[i] != nil:
				if !c.IsNull(row) {
					values[i] = words[i][c.Codes[row]]
				}
				sum = sumWord(sum, r.word(i, values[i]))
				continue
			case !c.IsNull(row) && c.Floats[row] == c.Floats[row]:
				values[i] = c.Floats[row]
			}
			sum = sumNumber(sum, values[i])
		}
		if sum != uint64(check.Ints[row]) {
			return fmt.Errorf("the answer about customer %s as of %s arrived changed", who, time.UnixMicro(r.work.Moments[m]).UTC().Format(time.RFC3339))
		}
		if err := r.say(who, int(m), known.Ints[row] == 1, values); err != nil {
			return err
		}
		r.came++
	}
	return nil
}

// columns finds what a walk filled, and numbers the words of those that hold words.
func (r *hearer) columns(t *table.Table) (columns []*table.Column, words [][]float64, err error) {
	names := r.work.found()
	columns, words = make([]*table.Column, len(names)), make([][]float64, len(names))
	for i, c := range names {
		columns[i] = t.Column(c.Name)
		if columns[i] == nil || (columns[i].Kind == table.String) != (c.Kind == table.String) {
			return nil, nil, fmt.Errorf("no answer of a worker: column %s is missing, or no %s", c.Name, c.Kind)
		}
		if c.Kind == table.String {
			if words[i], err = r.words(columns[i], i); err != nil {
				return nil, nil, err
			}
		}
	}
	return columns, words, nil
}

// words numbers a column's words, as rows that are read here carry them.
func (r *hearer) words(c *table.Column, column int) ([]float64, error) {
	to := make([]float64, len(c.Dict))
	for k, text := range c.Dict {
		to[k] = nan
		if text == nothingThere {
			continue
		}
		word, err := unescape(text)
		if err != nil {
			return nil, err
		}
		if word != "" {
			to[k] = float64(r.h.words[r.work.wordField(column)].number(word))
		}
	}
	return to, nil
}

// word is the word that a number stands for in a column.
func (r *hearer) word(column int, number float64) string {
	if number != number {
		return ""
	}
	return r.h.words[r.work.wordField(column)].word(int32(number))
}

// wordField is the field of which a column of answers holds words.
func (w *Work) wordField(column int) int {
	if w.Task == "held" {
		return fieldAt(w.Field)
	}
	return fieldAt(w.Columns[column].Field)
}
