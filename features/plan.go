package features

import (
	"fmt"
	"slices"
	"strings"
)

// A plan is what Compute does for each customer: the definitions put together by
// what they read.
type plan struct {
	columns map[string]int // of every feature, asked for or read by another
	groups  []*group
	derived []derivation // in an order in which each reads what is there
}

// A group is the features that read the same points.
type group struct {
	source  string
	typed   bool
	types   []int32
	windows []*windowed
}

// windowed is the features of a group that share a window.
type windowed struct {
	days  int
	from  []int64 // where it starts, by moment
	cells []cell
}

// A cell is one feature and where it goes.
type cell struct {
	column int
	of     func(*view, *Definition) float64
	d      *Definition
}

type derivation struct {
	column, of, to int
	d              *Definition
}

// compile plans the definitions.
func (h *History) compile(defs []Definition) (*plan, error) {
	p := &plan{columns: map[string]int{}}
	groups := map[string]*group{}
	for i := range defs {
		if err := h.answerable(&defs[i]); err != nil {
			return nil, err
		}
		h.plan(p, groups, &defs[i])
	}
	return p, nil
}

// answerable reports a definition whose source or column is absent.
func (h *History) answerable(d *Definition) error {
	if derived[d.Measure] && (d.of == nil || d.to == nil) {
		return fmt.Errorf("%s: the definition is not from a catalogue", d.Name)
	}
	if derived[d.Measure] {
		if err := h.answerable(d.of); err != nil {
			return err
		}
		return h.answerable(d.to)
	}
	if en, _ := h.lacksColumn(d); en != "" {
		return fmt.Errorf("feature %s: %s", d.Name, en)
	}
	return nil
}

// plan finds a feature its column, planning first what it reads.
func (h *History) plan(p *plan, groups map[string]*group, d *Definition) int {
	if column, ok := p.columns[d.Name]; ok {
		return column
	}
	if derived[d.Measure] {
		step := derivation{of: h.plan(p, groups, d.of), to: h.plan(p, groups, d.to), d: d}
		step.column = len(p.columns)
		p.columns[d.Name] = step.column
		p.derived = append(p.derived, step)
		return step.column
	}
	column := len(p.columns)
	p.columns[d.Name] = column
	types := slices.Clone(d.Types)
	slices.Sort(types)
	key := d.Source + ":" + strings.Join(types, ",")
	g := groups[key]
	if g == nil {
		g = &group{source: d.Source, typed: len(types) > 0}
		for _, t := range types {
			if code, ok := h.kind.code[t]; ok {
				g.types = append(g.types, code)
			}
		}
		groups[key] = g
		p.groups = append(p.groups, g)
	}
	g.add(cell{column, measures[d.Measure].of, d})
	return column
}

func (g *group) add(c cell) {
	for _, w := range g.windows {
		if w.days == c.d.days {
			w.cells = append(w.cells, c)
			return
		}
	}
	g.windows = append(g.windows, &windowed{days: c.d.days, cells: []cell{c}})
}

// answer fills one customer's row of one moment.
func (g *group) answer(points []point, m int, at int64, s *scratch, put func(column int, v float64)) {
	upTo := points[:firstAt(points, at)]
	v := view{at: at, s: s}
	for _, w := range g.windows {
		v.points, v.weighed = upTo, ""
		if w.days > 0 {
			v.points = upTo[firstAt(upTo, w.from[m]):]
		}
		v.count = len(v.points)
		if g.source == "orders" {
			v.count = opened(v.points)
		}
		for _, c := range w.cells {
			put(c.column, c.of(&v, c.d))
		}
	}
}
