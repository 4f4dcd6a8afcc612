package features

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"time"

	"segmenta/table"
)

// A Snapshot is the features of everyone who was known before a moment: by a purchase,
// an event, or a row of the customer table that was created before it.
type Snapshot struct {
	AsOf      time.Time
	Customers []string // sorted
	Table     *table.Table

	members []int32 // among the history's customers
	columns [][]float64
}

// Compute answers the definitions, which Available has passed, as of each moment.
func (h *History) Compute(definitions []Definition, moments []time.Time, workers int) ([]*Snapshot, error) {
	p, err := h.plan(definitions)
	if err != nil {
		return nil, err
	}
	snapshots := make([]*Snapshot, len(moments))
	place := make([][]int32, len(moments)) // of each customer in the snapshot, or -1
	for m, at := range moments {
		snapshots[m] = h.members(at, len(definitions))
		place[m] = slices.Repeat([]int32{-1}, len(h.customers))
		for i, c := range snapshots[m].members {
			place[m][c] = int32(i)
		}
	}
	each(len(h.customers), threads(workers), func(from, to int) {
		w := &walker{h: h, plan: p}
		for c := from; c < to; c++ {
			for m, at := range moments {
				if i := place[m][c]; i >= 0 {
					w.walk(c, at, snapshots[m].columns, int(i))
				}
			}
		}
	})
	for _, s := range snapshots {
		s.derive(definitions)
		s.finish(definitions, h)
	}
	return snapshots, nil
}

// members lists who was known before a moment.
func (h *History) members(at time.Time, width int) *Snapshot {
	s := &Snapshot{AsOf: at.In(h.clock.zone)}
	t := at.UnixMicro()
	known := func(rows []row) bool {
		for i := range rows {
			if rows[i].at >= t {
				return false
			}
			if rows[i].known <= t {
				return true
			}
		}
		return false
	}
	for c := range h.customers {
		if h.created[c] < t || known(h.lines[c]) || known(h.events[c]) {
			s.members = append(s.members, int32(c))
			s.Customers = append(s.Customers, h.customers[c])
		}
	}
	s.columns = make([][]float64, width)
	for k := range s.columns {
		s.columns[k] = make([]float64, len(s.members))
	}
	return s
}

// A plan is what to look up for each definition, worked out once.
type plan struct {
	steps []step
}

// A step answers one definition.
type step struct {
	skip   bool // derived: made of the others later
	source int
	kinds  map[int32]bool // nil: events of all types
	window int
	value  func(r *row) float64
	code   int // field of the word, or -1
	of     func(s span) float64
}

// The sources of a definition.
const (
	purchases = iota
	lines
	returns
	events
)

func (h *History) plan(definitions []Definition) (*plan, error) {
	p := new(plan)
	for _, d := range definitions {
		if d.How != "" {
			p.steps = append(p.steps, step{skip: true})
			continue
		}
		m, ok := measures[d.Measure]
		if !ok {
			return nil, fmt.Errorf("%s: unknown measure %q", d.Name, d.Measure)
		}
		s := step{source: slices.Index(sources, d.Source), window: d.Window, of: m.of, code: -1, value: values[d.Value]}
		if f, word := codeFields[d.Value]; word {
			s.code = f
		}
		if s.of == nil {
			s.of = modeNumber // of codes, which finish makes words
		}
		if len(d.Types) > 0 {
			s.kinds = make(map[int32]bool)
			for _, k := range h.kinds(d.Types) {
				s.kinds[k] = true
			}
		}
		p.steps = append(p.steps, s)
	}
	return p, nil
}

