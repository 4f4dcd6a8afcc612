package features

import (
	"golang.org/x/sync/errgroup"

	"segmenta/table"
)

// A span is a stretch of a part's answers.
type span struct{ from, n int }

// A lineup is customers in bytewise order of their ids: which part each one's
// answers are in, and what stretch of every part's answers they make up.
type lineup struct {
	part  []uint16
	spans [parts]span
	who   []place
}

// lineup lists everyone who was known at a moment.
func (a *answers) lineup(m int) *lineup {
	l := &lineup{}
	for _, at := range a.h.order {
		f, s := &a.found[at.part][m], &l.spans[at.part]
		if s.n < len(f.who) && f.who[s.n] == at.customer {
			s.n++
			l.part = append(l.part, uint16(at.part))
			l.who = append(l.who, place{at.part, a.h.parts[at.part].byID[at.customer]})
		}
	}
	return l
}

// fill brings one column into the order of a lineup.
func (a *answers) fill(to []float64, l *lineup, m int, c *column) {
	var next [parts][]float64
	for i := range next {
		if l.spans[i].n > 0 {
			next[i] = a.read(i, m, l.spans[i], c)
		}
	}
	for i, part := range l.part {
		to[i] = next[part][0]
		next[part] = next[part][1:]
	}
}

// read unpacks or derives a stretch of a column.
func (a *answers) read(part, m int, s span, c *column) []float64 {
	out := make([]float64, s.n)
	if c.among != nil {
		a.choose(out, part, m, s, c)
		return out
	}
	if c.of == nil {
		a.found[part][m].columns[c.base].read(out, s.from)
		return out
	}
	of, to := a.read(part, m, s, c.of), a.read(part, m, s, c.to)
	pool := nan
	if c.pool != nil {
		pool = c.pool[m]
	}
	for i := range out {
		out[i] = c.d.derive(of[i], to[i], pool)
	}
	return out
}

// pool works out everybody's rates, which some features are drawn towards.
func (a *answers) pool() {
	for _, c := range a.p.derived {
		if c.d.Measure != "shrunk" {
			continue
		}
		for m := range a.moments {
			c.pool = append(c.pool, a.rate(m, c))
		}
	}
}

// rate is everybody taken together: what is above the line over what is below. The
// sums are exact, so that they don't depend on who comes first.
func (a *answers) rate(m int, c *column) float64 {
	var above, below exact
	for i := range a.found {
		s := span{0, len(a.found[i][m].who)}
		of, to := a.read(i, m, s, c.of), a.read(i, m, s, c.to)
		for k := range of {
			if of[k] == of[k] && to[k] == to[k] {
				above.add(of[k])
				below.add(to[k])
			}
		}
	}
	return above.value() / positive(below.value())
}

// columns lists the plain columns from the one at base on.
func plainColumns(from, n int) []*column {
	all := make([]*column, n)
	for i := range all {
		all[i] = &column{base: from + i}
	}
	return all
}

// gather fills columns, several at a time.
func (a *answers) gather(l *lineup, m int, columns []*column) [][]float64 {
	out := make([][]float64, len(columns))
	var g errgroup.Group
	g.SetLimit(max(1, a.Threads))
	for i, c := range columns {
		g.Go(func() error {
			out[i] = make([]float64, len(l.part))
			a.fill(out[i], l, m, c)
			return nil
		})
	}
	g.Wait()
	return out
}

// snapshot lays the answers of one moment out.
func (a *answers) snapshot(m int) *Snapshot {
	l := a.lineup(m)
	s := &Snapshot{AsOf: a.Moments[m], Customers: make([]string, len(l.who)), places: l.who, Table: &table.Table{}}
	for i, at := range l.who {
		s.Customers[i] = a.h.parts[at.part].ids.name(int(at.customer))
	}
	joined := a.h.joined(a.Definitions, s)
	var columns []*column
	for i := range a.Definitions {
		if joined[a.Definitions[i].Name] == nil {
			columns = append(columns, a.p.columns[a.Definitions[i].Name])
		}
	}
	values := a.gather(l, m, columns)
	for i := range a.Definitions {
		c := joined[a.Definitions[i].Name]
		if c == nil {
			c, values = a.dress(&a.Definitions[i], values[0]), values[1:]
		}
		s.Table.Add(c)
	}
	rest := a.gather(l, m, plainColumns(a.p.base, a.width-a.p.base))
	if a.Summaries {
		s.summaries, rest = rest[:summaryColumns], rest[summaryColumns:]
	}
	for i, t := range a.Targets {
		s.outcomes = append(s.outcomes, outcome{t, rest[outcomeColumns*i], rest[outcomeColumns*i+1]})
	}
	return s
}

// dress makes a column of one feature's values.
func (a *answers) dress(d *Definition, values []float64) *table.Column {
	if d.Measure == "best" {
		return texts(d.Name, values, d.names()).Says(d.Unit, d.En, d.Es)
	}
	if d.Text() {
		return texts(d.Name, values, a.h.words[fieldAt(a.h.extras.field(d.Field, wordField))].list).Says(d.Unit, d.En, d.Es)
	}
	return table.Floats(d.Name, values).Says(d.Unit, d.En, d.Es)
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
