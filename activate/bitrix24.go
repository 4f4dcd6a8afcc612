package activate

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"segmenta/activate/fault"
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

func bitrixJudge(r *web.Response) *fault.Fault {
	f := web.Judge(r)
	var e struct {
		Error string `json:"error"`
		Text  string `json:"error_description"`
		Time  struct {
			Reset float64 `json:"operating_reset_at"`
		} `json:"time"`
	}
	_ = json.Unmarshal(r.Body, &e)
	if f == nil && e.Error == "" {
		return nil
	}
	if f == nil {
		f = &fault.Fault{Class: fault.Refused}
	}
	f.Code, f.Reason = e.Error, plain(e.Text, nil)
	switch strings.ToUpper(e.Error) {
	case "QUERY_LIMIT_EXCEEDED":
		f.Class, f.After = fault.Rate, max(f.After, time.Second)
	case "OPERATION_TIME_LIMIT":
		f.Class = fault.Rate
		if at := time.Unix(int64(min(max(e.Time.Reset, 0), 1e11)), 0); f.After == 0 && at.After(r.At) {
			f.After = at.Sub(r.At)
		}
	case "EXPIRED_TOKEN", "INVALID_TOKEN", "NO_AUTH_FOUND", "INVALID_CREDENTIALS", "INSUFFICIENT_SCOPE", "ACCESS_DENIED", "ERROR_METHOD_NOT_FOUND":
		f.Class = fault.Auth
	}
	return f
}

