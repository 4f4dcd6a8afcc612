package activate

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"segmenta/activate/fault"
	"segmenta/activate/secret"
	"segmenta/activate/web"
)

type mondaySettings struct {
	Token    secret.Text `yaml:"token" jsonschema_description:"an API token with boards:read and boards:write"`
	URL      string      `yaml:"url" jsonschema_description:"where the API is (default https://api.monday.com/v2)"`
	Board    string      `yaml:"board" jsonschema_description:"the number of the board whose items are the customers"`
	IDColumn string      `yaml:"id_column" jsonschema_description:"the text column that holds our id (default segmenta_id)"`
	Group    string      `yaml:"group" jsonschema_description:"the group that new items go to (default the board's first)"`
	Version  string      `yaml:"version" jsonschema_description:"of the API (default 2025-10)"`
	Batch    int         `yaml:"batch" jsonschema_description:"items in a request, 10,000 points each (default 100)"`
	Minute   int         `yaml:"points_a_minute" jsonschema_description:"complexity points a minute: 5,000,000 for an app's writes, 10,000,000 for a personal token, 1,000,000 on trial (default 5,000,000)"`
}

// monday has no upsert and no key: an item is found by a text column that holds our id,
// then changed, or created where there was none. Many mutations go in one request, each
// under an alias of its own, one request at a time: a board takes no two at once. Errors
// come with a 200. Calls a day are few (1,000 on Standard, 10,000 on Pro), points a minute
// too, so a hundred thousand customers take hours: send segments there rather, or few.
type monday struct {
	reads, writes *web.Client // each has points a minute of its own
	s             mondaySettings
	o             Opening
}

// mondayPoints is what creating or changing an item costs.
const mondayPoints = 10_000

func openMonday(s *mondaySettings, o Opening) (Destination, error) {
	for _, pair := range [][2]any{{&s.URL, "https://api.monday.com/v2"}, {&s.IDColumn, "segmenta_id"}, {&s.Version, "2025-10"}} {
		if text := pair[0].(*string); *text == "" {
			*text = pair[1].(string)
		}
	}
	if s.Batch <= 0 {
		s.Batch = 100
	}
	if s.Minute <= 0 {
		s.Minute = 5_000_000
	}
	if _, err := strconv.ParseUint(s.Board, 10, 63); err != nil {
		return nil, errors.New("board is missing: the number in the address of the board")
	}
	if s.Token.IsZero() {
		return nil, errors.New("token is missing")
	}
	m := &monday{s: *s, o: o}
	var err error
	// As many items as nine tenths of a minute's points allow; the rest is for reading.
	items := max(1, s.Minute/mondayPoints*9/10)
	auth := key{"Authorization", s.Token.Reveal()}
	if m.writes, err = o.Client(auth, web.Rate{Requests: items, Per: time.Duration(s.Batch) * time.Minute, Burst: 1}); err != nil {
		return nil, err
	}
	// 1,000 calls a minute are Standard's; what a read costs in points is far less.
	m.reads, err = o.Client(auth, web.Rate{Requests: 900, Per: time.Minute, Burst: 20})
	return m, err
}

func (m *monday) Limits() Limits {
	return Limits{Batch: m.s.Batch, Bytes: 1_000_000, Read: 100, Parallel: 1, Removes: true}
}

func (m *monday) Close() error {
	m.reads.Close()
	m.writes.Close()
	return nil
}

type mondayAnswer struct {
	Data   map[string]json.RawMessage `json:"data"`
	Errors []json.RawMessage          `json:"errors"` // objects, or texts in older answers
	Code   string                     `json:"error_code"`
	Text   string                     `json:"error_message"`
	Status int                        `json:"status_code"`
}

type mondayError struct {
	Message    string `json:"message"`
	Path       []any  `json:"path"`
	Extensions struct {
		Code  string  `json:"code"`
		Retry float64 `json:"retry_in_seconds"`
	} `json:"extensions"`
}

// errs are the errors of an answer, old form and new.
func (a *mondayAnswer) errs() (out []mondayError) {
	for _, raw := range a.Errors {
		var e mondayError
		if json.Unmarshal(raw, &e) != nil {
			_ = json.Unmarshal(raw, &e.Message)
		}
		out = append(out, e)
	}
	if a.Code != "" {
		e := mondayError{Message: a.Text}
		e.Extensions.Code = a.Code
		out = append([]mondayError{e}, out...)
	}
	return out
}

