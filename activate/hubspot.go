package activate

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"segmenta/activate/fault"
	"segmenta/activate/secret"
	"segmenta/activate/web"
)

type hubspotSettings struct {
	Token        secret.Text `yaml:"token" jsonschema_description:"access token of a private app with crm.objects.contacts.read, .write and crm.schemas.contacts.write"`
	RefreshToken secret.Text `yaml:"refresh_token" jsonschema_description:"instead of token, of a public app"`
	ClientID     secret.Text `yaml:"client_id" jsonschema_description:"of the public app"`
	ClientSecret secret.Text `yaml:"client_secret" jsonschema_description:"of the public app"`
	URL          string      `yaml:"url" jsonschema_description:"where the API is (default https://api.hubapi.com)"`
	IDProperty   string      `yaml:"id_property" jsonschema_description:"the contact property with unique values that holds our id (default segmenta_id; email needs none of its own)"`
	Group        string      `yaml:"group" jsonschema_description:"the property group that new properties go to (default contactinformation)"`
	Batch        int         `yaml:"batch" jsonschema_description:"contacts in a request, at most 100 (default 100)"`
}

// hubspot writes contacts by batch upsert on a property with unique values, reads them
// back by batch read, and makes properties. Values travel as text; the empty text clears.
// There are no tags: a list of tags is a property with several choices.
type hubspot struct {
	api
	s        hubspotSettings
	language string
	auth     *oauth
}

func openHubSpot(s *hubspotSettings, o Opening) (Destination, error) {
	if s.URL == "" {
		s.URL = "https://api.hubapi.com"
	}
	if s.IDProperty == "" {
		s.IDProperty = "segmenta_id"
	}
	if s.Group == "" {
		s.Group = "contactinformation"
	}
	if s.Batch <= 0 {
		s.Batch = 100
	}
	auth, err := o.oauth("Bearer ", s.URL+"/oauth/v1/token", oauthSettings{s.Token, s.ClientID, s.ClientSecret, s.RefreshToken})
	if err != nil {
		return nil, err
	}
	// 190 in any 10 s (Professional): 10 at once and 18 a second stay within.
	client, err := o.Client(auth, web.Rate{Requests: 180, Per: 10 * time.Second, Burst: 10})
	return &hubspot{api{base: s.URL, web: client, judge: hubspotJudge}, *s, o.Language, auth}, err
}

func (h *hubspot) Limits() Limits {
	return Limits{Batch: h.s.Batch, Bytes: 2_000_000, Read: 100, Parallel: 4, Repeatable: true, Removes: true}
}

func (h *hubspot) Close() error {
	h.web.Close()
	h.auth.close()
	return nil
}

type hubspotError struct {
	Category   string              `json:"category"`
	Message    string              `json:"message"`
	PolicyName string              `json:"policyName"`
	Context    map[string][]string `json:"context"`
}

// hubspotJudge tells the day's limit from that of ten seconds, and a property that isn't
// there from a value that isn't taken.
func hubspotJudge(r *web.Response) *fault.Fault {
	f := web.Judge(r)
	if f == nil {
		return nil
	}
	var e hubspotError
	if json.Unmarshal(r.Body, &e) != nil {
		// context can hold more than lists of texts
		_ = json.Unmarshal(r.Body, &struct{ Category, Message, PolicyName *string }{&e.Category, &e.Message, &e.PolicyName})
	}
	f.Code, f.Reason = e.Category, plain(e.Message, nil)
	switch {
	case f.Class == fault.Rate && e.PolicyName == "DAILY":
		f.Class, f.Code = fault.Quota, e.PolicyName
	case f.Class == fault.Rate && f.After == 0:
		f.Code, f.After = e.PolicyName, hubspotWait(r)
	case strings.Contains(e.Message, "PROPERTY_DOESNT_EXIST"):
		f.Class = fault.Auth
	}
	return f
}

// hubspotWait is how long the window is that the headers speak of: no Retry-After is documented.
func hubspotWait(r *web.Response) time.Duration {
	ms, err := strconv.Atoi(r.Header.Get("X-HubSpot-RateLimit-Interval-Milliseconds"))
	if err != nil || ms < 0 || ms > 60_000 || r.Header.Get("X-HubSpot-RateLimit-Remaining") != "0" {
		return 0
	}
	return time.Duration(ms) * time.Millisecond
}

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

