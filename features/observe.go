package features

import (
	"cmp"
	"maps"
	"math"
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

// Seen is what the rows of a column showed.
type Seen struct {
	Rows, Nulls int64
	Words       map[string]int64 // of a text column; nil past mostWords
	Min, Max    float64          // of numbers and times; Min > Max where there is none
}

// mostWords is how many words of a column are told apart.
const mostWords = 2000

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

// see looks over one column.
func see(c *table.Column) *Seen {
	s := &Seen{Rows: int64(c.Len()), Min: math.Inf(1), Max: math.Inf(-1)}
	for _, null := range c.Null {
		s.Nulls += int64(boolInt(null))
	}
	switch c.Kind {
	case table.String:
		s.Words = wordsOf(c)
	case table.Float32, table.Float64:
		for i, v := range c.Floats {
			if !c.IsNull(i) && v == v {
				s.Min, s.Max = min(s.Min, v), max(s.Max, v)
			}
		}
	case table.Bool:
	default:
		least, most := int64(math.MaxInt64), int64(math.MinInt64)
		for i, v := range c.Ints {
			if !c.IsNull(i) {
				least, most = min(least, v), max(most, v)
			}
		}
		if least <= most {
			s.Min, s.Max = float64(least), float64(most)
		}
	}
	return s
}

// wordsOf counts a column's words; nil where there are too many to tell apart.
func wordsOf(c *table.Column) map[string]int64 {
	if len(c.Dict) > 4*mostWords {
		return nil
	}
	counts := make([]int64, len(c.Dict))
	for i, k := range c.Codes {
		if !c.IsNull(i) {
			counts[k]++
		}
	}
	words := map[string]int64{}
	for k, n := range counts {
		if n > 0 {
			words[c.Dict[k]] += n
		}
	}
	if len(words) > mostWords {
		return nil
	}
	return words
}

func (s *Seen) plus(o *Seen) {
	s.Rows, s.Nulls = s.Rows+o.Rows, s.Nulls+o.Nulls
	s.Min, s.Max = min(s.Min, o.Min), max(s.Max, o.Max)
	if s.Words == nil || o.Words == nil {
		s.Words = nil
		return
	}
	for word, n := range o.Words {
		s.Words[word] += n
	}
	if len(s.Words) > mostWords {
		s.Words = nil
	}
}

// Seen is what was seen of every column that was read.
func (o *Observer) Seen() map[string]*Seen {
	all := map[string]*Seen{}
	for _, w := range o.files {
		for _, block := range slices.Sorted(maps.Keys(w.blocks)) {
			for name, s := range w.blocks[block].columns {
				if all[name] == nil {
					sum := *s
					sum.Words = maps.Clone(s.Words)
					all[name] = &sum
					continue
				}
				all[name].plus(s)
			}
		}
	}
	return all
}

// Currencies counts the rows of each currency; nil where the source names none.
func (o *Observer) Currencies() map[string]int64 {
	var all map[string]int64
	for _, w := range o.files {
		if w.currency == "" {
			continue
		}
		if all == nil {
			all = map[string]int64{}
		}
		for _, g := range w.blocks {
			s := g.columns[w.currency]
			if s.Nulls > 0 {
				all[""] += s.Nulls
			}
			for word, n := range s.Words {
				all[currencyCode(word)] += n
			}
		}
	}
	return all
}

// mostIDs is how many ids of customers are remembered; past it, a fixed share of them.
const mostIDs = 1 << 17

// IDs is a sample of a source's customers, the same for the same customers in whatever
// order they come.
type IDs struct {
	mask uint64 // ids whose hash has one of these bits are not in the sample
	set  map[uint64]bool
}

// customers adds those whom a block names to the sample.
func (o *Observer) customers(c *table.Column) {
	used := make([]bool, len(c.Dict))
	for i, k := range c.Codes {
		if !c.IsNull(i) {
			used[k] = true
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for k, ok := range used {
		if ok && c.Dict[k] != "" {
			o.ids.add(hash(c.Dict[k]))
		}
	}
}

// IDs is a sample of the source's customers.
func (o *Observer) IDs() *IDs { return &o.ids }

func (s *IDs) add(id uint64) {
	if id&s.mask != 0 {
		return
	}
	s.set[id] = true
	for len(s.set) > mostIDs {
		s.mask = s.mask<<1 | 1
		maps.DeleteFunc(s.set, func(id uint64, _ bool) bool { return id&s.mask != 0 })
	}
}

// Without is the share of customers of s that none of the others knows, and how many of
// how many in the sample.
func (s *IDs) Without(others ...*IDs) (missing, of int64) {
	mask := s.mask
	for _, o := range others {
		mask |= o.mask
	}
	for id := range s.set {
		if id&mask != 0 {
			continue
		}
		of++
		known := false
		for _, o := range others {
			known = known || o.set[id]
		}
		missing += int64(boolInt(!known))
	}
	return missing, of
}