// mondayJudge reads what a 200 hides. Errors that belong to one alias are for the rows.
func mondayJudge(r *web.Response) *fault.Fault {
	f := web.Judge(r)
	var a mondayAnswer
	_ = json.Unmarshal(r.Body, &a)
	for _, e := range a.errs() {
		if len(e.Path) > 0 && f == nil {
			continue
		}
		if f == nil {
			f = &fault.Fault{Class: fault.Refused}
		}
		f.Code, f.Reason = e.Extensions.Code, plain(e.Message, nil)
		if after := time.Duration(min(max(e.Extensions.Retry, 0), 1e6) * float64(time.Second)); f.After == 0 {
			f.After = after
		}
		if class, ok := mondayClasses[strings.ToLower(f.Code)]; ok {
			f.Class = class
		}
		if reset := mondayReset.FindStringSubmatch(e.Message); reset != nil { // how answers before 2025-01 say it
			seconds, _ := strconv.Atoi(reset[1])
			f.Class, f.After = fault.Rate, max(f.After, time.Duration(seconds)*time.Second)
		}
		break
	}
	return f
}

var mondayReset = regexp.MustCompile(`budget exhausted.* reset in (\d{1,4}) seconds`)

var mondayClasses = map[string]fault.Class{
	"complexity_budget_exhausted": fault.Rate, "rate_limit_exceeded": fault.Rate, "maxconcurrencyexceeded": fault.Rate, "ip_rate_limit_exceeded": fault.Rate, "complexityexception": fault.Refused,
	"daily_limit_exceeded": fault.Quota, "userunauthorizedexception": fault.Auth, "useraccessnotauthorized": fault.Auth, "parseerror": fault.Auth, "undefinedfield": fault.Auth, "internal_server_error": fault.Transient,
}

func (m *monday) query(ctx context.Context, text string, repeatable bool) (*mondayAnswer, *web.Response, error) {
	body, err := json.Marshal(map[string]string{"query": text})
	if err != nil {
		return nil, nil, err
	}
	client := m.writes
	if strings.HasPrefix(text, "query") {
		client = m.reads
	}
	answer, err := client.Do(ctx, web.Request{Method: http.MethodPost, URL: m.s.URL, Body: body, Repeatable: repeatable, Judge: mondayJudge,
		Header: http.Header{"Content-Type": {"application/json"}, "Api-Version": {m.s.Version}}})
	if err != nil {
		return nil, nil, err
	}
	var a mondayAnswer
	if err := json.Unmarshal(answer.Body, &a); err != nil {
		return nil, nil, &fault.Fault{Class: fault.Unknown, Host: answer.Host, Status: answer.Status, Reason: "its answer can't be read"}
	}
	return &a, answer, nil
}

// quote is a text as GraphQL wants it, whose escapes are JSON's.
func quote(text string) string {
	b, _ := json.Marshal(text)
	return string(b)
}

var notColumn = regexp.MustCompile(`[^a-z_]+`)

// wire is a column's id there: one to twenty small letters and underscores.
func (m *monday) wire(f *Field) string {
	if own(f) || f.Name == m.s.IDColumn {
		return f.Name
	}
	name := strings.ToLower(f.Name)
	if notColumn.MatchString(name) { // what is left out may be all that tells two apart
		name = notColumn.ReplaceAllString(name, "_") + "_" + letters(f.Name)
	}
	return short(name, 20)
}

var mondayTypes = map[Type]string{Text: "text", Number: "numbers", Bool: "checkbox", Date: "date", Moment: "date", Choice: "text", Tags: "text"}

