package features

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"segmenta/table"
)

// A Brought is a table of the user's own features: a customer, from when on the row
// holds, and numbers.
type Brought struct {
	Source
	Prefix     string // of the features' names
	Privacy    string // behaviour (the default), demographic or sensitive
	Provenance string // first_party (the default), zero_party or third_party
}

// brought is such a table in memory.
type brought struct {
	defs    []Definition
	columns [][]float64
	rows    map[string][]bid // by customer, in order of time
}

// A bid is a row of a brought table, and from when on it holds.
type bid struct {
	from int64
	row  int
}

// Brought lists the features of the user's own tables.
func (h *History) Brought() (defs []Definition) {
	for _, b := range h.brought {
		defs = append(defs, b.defs...)
	}
	return defs
}

// bring reads the user's tables.
func (l *loader) bring(ctx context.Context) error {
	names := map[string]bool{}
	for i := range l.in.Features {
		in := &l.in.Features[i]
		b, err := l.bringOne(ctx, in)
		if err != nil {
			return fmt.Errorf("features: %w", err)
		}
		for _, d := range b.defs {
			if names[d.Name] {
				return fmt.Errorf("features: two tables have the column %s; a prefix tells them apart", d.Name)
			}
			names[d.Name] = true
		}
		l.h.brought = append(l.h.brought, b)
	}
	return nil
}

func (l *loader) bringOne(ctx context.Context, in *Brought) (*brought, error) {
	files, err := in.open("features")
	if err != nil {
		return nil, err
	}
	defer closeAll(files)
	b := &brought{rows: map[string][]bid{}}
	for _, file := range files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := l.bringFile(b, in, file); err != nil {
			return nil, err
		}
	}
	for who, rows := range b.rows {
		slices.SortFunc(rows, b.compare)
		b.rows[who] = rows
	}
	return b, nil
}

// compare puts rows in order of time; of rows of one time the one with the greater
// numbers comes last, and counts.
func (b *brought) compare(x, y bid) int {
	c := cmp.Compare(x.from, y.from)
	for k := 0; c == 0 && k < len(b.columns); k++ {
		c = cmp.Compare(b.columns[k][x.row], b.columns[k][y.row])
	}
	return c
}

// bringFile reads one file of a table.
func (l *loader) bringFile(b *brought, in *Brought, file table.Source) error {
	of := func(ours string) string { return cmp.Or(in.Columns[ours], ours) }
	id, from := of("customer_id"), of("valid_from")
	var names []string
	for _, f := range file.Fields() {
		names = append(names, f.Name)
	}
	for _, need := range []string{id, from} {
		if !slices.Contains(names, need) {
			return fmt.Errorf("%s: no column %q%s; it has %s", file.Name(), need, near(need, names), strings.Join(names, ", "))
		}
	}
	texts, err := numerals(file, in.Format.DecimalComma)
	if err != nil {
		return err
	}
	ours, theirs := in.numbers(file.Fields(), texts, id, from)
	if err := b.name(in, ours, file.Name()); err != nil {
		return err
	}
	time, err := parseLayout(in.TimeLayout)
	if err != nil {
		return err
	}
	for k := range file.Blocks() {
		if err := l.bringBlock(b, in, file, k, time, id, from, theirs); err != nil {
			return err
		}
	}
	return nil
}

// bringBlock reads one block of a file.
func (l *loader) bringBlock(b *brought, in *Brought, file table.Source, k int, time *layout, id, from string, theirs []string) error {
	t, err := file.Read(k, distinct(append([]string{id, from}, theirs...)))
	if err != nil {
		return err
	}
	wrong := func(i int, column, what string) error {
		return fmt.Errorf("%s row %d: %s %s", file.Name(), file.FirstRow(k)+int64(i), column, what)
	}
	r := reader{t: t, rows: t.Rows(), comma: in.Format.DecimalComma}
	at, faults := r.times(&expr{column: from}, time, t.Column(from).Local || in.TimeLayout == "local", newClock(l.in.Zone))
	start := len(b.columns[0])
	for c, name := range theirs {
		v, bad := r.column(name)
		for i := range v {
			if bad.at(i) == unreadable {
				return wrong(i, name, "is no number")
			}
			if bad.at(i) != sound || math.IsInf(v[i], 0) {
				v[i] = nan
			}
		}
		b.columns[c] = append(b.columns[c], v...)
	}
	who := l.same(r.texts(&expr{column: id}))
	for i := range t.Rows() {
		switch {
		case blank(who, i):
		case faults.at(i) == missing:
			return wrong(i, from, "is missing: from when on does the row hold?")
		case faults.at(i) != sound:
			return wrong(i, from, "is no time")
		default:
			customer := strings.Clone(who.Text(i))
			b.rows[customer] = append(b.rows[customer], bid{at[i], start + i})
		}
	}
	return nil
}

