package activate

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"segmenta/activate/fault"
	"segmenta/activate/secret"
	"segmenta/activate/web"
)

// trytonSettings are those of a Tryton server.
type trytonSettings struct {
	URL      secret.Open `yaml:"url" jsonschema_description:"of the database: https://tryton.example/DATABASE"`
	User     secret.Open `yaml:"user" jsonschema_description:"who writes there"`
	Password secret.Text `yaml:"password" jsonschema_description:"as ${NAME} or file:path"`
	Model    string      `yaml:"model" jsonschema_description:"default party.party"`
	Key      string      `yaml:"key" jsonschema_description:"its field of the external ids, which must be unique (default external_id)"`
	NewName  string      `yaml:"name" jsonschema_description:"its field that gets the external id as a name where a party is made (default name)"`
	Batch    int         `yaml:"batch" jsonschema_description:"parties in a call (default 100)"`
}

// A tryton is a model of a Tryton server, by JSON-RPC: a call's list is applied as a
// whole or rolled back, and fails inside a 200. Fields of one's own come from a module,
// as docs/activation.md has one.
type tryton struct {
	s   trytonSettings
	web *web.Client

	mu    sync.Mutex
	types map[string]string // of the model's fields
}

func openTryton(s *trytonSettings, o Opening) (Destination, error) {
	t := &tryton{s: *s}
	if s.URL.Reveal() == "" || s.User.Reveal() == "" || s.Password.IsZero() {
		return nil, errors.New("url, user and password are needed")
	}
	t.s.Model, t.s.Key, t.s.NewName = cmp.Or(s.Model, "party.party"), cmp.Or(s.Key, "external_id"), cmp.Or(s.NewName, "name")
	if t.s.Batch <= 0 {
		t.s.Batch = 100
	}
	login, err := o.Client(nil)
	if err != nil {
		return nil, err
	}
	t.web, err = o.Client(&trytonSession{s: t.s, web: login, language: o.Language, secrets: o.Web.Secrets})
	return t, err
}

func (t *tryton) Limits() Limits {
	return Limits{Batch: t.s.Batch, Read: 500, Parallel: 1, Removes: true}
}

func (t *tryton) model(ctx context.Context, repeatable bool, method string, params ...any) (json.RawMessage, error) {
	return call(ctx, t.web, t.s.URL.Reveal(), repeatable, "model."+t.s.Model+"."+method, params...)
}

// Ensure looks whether the model has our fields. It can't make them.
func (t *tryton) Ensure(ctx context.Context, fields []Field, _ bool) ([]string, error) {
	answer, err := t.model(ctx, true, "fields_get", nil, 0, map[string]any{})
	if err != nil {
		return nil, err
	}
	var have map[string]struct{ Type string }
	if err := json.Unmarshal(answer, &have); err != nil {
		return nil, fmt.Errorf("the fields of %s can't be read", t.s.Model)
	}
	types, missing := make(map[string]string), []string(nil)
	for name, f := range have {
		types[name] = f.Type
	}
	for _, name := range append([]string{t.s.Key}, namesOf(fields)...) {
		if types[name] == "" {
			missing = append(missing, name)
		}
	}
	if missing != nil {
		return nil, &fault.Fault{Class: fault.Auth, Reason: fmt.Sprintf("%s has no field %s: a module adds them, docs/activation.md has one", t.s.Model, strings.Join(missing, ", "))}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.types = types
	return nil, nil
}

func namesOf(fields []Field) (names []string) {
	for _, f := range fields {
		names = append(names, f.Name)
	}
	return names
}

// Read looks for parties by their external ids, those that were put away among them.
func (t *tryton) Read(ctx context.Context, ids []string, fields []Field) (map[string]Record, error) {
	answer, err := t.model(ctx, true, "search_read", [][]any{{t.s.Key, "in", ids}}, 0, nil, nil, append([]string{t.s.Key}, namesOf(fields)...), map[string]any{"active_test": false})
	if err != nil {
		return nil, err
	}
	var rows []map[string]any
	if err := json.Unmarshal(answer, &rows); err != nil {
		return nil, &fault.Fault{Class: fault.Transient, Reason: "the answer can't be read"}
	}
	have := make(map[string]Record)
	for _, row := range rows {
		id, _ := row[t.s.Key].(string)
		remote, _ := row["id"].(float64)
		r := Record{Remote: fmt.Sprintf("%.0f", remote), Values: make(map[string]any)}
		for _, f := range fields {
			r.Values[f.Name] = trytonRead(row[f.Name])
		}
		have[id] = r
	}
	return have, nil
}

func (t *tryton) Close() error {
	t.web.Close()
	return nil
}
