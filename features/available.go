package features

import (
	"cmp"
	"slices"
	"strings"

	"segmenta/strict"
)

// An Off is a feature that these inputs can't give, and why.
type Off struct{ Name, En, Es string }

// Available splits definitions into those that the history's sources can answer
// and those that they can't, both in the order given.
func (h *History) Available(defs []Definition) (on []Definition, off []Off) {
	for i := range defs {
		if en, es := h.lacks(h.extras.definition(&defs[i])); en != "" {
			off = append(off, Off{defs[i].Name, h.extras.named(en), h.extras.named(es)})
			continue
		}
		on = append(on, defs[i])
	}
	return on, off
}

// lacks says what a definition needs and the history doesn't have.
func (h *History) lacks(d *Definition) (en, es string) {
	for _, part := range d.parts() {
		en, es = h.lacks(part)
		if choosing[d.Measure] == (en == "") { // of a choice one is enough
			break
		}
	}
	if derived[d.Measure] {
		return en, es
	}
	if en, es = h.lacksColumn(d); en != "" {
		return en, es
	}
	for _, t := range d.Types {
		if h.has["events.type."+t] {
			return "", ""
		}
	}
	if len(d.Types) > 0 {
		all := strings.Join(d.Types, ", ")
		return "no event of type " + all, "ningún evento de tipo " + all
	}
	return "", ""
}

// lacksColumn says which file or column is absent. That an event type never
// occurs is no reason to refuse to count it.
func (h *History) lacksColumn(d *Definition) (en, es string) {
	if en, es = h.unmapped(d); en != "" {
		return en, es
	}
	if c := h.dropped(d); c != "" && !d.joined() {
		return "column " + c + " was not loaded, as no definition that the history was loaded for reads it",
			"la columna " + c + " no se cargó, pues no la lee ninguna definición para la que se cargó la historia"
	}
	return "", ""
}

// unmapped says which file or column the sources don't have.
func (h *History) unmapped(d *Definition) (en, es string) {
	switch {
	case d.fromProfile():
		return h.lacksProfile(d)
	case d.joined():
		return "", ""
	}
	file, columns := d.needs()
	if !h.has[file] {
		return "there is no " + file + " source", "no hay fuente " + file
	}
	for _, c := range columns {
		if !h.has[c] {
			return "no column is mapped to " + c, "ninguna columna corresponde a " + c
		}
	}
	return "", ""
}

// dropped is a field that a definition reads and that rows don't carry; "" where
// there is none.
func (h *History) dropped(d *Definition) string {
	for _, name := range d.fieldNames() {
		if k := fieldAt(name); k >= 0 && !slices.Contains(h.keep[fileOf(d.Source)], k) {
			return fileNames[fileOf(d.Source)] + "." + cmp.Or(fields[k].column[fileOf(d.Source)], name)
		}
	}
	return ""
}

// nearest feature, for an error.
func nearFeature(word string, defs []Definition) string {
	var all []string
	for i := range defs {
		all = append(all, defs[i].Name)
	}
	if n := strict.Nearest(word, all); n != "" {
		return " (nearest: " + n + ")"
	}
	return ""
}