// call asks for one method.
func (b *bitrix24) call(ctx context.Context, method string, params any, out any, repeatable bool) (*web.Response, error) {
	body, err := json.Marshal(params)
	if err != nil {
		return nil, err
	}
	answer, err := b.web.Do(ctx, web.Request{Method: http.MethodPost, URL: b.url + "/" + method, Body: body, Repeatable: repeatable, Judge: bitrixJudge,
		Header: http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json"}}})
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(answer.Body, out); err != nil {
		return nil, &fault.Fault{Class: fault.Unknown, Host: answer.Host, Status: answer.Status, Reason: "its answer can't be read"}
	}
	return answer, nil
}

// A bitrixBatch is what a batch answers: by command what came of it, and what went wrong.
// PHP writes an empty map as a list, so each is read as whatever it is.
type bitrixBatch struct {
	Result struct {
		Result json.RawMessage `json:"result"`
		Error  json.RawMessage `json:"result_error"`
		Total  json.RawMessage `json:"result_total"`
	} `json:"result"`
}

type bitrixWrong struct {
	Code string `json:"error"`
	Text string `json:"error_description"`
}

func (b *bitrix24) batch(ctx context.Context, commands map[string]string, repeatable bool) (*bitrixBatch, *web.Response, error) {
	var got bitrixBatch
	answer, err := b.call(ctx, "batch", map[string]any{"halt": 0, "cmd": commands}, &got, repeatable)
	return &got, answer, err
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

func (b *bitrix24) Read(ctx context.Context, ids []string, fields []Field) (map[string]Record, error) {
	return readAll(ids, 2500, b.id, func(some []string, found map[string]Record) (bool, error) {
		return b.find(ctx, some, fields, found)
	})
}

// find asks for up to fifty times fifty contacts in one batch. result_total says how many
// there are, so that one which an answer lacks is noticed. Of two with the same id the
// older is ours.
func (b *bitrix24) find(ctx context.Context, ids []string, fields []Field, found map[string]Record) (whole bool, err error) {
	commands := map[string]string{}
	for i, fifty := range chunks(ids, 50) {
		q := url.Values{"entityTypeId": {"3"}, "useOriginalUfNames": {"Y"}, "select[]": {"id", b.id}, "filter[=" + b.id + "][]": fifty, "order[id]": {"ASC"}}
		for j := range fields {
			q.Add("select[]", b.wire(&fields[j]))
		}
		commands["f"+strconv.Itoa(i)] = "crm.item.list?" + q.Encode()
	}
	got, answer, err := b.batch(ctx, commands, true)
	if err != nil {
		return false, err
	}
	lists, totals, wrongs := map[string]struct{ Items []map[string]any }{}, map[string]int{}, map[string]bitrixWrong{}
	_ = json.Unmarshal(got.Result.Error, &wrongs)
	for _, w := range wrongs {
		return false, &fault.Fault{Class: fault.Auth, Host: answer.Host, Status: answer.Status, Code: w.Code, Reason: plain(w.Text, nil)}
	}
	_ = json.Unmarshal(got.Result.Result, &lists)
	_ = json.Unmarshal(got.Result.Total, &totals)
	whole = len(lists) == len(commands)
	for name, list := range lists {
		seen := map[string]bool{}
		for _, item := range list.Items {
			id, _ := item[b.id].(string)
			remote := idText(item["id"])
			seen[remote] = true
			if old, ok := found[id]; !slices.Contains(ids, id) || ok && !olderID(remote, old.Remote) {
				continue
			}
			values := map[string]any{}
			for j := range fields {
				values[fields[j].Name] = bitrixValue(item[b.wire(&fields[j])])
			}
			found[id] = Record{remote, values}
		}
		whole = whole && (len(seen) >= totals[name] || len(seen) >= 50)
	}
	return whole, nil
}

// bitrixValue undoes Y and N, which are how a boolean reads.
func bitrixValue(v any) any {
	switch v {
	case "Y":
		return "true"
	case "N":
		return "false"
	}
	return v
}

// idText is a number as it was written.
func idText(v any) string {
	switch v := v.(type) {
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case string:
		return v
	}
	return ""
}

// olderID reports whether a is the smaller number.
func olderID(a, b string) bool {
	return len(a) < len(b) || len(a) == len(b) && a < b
}

func (b *bitrix24) Send(ctx context.Context, batch []Operation) ([]Outcome, error) {
	if batch[0].Action == Notify {
		return nil, errors.New("bitrix24 takes no events")
	}
	found := map[string]Record{}
	var unknown []string // who has no contact as far as we know: look again, for there is no key
	for _, o := range batch {
		if o.Remote == "" {
			unknown = append(unknown, o.ID)
		}
	}
	if len(unknown) > 0 {
		var err error
		if found, err = b.Read(ctx, unknown, nil); err != nil {
			return nil, notDone(err) // nothing was written yet
		}
	}
	out := make([]Outcome, len(batch))
	for from := 0; from < len(batch); from += 50 {
		to := min(from+50, len(batch))
		if err := b.write(ctx, batch[from:to], found, out[from:to]); err != nil {
			if from == 0 {
				return nil, err
			}
			rest := Outcome{Status: Unprocessed, Reason: "the batch before it met: " + err.Error()}
			if fault.Is(err, fault.Unknown) {
				all(batch[from:to], out[from:to], Outcome{Status: Unsure, Reason: err.Error()})
			}
			return all(batch, out, rest), nil
		}
	}
	return out, nil
}

// write adds and updates up to fifty contacts. A batch without adds may be sent twice.
func (b *bitrix24) write(ctx context.Context, batch []Operation, found map[string]Record, out []Outcome) error {
	commands, remotes, adds := map[string]string{}, map[string]string{}, 0
	for i, o := range batch {
		remote := o.Remote
		if r, ok := found[o.ID]; ok && remote == "" {
			remote = r.Remote
		}
		q := url.Values{"entityTypeId": {"3"}, "useOriginalUfNames": {"Y"}}
		method := "crm.item.update?"
		if q.Set("id", remote); remote == "" {
			q.Del("id")
			q.Set("fields["+b.id+"]", o.ID)
			method = "crm.item.add?"
			adds++
		}
		for _, v := range o.Values {
			text := v.Field.Format(v.New)
			if v.Field.Type == Bool && text != "" {
				text = map[string]string{"true": "Y", "false": "N"}[text]
			}
			if o.Action == Clear {
				text = ""
			}
			q.Set("fields["+b.wire(v.Field)+"]", text)
		}
		name := "r" + strconv.Itoa(i)
		commands[name], remotes[name] = method+q.Encode(), remote
	}
	got, answer, err := b.batch(ctx, commands, adds == 0)
	if err != nil {
		return of(batch, err)
	}
	got.outcomes(batch, remotes, answer, out)
	return nil
}

// outcomes joins results and errors with the batch by the command's name.
func (a *bitrixBatch) outcomes(batch []Operation, remotes map[string]string, answer *web.Response, out []Outcome) {
	done, wrongs := map[string]struct {
		Item struct{ ID json.Number }
	}{}, map[string]bitrixWrong{}
	_ = json.Unmarshal(a.Result.Result, &done)
	_ = json.Unmarshal(a.Result.Error, &wrongs)
	for _, name := range slices.Sorted(maps.Keys(remotes)) {
		i, _ := strconv.Atoi(name[1:])
		d, ok := done[name]
		w, no := wrongs[name]
		switch {
		case no && (w.Code == "QUERY_LIMIT_EXCEEDED" || w.Code == "OPERATION_TIME_LIMIT"):
			out[i] = Outcome{Status: Unprocessed, Remote: remotes[name], HTTP: answer.Status, Code: w.Code}
		case no:
			out[i] = refusal(&batch[i], answer, w.Code, w.Text)
		case ok:
			out[i] = took(&batch[i], remotes[name] == "", answer)
			if out[i].Remote = string(d.Item.ID); out[i].Remote == "" {
				out[i].Remote = remotes[name]
			}
		default:
			out[i] = Outcome{Status: Unsure, Remote: remotes[name], HTTP: answer.Status, Reason: "its answer doesn't name this row"}
		}
	}
}
