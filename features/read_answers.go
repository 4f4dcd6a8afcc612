package features

import "segmenta/table"

// A reader of answers reuses its memory.
type answerReader struct {
	*answers
	buf   []byte
	codes []int32
	spare lender[float64] // what columns are read into, one within another
}

// column brings one column into the order of a lineup, as codes where it may be.
func (a *answerReader) column(l *lineup, m int, c *column) (*table.Column, error) {
	if a.codable(c) {
		if k, ok := a.coding(l, m, c); ok {
			return a.coded(l, m, c, k)
		}
	}
	values := table.Room(len(l.at))
	if err := a.fill(values, l, m, c); err != nil {
		return nil, err
	}
	return table.Floats("", values), nil
}

// fill brings one column into the order of a lineup.
func (a *answerReader) fill(to []float64, l *lineup, m int, c *column) error {
	plain := a.borrow(len(to))
	defer a.giveBack(1)
	if err := a.read(plain, &l.spans, m, c); err != nil {
		return err
	}
	for i, at := range l.at {
		to[i] = plain[at]
	}
	return nil
}

// borrow is room for n numbers, until it is given back.
func (a *answerReader) borrow(n int) []float64 { return a.spare.lend(n) }

// giveBack gives back what was borrowed last.
func (a *answerReader) giveBack(slices int) { a.spare.lent -= slices }

// read unpacks or derives the stretches of a column, one part's after another's.
func (a *answerReader) read(to []float64, of *[parts]span, m int, c *column) error {
	switch {
	case c.among != nil:
		return a.choose(to, of, m, c)
	case c.of != nil:
		return a.derive(to, of, m, c)
	}
	for i, s := range of {
		if s.n == 0 {
			continue
		}
		rows, how, err := a.packed(i, m, s, c)
		if err != nil {
			return err
		}
		how.floats(to[:s.n], rows)
		to = to[s.n:]
	}
	return nil
}

func (a *answerReader) derive(to []float64, of *[parts]span, m int, c *column) error {
	below := a.borrow(len(to))
	defer a.giveBack(1)
	if err := a.read(to, of, m, c.of); err != nil {
		return err
	}
	if err := a.read(below, of, m, c.to); err != nil {
		return err
	}
	pool := nan
	if c.pool != nil {
		pool = c.pool[m]
	}
	c.d.derive(to, below, pool)
	return nil
}

// packed is a stretch of a column that the walk filled, and how it is packed.
func (a *answerReader) packed(part, m int, s span, c *column) (rows []byte, how *packing, err error) {
	f := &a.found[part][m]
	how = &f.columns[c.base]
	rows, err = a.h.store.read(&f.blob, f.at[c.base]+s.from*how.width, s.n*how.width, a.buf)
	if err == nil && f.data == nil {
		a.buf = rows
	}
	return rows, how, err
}
