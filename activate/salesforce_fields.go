package activate

import (
	"context"
	"net/http"
	"strings"

	"segmenta/activate/fault"
)

// wire is a field's name there: custom ones end in __c.
func (s *salesforce) wire(f *Field) string {
	if own(f) || strings.HasSuffix(f.Name, "__c") {
		return f.Name
	}
	return short(f.Name, 40) + "__c"
}

func (s *salesforce) metadata(f *Field) (kind string, m map[string]any) {
	m = map[string]any{"label": cut(f.Label.In(s.o.Language), 40), "description": cut(f.Description.both(), 1000), "inlineHelpText": cut(f.Description.In(s.o.Language), 510)}
	if m["label"] == "" {
		m["label"] = cut(f.Name, 40)
	}
	switch f.Type {
	case Number:
		m["type"], m["precision"], m["scale"] = "Number", 18, max(f.Digits, 0)
		if f.Digits < 0 {
			m["scale"] = 8
		}
		return "double", m
	case Bool:
		m["type"], m["defaultValue"] = "Checkbox", "false"
		return "boolean", m
	case Date:
		m["type"] = "Date"
		return "date", m
	case Moment:
		m["type"] = "DateTime"
		return "datetime", m
	}
	m["type"], m["length"] = "Text", 255
	return "string", m
}

func (s *salesforce) Ensure(ctx context.Context, fields []Field, create bool) (missing []string, err error) {
	var have struct {
		Fields []struct{ Name, Type string }
	}
	if _, err := s.call(ctx, http.MethodGet, "/sobjects/"+s.s.Object+"/describe", nil, &have, true); err != nil {
		return nil, err
	}
	by := map[string]string{}
	for _, f := range have.Fields {
		by[f.Name] = f.Type
	}
	make := func(name string, m map[string]any) error {
		missing = append(missing, name)
		if !create {
			return nil
		}
		_, err := s.call(ctx, http.MethodPost, "/tooling/sobjects/CustomField", map[string]any{"FullName": s.s.Object + "." + name, "Metadata": m}, nil, true)
		if f, ok := fault.Of(err); ok && f.Code == "DUPLICATE_DEVELOPER_NAME" {
			return nil
		}
		return err
	}
	if _, ok := by[s.s.IDField]; !ok {
		if err := make(s.s.IDField, map[string]any{"label": "Segmenta ID", "type": "Text", "length": 255, "externalId": true, "unique": true, "caseSensitive": true}); err != nil {
			return missing, err
		}
	}
	for i := range fields {
		kind, m := s.metadata(&fields[i])
		name := s.wire(&fields[i])
		if got, ok := by[name]; !ok && own(&fields[i]) {
			return nil, absent(&fields[i])
		} else if !ok {
			if err := make(name, m); err != nil {
				return missing, err
			}
		} else if got = strings.ToLower(got); fields[i].Type != Text && kind != got && kind != "string" && got != "number" && got != "currency" && got != "percent" {
			return nil, misfit(&fields[i], got)
		}
	}
	return missing, nil
}
