package sandbox

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// salesforce answers as the Bulk API 2.0 (ingest), the query resource and the Tooling API do.
//
// Read in developer.salesforce.com/docs (api_asynch, api_rest, api_tooling): a job is
// opened, fed one CSV of at most 150 MB, closed, polled, and read back as three CSVs in
// no particular order; an expired session is 401 INVALID_SESSION_ID, a spent allowance
// 403 REQUEST_LIMIT_EXCEEDED; a query's URL holds at most 16,384 bytes. 100,000 calls a
// day is the allowance of an Enterprise org with few licences.
func salesforce(s *Server) manner {
	sf := &salesforceServer{Server: s, jobs: map[string]*salesforceJob{}}
	return manner{
		limits:     Limits{Bytes: 150_000_000, Batch: 10_000, RowBytes: 400_000, Daily: 100_000},
		credential: bearer("Bearer"),
		denied: func(w http.ResponseWriter, status int) {
			if status == http.StatusForbidden {
				say(w, status, []object{{"errorCode": "INSUFFICIENT_ACCESS", "message": "insufficient access rights on object"}})
				return
			}
			say(w, status, []object{{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}})
		},
		throttled: func(w http.ResponseWriter, full verdict) {
			if full.limit == "daily" {
				say(w, http.StatusForbidden, []object{{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}})
				return
			}
			say(w, http.StatusServiceUnavailable, []object{{"errorCode": "SERVER_UNAVAILABLE", "message": "The server is temporarily unavailable."}})
		},
		free:  func(r *http.Request) bool { return r.URL.Path == "/services/oauth2/token" },
		reads: func(r *http.Request) bool { return r.Method == http.MethodGet },
		routes: func(mux *http.ServeMux) {
			mux.HandleFunc("POST /services/oauth2/token", sf.token)
			mux.HandleFunc("POST /services/data/{version}/jobs/ingest", sf.create)
			mux.HandleFunc("PUT /services/data/{version}/jobs/ingest/{id}/batches", sf.upload)
			mux.HandleFunc("PATCH /services/data/{version}/jobs/ingest/{id}", sf.close)
			mux.HandleFunc("GET /services/data/{version}/jobs/ingest/{id}", sf.status)
			mux.HandleFunc("GET /services/data/{version}/jobs/ingest/{id}/{results}", sf.results)
			mux.HandleFunc("GET /services/data/{version}/jobs/ingest/{id}/{results}/", sf.results)
			mux.HandleFunc("GET /services/data/{version}/query", sf.query)
			mux.HandleFunc("GET /services/data/{version}/sobjects/Contact/describe", sf.describe)
			mux.HandleFunc("POST /services/data/{version}/tooling/sobjects/CustomField", sf.customField)
		},
	}
}

type salesforceServer struct {
	*Server
	jobsLock sync.Mutex
	jobs     map[string]*salesforceJob
}

type salesforceJob struct {
	ID, Object, State, Message string
	External                   string
	polls                      int
	data                       []byte
	header                     []string
	done, failed, unprocessed  [][]string
}

func (sf *salesforceServer) token(w http.ResponseWriter, r *http.Request) {
	token, ok := sf.grant(r)
	if !ok {
		say(w, http.StatusBadRequest, object{"error": "invalid_grant", "error_description": "expired access/refresh token"})
		return
	}
	say(w, http.StatusOK, object{"access_token": token, "instance_url": sf.URL, "token_type": "Bearer"})
}

func (sf *salesforceServer) job(w http.ResponseWriter, r *http.Request) *salesforceJob {
	sf.jobsLock.Lock()
	defer sf.jobsLock.Unlock()
	job := sf.jobs[r.PathValue("id")]
	if job == nil {
		say(w, http.StatusNotFound, []object{{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}})
	}
	return job
}

func (sf *salesforceServer) create(w http.ResponseWriter, r *http.Request) {
	var body struct{ Object, Operation, ExternalIDFieldName, ContentType, LineEnding string }
	if !hear(r, &body) || body.Object != "Contact" || body.Operation != "upsert" || body.ExternalIDFieldName == "" || body.ContentType != "CSV" {
		say(w, http.StatusBadRequest, []object{{"errorCode": "INVALIDJOB", "message": "object, operation upsert, externalIdFieldName and contentType CSV are required"}})
		return
	}
	sf.jobsLock.Lock()
	job := &salesforceJob{ID: fmt.Sprintf("7505e000%09d", len(sf.jobs)+1), Object: body.Object, External: body.ExternalIDFieldName, State: "Open"}
	sf.jobs[job.ID] = job
	sf.jobsLock.Unlock()
	say(w, http.StatusOK, sf.about(job))
}

