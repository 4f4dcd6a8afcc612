package sandbox

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// zoho answers as Zoho CRM v8 does: upsert, COQL, fields, tags.
//
// Read in zoho.com/crm/developer/docs/api/v8 (upsert-records, COQL-Overview and
// -Limitations, create-custom-fields, add-tags, api-limits): 100 rows a call, mixed
// outcomes inside a 200 in the order of the request, 10 calls at once and at most 100,000
// credits in 24 hours on Standard. The 429 of concurrency is TOO_MANY_REQUESTS; the code
// for spent credits was not found in the reference and is LIMIT_EXCEEDED here.
func zoho(s *Server) manner {
	z := zohoServer{s}
	return manner{
		limits:     Limits{Batch: 100, Together: 10, Daily: 100_000},
		credential: bearer("Zoho-oauthtoken"),
		denied: func(w http.ResponseWriter, status int) {
			if status == http.StatusForbidden {
				say(w, http.StatusForbidden, object{"code": "OAUTH_SCOPE_MISMATCH", "details": object{}, "message": "invalid oauth scope to access this URL", "status": "error"})
				return
			}
			say(w, http.StatusUnauthorized, object{"code": "INVALID_TOKEN", "details": object{}, "message": "invalid oauth token", "status": "error"})
		},
		throttled: func(w http.ResponseWriter, full verdict) {
			if full.limit == "daily" {
				say(w, http.StatusTooManyRequests, object{"code": "LIMIT_EXCEEDED", "details": object{}, "message": "API call limit exceeded", "status": "error"})
				return
			}
			say(w, http.StatusTooManyRequests, object{"code": "TOO_MANY_REQUESTS", "details": object{}, "message": "Too many requests fired in the concurrency limit", "status": "error"})
		},
		free: func(r *http.Request) bool { return r.URL.Path == "/oauth/v2/token" },
		reads: func(r *http.Request) bool {
			return r.Method == http.MethodGet || strings.HasSuffix(r.URL.Path, "/coql")
		},
		routes: func(mux *http.ServeMux) {
			mux.HandleFunc("POST /oauth/v2/token", z.token)
			mux.HandleFunc("POST /crm/v8/{module}/upsert", z.upsert)
			mux.HandleFunc("POST /crm/v8/coql", z.coql)
			mux.HandleFunc("GET /crm/v8/{module}", z.byID)
			mux.HandleFunc("GET /crm/v8/settings/fields", z.listFields)
			mux.HandleFunc("POST /crm/v8/settings/fields", z.createField)
			mux.HandleFunc("POST /crm/v8/{module}/actions/add_tags", z.tags(true))
			mux.HandleFunc("POST /crm/v8/{module}/actions/remove_tags", z.tags(false))
		},
	}
}

type zohoServer struct{ *Server }

func (z zohoServer) token(w http.ResponseWriter, r *http.Request) {
	token, ok := z.grant(r)
	if !ok {
		say(w, http.StatusOK, object{"error": "invalid_code"}) // yes, with a 200
		return
	}
	say(w, http.StatusOK, object{"access_token": token, "api_domain": z.URL, "token_type": "Bearer", "expires_in": 3600})
}

func zohoError(w http.ResponseWriter, status int, code, message string) {
	say(w, status, object{"code": code, "details": object{}, "message": message, "status": "error"})
}