func (m *monday) Ensure(ctx context.Context, fields []Field, create bool) (missing []string, err error) {
	a, _, err := m.query(ctx, "query { boards(ids: ["+m.s.Board+"]) { columns { id title type } } }", true)
	if err != nil {
		return nil, err
	}
	var boards []struct {
		Columns []struct{ ID, Type string }
	}
	if json.Unmarshal(a.Data["boards"], &boards) != nil || len(boards) == 0 {
		return nil, &fault.Fault{Class: fault.Auth, Code: "BOARD", Reason: "there is no board " + m.s.Board + " that the token may see"}
	}
	by := map[string]string{}
	for _, c := range boards[0].Columns {
		by[c.ID] = c.Type
	}
	id := Field{Name: m.s.IDColumn, Type: Text, Label: Words{"Segmenta ID", "ID de Segmenta"}}
	for _, f := range append([]Field{id}, fields...) {
		if got, ok := by[m.wire(&f)]; ok && f.Type == Number && got != "numbers" && got != "text" {
			return nil, misfit(&f, got)
		} else if ok {
			continue
		} else if own(&f) {
			return nil, absent(&f)
		}
		if missing = append(missing, m.wire(&f)); !create {
			continue
		}
		text := fmt.Sprintf("mutation { create_column(board_id: %s, id: %s, title: %s, description: %s, column_type: %s) { id } }", m.s.Board, quote(m.wire(&f)), quote(cmp.Or(cut(f.Label.In(m.o.Language), 255), f.Name)), quote(cut(f.Description.both(), 1000)), mondayTypes[f.Type])
		a, _, err := m.query(ctx, text, false)
		if err != nil {
			return missing, err
		}
		for _, e := range a.errs() {
			return missing, &fault.Fault{Class: fault.Auth, Code: e.Extensions.Code, Reason: "its column " + f.Name + " was not made: " + plain(e.Message, nil)}
		}
	}
	return missing, nil
}

func (m *monday) Read(ctx context.Context, ids []string, fields []Field) (map[string]Record, error) {
	return readAll(ids, 100, m.s.IDColumn, func(some []string, found map[string]Record) (bool, error) {
		return true, m.find(ctx, some, fields, found)
	})
}

// find asks for up to a hundred items by our id. Of two with the same the older is ours.
func (m *monday) find(ctx context.Context, ids []string, fields []Field, found map[string]Record) error {
	names, values := []string{quote(m.s.IDColumn)}, make([]string, len(ids))
	for i := range fields {
		names = append(names, quote(m.wire(&fields[i])))
	}
	for i, id := range ids {
		values[i] = quote(id)
	}
	a, answer, err := m.query(ctx, fmt.Sprintf("query { items_page_by_column_values(board_id: %s, limit: 500, columns: [{column_id: %s, column_values: [%s]}]) { cursor items { id column_values(ids: [%s]) { id text value } } } }",
		m.s.Board, quote(m.s.IDColumn), strings.Join(values, ", "), strings.Join(names, ", ")), true)
	if err != nil {
		return err
	}
	for _, e := range a.errs() {
		return &fault.Fault{Class: fault.Auth, Host: answer.Host, Status: answer.Status, Code: e.Extensions.Code, Reason: plain(e.Message, nil)}
	}
	var page struct {
		Items []struct {
			ID      string
			Columns []struct {
				ID    string
				Text  *string
				Value *string
			} `json:"column_values"`
		}
	}
	if json.Unmarshal(a.Data["items_page_by_column_values"], &page) != nil {
		return &fault.Fault{Class: fault.Transient, Host: answer.Host, Status: answer.Status, Reason: "its answer lacks the items"}
	}
	for _, item := range page.Items {
		text, stored := map[string]any{}, map[string]string{}
		for _, c := range item.Columns {
			if c.Text != nil && *c.Text != "" {
				text[c.ID] = *c.Text
			}
			if c.Value != nil {
				stored[c.ID] = *c.Value
			}
		}
		id, _ := text[m.s.IDColumn].(string)
		if old, ok := found[id]; !slices.Contains(ids, id) || ok && !olderID(item.ID, old.Remote) {
			continue
		}
		record := Record{item.ID, map[string]any{}}
		for i := range fields {
			record.Values[fields[i].Name] = mondayRead(&fields[i], text[m.wire(&fields[i])], stored[m.wire(&fields[i])])
		}
		found[id] = record
	}
	return nil
}

// mondayRead undoes how a column reads: a checkbox that isn't checked is empty, and the
// text of a moment is in the reader's time zone, what is stored in UTC.
func mondayRead(f *Field, text any, stored string) any {
	switch f.Type {
	case Bool:
		return text != nil
	case Moment:
		var at struct{ Date, Time string }
		if json.Unmarshal([]byte(stored), &at) == nil && at.Date != "" {
			return at.Date + "T" + cmp.Or(at.Time, "00:00:00")
		}
	}
	return text
}

