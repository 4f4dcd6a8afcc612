package activate

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
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

type salesforceSettings struct {
	URL          string      `yaml:"url" jsonschema_description:"My Domain: https://COMPANY.my.salesforce.com"`
	Token        secret.Text `yaml:"token" jsonschema_description:"an access token; it lives for hours, so rather:"`
	ClientID     secret.Text `yaml:"client_id" jsonschema_description:"of a connected app with the scope api (client credentials flow, or with refresh_token)"`
	ClientSecret secret.Text `yaml:"client_secret" jsonschema_description:"of the connected app"`
	RefreshToken secret.Text `yaml:"refresh_token" jsonschema_description:"of the connected app, where it runs as a user"`
	Object       string      `yaml:"object" jsonschema_description:"Contact, Lead, Account or another (default Contact)"`
	IDField      string      `yaml:"id_field" jsonschema_description:"the external id field that holds our id (default Segmenta_ID__c)"`
	Version      string      `yaml:"version" jsonschema_description:"of the API (default v62.0)"`
	Batch        int         `yaml:"batch" jsonschema_description:"rows in a job (default 10000)"`
	Patience     string      `yaml:"patience" jsonschema_description:"how long a job may take (default 30m)"`
}

// salesforce writes by Bulk API 2.0: a job is opened, fed, closed, waited for and read
// back. Nothing is applied before it is closed, and what became of it can be read at any
// time after, so only a job that outlives our patience leaves anything unknown.
type salesforce struct {
	api
	s    salesforceSettings
	o    Opening
	auth *oauth

	patience time.Duration
}

func openSalesforce(s *salesforceSettings, o Opening) (Destination, error) {
	if s.URL == "" {
		return nil, errors.New("url is missing: https://COMPANY.my.salesforce.com")
	}
	for _, pair := range [][2]any{{&s.Object, "Contact"}, {&s.IDField, "Segmenta_ID__c"}, {&s.Version, "v62.0"}} {
		if text := pair[0].(*string); *text == "" {
			*text = pair[1].(string)
		}
	}
	if s.Batch <= 0 {
		s.Batch = 10_000
	}
	patience, err := patience(s.Patience)
	if err != nil {
		return nil, err
	}
	auth, err := o.oauth("Bearer ", s.URL+"/services/oauth2/token", oauthSettings{s.Token, s.ClientID, s.ClientSecret, s.RefreshToken})
	if err != nil {
		return nil, err
	}
	client, err := o.Client(auth)
	return &salesforce{api: api{base: s.URL + "/services/data/" + s.Version, web: client, judge: salesforceJudge}, s: *s, o: o, auth: auth, patience: patience}, err
}

// Limits: 100 MB of CSV is what 150 MB after base64 leaves.
func (s *salesforce) Limits() Limits {
	return Limits{Batch: s.s.Batch, Bytes: 50_000_000, Read: 2000, Parallel: 1, Repeatable: true, Removes: true}
}

func (s *salesforce) Close() error {
	s.web.Close()
	s.auth.close()
	return nil
}

func salesforceJudge(r *web.Response) *fault.Fault {
	f := web.Judge(r)
	if f == nil {
		return nil
	}
	var errs []struct{ ErrorCode, Message string }
	_ = json.Unmarshal(r.Body, &errs)
	if len(errs) == 0 {
		return f
	}
	f.Code, f.Reason = errs[0].ErrorCode, plain(errs[0].Message, nil)
	switch f.Code {
	case "REQUEST_LIMIT_EXCEEDED":
		f.Class = fault.Quota
	case "UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE":
		f.Class = fault.Transient
	case "INVALID_FIELD", "MALFORMED_QUERY":
		f.Class = fault.Auth // no row is to blame
	}
	return f
}

// wire is a field's name there: custom ones end in __c.
func (s *salesforce) wire(f *Field) string {
	if own(f) || strings.HasSuffix(f.Name, "__c") {
		return f.Name
	}
	return short(f.Name, 40) + "__c"
}

