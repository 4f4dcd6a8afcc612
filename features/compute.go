package features

import (
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"segmenta/table"
)

// A Snapshot is what was known about the customers as of one moment.
type Snapshot struct {
	AsOf      time.Time
	Customers []string     // in bytewise order: everyone who had bought, returned, done or been entered something before
	Table     *table.Table // one column for each definition, in their order

	places []place
}

// Compute answers every definition as of each moment, from one walk over each
// customer.
func (h *History) Compute(defs []Definition, moments []time.Time, threads int) ([]*Snapshot, error) {
	p, err := h.compile(defs)
	if err != nil {
		return nil, err
	}
	for _, g := range p.groups {
		for _, w := range g.windows {
			for _, at := range moments {
				w.from = append(w.from, before(at.In(h.zone), w.days))
			}
		}
	}
	r := h.results(p, moments)
	var next atomic.Int64
	var g errgroup.Group
	for range max(1, threads) {
		g.Go(func() error {
			var w walker
			for i := int(next.Add(1)) - 1; i < len(h.parts); i = int(next.Add(1)) - 1 {
				r.walk(h.parts[i], i, &w)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return r.snapshots(defs)
}

// results holds the answers while they are computed.
type results struct {
	h       *History
	p       *plan
	moments []time.Time
	all     []*Snapshot
	row     [][][]int32   // of each customer, by moment and part; −1 where not yet known
	values  [][][]float64 // by moment and column
}

// results lists who is known at each moment and makes room for their answers.
func (h *History) results(p *plan, moments []time.Time) *results {
	r := &results{h: h, p: p, moments: moments}
	for _, at := range moments {
		s := &Snapshot{AsOf: at}
		row := make([][]int32, len(h.parts))
		for i, part := range h.parts {
			row[i] = fill(len(part.ids), int32(-1))
		}
		for _, who := range h.order {
			part := h.parts[who.part]
			if part.seen[who.customer] <= at.UnixMicro() {
				row[who.part][who.customer] = int32(len(s.places))
				s.places = append(s.places, who)
				s.Customers = append(s.Customers, part.ids[who.customer])
			}
		}
		values := make([][]float64, len(p.columns))
		for c := range values {
			values[c] = make([]float64, len(s.places))
		}
		r.all, r.row, r.values = append(r.all, s), append(r.row, row), append(r.values, values)
	}
	return r
}

// walk answers everything for the customers of one part.
func (r *results) walk(part *part, i int, w *walker) {
	for k := range part.ids {
		rows := [2][]row{part.of(transactions, k), part.of(events, k)}
		if !part.late[k] {
			w.build(rows)
			for _, g := range r.p.groups {
				points := w.group(g)
				for m := range r.moments {
					r.answer(g, points, m, r.row[m][i][k], w)
				}
			}
			continue
		}
		for m, at := range r.moments {
			w.build(w.known(rows, at.UnixMicro()))
			for _, g := range r.p.groups {
				r.answer(g, w.group(g), m, r.row[m][i][k], w)
			}
		}
	}
}

func (r *results) answer(g *group, points []point, m int, row int32, w *walker) {
	if row < 0 {
		return
	}
	values := r.values[m]
	g.answer(points, m, r.moments[m].UnixMicro(), &w.s, func(column int, v float64) { values[column][row] = v })
}

// snapshots derives what is derived and lays the answers out.
func (r *results) snapshots(defs []Definition) ([]*Snapshot, error) {
	for m, s := range r.all {
		for _, d := range r.p.derived {
			d.fill(r.values[m])
		}
		s.Table = &table.Table{}
		for i := range defs {
			d := &defs[i]
			s.Table.Add(r.column(d, r.values[m][r.p.columns[d.Name]]))
		}
		r.values[m] = nil
	}
	return r.all, nil
}

// column dresses one feature's values.
func (r *results) column(d *Definition, values []float64) *table.Column {
	if d.Text() {
		words := r.h.category.list
		if d.Field == "channel" {
			words = r.h.channel.list
		}
		return texts(d.Name, values, words).Says(d.Unit, d.En, d.Es)
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

// fill computes one derived feature for all rows.
func (d derivation) fill(values [][]float64) {
	of, to, out := values[d.of], values[d.to], values[d.column]
	pool := nan
	if d.d.Measure == "shrunk" {
		pool = pooled(of, to)
	}
	for i := range out {
		out[i] = d.one(of[i], to[i], pool)
	}
}

func (d derivation) one(of, to, pool float64) float64 {
	switch d.d.Measure {
	case "shrunk":
		return (of + d.d.Weight*pool) / positive(to+d.d.Weight)
	case "difference":
		return of - to
	case "ratio":
		return of / positive(to)
	case "change":
		recent := of / float64(d.d.of.days)
		earlier := (to - of) / float64(d.d.to.days-d.d.of.days)
		return max(-1, min((recent-earlier)/positive(recent+earlier), 1))
	}
	panic(fmt.Sprintf("measure %s is not derived", d.d.Measure))
}

// pooled is the rate of everybody taken together.
func pooled(of, to []float64) float64 {
	above, below := 0.0, 0.0
	for i := range of {
		if of[i] == of[i] && to[i] == to[i] {
			above, below = above+of[i], below+to[i]
		}
	}
	return above / positive(below)
}
