package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// monday answers as monday.com's GraphQL v2 does for one board.
//
// Read in developer.monday.com/api-reference (rate limits, error handling, items, columns,
// items page by column values): errors come with a 200; a query costs at most 5,000,000
// points, creating or changing an item 10,000; 10,000,000 points a minute for a paid
// personal token, 10,000 calls a day on Pro, 2,500 calls a minute; one mutation at a time on
// a board. There is no key: two create_item make two items. That changing an item costs as
// much as creating it was not found and is assumed.
func monday(s *Server) manner {
	m := &mondayServer{Server: s}
	return manner{
		limits: Limits{Batch: 500, Calls: 2500, Per: time.Minute, Budget: 10_000_000, Daily: 10_000},
		credential: func(r *http.Request) string {
			return strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		},
		denied: func(w http.ResponseWriter, status int) {
			if status == http.StatusForbidden {
				m.wrong(w, http.StatusOK, "UserUnauthorizedException", "User unauthorized to perform action", object{"status_code": 403})
				return
			}
			say(w, http.StatusUnauthorized, object{"errors": []string{"Not Authenticated"}})
		},
		throttled: func(w http.ResponseWriter, full verdict) {
			seconds := int((full.wait + time.Second - 1) / time.Second)
			switch full.limit {
			case "budget":
				m.wrong(w, http.StatusOK, "COMPLEXITY_BUDGET_EXHAUSTED", "Complexity budget exhausted", object{"retry_in_seconds": seconds})
			case "daily":
				m.wrong(w, http.StatusTooManyRequests, "DAILY_LIMIT_EXCEEDED", "Daily limit exceeded", object{"status_code": 429})
			default:
				w.Header().Set("Retry-After", strconv.Itoa(max(1, seconds)))
				m.wrong(w, http.StatusTooManyRequests, "RATE_LIMIT_EXCEEDED", "Rate Limit Exceeded", object{"status_code": 429})
			}
		},
		cost:  mondayCost,
		reads: func(r *http.Request) bool { return mondayCost(r) < 10_000 },
		routes: func(mux *http.ServeMux) {
			mux.HandleFunc("POST /v2", m.query)
		},
	}
}

type mondayServer struct {
	*Server
	mutating atomic.Int32
}

// mondayCost is what a query costs.
func mondayCost(r *http.Request) int {
	var body struct{ Query string }
	if !hear(r, &body) {
		return 1
	}
	operation, calls, err := parseGraphQL(body.Query)
	if err != nil {
		return 1
	}
	if operation != "mutation" {
		return 1000
	}
	return 10_000 * len(calls)
}

func (m *mondayServer) wrong(w http.ResponseWriter, status int, code, message string, extra object) {
	extensions := object{"code": code}
	for name, value := range extra {
		extensions[name] = value
	}
	say(w, status, object{"errors": []object{{"message": message, "extensions": extensions}}, "account_id": 1})
}

func (m *mondayServer) query(w http.ResponseWriter, r *http.Request) {
	var body struct{ Query string }
	if !hear(r, &body) {
		m.wrong(w, http.StatusBadRequest, "InvalidArgumentException", "invalid body", nil)
		return
	}
	operation, calls, err := parseGraphQL(body.Query)
	if err != nil {
		m.wrong(w, http.StatusOK, "ParseError", err.Error(), nil)
		return
	}
	if operation == "mutation" {
		if 10_000*len(calls) > 5_000_000 {
			m.wrong(w, http.StatusOK, "ComplexityException", "Query has complexity over 5000000", object{"status_code": 403})
			return
		}
		if m.mutating.Add(1) > 1 {
			m.mutating.Add(-1)
			m.wrong(w, http.StatusTooManyRequests, "maxConcurrencyExceeded", "Max concurrency exceeded", object{"status_code": 429})
			return
		}
		defer m.mutating.Add(-1)
	}
	data, errors := object{}, []object{}
	for _, c := range calls {
		value, code, message := m.run(operation, c)
		data[c.alias] = value
		if code != "" {
			data[c.alias] = nil
			errors = append(errors, object{"message": message, "path": []string{c.alias}, "extensions": object{"code": code, "error_data": object{}, "status_code": 200}})
		}
	}
	out := object{"data": data, "account_id": 1}
	if len(errors) > 0 {
		out["errors"] = errors
	}
	say(w, http.StatusOK, out)
}

