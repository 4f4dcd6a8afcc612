package delivery_test

import (
	"slices"
	"testing"
	"time"

	"segmenta/activate"
	"segmenta/activate/sandbox"
)

// typedFields are one of each type.
func typedFields() []activate.Field {
	label := func(en, es string) activate.Words { return activate.Words{En: en, Es: es} }
	options := []activate.Option{{ID: "vip", Label: label("VIP", "VIP"), Colour: "#1b9e55"}, {ID: "dormant", Label: label("Dormant", "Dormido"), Colour: "#c2413b"}, {ID: "new", Label: label("New", "Nuevo"), Colour: "#2266cc"}}
	return []activate.Field{
		{Name: "seg_name", Type: activate.Text, Label: label("Name", "Nombre")},
		{Name: "seg_score", Type: activate.Number, Digits: 3, Unit: "share", Label: label("Score", "Puntuación"), Description: label("the score", "la puntuación")},
		{Name: "seg_active", Type: activate.Bool, Label: label("Active", "Activo")},
		{Name: "seg_since", Type: activate.Date, Label: label("Since", "Desde")},
		{Name: "seg_seen", Type: activate.Moment, Label: label("Seen", "Visto")},
		{Name: "seg_stage", Type: activate.Choice, Options: options, Label: label("Stage", "Etapa")},
		{Name: "segmenta_conversion_probability_90d", Type: activate.Number, Digits: 2, Label: label("Long", "Largo")},
		{Name: "segmenta_conversion_probability_30d", Type: activate.Number, Digits: 2, Label: label("Long too", "También largo")},
		{Name: "seg_tags", Type: activate.Tags, Fixed: true, Options: options, Label: label("Tags", "Etiquetas")},
	}
}

// Whatever a field holds, what a CRM reads back is what was written: nothing is planned
// twice. What is emptied is empty. Fields are made with label and description; tags are the
// CRM's own, with their colours, where it has some. Rows 98, 177, 191.
func TestCRMTypes(t *testing.T) {
	day, moment := time.Date(2026, 2, 28, 0, 0, 0, 0, time.UTC), time.Date(2026, 3, 1, 17, 45, 0, 0, time.UTC)
	odd := `O'Brien "x" \ ñ ☀ ; , & = + # %` // what SOQL, CSV, GraphQL and addresses have to quote
	rows := [][]any{
		{"plain", 0.125, true, day, moment, "vip", 0.9, 0.3, []string{"vip"}},
		{odd, 0.0, false, day.AddDate(-30, 0, 0), moment.Add(-time.Hour), "dormant", 0.91, 0.31, []string{"dormant", "new"}},
		{"later empty", 1e6, true, day, moment, "new", 0.92, 0.32, []string{"new"}},
		{nil, nil, false, nil, nil, nil, nil, nil, nil}, // a checkbox of Salesforce or monday is never empty
	}
	for kind := range crmKinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := crmServer(t, kind, sandbox.Options{})
			d := contract(t, kind, s)
			d.Fields, d.Wants, d.OverwriteNulls = typedFields(), d.Wants[:len(rows)], true
			for i := range rows {
				d.Wants[i].Values = rows[i]
			}
			again := func(what string) {
				t.Helper()
				p := plan(t, d)
				for i := range p.Rows {
					if r := &p.Rows[i]; r.Status == activate.Created || r.Status == activate.Updated {
						t.Errorf("%s: %s is to be %s again: %v", what, r.ID, r.Status, r.Set)
					}
				}
			}
			plan(t, d)
			if r := apply(t, d); r.Partly() {
				t.Fatalf("%+v", r)
			}
			again("written")
			if kind == "zoho" || kind == "mailchimp" {
				if row, _ := s.server.Row(s.id(1)); !slices.Equal(row.Tags, []string{"dormant", "new"}) {
					t.Errorf("tags %v, want dormant and new", row.Tags)
				}
			}
			d.RunHash = "h2"
			d.Wants[1].Values = []any{"changed", 0.5, true, day, moment, "vip", 0.93, 0.33, []string{"vip", "new"}}
			d.Wants[2].Values = rows[3]
			plan(t, d)
			if r := apply(t, d); r.Partly() || r.Counts[activate.Updated] != 2 {
				t.Fatalf("%+v", r)
			}
			again("changed and emptied")
			if kind == "zoho" || kind == "mailchimp" {
				if row, _ := s.server.Row(s.id(1)); len(row.Tags) != 2 || slices.Contains(row.Tags, "dormant") {
					t.Errorf("tags %v, want vip and new", row.Tags)
				}
			}
			crmLabels(t, s.server)
		})
	}
}

// crmLabels looks whether fields were made with a label and a description.
func crmLabels(t *testing.T, server *sandbox.Server) {
	t.Helper()
	for name, f := range server.Fields() {
		if f.Label == "" || f.Type == "" {
			t.Errorf("%s was made without a label or a type: %+v", name, f)
		}
	}
}