func (sf *salesforceServer) about(j *salesforceJob) object {
	out := object{"id": j.ID, "operation": "upsert", "object": j.Object, "state": j.State, "externalIdFieldName": j.External, "contentType": "CSV", "lineEnding": "LF",
		"numberRecordsProcessed": len(j.done) + len(j.failed), "numberRecordsFailed": len(j.failed)}
	if j.Message != "" {
		out["errorMessage"] = j.Message
	}
	return out
}

func (sf *salesforceServer) upload(w http.ResponseWriter, r *http.Request) {
	job := sf.job(w, r)
	if job == nil {
		return
	}
	data, err := io.ReadAll(r.Body)
	if err != nil || job.State != "Open" || r.Header.Get("Content-Type") != "text/csv" {
		say(w, http.StatusBadRequest, []object{{"errorCode": "INVALIDJOBSTATE", "message": "a job takes one CSV, while it is open"}})
		return
	}
	job.data = data
	w.WriteHeader(http.StatusCreated)
}

// close starts the work: nothing is applied before the upload is called complete.
func (sf *salesforceServer) close(w http.ResponseWriter, r *http.Request) {
	job := sf.job(w, r)
	if job == nil {
		return
	}
	var body struct{ State string }
	if !hear(r, &body) || body.State != "UploadComplete" && body.State != "Aborted" {
		say(w, http.StatusBadRequest, []object{{"errorCode": "INVALIDJOBSTATE", "message": "state must be UploadComplete or Aborted"}})
		return
	}
	sf.jobsLock.Lock()
	defer sf.jobsLock.Unlock()
	if job.State != "Open" {
		say(w, http.StatusBadRequest, []object{{"errorCode": "INVALIDJOBSTATE", "message": "Transitioning from " + job.State + " is not allowed"}})
		return
	}
	job.State = body.State
	if body.State == "UploadComplete" {
		sf.process(job)
	}
	say(w, http.StatusOK, sf.about(job))
}

func (sf *salesforceServer) process(job *salesforceJob) {
	rows, err := csv.NewReader(bytes.NewReader(job.data)).ReadAll()
	if err != nil || len(rows) == 0 {
		job.Message = "InvalidBatch : Field name not found"
		return
	}
	job.header = rows[0]
	key := slices.Index(job.header, job.External)
	for _, name := range job.header {
		if !sf.known(name) || key < 0 {
			job.Message, job.unprocessed = "InvalidBatch : Field name not found : "+name, rows[1:]
			return
		}
	}
	for i, row := range rows[1:] {
		if share := sf.faults().Missing; share > 0 && i > len(rows)*3/4 && sf.chance.hit(share) {
			defer sf.over()
			job.unprocessed = append(job.unprocessed, rows[1+i:]...)
			return
		}
		values := map[string]any{}
		for j, name := range job.header {
			if j != key && row[j] != "" {
				values[name] = row[j]
			}
			if row[j] == "#N/A" {
				values[name] = nil // how a value is cleared
			}
		}
		if field, reason := sf.refused(row[key], values); reason != "" || row[key] == "" {
			code := "INVALID_TYPE_ON_FIELD_IN_RECORD:"
			if reason == missingField {
				code, reason = "REQUIRED_FIELD_MISSING:", "Required fields are missing: ["+field+"]"
			}
			job.failed = append(job.failed, append([]string{"", code + reason + ":" + field + " --"}, row...))
			continue
		}
		held, created := sf.Server.upsert(row[key], values)
		job.done = append(job.done, append([]string{"003" + held.ID, strconv.FormatBool(created)}, row...))
	}
}

func (sf *salesforceServer) known(name string) bool {
	sf.mu.Lock()
	defer sf.mu.Unlock()
	_, custom := sf.fields[name]
	return custom || slices.Contains([]string{"Id", "Email", "Phone", "FirstName", "LastName"}, name)
}

// status is InProgress on the first look and final on the second.
func (sf *salesforceServer) status(w http.ResponseWriter, r *http.Request) {
	job := sf.job(w, r)
	if job == nil {
		return
	}
	sf.jobsLock.Lock()
	defer sf.jobsLock.Unlock()
	if job.State == "UploadComplete" || job.State == "InProgress" {
		job.State = "InProgress"
		if job.polls++; job.polls > 1 {
			job.State = "JobComplete"
			if job.Message != "" || len(job.unprocessed) > 0 {
				job.State = "Failed"
				if job.Message == "" {
					job.Message = "TooManyLockFailure : a batch was retried too often"
				}
			}
		}
	}
	say(w, http.StatusOK, sf.about(job))
}

