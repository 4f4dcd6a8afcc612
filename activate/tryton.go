package activate

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
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

// A trytonSession is who we are to the server, until it has forgotten.
type trytonSession struct {
	s        trytonSettings
	web      *web.Client
	language string
	secrets  *secret.Scrubber
	token    string
}

func (k *trytonSession) Authorize(h http.Header) {
	if k.token != "" {
		h.Set("Authorization", "Session "+k.token)
	}
}

// Refresh logs in.
func (k *trytonSession) Refresh(ctx context.Context) error {
	answer, err := call(ctx, k.web, k.s.URL.Reveal(), true, "common.db.login", k.s.User.Reveal(), map[string]string{"password": k.s.Password.Reveal()}, k.language)
	if err != nil {
		return err
	}
	var who []any
	if err := json.Unmarshal(answer, &who); err != nil || len(who) < 2 {
		return errors.New("the answer to the login can't be read")
	}
	id, _ := who[0].(float64)
	session, _ := who[1].(string)
	k.secrets.Add(session)
	k.token = base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%s:%.0f:%s", k.s.User.Reveal(), id, session))
	return nil
}

// call makes one remote call.
func call(ctx context.Context, w *web.Client, url string, repeatable bool, method string, params ...any) (json.RawMessage, error) {
	body, err := json.Marshal(map[string]any{"id": 1, "method": method, "params": params})
	if err != nil {
		return nil, err
	}
	answer, err := w.Do(ctx, web.Request{Method: http.MethodPost, URL: strings.TrimSuffix(url, "/") + "/rpc/", Body: body, Repeatable: repeatable,
		Header: http.Header{"Content-Type": {"application/json"}}, Judge: trytonJudge})
	if err != nil {
		return nil, err
	}
	var r struct{ Result json.RawMessage }
	if err := json.Unmarshal(answer.Body, &r); err != nil {
		return nil, &fault.Fault{Class: fault.Unknown, Host: answer.Host, Status: answer.Status, Reason: "the answer can't be read"}
	}
	return r.Result, nil
}

// trytonJudge finds the error inside a 200. Its first word says what kind it is; another
// text is what the server stumbled over in a value.
func trytonJudge(r *web.Response) *fault.Fault {
	if f := web.Judge(r); f != nil {
		return f
	}
	var said struct{ Error []any }
	if json.Unmarshal(r.Body, &said) != nil || len(said.Error) == 0 {
		return nil
	}
	kind, _ := said.Error[0].(string)
	f := &fault.Fault{Class: fault.Refused, Code: kind}
	if len(said.Error) > 1 {
		if text, ok := said.Error[1].(string); ok && !strings.Contains(text, "Traceback") {
			f.Reason = firstLine(text)
		}
	}
	switch kind {
	case "ConcurrencyException":
		f.Class = fault.Transient
	case "RateLimitException":
		f.Class = fault.Rate
	case "LoginException", "NotLogged":
		f.Class, f.Status = fault.Auth, http.StatusUnauthorized
	case "UserError", "UserWarning":
	default:
		f.Code, f.Reason = "ServerError", firstLine(kind)
	}
	return f
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	if r := []rune(s); len(r) > 200 {
		s = string(r[:200]) + "…"
	}
	return s
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

// Send makes the parties that there aren't, and writes the others: two calls, each
// applied as a whole or not at all.
func (t *tryton) Send(ctx context.Context, batch []Operation) ([]Outcome, error) {
	var fresh, known []int
	for i := range batch {
		if batch[i].Remote == "" {
			fresh = append(fresh, i)
		} else {
			known = append(known, i)
		}
	}
	out := make([]Outcome, len(batch))
	created, err := t.create(ctx, batch, fresh)
	if err = partly(out, fresh, len(known) == 0, err); err != nil {
		return nil, err
	}
	for k, i := range fresh {
		if out[i].Status == "" {
			out[i] = Outcome{Status: Created, HTTP: http.StatusOK, Remote: created[k]}
		}
	}
	err = t.write(ctx, batch, known)
	if err = partly(out, known, len(fresh) == 0, err); err != nil {
		return nil, err
	}
	for _, i := range known {
		if out[i].Status == "" {
			out[i] = Outcome{Status: Updated, HTTP: http.StatusOK, Remote: batch[i].Remote}
		}
	}
	return out, nil
}

// partly says what a fault of some rows of a batch means where others may have fared
// better: they are sent again by themselves, or looked up.
func partly(out []Outcome, rows []int, all bool, err error) error {
	f, ok := fault.Of(err)
	switch {
	case err == nil || len(rows) == 0:
		return nil
	case all || !ok:
		return err
	}
	o := Outcome{Status: Unprocessed, HTTP: f.Status, Code: f.Code, Reason: f.Reason}
	switch {
	case f.Class == fault.Unknown:
		o.Status = Unsure
	case f.Class == fault.Refused && len(rows) == 1:
		o.Status = Rejected
	}
	for _, i := range rows {
		out[i] = o
	}
	return nil
}

func (t *tryton) create(ctx context.Context, batch []Operation, rows []int) (ids []string, err error) {
	if len(rows) == 0 {
		return nil, nil
	}
	list := make([]map[string]any, len(rows))
	for k, i := range rows {
		list[k] = t.values(&batch[i])
		list[k][t.s.Key] = batch[i].ID
		if _, named := list[k][t.s.NewName]; !named && t.types[t.s.NewName] != "" {
			list[k][t.s.NewName] = batch[i].ID
		}
	}
	answer, err := t.model(ctx, false, "create", list, map[string]any{})
	if err != nil {
		return nil, err
	}
	var made []json.Number
	if err := json.Unmarshal(answer, &made); err != nil || len(made) != len(rows) {
		return nil, &fault.Fault{Class: fault.Unknown, Reason: "the answer can't be read"}
	}
	for _, id := range made {
		ids = append(ids, id.String())
	}
	return ids, nil
}

func (t *tryton) write(ctx context.Context, batch []Operation, rows []int) error {
	if len(rows) == 0 {
		return nil
	}
	var pairs []any
	for _, i := range rows {
		pairs = append(pairs, []json.Number{json.Number(batch[i].Remote)}, t.values(&batch[i]))
	}
	_, err := t.model(ctx, true, "write", append(pairs, map[string]any{})...)
	return err
}

func (t *tryton) values(o *Operation) map[string]any {
	m := make(map[string]any)
	for _, v := range o.Values {
		m[v.Field.Name] = trytonValue(t.types[v.Field.Name], v)
	}
	return m
}

func (t *tryton) Close() error {
	t.web.Close()
	return nil
}
