package features

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"segmenta/table"
)

// Elsewhere is where histories are that this machine doesn't read: it keeps their
// transactions and events, and workers there go over them. What a question finds comes
// back, a row for each customer and moment, and everything after that is done here.
type Elsewhere interface {
	// Do lets workers go over the history, each over whole customers where the work is
	// grouped, and returns the tables in which they answered, of the columns that
	// Answers lists. Whoever reads them closes them.
	Do(ctx context.Context, w *Work) ([]table.Source, error)
}

// Protocol is the version of what passes between here and a worker. It changes with
// anything that a worker reads, computes or writes.
const Protocol = 1

// Work is what a worker must know. It travels as JSON.
type Work struct {
	Protocol int               `json:"protocol"`
	Version  string            `json:"version"` // of the program that gives the work out
	Task     string            `json:"task"`    // survey, answer, gaps, held or paid
	Zone     string            `json:"zone"`
	Until    int64             `json:"until"` // microseconds, as all times here
	Since    int64             `json:"since,omitempty"`
	Types    map[string]string `json:"types,omitempty"` // the user's word for a type of event → ours
	Drop     bool              `json:"drop,omitempty"`  // equal rows
	Sources  []WorkSource      `json:"sources"`
	Rows     int               `json:"rows,omitempty"`   // to take in at a time, and the rest of the last one's customer; 0: half a million
	Memory   int64             `json:"memory,omitempty"` // bytes of rows to hold; past it they go to disk; 0: 256 MB

	Moments   []int64      `json:"moments,omitempty"`
	Columns   []workColumn `json:"columns,omitempty"` // the features that a walk fills
	Targets   []Target     `json:"targets,omitempty"`
	Pools     []float64    `json:"pools,omitempty"` // everybody's limits, by target and moment
	Summaries bool         `json:"summaries,omitempty"`
	Always    bool         `json:"always,omitempty"` // answer of moments too at which no row was known
	Slots     []workSlot   `json:"slots,omitempty"`  // fields that hold columns of the user's own

	Field string  `json:"field,omitempty"` // of held: what customers have to do with each word of
	From  int64   `json:"from,omitempty"`  // of paid: from when
	To    int64   `json:"to,omitempty"`    // and until when
	Rate  float64 `json:"rate,omitempty"`  // at which what comes later is worth less, a day
}

// A workSlot says which field holds a column of the user's.
type workSlot struct {
	Name string    `json:"name"`
	Kind fieldKind `json:"kind"`
	Slot string    `json:"slot"`
}

// A WorkSource is one file of the histories as a worker gets it.
type WorkSource struct {
	Name       string            `json:"name"`
	Columns    map[string]string `json:"columns"` // ours → theirs
	Fields     []WorkField       `json:"fields"`  // theirs, the customer's id first
	Keep       []string          `json:"keep"`    // fields of ours that rows carry
	TimeLayout string            `json:"time_layout,omitempty"`
	Comma      bool              `json:"comma,omitempty"`
}

// A WorkField is one column of a row: a name, and how it is written.
type WorkField struct {
	Name  string     `json:"name"`
	Kind  table.Kind `json:"kind"`
	Local bool       `json:"local,omitempty"` // a wall-clock time
}

// A workColumn is a definition as it was planned.
type workColumn struct {
	Definition
	Days int `json:"Days"`
	Past int `json:"Past"`
}

// Grouped reports whether each worker must get all rows of a customer, one after
// another, and none without one.
func (w *Work) Grouped() bool { return w.Task != "survey" }

// errFar reports a question that no worker is told of.
var errFar = errors.New("this is not asked of histories that are elsewhere")

// far is a history that is elsewhere.
type far struct {
	Elsewhere
	ctx  context.Context // of Load: a question has none of its own
	work Work            // what every task says
	seen sum             // what the survey went over
}

// elsewhere sees to it that histories can be asked where they are.
func (l *loader) elsewhere(ctx context.Context) error {
	in := &l.in
	switch {
	case len(in.Identity) > 0:
		return fmt.Errorf("identity: ids that are one person can't be joined where the histories are elsewhere; join them in the tables that are read")
	case in.Transactions.Rates != nil:
		return fmt.Errorf("rates: amounts can't be converted where the histories are elsewhere; read a table with one currency")
	}
	w := Work{Protocol: Protocol, Zone: in.Zone.String(), Until: l.until, Types: in.EventTypes, Drop: l.h.dropEqual}
	if !in.Since.IsZero() {
		w.Since = in.Since.UnixMicro()
	}
	for _, s := range l.work {
		if s.file < 0 {
			continue
		}
		given, err := l.workSource(s, []*Source{in.Transactions, in.Events}[s.file])
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		w.Sources = append(w.Sources, *given)
	}
	l.h.far = &far{Elsewhere: in.Elsewhere, ctx: ctx, work: w}
	return l.survey()
}

