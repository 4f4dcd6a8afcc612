package activate

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

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