// values read a number of a row.
var values = map[string]func(r *row) float64{
	"amount": func(r *row) float64 { return r.amount },
	"quantity": func(r *row) float64 {
		if math.IsNaN(r.quantity) {
			return 1
		}
		return r.quantity
	},
	"discount":   func(r *row) float64 { return math.Abs(r.discount) },
	"cost":       func(r *row) float64 { return r.cost },
	"value":      func(r *row) float64 { return r.value },
	"margin":     func(r *row) float64 { return r.amount - r.cost },
	"hour":       func(r *row) float64 { return float64(hourOf(r.wall)) },
	"weekday":    func(r *row) float64 { return float64(weekdayOf(r.wall)) + 1 },
	"weekend":    func(r *row) float64 { return yes(weekdayOf(r.wall) >= 5) },
	"night":      func(r *row) float64 { return yes(hourOf(r.wall) < 6 || hourOf(r.wall) >= 22) },
	"discounted": func(r *row) float64 { return yes(r.discount != 0 && !math.IsNaN(r.discount)) },
}

func yes(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// A walker computes one customer at a time, and keeps its memory between them.
type walker struct {
	h      *History
	plan   *plan
	of     [4][]row // the customer's rows by source, before the moment
	seen   []seen
	orders []row
}

// walk answers every step for customer c as of a moment, into row i of the columns.
func (w *walker) walk(c int, at time.Time, columns [][]float64, i int) {
	t := at.UnixMicro()
	w.split(c, t)
	wall := w.h.clock.wall(t)
	for k := range w.plan.steps {
		s := &w.plan.steps[k]
		if s.skip {
			continue
		}
		rows := w.of[s.source]
		if s.window > 0 {
			from := at.AddDate(0, 0, -s.window).UnixMicro()
			rows = rows[sort.Search(len(rows), func(i int) bool { return rows[i].at >= from }):]
		}
		columns[k][i] = s.of(span{w.look(s, rows), wall})
	}
}

// look keeps what a step measures of the rows.
func (w *walker) look(s *step, rows []row) []seen {
	w.seen = w.seen[:0]
	for i := range rows {
		r := &rows[i]
		if s.kinds != nil && !s.kinds[r.code[kind]] {
			continue
		}
		x := seen{wall: r.wall, value: missing, code: -1}
		if s.code >= 0 {
			x.code = r.code[s.code]
		} else if s.value != nil {
			x.value = s.value(r)
		}
		w.seen = append(w.seen, x)
	}
	return w.seen
}

// split parts a customer's rows before t into purchases (whole orders), lines, returns
// and events.
func (w *walker) split(c int, t int64) {
	before := func(rows []row) []row {
		rows = rows[:sort.Search(len(rows), func(i int) bool { return rows[i].at >= t })]
		if !w.h.late {
			return rows
		}
		var known []row
		for _, r := range rows {
			if r.known <= t {
				known = append(known, r)
			}
		}
		return known
	}
	w.of[events] = before(w.h.events[c])
	w.of[lines], w.of[returns] = w.of[lines][:0], w.of[returns][:0]
	for _, r := range before(w.h.lines[c]) {
		if r.amount < 0 {
			r.amount = -r.amount
			w.of[returns] = append(w.of[returns], r)
		} else {
			w.of[lines] = append(w.of[lines], r)
		}
	}
	w.orders = ordersOf(w.orders[:0], w.of[lines])
	w.of[purchases] = w.orders
}

// ordersOf adds up the lines of each order: those of one time and one order number.
func ordersOf(orders, lines []row) []row {
	for i := range lines {
		r := lines[i]
		if math.IsNaN(r.quantity) {
			r.quantity = 1
		}
		if n := len(orders) - 1; n >= 0 && orders[n].at == r.at && orders[n].code[order] == r.code[order] {
			o := &orders[n]
			o.amount += r.amount
			o.quantity += r.quantity
			o.discount = plus(o.discount, r.discount)
			o.cost = plus(o.cost, r.cost)
			continue
		}
		orders = append(orders, r)
	}
	return orders
}

// plus adds up what is known.
func plus(a, b float64) float64 {
	switch {
	case math.IsNaN(a):
		return b
	case math.IsNaN(b):
		return a
	}
	return a + b
}
