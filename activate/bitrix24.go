package activate

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"segmenta/activate/secret"
	"segmenta/activate/web"
)

type bitrixSettings struct {
	URL     secret.Open `yaml:"url" jsonschema_description:"of the incoming webhook: https://PORTAL.bitrix24.com/rest/1/${CODE}, made with the right crm"`
	IDField string      `yaml:"id_field" jsonschema_description:"the contact's field that holds our id (default UF_CRM_SEGMENTA_ID)"`
}

// bitrix24 has no upsert and no key: a contact is found by a field that holds our id, then
// updated, or added where there was none. Both go fifty at a time in a batch. An add whose
// answer is lost is Unsure, so that it is looked for before it is added again.
type bitrix24 struct {
	web   *web.Client
	url   string
	id    string
	parts int // batches of commands a Send
}

func openBitrix24(s *bitrixSettings, o Opening) (Destination, error) {
	b := &bitrix24{url: strings.TrimRight(s.URL.Reveal(), "/"), id: s.IDField, parts: 4}
	if b.url == "" {
		return nil, errors.New("url is missing: https://PORTAL.bitrix24.com/rest/1/${CODE}")
	}
	if b.id == "" {
		b.id = "UF_CRM_SEGMENTA_ID"
	}
	var err error
	// A bucket of 50 that drains 2 a second; Enterprise has 250 and 5.
	b.web, err = o.Client(nil, web.Rate{Requests: 2, Per: time.Second, Burst: 45})
	return b, err
}

// Limits: finding takes one request for fifty times fifty contacts, so a Send is several
// batches of fifty.
func (b *bitrix24) Limits() Limits {
	return Limits{Batch: 50 * b.parts, Read: 2500, Parallel: 1, Removes: true}
}

func (b *bitrix24) Close() error {
	b.web.Close()
	return nil
}

// wire is a field's name there: ours begin with UF_CRM_ and have 50 characters with it.
func (b *bitrix24) wire(f *Field) string {
	if own(f) || strings.HasPrefix(f.Name, "UF_CRM_") {
		return f.Name
	}
	return "UF_CRM_" + strings.ToUpper(short(f.Name, 43))
}

var bitrixTypes = map[Type]string{Text: "string", Number: "double", Bool: "boolean", Date: "date", Moment: "datetime", Choice: "string", Tags: "string"}

func (b *bitrix24) Ensure(ctx context.Context, fields []Field, create bool) (missing []string, err error) {
	var have struct {
		Result []struct {
			Name string `json:"FIELD_NAME"`
			Type string `json:"USER_TYPE_ID"`
		} `json:"result"`
	}
	if _, err := b.call(ctx, "crm.contact.userfield.list", map[string]any{}, &have, true); err != nil {
		return nil, err
	}
	by := map[string]string{}
	for _, f := range have.Result {
		by[f.Name] = f.Type
	}
	id := Field{Name: b.id, Type: Text, Label: Words{"Segmenta ID", "ID de Segmenta"}, Description: Words{"The customer's id in segmenta", "Identificador del cliente en segmenta"}}
	for _, f := range append([]Field{id}, fields...) {
		name := b.wire(&f)
		if got, ok := by[name]; ok && f.Type == Number && !slices.Contains([]string{"double", "integer", "money", "string"}, got) {
			return nil, misfit(&f, got)
		} else if ok || own(&f) {
			continue
		}
		missing = append(missing, name)
		if !create {
			continue
		}
		label, help := map[string]string{"en": f.Label.En, "es": f.Label.Es}, map[string]string{"en": f.Description.En, "es": f.Description.Es}
		settings := map[string]any{"FIELD_NAME": name, "USER_TYPE_ID": bitrixTypes[f.Type], "EDIT_FORM_LABEL": label, "LIST_COLUMN_LABEL": label, "LIST_FILTER_LABEL": label, "HELP_MESSAGE": help, "XML_ID": name, "SHOW_FILTER": "Y"}
		if f.Type == Number {
			settings["SETTINGS"] = map[string]any{"PRECISION": min(max(f.Digits, 2), 12)}
		}
		if _, err := b.call(ctx, "crm.contact.userfield.add", map[string]any{"fields": settings}, &struct{}{}, false); err != nil {
			return missing, err
		}
	}
	return missing, nil
}