func (s *salesforce) metadata(f *Field) (kind string, m map[string]any) {
	m = map[string]any{"label": cut(f.Label.In(s.o.Language), 40), "description": cut(f.Description.both(), 1000), "inlineHelpText": cut(f.Description.In(s.o.Language), 510)}
	if m["label"] == "" {
		m["label"] = cut(f.Name, 40)
	}
	switch f.Type {
	case Number:
		m["type"], m["precision"], m["scale"] = "Number", 18, max(f.Digits, 0)
		if f.Digits < 0 {
			m["scale"] = 8
		}
		return "double", m
	case Bool:
		m["type"], m["defaultValue"] = "Checkbox", "false"
		return "boolean", m
	case Date:
		m["type"] = "Date"
		return "date", m
	case Moment:
		m["type"] = "DateTime"
		return "datetime", m
	}
	m["type"], m["length"] = "Text", 255
	return "string", m
}

func (s *salesforce) Ensure(ctx context.Context, fields []Field, create bool) (missing []string, err error) {
	var have struct {
		Fields []struct{ Name, Type string }
	}
	if _, err := s.call(ctx, http.MethodGet, "/sobjects/"+s.s.Object+"/describe", nil, &have, true); err != nil {
		return nil, err
	}
	by := map[string]string{}
	for _, f := range have.Fields {
		by[f.Name] = f.Type
	}
	make := func(name string, m map[string]any) error {
		missing = append(missing, name)
		if !create {
			return nil
		}
		_, err := s.call(ctx, http.MethodPost, "/tooling/sobjects/CustomField", map[string]any{"FullName": s.s.Object + "." + name, "Metadata": m}, nil, true)
		if f, ok := fault.Of(err); ok && f.Code == "DUPLICATE_DEVELOPER_NAME" {
			return nil
		}
		return err
	}
	if _, ok := by[s.s.IDField]; !ok {
		if err := make(s.s.IDField, map[string]any{"label": "Segmenta ID", "type": "Text", "length": 255, "externalId": true, "unique": true, "caseSensitive": true}); err != nil {
			return missing, err
		}
	}
	for i := range fields {
		kind, m := s.metadata(&fields[i])
		name := s.wire(&fields[i])
		if got, ok := by[name]; !ok && own(&fields[i]) {
			return nil, absent(&fields[i])
		} else if !ok {
			if err := make(name, m); err != nil {
				return missing, err
			}
		} else if got = strings.ToLower(got); fields[i].Type != Text && kind != got && kind != "string" && got != "number" && got != "currency" && got != "percent" {
			return nil, misfit(&fields[i], got)
		}
	}
	return missing, nil
}