func (h *hubspot) Read(ctx context.Context, ids []string, fields []Field) (map[string]Record, error) {
	type input struct {
		ID string `json:"id"`
	}
	return readAll(ids, 100, h.s.IDProperty, func(some []string, found map[string]Record) (bool, error) {
		body := struct {
			Inputs     []input  `json:"inputs"`
			IDProperty string   `json:"idProperty"`
			Properties []string `json:"properties"`
		}{IDProperty: h.s.IDProperty, Properties: []string{h.s.IDProperty}}
		for _, id := range some {
			body.Inputs = append(body.Inputs, input{id})
		}
		for i := range fields {
			body.Properties = append(body.Properties, fields[i].Name)
		}
		var got struct {
			Results []struct {
				ID         string
				Properties map[string]*string
			}
			Errors []struct {
				Context map[string]json.RawMessage
			}
		}
		if _, err := h.call(ctx, http.MethodPost, "/crm/v3/objects/contacts/batch/read", body, &got, true); err != nil {
			return false, err
		}
		for _, r := range got.Results {
			if id := r.Properties[h.s.IDProperty]; id != nil && slices.Contains(some, *id) {
				found[*id] = Record{r.ID, hubspotValues(r.Properties, fields)}
			}
		}
		var gone []string // those that it says it has not
		for _, e := range got.Errors {
			var ids []string
			_ = json.Unmarshal(e.Context["ids"], &ids)
			gone = append(gone, ids...)
		}
		return !slices.ContainsFunc(some, func(id string) bool { _, ok := found[id]; return !ok && !slices.Contains(gone, id) }), nil
	})
}

func hubspotValues(properties map[string]*string, fields []Field) map[string]any {
	values := map[string]any{}
	for i := range fields {
		f := &fields[i]
		if text := properties[f.Name]; text != nil {
			values[f.Name] = *text
			if f.Type == Tags {
				values[f.Name] = strings.Split(*text, ";")
			}
		}
	}
	return values
}

type hubspotInput struct {
	ID         string            `json:"id"`
	IDProperty string            `json:"idProperty"`
	Trace      string            `json:"objectWriteTraceId"`
	Properties map[string]string `json:"properties"`
}

func (h *hubspot) Send(ctx context.Context, batch []Operation) ([]Outcome, error) {
	if batch[0].Action == Notify {
		return nil, errors.New("hubspot takes no events")
	}
	body := struct {
		Inputs []hubspotInput `json:"inputs"`
	}{make([]hubspotInput, len(batch))}
	for i, o := range batch {
		in := hubspotInput{o.ID, h.s.IDProperty, strconv.Itoa(i), map[string]string{}}
		for _, v := range o.Values {
			text := v.Field.Format(v.New)
			if v.Field.Type == Tags {
				text = strings.ReplaceAll(text, ",", ";")
			}
			if o.Action == Clear {
				text = ""
			}
			in.Properties[v.Field.Name] = text
		}
		body.Inputs[i] = in
	}
	var got hubspotAnswer
	answer, err := h.call(ctx, http.MethodPost, "/crm/v3/objects/contacts/batch/upsert", body, &got, true)
	if err != nil {
		return nil, of(batch, err)
	}
	return got.outcomes(batch, answer), nil
}

type hubspotAnswer struct {
	Results []struct {
		ID    string `json:"id"`
		New   bool   `json:"new"`
		Trace string `json:"objectWriteTraceId"`
	} `json:"results"`
	Errors []struct {
		Category string                     `json:"category"`
		Message  string                     `json:"message"`
		Context  map[string]json.RawMessage `json:"context"`
	} `json:"errors"`
}

// outcomes joins the answer's lists with the batch by the trace that each row carried. A
// row that neither list names may have been written or not.
func (a *hubspotAnswer) outcomes(batch []Operation, answer *web.Response) []Outcome {
	out := make([]Outcome, len(batch))
	for _, e := range a.Errors {
		var traces []string
		_ = json.Unmarshal(e.Context["objectWriteTraceId"], &traces)
		for _, trace := range traces {
			if i, err := strconv.Atoi(trace); err == nil && i >= 0 && i < len(batch) {
				out[i] = refusal(&batch[i], answer, e.Category, e.Message)
			}
		}
		var ids []string
		_ = json.Unmarshal(e.Context["id"], &ids)
		for i := range batch {
			if len(traces) == 0 && slices.Contains(ids, batch[i].ID) {
				out[i] = refusal(&batch[i], answer, e.Category, e.Message)
			}
		}
	}
	for _, r := range a.Results {
		if i, err := strconv.Atoi(r.Trace); err == nil && i >= 0 && i < len(batch) && out[i].Status == "" {
			out[i] = took(&batch[i], r.New, answer)
			out[i].Remote = r.ID
		}
	}
	return all(batch, out, Outcome{Status: Unsure, HTTP: answer.Status, Reason: "its answer doesn't name this row"})
}
