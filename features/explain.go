package features

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Recipe says in one line how the feature is computed.
func (d *Definition) Recipe() string {
	if derived[d.Measure] {
		return d.derivedRecipe()
	}
	if d.Source == "features" {
		return "the last " + d.Field + " of your table whose valid_from is before the moment"
	}
	if d.Source == "calendar" {
		return strings.TrimSpace(d.Measure + " " + d.Field)
	}
	if d.fromProfile() {
		return d.Measure + " of customers." + strings.Join(d.profileFields(), ", ")
	}
	s := d.Measure
	if d.Field != "" {
		s += " of " + d.Field
	}
	s += " of " + Rows{Source: d.Source, Types: d.Types, Where: d.Where}.String()
	if d.days > 0 && d.ago == 0 {
		s += fmt.Sprintf(", in the %d days before the moment", d.days)
	}
	if d.ago > 0 {
		s += fmt.Sprintf(", in the %d days that end %d days before the moment", d.days, d.ago)
	}
	if d.Min > 0 {
		s += fmt.Sprintf("; no value from fewer than %d", d.Min)
	}
	return s
}

func (d *Definition) derivedRecipe() string {
	switch d.Measure {
	case "best", "best_value":
		return d.bestRecipe()
	case "total":
		return d.Of + " and " + d.To + " together"
	case "share":
		return d.Of + " over itself and " + d.To
	case "shrunk":
		return fmt.Sprintf("%s over %s, drawn towards everybody's rate as if %g more of it were average", d.Of, d.To, d.Weight)
	case "difference":
		return d.Of + " less " + d.To
	case "change":
		return fmt.Sprintf("pace of %s against that of the rest of %s: their difference over their sum", d.Of, d.To)
	}
	if d.Least > 0 {
		return fmt.Sprintf("%s over %s, or over %g where that is less", d.Of, d.To, d.Least)
	}
	return d.Of + " over " + d.To
}

// Reads names the features that it is derived from.
func (d *Definition) Reads() []string {
	if !derived[d.Measure] {
		return nil
	}
	var names []string
	for _, part := range d.parts() {
		names = append(names, part.Name)
	}
	return distinct(names)
}

// Needs lists the columns that the inputs must have, and the types of events of
// which at least one must occur.
func (d *Definition) Needs() (columns, types []string) {
	if derived[d.Measure] {
		for _, part := range d.parts() {
			c, t := part.Needs()
			columns, types = append(columns, c...), append(types, t...)
		}
	} else if d.fromProfile() {
		for _, f := range append(slices.Clone(d.Fields), d.Field) {
			if f != "" {
				columns = append(columns, "customers."+f)
			}
		}
	} else if !d.joined() {
		file, more := d.needs()
		for _, c := range required[file] {
			columns = append(columns, file+"."+c)
		}
		columns, types = append(columns, more...), d.Types
	}
	return distinct(columns), distinct(types)
}

// distinct keeps each text once, in the order of first appearance.
func distinct(texts []string) (once []string) {
	for _, s := range texts {
		if !slices.Contains(once, s) {
			once = append(once, s)
		}
	}
	return once
}

// Title is the family without the number that orders the files.
func (d *Definition) Title() string { return strings.TrimLeft(d.Family, "0123456789_") }

// Look opens the sources without reading their rows: what comes back says which
// columns there are.
func Look(in Inputs) (*Columns, error) {
	l, err := newLoader(in)
	if err != nil {
		return nil, err
	}
	defer l.closeFiles()
	if err := l.open(); err != nil {
		return nil, err
	}
	if err := l.bring(context.Background()); err != nil {
		return nil, err
	}
	return &Columns{l.h}, nil
}

// Columns says which of our columns the sources have.
type Columns struct{ h *History }

// Brought lists the features of the user's own tables.
func (c *Columns) Brought() []Definition { return c.h.Brought() }

// Has reports whether a column such as transactions.quantity is there.
func (c *Columns) Has(column string) bool { return c.h.has[column] }

// Lacks says what a definition needs and these sources don't have, in both
// languages; empty where nothing is lacking. Types of events are not looked for.
func (c *Columns) Lacks(d *Definition) (en, es string) {
	if !derived[d.Measure] {
		en, es = c.h.unmapped(c.h.extras.definition(d))
		return c.h.extras.named(en), c.h.extras.named(es)
	}
	for _, part := range d.parts() {
		en, es = c.Lacks(part)
		if choosing[d.Measure] == (en == "") {
			break
		}
	}
	return en, es
}

// Yours is the family of the user's own definitions.
const Yours = "yours"

// Stem is the name with {window} in place of its window.
func (d *Definition) Stem() string {
	w := d.Windows[0]
	if !strings.HasSuffix(d.Name, "_"+w) {
		return d.Name
	}
	return strings.TrimSuffix(d.Name, w) + "{window}"
}
