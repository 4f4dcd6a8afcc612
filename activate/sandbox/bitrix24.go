package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// bitrix24 answers as Bitrix24's REST does to an incoming webhook or an OAuth token.
//
// Read in apidocs.bitrix24.com and dev.1c-bitrix.ru/rest_help (batch, crm.item.*,
// crm.contact.userfield.*, limits): a batch holds 50 commands, none of them a batch; the
// bucket holds 50 calls and drains 2 a second, past which 503 QUERY_LIMIT_EXCEEDED; a
// method that worked too long answers 429 OPERATION_TIME_LIMIT until
// time.operating_reset_at. There is no upsert and no external key: two adds make two
// contacts. Lists come 50 a page.
func bitrix24(s *Server) manner {
	b := bitrixServer{s}
	return manner{
		limits: Limits{Batch: 50, Calls: 50, Leak: 2},
		credential: func(r *http.Request) string {
			if auth := r.URL.Query().Get("auth"); auth != "" {
				return auth
			}
			parts := strings.Split(r.URL.Path, "/") // /rest/USER/CODE/METHOD
			if len(parts) == 5 {
				return parts[3]
			}
			return ""
		},
		denied: func(w http.ResponseWriter, status int) {
			if status == http.StatusForbidden {
				say(w, status, object{"error": "insufficient_scope", "error_description": "The request requires higher privileges than provided by the access token"})
				return
			}
			say(w, status, object{"error": "expired_token", "error_description": "The access token provided has expired."})
		},
		throttled: func(w http.ResponseWriter, full verdict) {
			say(w, http.StatusServiceUnavailable, object{"error": "QUERY_LIMIT_EXCEEDED", "error_description": "Too many requests"})
		},
		free:  func(r *http.Request) bool { return r.URL.Path == "/oauth/token/" },
		reads: b.reads,
		routes: func(mux *http.ServeMux) {
			mux.HandleFunc("/oauth/token/", b.token)
			mux.HandleFunc("POST /rest/{user}/{code}/{method}", b.call)
			mux.HandleFunc("POST /rest/{method}", b.call)
		},
	}
}

type bitrixServer struct{ *Server }

// reads looks into a batch: one that only lists has no effect.
func (b bitrixServer) reads(r *http.Request) bool {
	if strings.HasSuffix(r.URL.Path, "/batch") {
		var params struct{ Cmd map[string]string }
		_ = hear(r, &params)
		for _, command := range params.Cmd {
			if !strings.HasPrefix(command, "crm.item.list") {
				return false
			}
		}
		return true
	}
	return strings.HasSuffix(r.URL.Path, ".list") || strings.HasSuffix(r.URL.Path, ".fields")
}

func (b bitrixServer) token(w http.ResponseWriter, r *http.Request) {
	token, ok := b.grant(r)
	if !ok {
		say(w, http.StatusBadRequest, object{"error": "invalid_grant", "error_description": "Invalid grant"})
		return
	}
	say(w, http.StatusOK, object{"access_token": token, "expires_in": 3600, "refresh_token": RefreshToken, "client_endpoint": b.URL + "/rest/"})
}

func (b bitrixServer) clock() object {
	now := b.options.Now()
	return object{"start": float64(now.UnixMilli()) / 1000, "duration": 0.05, "operating": 0.04, "operating_reset_at": now.Add(10 * time.Minute).Unix()}
}

type bitrixError struct{ code, text string }

func (b bitrixServer) call(w http.ResponseWriter, r *http.Request) {
	var params map[string]any
	if !hear(r, &params) {
		say(w, http.StatusBadRequest, object{"error": "INVALID_REQUEST", "error_description": "Invalid request."})
		return
	}
	if method := r.PathValue("method"); method != "batch" {
		result, extra, wrong := b.run(method, params)
		if wrong != nil {
			say(w, http.StatusBadRequest, object{"error": wrong.code, "error_description": wrong.text})
			return
		}
		out := object{"result": result, "time": b.clock()}
		for name, value := range extra {
			out[name] = value
		}
		say(w, http.StatusOK, out)
		return
	}
	b.batch(w, params)
}

// batch runs commands in order; halt stops at the first wrong one.
func (b bitrixServer) batch(w http.ResponseWriter, params map[string]any) {
	commands, _ := params["cmd"].(map[string]any)
	if len(commands) > b.gate.limits.Batch {
		say(w, http.StatusBadRequest, object{"error": "ERROR_BATCH_LENGTH_EXCEEDED", "error_description": "Max batch length exceeded"})
		return
	}
	results, wrongs, totals := object{}, object{}, object{}
	for _, name := range sortedKeys(commands) {
		text, _ := commands[name].(string)
		method, query, _ := strings.Cut(text, "?")
		if method == "batch" {
			wrongs[name] = object{"error": "ERROR_BATCH_METHOD_NOT_ALLOWED", "error_description": "Method is not allowed for batch usage"}
			continue
		}
		result, extra, wrong := b.run(method, unflatten(query))
		if wrong != nil {
			wrongs[name] = object{"error": wrong.code, "error_description": wrong.text}
			if params["halt"] == float64(1) || params["halt"] == true {
				break
			}
			continue
		}
		results[name] = result
		if extra["total"] != nil {
			totals[name] = extra["total"]
		}
	}
	if len(results) > 1 && b.chance.hit(b.faults().Missing) {
		b.over()
		delete(results, sortedKeys(results)[0])
	}
	say(w, http.StatusOK, object{"result": object{"result": orList(results), "result_error": orList(wrongs), "result_total": orList(totals), "result_next": []any{}}, "time": b.clock()})
}

