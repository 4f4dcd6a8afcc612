package activate

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"segmenta/activate/fault"
	"segmenta/activate/secret"
	"segmenta/activate/web"
)

type zohoSettings struct {
	URL          string      `yaml:"url" jsonschema_description:"of your data centre: https://www.zohoapis.com, .eu, .in, .com.au, .jp, .com.cn (default .com)"`
	Accounts     string      `yaml:"accounts" jsonschema_description:"where tokens are renewed: https://accounts.zoho.com, .eu, … (default: of the same data centre)"`
	Token        secret.Text `yaml:"token" jsonschema_description:"an access token; it lives for an hour, so rather:"`
	RefreshToken secret.Text `yaml:"refresh_token" jsonschema_description:"with the scopes ZohoCRM.modules.ALL, ZohoCRM.settings.fields.ALL and ZohoCRM.coql.READ"`
	ClientID     secret.Text `yaml:"client_id" jsonschema_description:"of the self client or server application"`
	ClientSecret secret.Text `yaml:"client_secret" jsonschema_description:"of the client"`
	Module       string      `yaml:"module" jsonschema_description:"Contacts or Leads (default Contacts)"`
	IDField      string      `yaml:"id_field" jsonschema_description:"the unique field that holds our id (default Segmenta_ID)"`
	Workflows    bool        `yaml:"workflows" jsonschema_description:"let what we write start workflows (default false: a hundred thousand of them at once)"`
}

// zoho writes by upsert on a unique field, a hundred records at a time, and reads by COQL.
// Its answers of 200 hold a verdict for each record, in the order of the request and
// without our id in it. Tags are Zoho's own.
type zoho struct {
	api
	s        zohoSettings
	language string
	auth     *oauth
}

func openZoho(s *zohoSettings, o Opening) (Destination, error) {
	for _, pair := range [][2]any{{&s.URL, "https://www.zohoapis.com"}, {&s.Module, "Contacts"}, {&s.IDField, "Segmenta_ID"}} {
		if text := pair[0].(*string); *text == "" {
			*text = pair[1].(string)
		}
	}
	if s.Accounts == "" {
		s.Accounts = strings.Replace(s.URL, "www.zohoapis", "accounts.zoho", 1)
	}
	auth, err := o.oauth("Zoho-oauthtoken ", s.Accounts+"/oauth/v2/token", oauthSettings{s.Token, s.ClientID, s.ClientSecret, s.RefreshToken})
	if err != nil {
		return nil, err
	}
	if o.Web.Parallel == 0 {
		o.Web.Parallel = zohoTogether
	}
	client, err := o.Client(auth)
	return &zoho{api{base: s.URL + "/crm/v8", web: client, judge: zohoJudge}, *s, o.Language, auth}, err
}

// zohoTogether leaves two of the ten calls at once that Standard has to others.
const zohoTogether = 8

func (z *zoho) Limits() Limits {
	return Limits{Batch: 100, Bytes: 2_000_000, Read: 500, Parallel: zohoTogether, Repeatable: true, Removes: true}
}

func (z *zoho) Close() error {
	z.web.Close()
	z.auth.close()
	return nil
}

func zohoJudge(r *web.Response) *fault.Fault {
	f := web.Judge(r)
	if f == nil {
		return nil
	}
	var e struct{ Code, Message string }
	_ = json.Unmarshal(r.Body, &e)
	f.Code, f.Reason = e.Code, plain(e.Message, nil)
	switch {
	case r.Status == http.StatusTooManyRequests && e.Code != "TOO_MANY_REQUESTS" && strings.Contains(e.Code, "LIMIT"):
		f.Class = fault.Quota
	case slices.Contains([]string{"INVALID_MODULE", "INVALID_URL_PATTERN", "NO_PERMISSION", "OAUTH_SCOPE_MISMATCH", "SYNTAX_ERROR", "INVALID_QUERY"}, e.Code):
		f.Class = fault.Auth // no row is to blame
	}
	return f
}

// wire is a field's name there: it comes from the label, which holds 25 characters.
func (z *zoho) wire(f *Field) string {
	if own(f) {
		return f.Name
	}
	return short(f.Name, 25)
}

var zohoTypes = map[Type]string{Text: "text", Number: "double", Bool: "boolean", Date: "date", Moment: "datetime", Choice: "text"}