func (z zohoServer) upsert(w http.ResponseWriter, r *http.Request) {
	if module := r.PathValue("module"); module != "Contacts" && module != "Leads" {
		zohoError(w, http.StatusBadRequest, "INVALID_MODULE", "the module name given seems to be invalid")
		return
	}
	var body struct {
		Data  []map[string]any
		Check []string `json:"duplicate_check_fields"`
	}
	if !hear(r, &body) || len(body.Check) != 1 || len(body.Data) == 0 {
		zohoError(w, http.StatusBadRequest, "INVALID_DATA", "data and one duplicate_check_fields are needed here")
		return
	}
	if len(body.Data) > z.gate.limits.Batch {
		zohoError(w, http.StatusBadRequest, "LIMIT_EXCEEDED", "the maximum number of records is "+strconv.Itoa(z.gate.limits.Batch))
		return
	}
	check := body.Check[0]
	if !z.known(check) {
		zohoError(w, http.StatusBadRequest, "INVALID_DATA", "duplicate_check_fields: "+check)
		return
	}
	out := []object{}
	for i, row := range body.Data {
		key, _ := row[check].(string)
		delete(row, check)
		for name := range row {
			if !z.known(name) {
				delete(row, name) // unknown names are passed over in silence
			}
		}
		field, reason := z.refused(key, row)
		switch {
		case key == "":
			out = append(out, object{"code": "MANDATORY_NOT_FOUND", "details": object{"api_name": check, "json_path": "$.data[" + strconv.Itoa(i) + "]." + check}, "message": "required field not found", "status": "error"})
		case reason == missingField:
			out = append(out, object{"code": "MANDATORY_NOT_FOUND", "details": object{"api_name": field, "json_path": "$.data[" + strconv.Itoa(i) + "]." + field}, "message": reason, "status": "error"})
		case reason != "":
			out = append(out, object{"code": "INVALID_DATA", "details": object{"api_name": field, "expected_data_type": "double", "json_path": "$.data[" + strconv.Itoa(i) + "]." + field}, "message": reason, "status": "error"})
		default:
			held, created := z.Server.upsert(key, row)
			done := object{"code": "SUCCESS", "status": "success", "message": "record updated", "action": "update", "duplicate_field": check, "details": object{"id": held.ID}}
			if created {
				done["message"], done["action"], done["duplicate_field"] = "record added", "insert", nil
			}
			out = append(out, done)
		}
	}
	// Only what names its row may lose its place: the answers here carry none, so they
	// are cut short or doubled, never shuffled.
	out = scramble(&Server{options: Options{Faults: Faults{Repeated: z.faults().Repeated, Missing: z.faults().Missing}}, chance: z.chance}, out)
	say(w, http.StatusOK, object{"data": out})
}

func (z zohoServer) known(name string) bool {
	z.mu.Lock()
	defer z.mu.Unlock()
	_, custom := z.fields[name]
	return custom || slices.Contains([]string{"Email", "Phone", "First_Name", "Last_Name"}, name)
}

var zohoQuery = regexp.MustCompile(`(?i)^select ([\w, ]+) from (Contacts|Leads) where (\w+) in \((.*)\) limit (\d+)$`)

func (z zohoServer) coql(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Query string `json:"select_query"`
	}
	if !hear(r, &body) {
		zohoError(w, http.StatusBadRequest, "INVALID_DATA", "invalid body")
		return
	}
	parts := zohoQuery.FindStringSubmatch(body.Query)
	if parts == nil {
		zohoError(w, http.StatusBadRequest, "SYNTAX_ERROR", "error occurred while parsing the query")
		return
	}
	if !z.known(parts[3]) {
		zohoError(w, http.StatusBadRequest, "INVALID_QUERY", "invalid query formed: column given seems to be invalid: "+parts[3])
		return
	}
	keys := quoted(parts[4], '\'')
	names := strings.Split(strings.ReplaceAll(parts[1], " ", ""), ",")
	if limit, _ := strconv.Atoi(parts[5]); len(keys) > 50 || limit > 2000 || len(names) > 50 {
		zohoError(w, http.StatusBadRequest, "LIMIT_EXCEEDED", "at most 50 values, 50 fields and 2000 records")
		return
	}
	out := []object{}
	for _, key := range keys {
		row, found := z.Row(key)
		if !found {
			continue
		}
		record := object{"id": row.ID}
		for _, name := range names {
			if name != "id" {
				record[name] = row.Values[name]
			}
			if name == "Tag" {
				record[name] = zohoTags(row.Tags)
			}
			if name == parts[3] {
				record[name] = key
			}
		}
		out = append(out, record)
	}
	if len(out) == 0 {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	count := len(out)
	out = scramble(z.Server, out)
	say(w, http.StatusOK, object{"data": out, "info": object{"count": count, "more_records": false}})
}