// orList is how PHP writes an empty map.
func orList(m object) any {
	if len(m) == 0 {
		return []any{}
	}
	return m
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// unflatten reads a[b][]=c into nested maps and lists.
func unflatten(query string) map[string]any {
	values, _ := url.ParseQuery(query)
	out := map[string]any{}
	for name, list := range values {
		path := strings.Split(strings.ReplaceAll(name, "]", ""), "[")
		at := out
		for i, part := range path {
			last := i == len(path)-1
			if last || path[i+1] == "" || isIndex(path[i+1]) && i+1 == len(path)-1 {
				if last {
					at[part] = list[0]
				} else {
					have, _ := at[part].([]any)
					for _, value := range list {
						have = append(have, value)
					}
					at[part] = have
				}
				break
			}
			next, _ := at[part].(map[string]any)
			if next == nil {
				next = map[string]any{}
				at[part] = next
			}
			at = next
		}
	}
	return out
}

func isIndex(s string) bool {
	_, err := strconv.Atoi(s)
	return err == nil
}

func (b bitrixServer) run(method string, p map[string]any) (result any, extra object, wrong *bitrixError) {
	switch method {
	case "crm.item.add", "crm.item.update":
		if text(p["entityTypeId"]) != "3" || text(p["useOriginalUfNames"]) != "Y" {
			return nil, nil, &bitrixError{"NOT_FOUND", "Smart process not found"}
		}
		return b.write(method == "crm.item.add", p)
	case "crm.item.list":
		return b.list(p)
	case "crm.contact.userfield.list":
		out := []object{}
		for _, f := range b.Fields() {
			out = append(out, object{"ID": "1", "FIELD_NAME": f.Name, "USER_TYPE_ID": f.Type})
		}
		return out, object{"total": len(out)}, nil
	case "crm.contact.userfield.add":
		return b.userField(p)
	}
	return nil, nil, &bitrixError{"ERROR_METHOD_NOT_FOUND", "Method not found!"}
}

func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

const bitrixKey = "UF_CRM_SEGMENTA_ID"

// write adds a contact, or updates the one of an id. Values arrive as text.
func (b bitrixServer) write(add bool, p map[string]any) (any, object, *bitrixError) {
	fields, _ := p["fields"].(map[string]any)
	key := text(fields[bitrixKey])
	var row *Row
	if !add {
		b.mu.Lock()
		row = b.ids[text(p["id"])]
		b.mu.Unlock()
		if row == nil {
			return nil, nil, &bitrixError{"NOT_FOUND", "Element not found"}
		}
		key = row.Key
	}
	values := map[string]any{}
	for name, value := range fields {
		if name == bitrixKey {
			continue
		}
		if value == "" {
			value = nil
		}
		values[name] = value
	}
	if field, reason := b.refused(key, values); reason != "" {
		return nil, nil, &bitrixError{"CRM_FIELD_ERROR_VALUE_NOT_VALID", "Invalid value of the field " + field + ": " + reason}
	}
	b.mu.Lock()
	twin := add && b.rows[key] != nil
	b.mu.Unlock()
	if twin { // nothing stops a second contact with the same external id
		b.mu.Lock()
		b.nextID++
		row = &Row{ID: strconv.Itoa(1000 + b.nextID), Key: key, Values: values}
		b.ids[row.ID] = row
		b.note(b.rows[key], Write{Key: key, What: "create", Content: values})
		b.mu.Unlock()
	} else {
		row, _ = b.Server.upsert(key, values)
	}
	id, _ := strconv.Atoi(row.ID)
	return object{"item": object{"id": id}}, nil, nil
}

// list filters by external ids: filter[=UF_CRM_SEGMENTA_ID][]=…; 50 a page.
func (b bitrixServer) list(p map[string]any) (any, object, *bitrixError) {
	filter, _ := p["filter"].(map[string]any)
	keys, _ := filter["="+bitrixKey].([]any)
	if keys == nil {
		keys, _ = filter[bitrixKey].([]any)
	}
	selected, _ := p["select"].([]any)
	items := []object{}
	for _, k := range keys {
		row, found := b.Row(text(k))
		if !found {
			continue
		}
		id, _ := strconv.Atoi(row.ID)
		item := object{"id": id, bitrixKey: row.Key}
		for _, name := range selected {
			if n := text(name); n != "id" && n != bitrixKey {
				item[n] = row.Values[n]
			}
		}
		items = append(items, item)
	}
	total := len(items)
	start, _ := strconv.Atoi(text(p["start"]))
	items = items[min(start, total):min(start+50, total)]
	return object{"items": scramble(b.Server, items)}, object{"total": total}, nil
}

func (b bitrixServer) userField(p map[string]any) (any, object, *bitrixError) {
	fields, _ := p["fields"].(map[string]any)
	name := text(fields["FIELD_NAME"])
	if !strings.HasPrefix(name, "UF_CRM_") {
		name = "UF_CRM_" + name
	}
	if len(name) > 50 || len(name) == len("UF_CRM_") {
		return nil, nil, &bitrixError{"ERROR_CORE", "The field name is too long"}
	}
	labels, _ := fields["EDIT_FORM_LABEL"].(map[string]any)
	help, _ := fields["HELP_MESSAGE"].(map[string]any)
	if !b.field(Field{Name: name, Label: text(labels["es"]) + " / " + text(labels["en"]), Type: text(fields["USER_TYPE_ID"]), Description: text(help["es"]) + " / " + text(help["en"])}) {
		return nil, nil, &bitrixError{"ERROR_CORE", "The field " + name + " already exists"}
	}
	return 7, nil, nil
}