// numbers lists the columns of a file that are features: those that the
// configuration maps, or else all that hold numbers.
func (in *Brought) numbers(fields []table.Field, texts map[string]bool, id, from string) (ours, theirs []string) {
	mapped := map[string]string{}
	for o, t := range in.Columns {
		mapped[t] = o
	}
	for _, f := range fields {
		number := f.Kind == table.Int32 || f.Kind == table.Int64 || f.Kind == table.Float32 || f.Kind == table.Float64
		name, named := mapped[f.Name]
		if f.Name == id || f.Name == from || f.Odd != "" || !named && !number && !texts[f.Name] {
			continue
		}
		ours, theirs = append(ours, in.Prefix+cmp.Or(name, f.Name)), append(theirs, f.Name)
	}
	return ours, theirs
}

// numerals finds the columns of a text file whose first block holds numbers and
// nothing else.
func numerals(file table.Source, comma bool) (map[string]bool, error) {
	all := map[string]bool{}
	var names []string
	for _, f := range file.Fields() {
		if f.Kind == table.String && f.Odd == "" {
			names = append(names, f.Name)
		}
	}
	if len(names) == 0 || file.Blocks() == 0 {
		return all, nil
	}
	t, err := file.Read(0, names)
	if err != nil {
		return nil, err
	}
	r := reader{t: t, rows: t.Rows(), comma: comma}
	for _, n := range names {
		v, faults := r.column(n)
		some := false
		for i := range v {
			some = some || faults.at(i) == sound
		}
		all[n] = some && !slices.Contains(faults, unreadable)
	}
	return all, nil
}

// name makes the table's definitions, which every file of it must have.
func (b *brought) name(in *Brought, ours []string, path string) error {
	if len(ours) == 0 {
		return fmt.Errorf("%s has no column of numbers beside customer_id and valid_from", path)
	}
	var defs []Definition
	for _, n := range ours {
		name := strings.ToLower(n)
		d := Definition{Name: name, Source: "features", Measure: "as_of", Field: n, Family: Yours, Privacy: in.Privacy, Provenance: in.Provenance, Windows: []string{"all"},
			En: fmt.Sprintf("%s, as your table %s said last", n, base(path)), Es: fmt.Sprintf("%s, según lo último que dijo su tabla %s", n, base(path)),
			Null: "your table had no row for the customer by then, or no number in it"}
		or(&d.Privacy, "behaviour")
		or(&d.Provenance, "first_party")
		if err := d.check(); err != nil {
			return fmt.Errorf("%s: column %s: %w", path, n, err)
		}
		defs = append(defs, d)
	}
	if b.defs == nil {
		b.defs, b.columns = defs, make([][]float64, len(defs))
		return nil
	}
	for i := range max(len(defs), len(b.defs)) {
		if i >= len(defs) || i >= len(b.defs) || defs[i].Name != b.defs[i].Name {
			return fmt.Errorf("%s has other columns than the files before it", path)
		}
	}
	return nil
}

func base(path string) string { return strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)) }

func (b *brought) at(name string) int {
	return slices.IndexFunc(b.defs, func(d Definition) bool { return d.Name == name })
}

func (b *brought) has(name string) bool { return b.at(name) >= 0 }

// column is the last number before the moment, of every customer of a snapshot.
func (b *brought) column(d *Definition, s *Snapshot) *table.Column {
	k := b.at(d.Name)
	values, at := fill(len(s.Customers), nan), s.AsOf.UnixMicro()
	for i, who := range s.Customers {
		rows := b.rows[who]
		n, _ := slices.BinarySearchFunc(rows, at, func(r bid, at int64) int { return cmp.Compare(r.from, at) })
		if n > 0 {
			values[i] = b.columns[k][rows[n-1].row]
		}
	}
	return table.Floats(d.Name, values).Says(d.Unit, d.En, d.Es)
}
