package features

import (
	"slices"

	"segmenta/table"
)

// Profiles returns the customers file's columns, one row for each customer of
// the snapshot; all null for those whom the file doesn't name, or names only
// after the moment. It is nil where there is no customers file.
func (h *History) Profiles(s *Snapshot) *table.Table {
	if h.profiles == nil {
		return nil
	}
	from := h.profileRows(s)
	t := &table.Table{}
	for _, c := range h.profiles.Columns {
		t.Add(pickRows(c, from))
	}
	return t
}

// profileRows is each customer's row of the customers file, −1 where it names them
// only after the moment or not at all.
func (h *History) profileRows(s *Snapshot) []int32 {
	from := make([]int32, len(s.places))
	for i, at := range s.places {
		p := &h.parts[at.part]
		from[i] = p.profile[at.customer]
		if c := p.created[at.customer]; c != unset && c >= s.AsOf.UnixMicro() {
			from[i] = -1
		}
	}
	return from
}

// pickRows picks rows of a column; −1 is null. A text column's dictionary holds
// what the picked rows hold, in order of first appearance.
func pickRows(c *table.Column, from []int32) *table.Column {
	out := &table.Column{Name: c.Name, Kind: c.Kind, Unit: c.Unit, En: c.En, Es: c.Es, Null: make([]bool, len(from))}
	code := fill(len(c.Dict), int32(-1))
	for i, k := range from {
		out.Null[i] = k < 0 || c.IsNull(int(k))
		k = max(k, 0)
		switch {
		case c.Kind == table.Bool:
			out.Bools = append(out.Bools, !out.Null[i] && c.Bools[k])
		case c.Kind == table.Float32 || c.Kind == table.Float64:
			v := 0.0
			if !out.Null[i] {
				v = c.Floats[k]
			}
			out.Floats = append(out.Floats, v)
		case c.Kind != table.String:
			v := int64(0)
			if !out.Null[i] {
				v = c.Ints[k]
			}
			out.Ints = append(out.Ints, v)
		case out.Null[i]:
			out.Codes = append(out.Codes, 0)
		default:
			if code[c.Codes[k]] < 0 {
				code[c.Codes[k]] = int32(len(out.Dict))
				out.Dict = append(out.Dict, c.Dict[c.Codes[k]])
			}
			out.Codes = append(out.Codes, code[c.Codes[k]])
		}
	}
	if !slices.Contains(out.Null, true) {
		out.Null = nil
	}
	return out
}