var soql = strings.NewReplacer(`\`, `\\`, `'`, `\'`)

func (s *salesforce) Read(ctx context.Context, ids []string, fields []Field) (map[string]Record, error) {
	names := []string{"Id", s.s.IDField}
	for i := range fields {
		names = append(names, s.wire(&fields[i]))
	}
	head := "SELECT " + strings.Join(names, ",") + " FROM " + s.s.Object + " WHERE " + s.s.IDField + " IN ("
	out := map[string]Record{}
	for _, some := range soqlPieces(head, ids) {
		more, err := readAll(some, len(some), s.s.IDField, func(some []string, found map[string]Record) (bool, error) {
			return s.query(ctx, head, some, fields, found)
		})
		if err != nil {
			return nil, err
		}
		for id, r := range more {
			out[id] = r
		}
	}
	return out, nil
}

// soqlPieces keeps each query's address under 16,384 bytes, and so its rows under a page.
func soqlPieces(head string, ids []string) (pieces [][]string) {
	size := 1 << 20
	for _, id := range ids {
		n := len(url.QueryEscape("'" + soql.Replace(id) + "',"))
		if size+n > 15_000 || len(pieces[len(pieces)-1]) == 1000 {
			pieces, size = append(pieces, nil), len(url.QueryEscape(head))+200
		}
		size += n
		last := &pieces[len(pieces)-1]
		*last = append(*last, id)
	}
	return pieces
}

func (s *salesforce) query(ctx context.Context, head string, ids []string, fields []Field, found map[string]Record) (whole bool, err error) {
	quoted := make([]string, len(ids))
	for i, id := range ids {
		quoted[i] = "'" + soql.Replace(id) + "'"
	}
	var got struct {
		TotalSize int
		Records   []map[string]any
	}
	if _, err := s.call(ctx, http.MethodGet, "/query?q="+url.QueryEscape(head+strings.Join(quoted, ",")+")"), nil, &got, true); err != nil {
		return false, err
	}

	for _, record := range got.Records {
		id, _ := record[s.s.IDField].(string)
		if !slices.Contains(ids, id) {
			continue
		}
		remote, _ := record["Id"].(string)
		values := map[string]any{}
		for i := range fields {
			v := record[s.wire(&fields[i])]
			if text, ok := v.(string); ok && fields[i].Type == Tags {
				v = strings.Split(text, ";")
			}
			values[fields[i].Name] = v
		}
		found[id] = Record{remote, values}
	}
	return len(found) >= got.TotalSize, nil
}

func (s *salesforce) Send(ctx context.Context, batch []Operation) ([]Outcome, error) {
	if batch[0].Action == Notify {
		return nil, errors.New("salesforce takes no events")
	}
	job, err := s.begin(ctx, s.csv(batch))
	if err != nil {
		return nil, err
	}
	state, message, err := s.wait(ctx, job)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(message, "InvalidBatch") {
		return nil, &fault.Fault{Class: fault.Auth, Code: "InvalidBatch", Reason: plain(message, nil) + " (it is not there, or its field-level security hides it from this user)"}
	}
	out := make([]Outcome, len(batch))
	for _, kind := range []string{"failedResults", "successfulResults", "unprocessedrecords"} {
		if err := s.results(ctx, job, kind, batch, out); err != nil {
			return nil, err
		}
	}
	return all(batch, out, Outcome{Status: Unsure, Reason: "the job is " + state + " and none of its results names this row"}), nil
}

// csv has the union of the batch's fields for columns; an empty cell changes nothing, #N/A clears.
func (s *salesforce) csv(batch []Operation) []byte {
	column := map[string]int{}
	header := []string{s.s.IDField}
	for i := range batch {
		for _, v := range batch[i].Values {
			if name := s.wire(v.Field); column[name] == 0 {
				column[name] = len(header)
				header = append(header, name)
			}
		}
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(header)
	for i := range batch {
		row := make([]string, len(header))
		row[0] = batch[i].ID
		for _, v := range batch[i].Values {
			text := v.Field.Format(v.New)
			switch {
			case v.Field.Type == Tags:
				text = strings.ReplaceAll(text, ",", ";")
			case v.Field.Type == Bool && text == "":
				text = "false" // a checkbox is never empty
			}
			if text == "" || batch[i].Action == Clear {
				text = "#N/A"
			}
			row[column[s.wire(v.Field)]] = text
		}
		_ = w.Write(row)
	}
	w.Flush()
	return b.Bytes()
}

// begin starts a job, anew where one broke before it was closed: that one is left open and
// without effect, and Salesforce deletes it after a week.
func (s *salesforce) begin(ctx context.Context, data []byte) (job string, err error) {
	pause := s.o.firstWait()
	for range 5 {
		job, err = s.start(ctx, data)
		if !fault.Is(err, fault.Transient) {
			return job, err
		}
		if s.o.sleep(ctx, pause) != nil {
			return "", err
		}
		pause *= 2
	}
	return "", err
}

// start opens a job, feeds and closes it. Until it is closed nothing is applied, so what
// breaks before is begun anew; whether it was closed can be asked.
func (s *salesforce) start(ctx context.Context, data []byte) (job string, err error) {
	var made struct{ ID string }
	if _, err := s.call(ctx, http.MethodPost, "/jobs/ingest", map[string]string{"object": s.s.Object, "operation": "upsert", "externalIdFieldName": s.s.IDField, "contentType": "CSV", "lineEnding": "LF"}, &made, true); err != nil {
		return "", notDone(err)
	}
	path := "/jobs/ingest/" + made.ID
	_, err = s.web.Do(ctx, web.Request{Method: http.MethodPut, URL: s.base + path + "/batches", Body: data, Header: http.Header{"Content-Type": {"text/csv"}}, Judge: s.judge})
	if err != nil {
		return "", notDone(err)
	}
	_, err = s.call(ctx, http.MethodPatch, path, map[string]string{"state": "UploadComplete"}, nil, false)
	if fault.Is(err, fault.Unknown) {
		state, _, known := s.state(ctx, made.ID)
		switch {
		case known != nil:
			return "", err
		case state == "Open":
			return "", notDone(err)
		}
		err = nil
	}
	return made.ID, err
}

// notDone makes a fault that leaves nothing applied one that may be tried again.
func notDone(err error) error {
	f, ok := fault.Of(err)
	if !ok || f.Class != fault.Unknown {
		return err
	}
	again := *f
	again.Class = fault.Transient
	return &again
}

func (s *salesforce) state(ctx context.Context, job string) (state, message string, err error) {
	var got struct{ State, ErrorMessage string }
	_, err = s.call(ctx, http.MethodGet, "/jobs/ingest/"+job, nil, &got, true)
	return got.State, got.ErrorMessage, err
}

// wait asks after a job, ever less often, until it is over.
func (s *salesforce) wait(ctx context.Context, job string) (state, message string, err error) {
	pause := s.o.firstWait()
	for waited := time.Duration(0); waited < s.patience; waited += pause {
		state, message, err = s.state(ctx, job)
		if err != nil {
			return "", "", doubt(err)
		}
		switch state {
		case "JobComplete", "Failed", "Aborted":
			return state, message, nil
		}
		if err := s.o.sleep(ctx, pause); err != nil {
			return "", "", &fault.Fault{Class: fault.Unknown, Err: err, Reason: "the job was not waited for"}
		}
		pause = min(2*pause, 30*time.Second)
	}
	return "", "", &fault.Fault{Class: fault.Unknown, Reason: "the job " + job + " is not over after " + s.patience.String()}
}

// doubt makes any fault after the write one that leaves the outcome unknown.
func doubt(err error) error {
	f, ok := fault.Of(err)
	if !ok {
		return err
	}
	unknown := *f
	unknown.Class = fault.Unknown
	return &unknown
}

// results reads one of the three lists and joins it with the batch by our id: their order
// is not the upload's.
func (s *salesforce) results(ctx context.Context, job, kind string, batch []Operation, out []Outcome) error {
	answer, err := s.web.Do(ctx, web.Request{Method: http.MethodGet, URL: s.base + "/jobs/ingest/" + job + "/" + kind, Repeatable: true, Judge: s.judge})
	if err != nil {
		return doubt(err)
	}
	rows, err := salesforceRows(answer.Body, s.s.IDField)
	if err != nil {
		return &fault.Fault{Class: fault.Unknown, Status: answer.Status, Reason: "its " + kind + " can't be read"}
	}
	for i := range batch {
		r, ok := rows[batch[i].ID]
		if !ok {
			continue
		}
		switch kind {
		case "failedResults":
			code, _, _ := strings.Cut(r.word, ":")
			out[i] = refusal(&batch[i], answer, code, r.word)
			if code == "UNABLE_TO_LOCK_ROW" {
				out[i].Status = Unprocessed // the next try may find it free
			}
		case "successfulResults":
			created, _ := strconv.ParseBool(r.word)
			out[i] = took(&batch[i], created, answer)
			out[i].Remote = r.id
		default:
			out[i] = Outcome{Status: Unprocessed, Remote: batch[i].Remote, HTTP: answer.Status, Reason: "the job ended before this row"}
		}
	}
	return nil
}

type salesforceRow struct{ id, word string }

// salesforceRows reads a list of results: by our id, Salesforce's and the word beside it
// (sf__Error or sf__Created).
func salesforceRows(data []byte, idField string) (map[string]salesforceRow, error) {
	r := csv.NewReader(bytes.NewReader(data))
	lines, err := r.ReadAll()
	if err != nil || len(lines) == 0 {
		return nil, err
	}
	key, remote := slices.Index(lines[0], idField), slices.Index(lines[0], "sf__Id")
	word := max(slices.Index(lines[0], "sf__Error"), slices.Index(lines[0], "sf__Created"))
	if key < 0 {
		return nil, errors.New("no column " + idField)
	}
	out := make(map[string]salesforceRow, len(lines)-1)
	for _, line := range lines[1:] {
		var row salesforceRow
		if remote >= 0 {
			row.id = line[remote]
		}
		if word >= 0 {
			row.word = line[word]
		}
		out[line[key]] = row
	}
	return out, nil
}
