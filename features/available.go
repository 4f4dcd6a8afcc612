package features

import (
	"strings"

	"segmenta/strict"
)

// needs names what the inputs must have: a file, or a column of it.
func (d *Definition) needs() (file, column string) {
	file = "transactions"
	if d.Source == "events" {
		file = "events"
	}
	column = map[string]string{"quantity": "quantity", "discount": "discount", "category": "category", "product": "product_id", "channel": "channel", "value": "value"}[d.Field]
	if column != "" {
		column = file + "." + column
	}
	return file, column
}

// An Off is a feature that these inputs can't give, and why.
type Off struct{ Name, En, Es string }

// Available splits definitions into those that the history's sources can answer
// and those that they can't, both in the order given.
func (h *History) Available(defs []Definition) (on []Definition, off []Off) {
	for i := range defs {
		if en, es := h.lacks(&defs[i]); en != "" {
			off = append(off, Off{defs[i].Name, en, es})
			continue
		}
		on = append(on, defs[i])
	}
	return on, off
}

// lacks says what a definition needs and the history doesn't have.
func (h *History) lacks(d *Definition) (en, es string) {
	if derived[d.Measure] {
		if en, es = h.lacks(d.of); en == "" {
			en, es = h.lacks(d.to)
		}
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
	file, column := d.needs()
	switch {
	case !h.has[file]:
		return "there is no " + file + " source", "no hay fuente " + file
	case column != "" && !h.has[column]:
		return "no column is mapped to " + column, "ninguna columna corresponde a " + column
	}
	return "", ""
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