func (sf *salesforceServer) results(w http.ResponseWriter, r *http.Request) {
	job := sf.job(w, r)
	if job == nil {
		return
	}
	sf.jobsLock.Lock()
	defer sf.jobsLock.Unlock()
	var rows [][]string
	header := append([]string{"sf__Id", "sf__Error"}, job.header...)
	switch r.PathValue("results") {
	case "successfulResults":
		rows, header[1] = slices.Clone(job.done), "sf__Created"
	case "failedResults":
		rows = slices.Clone(job.failed)
	case "unprocessedrecords":
		rows, header = slices.Clone(job.unprocessed), job.header
	default:
		http.NotFound(w, r)
		return
	}
	slices.Reverse(rows) // the order is not guaranteed, so it is never the order of the upload
	w.Header().Set("Content-Type", "text/csv; charset=UTF-8")
	w.Header().Set("Sforce-NumberOfRecords", strconv.Itoa(len(rows)))
	out := csv.NewWriter(w)
	_ = out.Write(header)
	_ = out.WriteAll(rows)
}

var salesforceQuery = regexp.MustCompile(`^SELECT ([\w, ]+) FROM Contact WHERE (\w+) IN \((.*)\)$`)

// query understands the one form: fields of the contacts whose external id is in a list.
func (sf *salesforceServer) query(w http.ResponseWriter, r *http.Request) {
	if len(r.URL.RequestURI()) > 16_384 {
		http.Error(w, "URI Too Long", http.StatusRequestURITooLong)
		return
	}
	parts := salesforceQuery.FindStringSubmatch(r.URL.Query().Get("q"))
	if parts == nil {
		say(w, http.StatusBadRequest, []object{{"errorCode": "MALFORMED_QUERY", "message": "unexpected token"}})
		return
	}
	names := strings.Split(strings.ReplaceAll(parts[1], " ", ""), ",")
	for _, name := range append(names, parts[2]) {
		if !sf.known(name) {
			say(w, http.StatusBadRequest, []object{{"errorCode": "INVALID_FIELD", "message": "No such column '" + name + "' on entity 'Contact'"}})
			return
		}
	}
	records := []object{}
	for _, key := range quoted(parts[3], '\'') {
		row, found := sf.Row(key)
		if !found {
			continue
		}
		record := object{"attributes": object{"type": "Contact"}}
		for _, name := range names {
			record[name] = row.Values[name]
			switch name {
			case parts[2]:
				record[name] = key
			case "Id":
				record[name] = "003" + row.ID
			}
		}
		records = append(records, record)
	}
	total := len(records)
	records = scramble(sf.Server, records)
	say(w, http.StatusOK, object{"totalSize": total, "done": true, "records": records})
}

// quoted takes the texts of a list like 'a','b\'c'.
func quoted(list string, quote byte) (out []string) {
	for i := 0; i < len(list); i++ {
		if list[i] != quote {
			continue
		}
		var text []byte
		for i++; i < len(list) && list[i] != quote; i++ {
			if list[i] == '\\' && i+1 < len(list) {
				i++
			}
			text = append(text, list[i])
		}
		out = append(out, string(text))
	}
	return out
}

// salesforceTypes are what describe calls the types of the Tooling API.
var salesforceTypes = map[string]string{"Text": "string", "Number": "double", "Checkbox": "boolean", "Date": "date", "DateTime": "datetime"}

func (sf *salesforceServer) describe(w http.ResponseWriter, r *http.Request) {
	fields := []object{}
	for _, name := range []string{"Id", "Email", "Phone", "FirstName", "LastName"} {
		fields = append(fields, object{"name": name, "type": "string"})
	}
	for _, f := range sf.Fields() {
		fields = append(fields, object{"name": f.Name, "label": f.Label, "type": salesforceTypes[f.Type]})
	}
	say(w, http.StatusOK, object{"name": "Contact", "fields": fields})
}

func (sf *salesforceServer) customField(w http.ResponseWriter, r *http.Request) {
	var body struct {
		FullName string
		Metadata struct {
			Type, Label, Description   string
			Length, Precision, Scale   int
			ExternalID, Unique, Needed bool
		}
	}
	if !hear(r, &body) || !strings.HasPrefix(body.FullName, "Contact.") || !strings.HasSuffix(body.FullName, "__c") || body.Metadata.Label == "" ||
		body.Metadata.Type == "Text" && body.Metadata.Length == 0 || body.Metadata.Type == "Number" && body.Metadata.Precision == 0 {
		say(w, http.StatusBadRequest, []object{{"errorCode": "FIELD_INTEGRITY_EXCEPTION", "message": "FullName, label, type and its length or precision are required"}})
		return
	}
	name := strings.TrimPrefix(body.FullName, "Contact.")
	if !sf.field(Field{Name: name, Label: body.Metadata.Label, Type: body.Metadata.Type, Description: body.Metadata.Description}) {
		say(w, http.StatusBadRequest, []object{{"errorCode": "DUPLICATE_DEVELOPER_NAME", "message": "There is already a field named " + name + " on Contact."}})
		return
	}
	say(w, http.StatusCreated, object{"id": "00N000000000001", "success": true, "errors": []any{}})
}
