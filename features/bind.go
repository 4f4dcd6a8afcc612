package features

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"segmenta/strict"
	"segmenta/table"
)

// A binding says from which columns of one file ours are computed.
type binding struct {
	file   table.Source
	exprs  map[string]*expr // by our name; those that the file can't give are absent
	reads  []string         // the file's columns that are needed, in order of name
	local  map[string]bool  // of them, those that hold wall-clock times
	layout *layout
	comma  bool

	exchange *exchange // nil where money needs none
}

// bind matches a source's mapping with one file.
func bind(source string, s *Source, file table.Source) (*binding, error) {
	b := &binding{file: file, exprs: map[string]*expr{}, local: map[string]bool{}, comma: s.Format.DecimalComma}
	var err error
	if b.layout, err = parseLayout(s.TimeLayout); err != nil {
		return nil, fmt.Errorf("%s: %w", source, err)
	}
	ours := ours(source)
	if err := knownNames(source, s.Columns, ours); err != nil {
		return nil, err
	}
	fields := map[string]table.Field{}
	for _, f := range file.Fields() {
		fields[f.Name] = f
	}
	if source == "customers" {
		for name := range s.Columns {
			ours = append(ours, name)
		}
		slices.Sort(ours)
		ours = slices.Compact(ours)
	}
	for _, name := range append(ours, slotsOf(s)...) {
		if err := b.column(source, s, name, fields); err != nil {
			return nil, fmt.Errorf("%s: %w", file.Name(), err)
		}
	}
	if source == "transactions" {
		if err := b.convert(s, fields); err != nil {
			return nil, fmt.Errorf("%s: %w", file.Name(), err)
		}
	}
	for _, name := range b.reads {
		b.local[name] = fields[name].Local || s.TimeLayout == "local"
	}
	slices.Sort(b.reads)
	b.reads = slices.Compact(b.reads)
	return b, nil
}

// slotsOf lists the slots that a source's mapping names.
func slotsOf(s *Source) (all []string) {
	for name := range s.Columns {
		if strings.HasPrefix(name, slotMark) {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}

// only lets the binding read no more columns of its file than rows carry.
func (b *binding) only(file int, keep [files][]int) {
	if file < 0 {
		return
	}
	needed := []string{"customer_id", "time", "known_at"}
	for _, k := range keep[file] {
		needed = append(needed, fields[k].column[file])
	}
	b.reads = nil
	for name, e := range b.exprs {
		if !slices.Contains(needed, name) {
			delete(b.exprs, name)
		} else if e.constant == nil {
			b.reads = append(b.reads, e.columns()...)
		}
	}
	slices.Sort(b.reads)
	b.reads = slices.Compact(b.reads)
}

// knownNames refuses a mapping for a column that we don't have. A table of
// customers may have any.
func knownNames(source string, mapping map[string]string, ours []string) error {
	for _, name := range slices.Sorted(maps.Keys(mapping)) {
		if source == "customers" || slices.Contains(ours, name) || strings.HasPrefix(name, slotMark) {
			continue
		}
		return fmt.Errorf("%s: no column of ours is called %q%s; ours are %s", source, name, near(name, ours), strings.Join(ours, ", "))
	}
	return nil
}

// column finds where one of our columns comes from.
func (b *binding) column(source string, s *Source, name string, fields map[string]table.Field) error {
	theirs, mapped := s.Columns[name]
	if !mapped {
		theirs = "`" + name + "`"
		if _, ok := fields[name]; !ok && !slices.Contains(required[source], name) {
			return nil
		}
	}
	e, err := parseExpr(theirs, func(c string) bool { _, ok := fields[c]; return ok })
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if e.math != nil && !numeric[name] {
		return fmt.Errorf("%s: %q is arithmetic, want a column or a 'constant'", name, theirs)
	}
	if e.constant == nil {
		for _, c := range e.columns() {
			if err := readable(source, name, c, fields); err != nil {
				return err
			}
			b.reads = append(b.reads, c)
		}
	}
	b.exprs[name] = e
	return nil
}

// numeric says which of our columns hold numbers.
var numeric = func() map[string]bool {
	all := map[string]bool{}
	for _, f := range fields {
		for _, name := range f.column {
			all[name] = all[name] || f.kind == numberField
		}
	}
	return all
}()

// readable reports a column that is absent, or of a type that can't be cast.
func readable(source, ours, theirs string, fields map[string]table.Field) error {
	f, ok := fields[theirs]
	if !ok {
		all := slices.Sorted(maps.Keys(fields))
		return fmt.Errorf("no column %q for %s%s; the file has %s; say which one under %s: columns: %s",
			theirs, ours, near(theirs, all), strings.Join(all, ", "), source, ours)
	}
	if f.Odd != "" {
		return fmt.Errorf("column %s for %s is %s, which is not read", theirs, ours, f.Odd)
	}
	text := f.Kind == table.String
	number := f.Kind == table.Int32 || f.Kind == table.Int64 || f.Kind == table.Float32 || f.Kind == table.Float64
	isTime := ours == "time" || ours == "known_at" || ours == "created_at"
	if source == "customers" && !isTime && ours != "customer_id" {
		return nil
	}
	if isTime && !text && f.Kind != table.Time && f.Kind != table.Int64 && f.Kind != table.Int32 ||
		numeric[ours] && !text && !number ||
		!isTime && !numeric[ours] && !text && !number {
		return fmt.Errorf("column %s for %s holds %s, want %s", theirs, ours, f.Kind, wanted(ours, isTime))
	}
	return nil
}

func wanted(ours string, isTime bool) string {
	switch {
	case isTime:
		return "times"
	case numeric[ours]:
		return "numbers"
	}
	return "text or whole numbers"
}

func near(word string, among []string) string {
	if n := strict.Nearest(word, among); n != "" {
		return fmt.Sprintf(" (nearest: %s)", n)
	}
	return ""
}

// block reads one block of the file.
func (b *binding) block(k int, s *spare) (reader, error) {
	names := b.needs(b.reads)
	if len(names) == 0 {
		names = []string{b.file.Fields()[0].Name}
	}
	t, err := b.file.Read(k, names)
	if err != nil {
		return reader{}, err
	}
	s.renew()
	r := reader{t: t, rows: t.Rows(), comma: b.comma, spare: s}
	if b.exchange != nil {
		t.Add(b.exchange.column(b, r))
	}
	return r, nil
}