func (m *mondayServer) run(operation string, c call) (value any, code, message string) {
	switch operation + " " + c.name {
	case "query boards":
		columns := []object{{"id": "name", "title": "Name", "type": "name"}}
		for _, f := range m.Fields() {
			columns = append(columns, object{"id": f.Name, "title": f.Label, "type": f.Type, "description": f.Description})
		}
		return []object{{"id": "77", "columns": columns}}, "", ""
	case "query items_page_by_column_values":
		return m.page(c)
	case "mutation create_column":
		id := argument(c, "id")
		f := Field{Name: id, Label: argument(c, "title"), Type: argument(c, "column_type"), Description: argument(c, "description")}
		if !mondayID.MatchString(id) || f.Label == "" || !m.field(f) {
			return nil, "InvalidColumnIdException", "the column id is missing, taken, or not of 1 to 20 small letters and underscores"
		}
		return object{"id": id}, "", ""
	case "mutation create_item", "mutation change_multiple_column_values":
		return m.write(c)
	}
	return nil, "undefinedField", "Field '" + c.name + "' doesn't exist"
}

func argument(c call, name string) string {
	switch v := c.arguments[name].(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

var mondayID = regexp.MustCompile(`^[a-z_]{1,20}$`)

const mondayKey = "segmenta_id"

func (m *mondayServer) write(c call) (any, string, string) {
	var values map[string]any
	if json.Unmarshal([]byte(argument(c, "column_values")), &values) != nil {
		return nil, "ColumnValueException", "column_values is not JSON"
	}
	key, _ := values[mondayKey].(string)
	if c.name == "change_multiple_column_values" {
		m.mu.Lock()
		row := m.ids[argument(c, "item_id")]
		m.mu.Unlock()
		if row == nil {
			return nil, "ResourceNotFoundException", "the item does not exist"
		}
		key = row.Key
	}
	delete(values, mondayKey)
	for name, value := range values {
		m.mu.Lock()
		_, known := m.fields[name]
		m.mu.Unlock()
		if !known {
			return nil, "InvalidColumnIdException", "This column ID doesn't exist for the board: " + name
		}
		if value == "" {
			values[name] = nil
		}
	}
	if field, reason := m.refused(key, values); reason != "" {
		return nil, "ColumnValueException", "invalid value for " + field + ": " + reason
	}
	m.mu.Lock()
	if c.name == "create_item" && m.rows[key] != nil { // a twin: nothing stops it
		m.nextID++
		row := &Row{ID: strconv.Itoa(1000 + m.nextID), Key: key, Values: values}
		m.ids[row.ID] = row
		m.note(m.rows[key], Write{Key: key, What: "create", Content: values})
		m.mu.Unlock()
		return object{"id": row.ID}, "", ""
	}
	m.mu.Unlock()
	row, _ := m.upsert(key, values)
	return object{"id": row.ID}, "", ""
}

func (m *mondayServer) page(c call) (any, string, string) {
	columns, _ := c.arguments["columns"].([]any)
	limit, _ := strconv.Atoi(argument(c, "limit"))
	if len(columns) != 1 || limit == 0 || limit > 500 {
		return nil, "InvalidArgumentException", "one column and a limit of at most 500"
	}
	column, _ := columns[0].(map[string]any)
	keys, _ := column["column_values"].([]any)
	m.mu.Lock()
	_, known := m.fields[mondayKey]
	m.mu.Unlock()
	if column["column_id"] != mondayKey || !known {
		return nil, "InvalidColumnIdException", fmt.Sprint("This column ID doesn't exist for the board: ", column["column_id"])
	}
	if len(keys) > 100 {
		return nil, "InvalidArgumentException", "more than 100 values"
	}
	items := []object{}
	for _, k := range keys {
		key, _ := k.(string)
		row, found := m.Row(key)
		if !found {
			continue
		}
		values := []object{{"id": mondayKey, "text": key}}
		for name, value := range row.Values {
			stored, _ := json.Marshal(value)
			values = append(values, object{"id": name, "text": mondayText(value), "value": string(stored)})
		}
		items = append(items, object{"id": row.ID, "name": key, "column_values": values})
	}
	return object{"cursor": nil, "items": shuffle(m.Server, items)}, "", ""
}

// mondayText is how a column reads as text: labels for a status or dropdown, the day for a date.
func mondayText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case map[string]any:
		for _, name := range []string{"label", "date", "text", "checked"} {
			if s, ok := v[name].(string); ok {
				return s
			}
		}
		if list, ok := v["labels"].([]any); ok {
			var out []string
			for _, l := range list {
				s, _ := l.(string)
				out = append(out, s)
			}
			return strings.Join(out, ", ")
		}
	}
	return ""
}
