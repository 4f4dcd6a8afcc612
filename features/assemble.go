package features

import (
	"cmp"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"segmenta/table"
)

// A span is a stretch of a part's answers.
type span struct{ from, n int }

// A lineup is customers in bytewise order of their ids: where each one's answers are, what
// stretch of every part's answers they make up, and where in those stretches, one part
// after another, each customer stands.
type lineup struct {
	who   []place
	spans [parts]span
	at    []int32
}

// lineups lists everyone who was known at a moment, in stretches of so many.
func (a *answers) lineups(m, rows int, say func(*lineup) error) error {
	l := newLineup(min(rows, len(a.h.order)))
	for _, at := range a.h.order {
		if !a.found[at.part][m].has(at.customer) {
			continue
		}
		if len(l.who) == rows {
			next := newLineup(rows)
			for i, s := range l.spans {
				next.spans[i].from = s.from + s.n
			}
			if err := say(l.seated()); err != nil {
				return err
			}
			l = next
		}
		l.at = append(l.at, int32(l.spans[at.part].n))
		l.spans[at.part].n++
		l.who = append(l.who, place{at.part, a.h.parts[at.part].byID[at.customer]})
	}
	return say(l.seated())
}

func newLineup(rows int) *lineup {
	return &lineup{who: make([]place, 0, rows), at: make([]int32, 0, rows)}
}

// seated counts customers from the first part on, who were counted by part.
func (l *lineup) seated() *lineup {
	var first [parts]int32
	for i := range parts - 1 {
		first[i+1] = first[i] + int32(l.spans[i].n)
	}
	for i, at := range l.who {
		l.at[i] += first[at.part]
	}
	return l
}

// pool works out everybody's rates, which some features are drawn towards.
func (a *answers) pool() error {
	for _, c := range a.p.derived {
		if c.d.Measure != "shrunk" {
			continue
		}
		rates := make([]float64, len(a.moments))
		var g errgroup.Group
		g.SetLimit(max(1, a.Threads))
		for m := range rates {
			g.Go(func() (err error) {
				rates[m], err = a.rate(m, c)
				return err
			})
		}
		if err := g.Wait(); err != nil {
			return err
		}
		c.pool = rates
	}
	return nil
}

// rate is everybody taken together: what is above the line over what is below. The
// sums are exact, so that they don't depend on who comes first.
func (a *answers) rate(m int, c *column) (float64, error) {
	var above, below exact
	var everyone [parts]span
	n := 0
	for i := range a.found {
		everyone[i].n = a.found[i][m].n
		n += everyone[i].n
	}
	of, to := make([]float64, n), make([]float64, n)
	r := answerReader{answers: a}
	if err := cmp.Or(r.read(of, &everyone, m, c.of), r.read(to, &everyone, m, c.to)); err != nil {
		return 0, err
	}
	for k := range of {
		if of[k] == of[k] && to[k] == to[k] {
			above.add(of[k])
			below.add(to[k])
		}
	}
	return above.value() / positive(below.value()), nil
}

// columns lists the plain columns from the one at base on.
func plainColumns(from, n int) []*column {
	all := make([]*column, n)
	for i := range all {
		all[i] = &column{base: from + i}
	}
	return all
}

// gather brings columns into the order of a lineup, several at a time.
func (a *answers) gather(l *lineup, m int, columns []*column) ([]*table.Column, error) {
	out := make([]*table.Column, len(columns))
	var next atomic.Int64
	var g errgroup.Group
	for range max(1, a.Threads) {
		g.Go(func() (err error) {
			r := answerReader{answers: a}
			for i := int(next.Add(1)) - 1; i < len(columns); i = int(next.Add(1)) - 1 {
				if out[i], err = r.column(l, m, columns[i]); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return out, g.Wait()
}

// snapshot lays the answers about some customers as of one moment out.
func (a *answers) snapshot(m int, l *lineup) (*Snapshot, error) {
	s := &Snapshot{AsOf: a.Moments[m], Customers: make([]string, len(l.who)), places: l.who, Table: &table.Table{}}
	for i, at := range l.who {
		s.Customers[i] = a.h.parts[at.part].names[at.customer]
	}
	joined := a.h.joined(a.Definitions, s)
	var columns []*column
	for i := range a.Definitions {
		if joined[a.Definitions[i].Name] == nil {
			columns = append(columns, a.p.columns[a.Definitions[i].Name])
		}
	}
	values, err := a.gather(l, m, columns)
	if err != nil {
		return nil, err
	}
	for i := range a.Definitions {
		c := joined[a.Definitions[i].Name]
		if c == nil {
			c, values = a.dress(&a.Definitions[i], values[0]), values[1:]
		}
		s.Table.Add(c)
	}
	rest, err := a.gather(l, m, plainColumns(a.p.base, a.width-a.p.base))
	if err != nil {
		return nil, err
	}
	if a.Summaries {
		for _, c := range rest[:summaryColumns] {
			s.summaries = append(s.summaries, c.Floats)
		}
		rest = rest[summaryColumns:]
	}
	for i, t := range a.Targets {
		s.outcomes = append(s.outcomes, outcome{t, rest[outcomeColumns*i].Floats, rest[outcomeColumns*i+1].Floats})
	}
	return s, nil
}

// dress makes a feature's column of its values.
func (a *answers) dress(d *Definition, c *table.Column) *table.Column {
	switch {
	case d.Measure == "best":
		c = texts(d.Name, c.Floats, d.names())
	case d.Text():
		c = texts(d.Name, c.Floats, a.h.words[fieldAt(a.h.extras.field(d.Field, wordField))].list)
	}
	c.Name = d.Name
	return c.Says(d.Unit, d.En, d.Es)
}

// texts turns the numbers of words, from 1 on, into a column. Its dictionary
// holds the words that occur and no others: the rest may be from the future.
func texts(name string, values []float64, words []string) *table.Column {
	all := make([]string, len(values))
	for i, v := range values {
		if v == v {
			all[i] = words[int(v)-1]
		}
	}
	return table.OptionalStrings(name, all)
}
