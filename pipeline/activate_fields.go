package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"segmenta/activate"
	"segmenta/segment"
	"segmenta/strict"
	"segmenta/table"
)

// usualColumns are sent where the configuration names none; those that a run hasn't are
// left out.
func usualColumns(language string) []string {
	return []string{"lifecycle_stage", "journey_stage", "rfm_segment", "value_band", "vip", "churn_probability", "churn_band", "conversion_probability", "conversion_band",
		"clv", "p_alive", "next_order_date", "priority", "next_best_action_" + language, "micro_segment_name_" + language, "segments"}
}

// tagColumn is no column of a table: the lifecycle stage as a tag.
const tagColumn = "lifecycle_tag"

// contactColumns are looked up in the customers file, and treated as nobody's business.
var contactColumns = []string{"email", "phone", "name", "first_name", "last_name"}

// An outgoing column is one of ours with its field.
type outgoing struct {
	ours   string
	hash   string
	field  activate.Field
	column *table.Column // nil: tagColumn
}

// columnsOf decides what goes to a destination: their fields in order of name.
func (d *Destination) outgoing(t *table.Table, language string) (list []outgoing, err error) {
	prefix := "segmenta_"
	if d.Prefix != nil {
		prefix = *d.Prefix
	}
	for _, ours := range slices.Sorted(maps.Keys(d.Fields)) {
		c := t.Column(ours)
		if c == nil {
			return nil, d.noColumn(ours, t)
		}
		list = append(list, d.field(ours, d.Fields[ours], c, language))
	}
	if d.Defaults != nil && *d.Defaults || d.Defaults == nil && len(d.Fields) == 0 {
		for _, ours := range usualColumns(language) {
			if _, named := d.Fields[ours]; t.Column(ours) != nil && !named {
				list = append(list, d.field(ours, FieldMapping{To: prefix + ours}, t.Column(ours), language))
			}
		}
	}
	if d.Tags != "" {
		list = append(list, outgoing{ours: tagColumn, field: activate.Field{Name: d.Tags, Column: tagColumn, Type: activate.Tags, Fixed: true, Moves: true,
			Label: activate.Words{En: "Lifecycle stage", Es: "Etapa del ciclo de vida"}, Options: tagsOf(language)}})
	}
	slices.SortStableFunc(list, func(a, b outgoing) int { return strings.Compare(a.field.Name, b.field.Name) })
	for i := range list {
		if i > 0 && list[i].field.Name == list[i-1].field.Name {
			return nil, d.at.Errorf("fields: %s and %s both go to %q", list[i-1].ours, list[i].ours, list[i].field.Name)
		}
	}
	return list, nil
}

func (d *Destination) noColumn(ours string, t *table.Table) error {
	var have []string
	for _, c := range t.Columns {
		have = append(have, c.Name)
	}
	problem := fmt.Sprintf("fields: there is no column %q in the run", ours)
	if near := strict.Nearest(ours, have); near != "" {
		problem += fmt.Sprintf("; did you mean %q?", near)
	}
	return d.at.Errorf("%s", problem)
}

// field describes a column to a destination, in the words of the column dictionary.
func (d *Destination) field(ours string, m FieldMapping, c *table.Column, language string) outgoing {
	f := activate.Field{Name: m.To, Column: ours, Unit: c.Unit, Digits: 2, Label: activate.Words{En: labelOf(ours), Es: capital(c.Es)}, Description: activate.Words{En: capital(c.En), Es: capital(c.Es)}}
	if f.Label.Es == "" || len([]rune(f.Label.Es)) > 60 {
		f.Label.Es = f.Label.En
	}
	switch c.Kind {
	case table.Bool:
		f.Type = activate.Bool
	case table.Int32, table.Int64:
		f.Type, f.Digits = activate.Number, 0
	case table.Float32, table.Float64:
		f.Type = activate.Number
	case table.Time:
		if f.Type = activate.Moment; strings.HasSuffix(ours, "_date") {
			f.Type = activate.Date
		}
	default:
		f.Type = activate.Text
	}
	if m.Digits != nil {
		f.Digits = *m.Digits
	}
	if names := optionsOf(ours); names != nil {
		f.Type, f.Moves = activate.Choice, true
		for _, n := range names {
			f.Options = append(f.Options, activate.Option{ID: n.ID, Label: activate.Words{En: n.En, Es: n.Es}, Colour: n.Colour})
		}
	}
	if slices.Contains(contactColumns, ours) {
		f.Fixed = true
	}
	if m.Hash != "" {
		f.Type = activate.Text
	}
	return outgoing{ours, m.Hash, f, c}
}

// labelOf makes words of a column's name.
func labelOf(column string) string { return capital(strings.ReplaceAll(column, "_", " ")) }

// tagsOf lists the tags of the lifecycle stages: their names in the reader's language,
// with the stages' colours.
func tagsOf(language string) (list []activate.Option) {
	for _, n := range segment.Stages {
		list = append(list, activate.Option{ID: words{n.En, n.Es}.in(language), Label: activate.Words{En: n.En, Es: n.Es}, Colour: n.Colour})
	}
	return list
}

// value is what a row's field is to hold.
func (o *outgoing) value(i int, stage *table.Column, language string) any {
	c := o.column
	switch {
	case o.ours == tagColumn:
		for _, n := range segment.Stages {
			if stage != nil && stage.Text(i) == n.ID {
				return []string{words{n.En, n.Es}.in(language)}
			}
		}
		return nil
	case c.IsNull(i):
		return nil
	case o.hash != "":
		return hashed(o.ours, c.Format(i))
	case c.Kind == table.Bool:
		return c.Bools[i]
	case c.Kind == table.String:
		if v := c.Text(i); v != "" {
			return v
		}
		return nil
	case c.Kind == table.Time:
		return time.UnixMicro(c.Ints[i]).UTC()
	}
	return o.field.Parse(c.Number(i))
}

// hashed is the SHA-256 by which others match a person: of an e-mail in small letters
// without spaces around, of a phone with its digits only.
func hashed(column, text string) any {
	switch text = strings.TrimSpace(text); column {
	case "email":
		text = strings.ToLower(text)
	case "phone":
		text = strings.Map(func(r rune) rune {
			if r < '0' || r > '9' {
				return -1
			}
			return r
		}, text)
		text = strings.TrimPrefix(text, "00")
	}
	if text == "" {
		return nil
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
