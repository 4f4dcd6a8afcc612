package features

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The user's own definitions and targets may read columns that no field of ours
// stands for. Rows carry such columns in slots: fields without a meaning of their
// own, which a history deals out to the columns that its definitions read.

// slotMark begins a slot's name, which no column of ours does.
const slotMark = "#"

// slots is how many columns of each kind a history may have slots for.
const slots = 4

// slotFields lists the slots as fields.
func slotFields() (all []field) {
	for i := range slots {
		for _, k := range []struct {
			name string
			kind fieldKind
		}{{"number", numberField}, {"word", wordField}} {
			name := fmt.Sprint(slotMark, k.name, i)
			all = append(all, field{name: name, kind: k.kind, column: [files]string{name, name}})
		}
	}
	return all
}

// An extra is a column of the user's, as a kind of values.
type extra struct {
	name string
	kind fieldKind
}

// extras says which slot each extra column has.
type extras map[extra]string

// deal deals slots out to the columns that definitions and targets read.
func deal(defs []Definition, targets []Target) (extras, error) {
	var all []extra
	note := func(name string, kind fieldKind) {
		if e := (extra{name, kind}); name != "" && fieldAt(name) < 0 && !slices.Contains(all, e) {
			all = append(all, e)
		}
	}
	where := func(tests map[string]Test) {
		for f, t := range tests {
			note(f, t.kind())
		}
	}
	for i := range defs {
		defs[i].each(func(d *Definition) {
			note(d.Field, measures[d.Measure].field)
			where(d.Where)
		})
	}
	for _, t := range targets {
		for _, r := range []*Rows{&t.Of, t.Having, t.Ended} {
			if r != nil {
				where(r.Where)
			}
		}
	}
	slices.SortFunc(all, func(a, b extra) int { return strings.Compare(a.name, b.name) + 2*int(a.kind-b.kind) })
	dealt, next := extras{}, map[fieldKind]int{}
	for _, e := range all {
		if next[e.kind] == slots {
			return nil, fmt.Errorf("definitions read more than %d columns of your own of one kind; the last is %s", slots, e.name)
		}
		word := map[fieldKind]string{numberField: "number", wordField: "word"}[e.kind]
		dealt[e] = fmt.Sprint(slotMark, word, next[e.kind])
		next[e.kind]++
	}
	return dealt, nil
}

// each visits a definition over rows, or those that a derived one reads.
func (d *Definition) each(visit func(*Definition)) {
	for _, part := range d.parts() {
		part.each(visit)
	}
	if !derived[d.Measure] && !d.joined() {
		visit(d)
	}
}

// kind is what a test takes a column of the user's for: bounds are of numbers.
func (t Test) kind() fieldKind {
	if t.bounds() {
		return numberField
	}
	return wordField
}

// field is where rows carry a column: a field of ours, or a slot.
func (x extras) field(name string, kind fieldKind) string {
	if slot, ok := x[extra{name, kind}]; ok {
		return slot
	}
	return name
}

// definition is a definition that reads slots in place of the user's columns.
func (x extras) definition(d *Definition) *Definition {
	if len(x) == 0 {
		return d
	}
	c := *d
	c.Field, c.Where = x.field(d.Field, measures[d.Measure].field), x.tests(d.Where)
	if d.of != nil {
		c.of, c.to = x.definition(d.of), x.definition(d.to)
	}
	c.among = slices.Clone(d.among)
	for i := range c.among {
		c.among[i].of = x.definition(c.among[i].of)
		if c.among[i].count != nil {
			c.among[i].count = x.definition(c.among[i].count)
		}
	}
	return &c
}

func (x extras) definitions(defs []Definition) []Definition {
	all := slices.Clone(defs)
	for i := range all {
		all[i] = *x.definition(&all[i])
	}
	return all
}

func (x extras) tests(where map[string]Test) map[string]Test {
	if len(x) == 0 || len(where) == 0 {
		return where
	}
	all := map[string]Test{}
	for f, t := range where {
		all[x.field(f, t.kind())] = t
	}
	return all
}

// target is a target that reads slots.
func (x extras) target(t Target) Target {
	if len(x) == 0 {
		return t
	}
	t.Of.Where = x.tests(t.Of.Where)
	for _, r := range []**Rows{&t.Having, &t.Ended} {
		if *r != nil {
			c := **r
			c.Where = x.tests(c.Where)
			*r = &c
		}
	}
	return t
}

// named puts the user's names in place of slots in a text.
func (x extras) named(text string) string {
	for e, slot := range x {
		text = strings.ReplaceAll(text, slot, e.name)
	}
	return text
}

// naming puts the user's names in place of slots in an error.
func (x extras) naming(err error) error {
	if len(x) == 0 || !strings.Contains(err.Error(), slotMark) {
		return err
	}
	return errors.New(x.named(err.Error()))
}

// names lists the user's columns.
func (x extras) names() (all []string) {
	for e := range x {
		all = append(all, e.name)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// source is a source whose mapping names slots in place of the user's columns. What
// is not mapped stands in the file under its own name, or not at all.
func (x extras) source(s *Source, has func(column string) bool) *Source {
	if len(x) == 0 {
		return s
	}
	c := *s
	c.Columns = map[string]string{}
	for ours, theirs := range s.Columns {
		c.Columns[ours] = theirs
	}
	for _, name := range x.names() {
		theirs, mapped := s.Columns[name]
		delete(c.Columns, name)
		if !mapped && !has(name) {
			continue
		}
		if !mapped {
			theirs = "`" + name + "`"
		}
		for _, kind := range []fieldKind{numberField, wordField} {
			if slot, ok := x[extra{name, kind}]; ok {
				c.Columns[slot] = theirs
			}
		}
	}
	return &c
}

// unknownField reports a field that is none of ours and can't be a column of the
// user's: it is too near to one of ours, and so a slip.
func unknownField(source, field string) error {
	fields := fieldsOf[source]
	if n := near(field, fields); n != "" || !nameForm.MatchString(field) {
		return fmt.Errorf("%s have no field %q%s; they have %s", source, field, n, strings.Join(fields, ", "))
	}
	return nil
}
