package features

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"segmenta/table"
)

// fromProfile reports whether a definition reads the customers file rather than
// what customers did.
func (d *Definition) fromProfile() bool { return d.Source == "customers" }

// joined reports whether a feature is joined to a snapshot rather than computed from
// histories.
func (d *Definition) joined() bool {
	return d.fromProfile() || d.Source == "features" || d.Source == "calendar"
}

// profiled notes which columns the customers files have, under our names, and how
// they write times.
func (h *History) profiled(bound []*binding, in *Source) (err error) {
	for _, b := range bound {
		ours, _ := b.profileNames(in.Columns)
		for _, name := range ours {
			h.has["customers."+name] = true
		}
	}
	h.profileLayout, err = parseLayout(in.TimeLayout)
	return err
}

// checkProfile reports what is wrong with a definition over the customers file.
func (d *Definition) checkProfile() error {
	_, ok := profileMeasures[d.Measure]
	switch {
	case !ok:
		all := slices.Sorted(maps.Keys(profileMeasures))
		return fmt.Errorf("measure %q of customers%s; known are %s", d.Measure, near(d.Measure, all), strings.Join(all, ", "))
	case len(d.Types) > 0 || len(d.Where) > 0 || d.days > 0:
		return fmt.Errorf("customers has one row for each, so it takes no types, where or windows")
	case strings.HasPrefix(d.Measure, "filled") != (len(d.Fields) > 0):
		return fmt.Errorf("fields goes with filled and filled_n alone, and they need it")
	case len(d.Fields) == 0 && d.Field == "":
		return fmt.Errorf("measure %s needs the field that it reads", d.Measure)
	}
	return nil
}

// profileFields are the columns of the customers file that a definition reads: all
// that it needs, or any of them for filled.
func (d *Definition) profileFields() []string {
	if len(d.Fields) > 0 {
		return d.Fields
	}
	return []string{d.Field}
}

// joined are the columns of a snapshot that come from the customers file and from the
// user's own tables, by name.
func (h *History) joined(defs []Definition, s *Snapshot) map[string]*table.Column {
	columns := map[string]*table.Column{}
	var rows []int32
	for i := range defs {
		switch d := &defs[i]; {
		case d.fromProfile():
			if rows == nil {
				rows = h.profileRows(s)
			}
			columns[d.Name] = h.profileColumn(d, s, rows)
		case d.Source == "calendar":
			columns[d.Name] = h.calendarColumn(d, s)
		case d.Source == "features":
			for _, b := range h.brought {
				if b.has(d.Name) {
					columns[d.Name] = b.column(d, s)
				}
			}
		}
	}
	return columns
}

// profileColumn answers one definition for every customer of a snapshot. Where the
// file doesn't name somebody as of the moment there is no value.
func (h *History) profileColumn(d *Definition, s *Snapshot, rows []int32) *table.Column {
	m := profileMeasures[d.Measure]
	p := person{t: h.profiles, at: s.AsOf.In(h.zone), zone: newClock(h.zone), l: h.profileLayout}
	numbers, words := fill(len(rows), nan), make([]string, len(rows))
	for i, row := range rows {
		if p.row = int(row); row < 0 {
			continue
		}
		if m.word != nil {
			words[i] = m.word(&p, d)
		} else {
			numbers[i] = m.number(&p, d)
		}
	}
	if m.word != nil {
		return table.OptionalStrings(d.Name, words).Says(d.Unit, d.En, d.Es)
	}
	return table.Floats(d.Name, numbers).Says(d.Unit, d.En, d.Es)
}

// lacksProfile says which column of the customers file a definition needs and there
// isn't.
func (h *History) lacksProfile(d *Definition) (en, es string) {
	if !h.has["customers"] {
		return "there is no customers source", "no hay fuente customers"
	}
	for _, f := range d.profileFields() {
		if h.has["customers."+f] {
			return "", ""
		}
	}
	all := strings.Join(d.profileFields(), ", ")
	return "the customers file has no column " + all, "el fichero de clientes no tiene columna " + all
}