// workSource says how a source's rows reach a worker.
func (l *loader) workSource(s *source, in *Source) (*WorkSource, error) {
	if len(s.bound) != 1 {
		return nil, fmt.Errorf("%d tables, want one", len(s.bound))
	}
	b := s.bound[0]
	id := b.exprs["customer_id"]
	if id.constant != nil || id.math != nil {
		return nil, fmt.Errorf("customer_id: want a column")
	}
	w := &WorkSource{Name: s.name, Columns: map[string]string{}, TimeLayout: in.TimeLayout, Comma: b.comma}
	mapped := l.extended(s, in, b.file).Columns
	for name := range b.exprs {
		if w.Columns[name] = mapped[name]; mapped[name] == "" {
			w.Columns[name] = "`" + name + "`"
		}
	}
	reads := append([]string{id.column}, slices.DeleteFunc(slices.Clone(b.reads), func(n string) bool { return n == id.column })...)
	for _, name := range reads {
		for _, f := range b.file.Fields() {
			if f.Name == name {
				w.Fields = append(w.Fields, WorkField{f.Name, f.Kind, f.Local})
			}
		}
	}
	if k := w.Fields[0].Kind; k == table.Float32 || k == table.Float64 {
		return nil, fmt.Errorf("customer_id: column %s holds %s; cast it to text or to whole numbers in the table", w.Fields[0].Name, k)
	}
	for _, k := range l.h.keep[s.file] {
		w.Keep = append(w.Keep, fields[k].name)
	}
	return w, nil
}

// survey asks what there is: how many rows, which of them can't be used, which words.
func (l *loader) survey() error {
	w := l.h.far.work
	w.Task = "survey"
	notes, err := l.h.far.notes(&w)
	if err != nil {
		return err
	}
	for _, n := range notes {
		l.h.far.seen.plus(n.Sum)
		for _, s := range l.work {
			if a := n.Audits[s.name]; a != nil {
				s.sum.plus(a.audit(&l.h.words[typeField]))
			}
		}
	}
	return nil
}

// notes does work whose answers are notes alone.
func (f *far) notes(w *Work) ([]note, error) {
	var all []note
	err := f.read(w, func(t *table.Table) error {
		some, err := readNotes(t)
		all = append(all, some...)
		return err
	})
	return all, err
}

// read does work and hands its answers over, block by block.
func (f *far) read(w *Work, say func(*table.Table) error) error {
	sources, err := f.Do(f.ctx, w)
	if err != nil {
		return err
	}
	defer closeAll(sources)
	for _, s := range sources {
		var names []string // all: more may have been answered than is asked now
		for _, f := range s.Fields() {
			names = append(names, f.Name)
		}
		for k := range s.Blocks() {
			t, err := s.Read(k, names)
			if err != nil {
				return err
			}
			if err := say(t); err != nil {
				return fmt.Errorf("%s: %w", s.Name(), err)
			}
		}
	}
	return nil
}

// A sum counts rows and adds their checksums up, so that rows that were lost, doubled or
// changed on the way don't pass, in whatever order they came.
type sum struct {
	Rows int64  `json:"rows"`
	Hash uint64 `json:"hash"`
}

func (s *sum) plus(o sum) { s.Rows, s.Hash = s.Rows+o.Rows, s.Hash+o.Hash }

// check holds what workers went over against what the survey saw.
func (f *far) check(got sum) error {
	if got != f.seen {
		return fmt.Errorf("the workers went over %d rows (checksum %x), and the survey saw %d (%x): the tables changed meanwhile, or rows were lost on the way", got.Rows, got.Hash, f.seen.Rows, f.seen.Hash)
	}
	return nil
}

func times(micros []int64) []time.Time {
	all := make([]time.Time, len(micros))
	for i, at := range micros {
		all[i] = time.UnixMicro(at)
	}
	return all
}