// byID reads up to a hundred records by Zoho's own ids: what COQL does not give.
func (z zohoServer) byID(w http.ResponseWriter, r *http.Request) {
	out := []object{}
	for _, id := range strings.Split(r.URL.Query().Get("ids"), ",") {
		z.mu.Lock()
		if row := z.ids[id]; row != nil {
			out = append(out, object{"id": id, "Tag": zohoTags(row.Tags)})
		}
		z.mu.Unlock()
	}
	say(w, http.StatusOK, object{"data": out})
}

func zohoTags(names []string) []object {
	out := []object{}
	for _, name := range names {
		out = append(out, object{"name": name})
	}
	return out
}

func (z zohoServer) listFields(w http.ResponseWriter, r *http.Request) {
	out := []object{}
	for _, name := range []string{"Email", "Phone", "First_Name", "Last_Name"} {
		out = append(out, object{"api_name": name, "field_label": name, "data_type": "text", "custom_field": false})
	}
	for _, f := range z.Fields() {
		out = append(out, object{"api_name": f.Name, "field_label": f.Label, "data_type": f.Type, "custom_field": true})
	}
	say(w, http.StatusOK, object{"fields": out})
}

var notName = regexp.MustCompile(`[^A-Za-z0-9]+`)

// createField gives the field its API name: the label with underscores.
func (z zohoServer) createField(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Fields []struct {
			Label   string `json:"field_label"`
			Type    string `json:"data_type"`
			Length  int
			Unique  any
			Tooltip struct{ Name, Value string }
		}
	}
	if !hear(r, &body) || len(body.Fields) == 0 || len(body.Fields) > 5 || r.URL.Query().Get("module") == "" {
		zohoError(w, http.StatusBadRequest, "INVALID_DATA", "one to five fields of a module")
		return
	}
	out := []object{}
	for _, f := range body.Fields {
		if len(f.Label) > 25 || f.Label == "" {
			out = append(out, object{"code": "INVALID_DATA", "status": "error", "message": "the label holds at most 25 characters", "details": object{"api_name": "field_label"}})
			continue
		}
		name := notName.ReplaceAllString(f.Label, "_")
		if !z.field(Field{Name: name, Label: f.Label, Type: f.Type, Description: f.Tooltip.Value}) {
			out = append(out, object{"code": "DUPLICATE_DATA", "status": "error", "message": "duplicate data", "details": object{"api_name": "field_label"}})
			continue
		}
		out = append(out, object{"code": "SUCCESS", "status": "success", "message": "field created", "details": object{"id": "f" + name}})
	}
	say(w, http.StatusOK, object{"fields": out})
}

func (z zohoServer) tags(on bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			Tags []struct{ Name string }
			IDs  []string
		}
		if !hear(r, &body) || len(body.Tags) == 0 || len(body.Tags) > 10 || len(body.IDs) == 0 || len(body.IDs) > 500 {
			zohoError(w, http.StatusBadRequest, "INVALID_DATA", "up to 10 tags on up to 500 records")
			return
		}
		out := []object{}
		for _, id := range body.IDs {
			z.mu.Lock()
			row := z.ids[id]
			z.mu.Unlock()
			if row == nil {
				out = append(out, object{"code": "INVALID_DATA", "status": "error", "message": "the id given seems to be invalid", "details": object{"id": id}})
				continue
			}
			for _, t := range body.Tags {
				z.tag(row, t.Name, on)
			}
			out = append(out, object{"code": "SUCCESS", "status": "success", "message": "tags updated successfully", "details": object{"id": id}})
		}
		say(w, http.StatusOK, object{"data": out})
	}
}