func (z *zoho) Ensure(ctx context.Context, fields []Field, create bool) (missing []string, err error) {
	var have struct {
		Fields []struct {
			Name string `json:"api_name"`
			Type string `json:"data_type"`
		}
	}
	path := "/settings/fields?module=" + url.QueryEscape(z.s.Module)
	if _, err := z.call(ctx, http.MethodGet, path, nil, &have, true); err != nil {
		return nil, err
	}
	by := map[string]string{}
	for _, f := range have.Fields {
		by[f.Name] = f.Type
	}
	var add []map[string]any
	if _, ok := by[z.s.IDField]; !ok {
		missing = append(missing, z.s.IDField)
		add = append(add, map[string]any{"field_label": strings.ReplaceAll(z.s.IDField, "_", " "), "data_type": "text", "length": 255, "unique": map[string]any{"case_sensitive": true}})
	}
	for i := range fields {
		f := &fields[i]
		kind := zohoTypes[f.Type]
		if got, ok := by[z.wire(f)]; ok && kind == "double" && !slices.Contains([]string{"double", "integer", "bigint", "currency", "percent", "decimal", "text"}, got) {
			return nil, misfit(f, got)
		} else if ok || f.Type == Tags {
			continue
		} else if own(f) {
			return nil, absent(f)
		}
		missing = append(missing, z.wire(f))
		// The API name is made of the label, so the label is the name; what it means in both
		// languages stands in the tooltip.
		made := map[string]any{"field_label": strings.ReplaceAll(z.wire(f), "_", " "), "data_type": kind, "tooltip": map[string]any{"name": "static_text", "value": cut(f.Label.both()+". "+f.Description.both(), 255)}}
		if kind == "text" {
			made["length"] = 255
		}
		if kind == "double" {
			made["decimal_place"] = min(max(f.Digits, 2), 9)
		}
		add = append(add, made)
	}
	for _, five := range chunks(add, 5) {
		if !create {
			break
		}
		var got struct {
			Fields []struct{ Code, Message, Status string }
		}
		if _, err := z.call(ctx, http.MethodPost, path, map[string]any{"fields": five}, &got, true); err != nil {
			return missing, err
		}
		for i, r := range got.Fields {
			if r.Status != "success" && r.Code != "DUPLICATE_DATA" && i < len(five) {
				return missing, &fault.Fault{Class: fault.Auth, Code: r.Code, Reason: "its field " + five[i]["field_label"].(string) + " was not made: " + r.Message}
			}
		}
	}
	return missing, nil
}

// Read asks by COQL, fifty ids at a time (as many as its IN takes), and for tags by record.
func (z *zoho) Read(ctx context.Context, ids []string, fields []Field) (map[string]Record, error) {
	names := []string{"id", z.s.IDField}
	tags := ""
	for i := range fields {
		if fields[i].Type == Tags {
			tags = fields[i].Name
		} else {
			names = append(names, z.wire(&fields[i]))
		}
	}
	head := "select " + strings.Join(names, ", ") + " from " + z.s.Module + " where " + z.s.IDField + " in ("
	out, err := readAll(ids, 50, z.s.IDField, func(some []string, found map[string]Record) (bool, error) {
		quoted := make([]string, len(some))
		for i, id := range some {
			quoted[i] = "'" + soql.Replace(id) + "'"
		}
		var got struct {
			Data []map[string]any
			Info struct{ Count int }
		}
		if _, err := z.call(ctx, http.MethodPost, "/coql", map[string]string{"select_query": head + strings.Join(quoted, ",") + ") limit 200"}, &got, true); err != nil {
			return false, err
		}
		n := 0
		for _, record := range got.Data {
			id, _ := record[z.s.IDField].(string)
			remote, _ := record["id"].(string)
			if slices.Contains(some, id) {
				values := map[string]any{}
				for i := range fields {
					values[fields[i].Name] = record[z.wire(&fields[i])]
				}
				found[id] = Record{remote, values}
			}
		}
		for _, id := range some {
			if _, ok := found[id]; ok {
				n++
			}
		}
		return n >= got.Info.Count, nil
	})
	if err != nil || tags == "" {
		return out, err
	}
	return out, z.tags(ctx, out, tags)
}

// tags reads the tags of records by their own ids, a hundred at a time.
func (z *zoho) tags(ctx context.Context, records map[string]Record, name string) error {
	by := map[string]string{}
	var remotes []string
	for id, r := range records {
		by[r.Remote] = id
		remotes = append(remotes, r.Remote)
	}
	slices.Sort(remotes)
	for _, some := range chunks(remotes, 100) {
		var got struct {
			Data []struct {
				ID  string
				Tag []struct{ Name string }
			}
		}
		if _, err := z.call(ctx, http.MethodGet, "/"+z.s.Module+"?fields=id,Tag&ids="+strings.Join(some, ","), nil, &got, true); err != nil {
			return err
		}
		for _, r := range got.Data {
			var tags []string
			for _, t := range r.Tag {
				tags = append(tags, t.Name)
			}
			if id, ok := by[r.ID]; ok {
				records[id].Values[name] = tags
			}
		}
	}
	return nil
}

func (z *zoho) value(v *Value) any {
	if t, ok := v.Field.Parse(v.New).(time.Time); ok && v.Field.Type == Moment {
		return t.Format("2006-01-02T15:04:05-07:00")
	}
	return v.Field.JSON(v.New)
}

