package features

import (
	"cmp"
	"maps"
	"slices"
	"sync"

	"segmenta/table"
)

// An Observer stands between a source's files and whoever reads them. It notes what goes
// by, block by block, so that data are checked in the same pass in which they are used. What
// it found can be asked once everything is read.
type Observer struct {
	name  string
	in    *Source
	want  []Expectation
	files []*watched

	mu  sync.Mutex
	ids IDs
}

// Observe watches a source, and holds it to expectations.
func Observe(name string, in *Source, want []Expectation) *Observer {
	return &Observer{name: name, in: in, want: want, ids: IDs{set: map[uint64]bool{}}}
}

// A watched file is a file that an observer stands before.
type watched struct {
	table.Source
	of       *Observer
	comma    bool
	extra    []string // columns to read that nobody asked for
	currency string
	customer string
	judges   []*judge

	mu     sync.Mutex
	blocks map[int]*glance
}

// A glance is what one block showed. A block that is read again shows the same.
type glance struct {
	columns map[string]*Seen
	found   []*finding // of each judge
}

// Watch lets the observer watch a file.
func (o *Observer) Watch(file table.Source) table.Source {
	fields := map[string]table.Field{}
	for _, f := range file.Fields() {
		fields[f.Name] = f
	}
	w := &watched{Source: file, of: o, blocks: map[int]*glance{}, comma: o.in.Format.DecimalComma}
	w.currency, w.customer = o.plain("currency", fields), o.plain("customer_id", fields)
	if w.currency != "" {
		w.extra = append(w.extra, w.currency)
	}
	for _, e := range o.want {
		j := o.judge(e, fields)
		w.judges, w.extra = append(w.judges, j), append(w.extra, j.reads...)
	}
	o.files = append(o.files, w)
	return w
}

// plain is the column of theirs that one of ours is, where it is one and can be read.
func (o *Observer) plain(ours string, fields map[string]table.Field) string {
	e, err := parseExpr(cmp.Or(o.in.Columns[ours], "`"+ours+"`"), func(c string) bool { _, ok := fields[c]; return ok })
	if err != nil || e.column == "" {
		return ""
	}
	if f, ok := fields[e.column]; !ok || f.Odd != "" {
		return ""
	}
	return e.column
}

func (w *watched) Read(block int, names []string) (*table.Table, error) {
	all := slices.Clone(names)
	for _, name := range w.extra {
		if !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	t, err := w.Source.Read(block, all)
	if err != nil {
		return nil, err
	}
	t.Keep() // words that were seen are remembered
	w.glance(block, t)
	if len(all) == len(names) {
		return t, nil
	}
	asked := &table.Table{Meta: t.Meta}
	for _, name := range names {
		asked.Add(t.Column(name))
	}
	return asked, nil
}

// glance notes what a block shows.
func (w *watched) glance(block int, t *table.Table) {
	g := &glance{columns: map[string]*Seen{}}
	for _, c := range t.Columns {
		g.columns[c.Name] = see(c)
	}
	if c := t.Column(w.customer); c != nil {
		w.of.customers(reader{t: t, rows: t.Rows()}.texts(&expr{column: w.customer}))
	}
	first := w.FirstRow(block)
	for _, j := range w.judges {
		g.found = append(g.found, j.look(reader{t: t, rows: t.Rows(), comma: w.comma}, w.Name(), first))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if old := w.blocks[block]; old != nil { // read in several goes: keep every column
		maps.Copy(old.columns, g.columns)
		return
	}
	w.blocks[block] = g
}
