package features

import (
	"fmt"
	"slices"
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

// A heard column is one that a worker filled. It may be more than was asked for: a
// checksum is over all of them.
type heard struct {
	*table.Column
	place   int       // among what was asked for, −1 for what wasn't
	words   []string  // of a column of words, by code
	numbers []float64 // and as rows that are read here carry them
}

// take takes in one block of answers.
func (r *hearer) take(t *table.Table) error {
	id, moment, known, check := t.Column("customer_id"), t.Column("moment"), t.Column("known"), t.Column("checksum")
	columns, err := r.columns(t)
	if err != nil {
		return err
	}
	values := make([]float64, len(r.work.found()))
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
		for i := range columns {
			var v float64
			if v, sum = columns[i].at(row, sum); columns[i].place >= 0 {
				values[columns[i].place] = v
			}
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

// at is the value in a row, and the checksum with it.
func (c *heard) at(row int, sum uint64) (float64, uint64) {
	switch {
	case c.Kind == table.String && c.IsNull(row):
		return nan, sumWord(sum, "")
	case c.Kind == table.String:
		k := c.Codes[row]
		return c.numbers[k], sumWord(sum, c.words[k])
	case c.IsNull(row) || c.Floats[row] != c.Floats[row]:
		return nan, sumNumber(sum, nan)
	}
	return c.Floats[row], sumNumber(sum, c.Floats[row])
}

// columns finds what workers filled, in their order.
func (r *hearer) columns(t *table.Table) (all []heard, err error) {
	asked := map[string]int{}
	for i, c := range r.work.found() {
		asked[c.Name] = i
	}
	for _, c := range t.Columns {
		if slices.Contains([]string{"customer_id", "moment", "known", "note", "checksum"}, c.Name) {
			continue
		}
		one := heard{Column: c, place: -1}
		if k, ok := asked[c.Name]; ok {
			one.place = k
			delete(asked, c.Name)
		}
		if err := r.words(&one); err != nil {
			return nil, err
		}
		if one.place >= 0 && r.work.found()[one.place].Kind != c.Kind {
			return nil, fmt.Errorf("no answer of a worker: column %s holds %s", c.Name, c.Kind)
		}
		all = append(all, one)
	}
	for name := range asked {
		return nil, fmt.Errorf("no answer of a worker to this question: column %s is missing", name)
	}
	return all, nil
}

// words reads a column's words, and numbers them as rows that are read here carry them.
func (r *hearer) words(c *heard) error {
	c.words, c.numbers = make([]string, len(c.Dict)), make([]float64, len(c.Dict))
	for k, text := range c.Dict {
		c.numbers[k] = nan
		if text == nothingThere {
			continue
		}
		word, err := unescape(text)
		if err != nil {
			return err
		}
		if c.words[k] = word; word != "" && c.place >= 0 {
			c.numbers[k] = float64(r.h.words[r.work.wordField(c.place)].number(word))
		}
	}
	return nil
}

// wordField is the field of which a column of answers holds words.
func (w *Work) wordField(column int) int {
	if w.Task == "held" {
		return fieldAt(w.Field)
	}
	return fieldAt(w.Columns[column].Field)
}
