package activate

import (
	"context"
	"net/http"

	"segmenta/activate/fault"
)

type hubspotProperty struct {
	Name        string          `json:"name"`
	Label       string          `json:"label"`
	Group       string          `json:"groupName,omitempty"`
	Type        string          `json:"type"`
	FieldType   string          `json:"fieldType"`
	Description string          `json:"description,omitempty"`
	Unique      bool            `json:"hasUniqueValue,omitempty"`
	Hint        string          `json:"numberDisplayHint,omitempty"`
	Options     []hubspotOption `json:"options,omitempty"`
}

type hubspotOption struct {
	Label string `json:"label"`
	Value string `json:"value"`
	Order int    `json:"displayOrder"`
}

var hubspotTypes = map[Type][2]string{
	Text: {"string", "text"}, Number: {"number", "number"}, Bool: {"bool", "booleancheckbox"}, Date: {"date", "date"}, Moment: {"datetime", "date"},
	Choice: {"enumeration", "select"}, Tags: {"enumeration", "checkbox"},
}

func (h *hubspot) property(f *Field) hubspotProperty {
	kind := hubspotTypes[f.Type]
	if kind[0] == "enumeration" && len(f.Options) == 0 {
		kind = hubspotTypes[Text]
	}
	p := hubspotProperty{Name: f.Name, Label: f.Label.In(h.language), Group: h.s.Group, Type: kind[0], FieldType: kind[1], Description: f.Description.both()}
	if kind[0] == "enumeration" {
		for i, o := range f.Options {
			p.Options = append(p.Options, hubspotOption{o.Label.In(h.language), o.ID, i})
		}
	}
	if kind[0] == "bool" { // which is a choice of two there
		p.Options = []hubspotOption{{Words{"Yes", "Sí"}.In(h.language), "true", 0}, {"No", "false", 1}}
	}
	if f.Unit == "share" {
		p.Hint = "percentage"
	}
	if p.Label == "" {
		p.Label = f.Name
	}
	return p
}

func (h *hubspot) Ensure(ctx context.Context, fields []Field, create bool) (missing []string, err error) {
	var have struct{ Results []hubspotProperty }
	if _, err := h.call(ctx, http.MethodGet, "/crm/v3/properties/contacts", nil, &have, true); err != nil {
		return nil, err
	}
	by := map[string]hubspotProperty{}
	for _, p := range have.Results {
		by[p.Name] = p
	}
	var add []hubspotProperty
	if _, ok := by[h.s.IDProperty]; !ok {
		add = append(add, hubspotProperty{Name: h.s.IDProperty, Label: "Segmenta ID", Group: h.s.Group, Type: "string", FieldType: "text", Unique: true,
			Description: Words{"The customer's id in segmenta", "Identificador del cliente en segmenta"}.both()})
	}
	for i := range fields {
		want, f := h.property(&fields[i]), &fields[i]
		if got, ok := by[f.Name]; !ok && own(f) {
			return nil, absent(f)
		} else if !ok {
			add = append(add, want)
		} else if got.Type != want.Type && got.Type != "string" && !(got.Type == "enumeration" && want.Type == "string") {
			return nil, misfit(f, got.Type)
		}
	}
	for _, p := range add {
		missing = append(missing, p.Name)
		if !create {
			continue
		}
		// A property that somebody made meanwhile is there: 409.
		if _, err := h.call(ctx, http.MethodPost, "/crm/v3/properties/contacts", p, nil, true); err != nil && !conflict(err) {
			return missing, err
		}
	}
	return missing, nil
}

// conflict reports that what was to be made is there.
func conflict(err error) bool {
	f, ok := fault.Of(err)
	return ok && f.Status == http.StatusConflict
}