// mondayValue is a value as its column takes it; the empty text clears.
func mondayValue(v *Value) any {
	x := v.Field.Parse(v.New)
	switch t := x.(type) {
	case nil:
		return ""
	case bool:
		if t {
			return map[string]string{"checked": "true"}
		}
		return nil
	case time.Time:
		if v.Field.Type == Moment {
			return map[string]string{"date": t.Format(time.DateOnly), "time": t.Format(time.TimeOnly)}
		}
		return map[string]string{"date": t.Format(time.DateOnly)}
	}
	return v.Field.Format(x)
}

func (m *monday) Send(ctx context.Context, batch []Operation) ([]Outcome, error) {
	if batch[0].Action == Notify {
		return nil, errors.New("monday takes no events")
	}
	found, unknown := map[string]Record{}, []string(nil)
	for _, o := range batch {
		if o.Remote == "" {
			unknown = append(unknown, o.ID)
		}
	}
	if len(unknown) > 0 {
		var err error
		if found, err = m.Read(ctx, unknown, nil); err != nil {
			return nil, notDone(err) // nothing was written yet
		}
	}
	text, remotes, creates := m.mutation(batch, found)
	a, answer, err := m.query(ctx, text, !creates)
	if err != nil {
		return nil, of(batch, err)
	}
	return a.outcomes(batch, remotes, answer), nil
}

// mutation changes or creates each row under an alias: r0, r1, …
func (m *monday) mutation(batch []Operation, found map[string]Record) (text string, remotes []string, creates bool) {
	var b strings.Builder
	b.WriteString("mutation {")
	for i := range batch {
		o, values := &batch[i], map[string]any{}
		for _, v := range o.Values {
			values[m.wire(v.Field)] = mondayValue(&v)
			if o.Action == Clear {
				values[m.wire(v.Field)] = ""
				if v.Field.Type == Bool {
					values[m.wire(v.Field)] = nil
				}
			}
		}
		remote := o.Remote
		if r, ok := found[o.ID]; ok && remote == "" {
			remote = r.Remote
		}
		if remotes = append(remotes, remote); remote == "" {
			creates = true
			values[m.s.IDColumn] = o.ID
		}
		columns, _ := json.Marshal(values)
		if remote == "" {
			group := ""
			if m.s.Group != "" {
				group = ", group_id: " + quote(m.s.Group)
			}
			fmt.Fprintf(&b, " r%d: create_item(board_id: %s%s, item_name: %s, column_values: %s) { id }", i, m.s.Board, group, quote(o.ID), quote(string(columns)))
			continue
		}
		fmt.Fprintf(&b, " r%d: change_multiple_column_values(board_id: %s, item_id: %s, column_values: %s) { id }", i, m.s.Board, quote(remote), quote(string(columns)))
	}
	b.WriteString(" }")
	return b.String(), remotes, creates
}

// outcomes joins data and errors with the batch by alias.
func (a *mondayAnswer) outcomes(batch []Operation, remotes []string, answer *web.Response) []Outcome {
	out := make([]Outcome, len(batch))
	for _, e := range a.errs() {
		if len(e.Path) == 0 {
			continue
		}
		alias, _ := e.Path[0].(string)
		if i, err := strconv.Atoi(strings.TrimPrefix(alias, "r")); err == nil && i >= 0 && i < len(batch) {
			out[i] = refusal(&batch[i], answer, e.Extensions.Code, e.Message)
			if class, ok := mondayClasses[strings.ToLower(e.Extensions.Code)]; ok && class == fault.Rate {
				out[i].Status = Unprocessed
			}
		}
	}
	for i := range batch {
		var item struct{ ID string }
		if json.Unmarshal(a.Data["r"+strconv.Itoa(i)], &item) == nil && item.ID != "" && out[i].Status == "" {
			out[i] = took(&batch[i], remotes[i] == "", answer)
			out[i].Remote = item.ID
		}
	}
	return all(batch, out, Outcome{Status: Unsure, HTTP: answer.Status, Reason: "its answer doesn't name this row"})
}
