package sandbox

import (
	"net/http"
	"slices"
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

func (sf *salesforceServer) token(w http.ResponseWriter, r *http.Request) {
	token, ok := sf.grant(r)
	if !ok {
		say(w, http.StatusBadRequest, object{"error": "invalid_grant", "error_description": "expired access/refresh token"})
		return
	}
	say(w, http.StatusOK, object{"access_token": token, "instance_url": sf.URL, "token_type": "Bearer"})
}

func (sf *salesforceServer) known(name string) bool {
	sf.mu.Lock()
	defer sf.mu.Unlock()
	_, custom := sf.fields[name]
	return custom || slices.Contains([]string{"Id", "Email", "Phone", "FirstName", "LastName"}, name)
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
