package features

import (
	"fmt"
	"slices"
	"strings"
)

// A plan is what is done for each customer: the definitions put together by what
// they read.
type plan struct {
	columns map[string]*column // of every feature, asked for or read by another
	base    int                // how many columns the walk fills; the rest derives from them
	filled  []*Definition      // those columns' definitions
	groups  []*group
	byType  [][]*group // the groups that read a type of events
	derived []*column  // in an order in which each reads what is there
}

// A column is where a feature's values come from: one that the walk fills, or two
// others.
type column struct {
	base   int
	d      *Definition // of a derived one
	of, to *column
	pool   []float64 // of shrunk: everybody's rate, by moment
	among  []chosen  // of best: what it chooses among
}

// A group is the features that read the same points.
type group struct {
	at      int // its place in the plan
	kind    kind
	picked  *picked // which rows count; nil: all of the kind
	dealt   bool    // its events come one by one, those of its types
	reads   []int   // the fields that its features measure
	windows []*windowed
	columns stretch
}

// windowed is the features of a group that share a window.
type windowed struct {
	days    int
	ago     int     // how many days before the moment it ends
	from    []int64 // where it starts, by moment
	until   []int64 // and ends
	cells   []cell
	columns stretch
	timely  int // how many of the cells, the first, lean on the moment itself
}

// A cell is one feature and where it goes.
type cell struct {
	column int
	of     func(*view, *Definition) float64 // nil: the count that the view has anyway
	d      *Definition
}

// compile plans the definitions.
func (h *History) compile(defs []Definition) (*plan, error) {
	p := &plan{columns: map[string]*column{}, byType: make([][]*group, len(h.words[typeField].list)+1)}
	groups := map[string]*group{}
	for i := range defs {
		if err := h.answerable(&defs[i]); err != nil {
			return nil, h.extras.naming(err)
		}
		if !defs[i].joined() {
			h.plan(p, groups, &defs[i])
		}
	}
	p.arrange()
	return p, nil
}

// arrange puts windows in order and gives those of a group neighbouring columns.
func (p *plan) arrange() {
	filled, place := make([]*Definition, 0, p.base), make([]int, p.base)
	for _, g := range p.groups {
		slices.SortFunc(g.windows, func(a, b *windowed) int { return a.length() - b.length() })
		g.columns.from = len(filled)
		for _, w := range g.windows {
			w.columns.from = len(filled)
			for i := range w.cells {
				c := &w.cells[i]
				place[c.column], filled = len(filled), append(filled, p.filled[c.column])
				c.column = place[c.column]
			}
			w.columns.to = len(filled)
		}
		g.columns.to = len(filled)
	}
	for _, c := range p.columns {
		if c.base >= 0 {
			c.base = place[c.base]
		}
	}
	p.filled = filled
}

// length orders windows, the whole history last: sums go on from the shorter to the
// longer. Those that end before the moment come after all that end with it.
func (w *windowed) length() int {
	if w.days == 0 {
		return 1 << 30
	}
	return w.ago<<31 + w.days
}

// answerable reports a definition whose source or column is absent.
func (h *History) answerable(d *Definition) error {
	if derived[d.Measure] && len(d.parts()) == 0 {
		return fmt.Errorf("%s: the definition is not from a catalogue", d.Name)
	}
	var err error
	for _, part := range d.parts() {
		if err = h.answerable(part); (err == nil) == choosing[d.Measure] { // of a choice one is enough
			break
		}
	}
	if err != nil {
		return err
	}
	if derived[d.Measure] {
		return nil
	}
	if en, _ := h.lacksColumn(d); en != "" {
		return fmt.Errorf("feature %s: %s", d.Name, en)
	}
	if _, err := h.pick(d.rows()); err != nil {
		return fmt.Errorf("feature %s: %w", d.Name, err)
	}
	return nil
}

// rows are those that a definition measures.
func (d *Definition) rows() Rows { return Rows{Source: d.Source, Types: d.Types, Where: d.Where} }

// plan finds a feature its column, planning first what it reads.
func (h *History) plan(p *plan, groups map[string]*group, d *Definition) *column {
	if c, ok := p.columns[d.Name]; ok {
		return c
	}
	if choosing[d.Measure] {
		return h.planBest(p, groups, d)
	}
	if derived[d.Measure] {
		c := &column{base: -1, d: d, of: h.plan(p, groups, d.of), to: h.plan(p, groups, d.to)}
		p.columns[d.Name] = c
		p.derived = append(p.derived, c)
		return c
	}
	c := &column{base: p.base}
	p.columns[d.Name] = c
	p.base++
	p.filled = append(p.filled, d)
	one := *d
	one.codes = h.typeCodes(d)
	types := slices.Clone(d.Types)
	slices.Sort(types)
	if d.Source == "journey" {
		types = nil // its measures tell them apart
	}
	key := d.Source + ":" + strings.Join(types, ",") + ":" + said(d.Where)
	g := groups[key]
	if g == nil {
		g = h.group(d, types)
		g.at = len(p.groups)
		if g.dealt {
			p.deal(g, h.wordCodes(typeField, slices.Compact(types)))
		}
		groups[key] = g
		p.groups = append(p.groups, g)
	}
	g.add(c.base, one)
	return c
}

// group begins the group of a definition.
func (h *History) group(d *Definition, types []string) *group {
	g := &group{kind: kinds[d.Source], dealt: len(types) > 0}
	if len(d.Where) > 0 {
		one, _ := h.pick(d.rows()) // answerable has tried
		g.picked, g.dealt = &one, false
	}
	return g
}

// deal sees to it that a group gets the events of its types.
func (p *plan) deal(g *group, types []uint64) {
	for _, t := range types {
		p.byType[t] = append(p.byType[t], g)
	}
}

func (g *group) add(column int, d Definition) {
	m := measures[d.Measure]
	d.field = fieldAt(d.Field)
	for _, k := range []int{d.field, fieldAt(m.also)} {
		if k >= 0 && !slices.Contains(g.reads, k) {
			g.reads = append(g.reads, k)
		}
	}
	c := cell{column, m.of, &d}
	switch {
	case d.Min > 0:
		c.of = atLeast(m.of)
	case d.Measure == "count":
		c.of = nil
	}
	at := slices.IndexFunc(g.windows, func(w *windowed) bool { return w.days == d.days && w.ago == d.ago })
	if at < 0 {
		at = len(g.windows)
		g.windows = append(g.windows, &windowed{days: d.days, ago: d.ago})
	}
	g.windows[at].add(c)
}

// add puts a cell in, the timely ones first.
func (w *windowed) add(c cell) {
	if !slices.Contains(timelyMeasures, c.d.Measure) {
		w.cells = append(w.cells, c)
		return
	}
	w.cells = slices.Insert(w.cells, w.timely, c)
	w.timely++
}

// atLeast is a measure that says nothing of fewer points than the definition wants.
func atLeast(of func(*view, *Definition) float64) func(*view, *Definition) float64 {
	return func(v *view, d *Definition) float64 {
		if v.count < d.Min {
			return nan
		}
		return of(v, d)
	}
}

// typeCodes are the codes of a definition's types, 0 for one that never occurs.
func (h *History) typeCodes(d *Definition) (codes []uint64) {
	for _, t := range d.Types {
		code := uint64(0)
		if k, met := h.words[typeField].find(t); met {
			code = uint64(k)
		}
		if t == "purchase" && d.Source == "journey" {
			code = purchaseCode
		}
		codes = append(codes, code)
	}
	return codes
}