func (z *zoho) Send(ctx context.Context, batch []Operation) ([]Outcome, error) {
	if batch[0].Action == Notify {
		return nil, errors.New("zoho takes no events")
	}
	rows := make([]map[string]any, len(batch))
	for i, o := range batch {
		rows[i] = map[string]any{z.s.IDField: o.ID}
		for _, v := range o.Values {
			switch {
			case v.Field.Type == Tags:
			case o.Action == Clear:
				rows[i][z.wire(v.Field)] = nil
			default:
				rows[i][z.wire(v.Field)] = z.value(&v)
			}
		}
	}
	body := map[string]any{"data": rows, "duplicate_check_fields": []string{z.s.IDField}}
	if !z.s.Workflows {
		body["trigger"] = []string{}
	}
	var got zohoAnswer
	answer, err := z.call(ctx, http.MethodPost, "/"+z.s.Module+"/upsert", body, &got, true)
	if err != nil {
		return nil, of(batch, err)
	}
	out := got.outcomes(batch, answer)
	return out, z.retag(ctx, batch, out)
}

type zohoAnswer struct {
	Data []struct {
		Code, Message, Status, Action string
		Details                       struct {
			ID  string
			API string `json:"api_name"`
		}
	}
}

// outcomes are the answer's, place by place. A list that is longer or shorter than the
// batch, or names a record twice, has lost the places: then nobody knows.
func (a *zohoAnswer) outcomes(batch []Operation, answer *web.Response) []Outcome {
	out := make([]Outcome, len(batch))
	lost, seen := len(a.Data) != len(batch), map[string]bool{}
	for _, r := range a.Data {
		lost = lost || r.Details.ID != "" && seen[r.Details.ID]
		seen[r.Details.ID] = true
	}
	for i := range batch {
		switch {
		case lost:
			out[i] = Outcome{Status: Unsure, HTTP: answer.Status, Reason: "its answer has lost the order of the rows"}
		case a.Data[i].Status == "success":
			out[i] = took(&batch[i], a.Data[i].Action == "insert", answer)
			out[i].Remote = a.Data[i].Details.ID
		default:
			reason := a.Data[i].Message
			if a.Data[i].Details.API != "" {
				reason = a.Data[i].Details.API + ": " + reason
			}
			out[i] = refusal(&batch[i], answer, a.Data[i].Code, reason)
		}
	}
	return out
}

// retag puts on and takes off tags, for all records of the batch that get the same one at
// once. Doing it twice does nothing more, so what broke is Unsure and comes again.
func (z *zoho) retag(ctx context.Context, batch []Operation, out []Outcome) error {
	on, off := map[Option][]int{}, map[Option][]int{}
	for i, o := range batch {
		for _, v := range o.Values {
			if v.Field.Type != Tags || out[i].Status != Created && out[i].Status != Updated {
				continue
			}
			want, _ := v.Field.Parse(v.New).([]string)
			if o.Action == Clear {
				want = nil
			}
			for _, t := range tagOptions(v.Field, want) {
				if slices.Contains(want, t.ID) {
					on[t] = append(on[t], i)
				} else if o.Remote != "" { // a new record has none to take off
					off[t] = append(off[t], i)
				}
			}
		}
	}
	for _, one := range []struct {
		action string
		tags   map[Option][]int
	}{{"add_tags", on}, {"remove_tags", off}} {
		for _, t := range slices.SortedFunc(maps.Keys(one.tags), func(a, b Option) int { return strings.Compare(a.ID, b.ID) }) {
			rows := one.tags[t]
			if err := z.tag(ctx, one.action, t, rows, out); err != nil {
				for _, i := range rows {
					out[i] = Outcome{Status: Unsure, Remote: out[i].Remote, HTTP: out[i].HTTP, Reason: "its tags may not be set"}
				}
			}
		}
	}
	return nil
}

// tagOptions are the tags that are ours: the field's options, else those wanted.
func tagOptions(f *Field, want []string) []Option {
	if len(f.Options) > 0 {
		return f.Options
	}
	var out []Option
	for _, t := range want {
		out = append(out, Option{ID: t})
	}
	return out
}

func (z *zoho) tag(ctx context.Context, action string, t Option, rows []int, out []Outcome) error {
	tag := map[string]string{"name": t.ID}
	if t.Colour != "" {
		tag["color_code"] = strings.ToUpper(t.Colour)
	}
	var remotes []string
	for _, i := range rows {
		remotes = append(remotes, out[i].Remote)
	}
	_, err := z.call(ctx, http.MethodPost, "/"+z.s.Module+"/actions/"+action, map[string]any{"tags": []any{tag}, "ids": remotes}, nil, true)
	return err
}
