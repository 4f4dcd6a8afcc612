package sandbox_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"segmenta/activate/sandbox"
)

// A speech is how one CRM is asked to set a number for some contacts.
type speech struct {
	scheme string // before the token
	path   string
	header map[string]string
	body   func(score any, keys []string) any
	done   string // in an answer that took all
	bad    string // in one that refused a row
	full   string // in one that a limit stopped
	expire string // in one with an old token
}

func each(keys []string, row func(i int, key string) any) []any {
	out := []any{}
	for i, key := range keys {
		out = append(out, row(i, key))
	}
	return out
}

type m = map[string]any

var speeches = map[string]speech{
	"hubspot": {"Bearer ", "/crm/v3/objects/contacts/batch/upsert", nil, func(score any, keys []string) any {
		return m{"inputs": each(keys, func(i int, key string) any {
			return m{"id": key, "idProperty": "segmenta_id", "objectWriteTraceId": fmt.Sprint(i), "properties": m{"score": fmt.Sprint(score)}}
		})}
	}, `"status":"COMPLETE"`, `"category":"VALIDATION_ERROR"`, `"errorType":"RATE_LIMIT"`, "EXPIRED_AUTHENTICATION"},
	"zoho": {"Zoho-oauthtoken ", "/crm/v8/Contacts/upsert", nil, func(score any, keys []string) any {
		return m{"duplicate_check_fields": []string{"Segmenta_ID"}, "data": each(keys, func(_ int, key string) any { return m{"Segmenta_ID": key, "score": score} })}
	}, `"code":"SUCCESS"`, `"code":"INVALID_DATA"`, "TOO_MANY_REQUESTS", "INVALID_TOKEN"},
	"bitrix24": {"", "/rest/1/TOKEN/batch", nil, func(score any, keys []string) any {
		cmd := m{}
		for i, key := range keys {
			cmd[fmt.Sprint("k", i)] = "crm.item.add?" + url.Values{"entityTypeId": {"3"}, "useOriginalUfNames": {"Y"}, "fields[UF_CRM_SEGMENTA_ID]": {key}, "fields[score]": {fmt.Sprint(score)}}.Encode()
		}
		return m{"halt": 0, "cmd": cmd}
	}, `"item"`, "CRM_FIELD_ERROR_VALUE_NOT_VALID", "QUERY_LIMIT_EXCEEDED", "expired_token"},
	"monday": {"", "/v2", nil, func(score any, keys []string) any {
		query := "mutation {"
		for i, key := range keys {
			values, _ := json.Marshal(m{"segmenta_id": key, "score": fmt.Sprint(score)})
			quoted, _ := json.Marshal(string(values))
			query += fmt.Sprintf(" m%d: create_item(board_id: 77, item_name: \"x\", column_values: %s) { id }", i, quoted)
		}
		return m{"query": query + " }"}
	}, `"id"`, "ColumnValueException", "RATE_LIMIT_EXCEEDED", "Not Authenticated"},
	"klaviyo": {"Klaviyo-API-Key ", "/api/profile-bulk-import-jobs", map[string]string{"Revision": "2026-07-15", "Content-Type": "application/vnd.api+json"}, func(score any, keys []string) any {
		return m{"data": m{"type": "profile-bulk-import-job", "attributes": m{"profiles": m{"data": each(keys, func(_ int, key string) any {
			return m{"type": "profile", "attributes": m{"external_id": key, "properties": m{"score": score}}}
		})}}}}
	}, `"queued"`, "", "throttled", "not_authenticated"},
	"braze": {"Bearer ", "/users/track", nil, func(score any, keys []string) any {
		return m{"attributes": each(keys, func(_ int, key string) any { return m{"external_id": key, "score": score} })}
	}, `"message":"success"`, `"input_array":"attributes"`, "Rate limit exceeded", "Invalid API key"},
	"mailchimp": {"Bearer ", "/3.0/lists/l1", nil, func(score any, keys []string) any {
		return m{"update_existing": true, "members": each(keys, func(_ int, key string) any {
			return m{"email_address": key + "@shop.test", "status": "subscribed", "merge_fields": m{"score": score}}
		})}
	}, `"error_count":0`, `"error_count":1`, "simultaneous connections", "API Key Invalid"},
	"customerio": {"Bearer ", "/api/v2/batch", nil, func(score any, keys []string) any {
		return m{"batch": each(keys, func(_ int, key string) any {
			return m{"type": "person", "action": "identify", "identifiers": m{"id": key}, "attributes": m{"score": score}}
		})}
	}, `{}`, `"batch_index":0`, "too many requests", "Unauthorized"},
}

// numbers are the words for a number's type.
var numbers = map[string]string{"hubspot": "number", "zoho": "double", "bitrix24": "double", "monday": "numbers", "mailchimp": "number", "klaviyo": "number", "braze": "number", "customerio": "number"}

func (p speech) send(t *testing.T, s *sandbox.Server, score any, keys ...string) (int, string, http.Header) {
	t.Helper()
	body, err := json.Marshal(p.body(score, keys))
	if err != nil {
		t.Fatal(err)
	}
	return call(t, s, http.MethodPost, strings.Replace(p.path, "TOKEN", s.Token(), 1), p.scheme+s.Token(), p.header, body)
}

func call(t *testing.T, s *sandbox.Server, method, path, authorization string, header map[string]string, body []byte) (int, string, http.Header) {
	t.Helper()
	r, err := http.NewRequest(method, s.URL+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", authorization)
	for name, value := range header {
		r.Header.Set(name, value)
	}
	client := &http.Client{Timeout: 300 * time.Millisecond, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(r)
	if err != nil {
		return 0, err.Error(), nil
	}
	defer resp.Body.Close()
	all, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err.Error(), nil
	}
	return resp.StatusCode, string(all), resp.Header
}

func start(t *testing.T, kind string, o sandbox.Options) *sandbox.Server {
	s := sandbox.Start(kind, o)
	t.Cleanup(s.Close)
	for _, id := range []string{"segmenta_id", "Segmenta_ID", "Segmenta_ID__c"} {
		s.AddField(sandbox.Field{Name: id, Type: "text"})
	}
	s.AddField(sandbox.Field{Name: "score", Type: numbers[kind]})
	return s
}

// keysOf are n external ids; Mailchimp's rows are keyed by address.
func keysOf(n int) []string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = fmt.Sprintf("c%04d", i)
	}
	return keys
}

func TestTakes(t *testing.T) {
	for kind, p := range speeches {
		t.Run(kind, func(t *testing.T) {
			s := start(t, kind, sandbox.Options{})
			status, body, _ := p.send(t, s, 0.5, "a", "b")
			if status < 200 || status > 299 || !strings.Contains(body, p.done) || s.Rows() != 2 || len(s.Writes()) != 2 {
				t.Errorf("two rows: %d %s, %d rows and %d writes recorded", status, body, s.Rows(), len(s.Writes()))
			}
			status, body, _ = p.send(t, s, "high", "c")
			if p.bad != "" && !strings.Contains(body, p.bad) || s.Rows() != 2 {
				t.Errorf("a row that is no number: %d %s, %d rows", status, body, s.Rows())
			}
			if most := s.Limits().Batch; most > 0 {
				if status, body, _ = p.send(t, s, 1, keysOf(most+1)...); s.Rows() != 2 {
					t.Errorf("one more than a batch holds: %d %.200s, %d rows", status, body, s.Rows())
				}
			}
			s.Expire()
			if status, body, _ = p.send(t, s, 1, "d"); status != http.StatusUnauthorized || !strings.Contains(body, p.expire) || s.Rows() != 2 {
				t.Errorf("an old token: %d %s", status, body)
			}
		})
	}
}

func TestScope(t *testing.T) {
	for kind, p := range speeches {
		s := start(t, kind, sandbox.Options{})
		s.Unscope()
		status, body, _ := p.send(t, s, 1, "a")
		if want := http.StatusForbidden; kind != "monday" && status != want || kind == "monday" && !strings.Contains(body, "Unauthorized") || s.Rows() != 0 {
			t.Errorf("%s without the right: %d %s, %d rows", kind, status, body, s.Rows())
		}
	}
}

// The documented number of calls passes, one more does not, and time makes room again.
func TestRates(t *testing.T) {
	for kind, p := range speeches {
		clock := sandbox.NewClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
		o := sandbox.Options{Now: clock.Now}
		if kind == "zoho" || kind == "mailchimp" {
			continue // they count calls at the same time: TestTogether
		}
		t.Run(kind, func(t *testing.T) {
			most := sandbox.Limits{Calls: 4}
			o.Limits = most
			s := start(t, kind, o)
			for range 4 {
				if status, body, _ := p.send(t, s, 1, "a"); status > 299 || strings.Contains(body, p.full) {
					t.Fatalf("within the limit: %d %s", status, body)
				}
			}
			status, body, header := p.send(t, s, 1, "a")
			if !strings.Contains(body, p.full) || s.Refused() != 1 {
				t.Errorf("over the limit: %d %s", status, body)
			}
			if kind == "klaviyo" && header.Get("Retry-After") != "1" {
				t.Errorf("Retry-After is %q, want 1", header.Get("Retry-After"))
			}
			clock.Sleep(s.Limits().Per + time.Second)
			if status, body, _ := p.send(t, s, 1, "a"); status > 299 || strings.Contains(body, p.full) {
				t.Errorf("after waiting: %d %s", status, body)
			}
		})
	}
}

func TestTogether(t *testing.T) {
	for _, kind := range []string{"zoho", "mailchimp"} {
		s := start(t, kind, sandbox.Options{Limits: sandbox.Limits{Together: 1}, Latency: 100 * time.Millisecond})
		bodies := make(chan string)
		for range 2 {
			go func() { _, body, _ := speeches[kind].send(t, s, 1, "a"); bodies <- body }()
		}
		if both := <-bodies + <-bodies; strings.Count(both, speeches[kind].full) != 1 || s.Refused() != 1 {
			t.Errorf("%s, two calls at once where one may be: %s", kind, both)
		}
	}
}

func TestDaily(t *testing.T) {
	for kind, word := range map[string]string{"hubspot": `"policyName":"DAILY"`, "zoho": "LIMIT_EXCEEDED", "monday": "DAILY_LIMIT_EXCEEDED"} {
		clock := sandbox.NewClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
		s := start(t, kind, sandbox.Options{Now: clock.Now, Limits: sandbox.Limits{Daily: 2}})
		speeches[kind].send(t, s, 1, "a")
		speeches[kind].send(t, s, 1, "a")
		if _, body, _ := speeches[kind].send(t, s, 1, "a"); !strings.Contains(body, word) {
			t.Errorf("%s, a day's calls spent: %s, want %s", kind, body, word)
		}
		clock.Sleep(24 * time.Hour)
		if status, body, _ := speeches[kind].send(t, s, 1, "a"); status > 299 || strings.Contains(body, word) {
			t.Errorf("%s, the day after: %s", kind, body)
		}
	}
}

// What breaks before the write leaves no trace; what breaks after it is recorded.
func TestFaults(t *testing.T) {
	for name, tt := range map[string]struct {
		faults  sandbox.Faults
		applied int
	}{
		"down":       {sandbox.Faults{Down: 1}, 0},
		"reset":      {sandbox.Faults{Reset: 1}, 0},
		"throttled":  {sandbox.Faults{Throttle: 1}, 0},
		"down after": {sandbox.Faults{DownAfter: 1}, 1},
		"lost":       {sandbox.Faults{Lost: 1}, 1},
		"hanging":    {sandbox.Faults{Hang: 1, HangFor: time.Second}, 1},
	} {
		for kind, p := range speeches {
			s := start(t, kind, sandbox.Options{Faults: tt.faults})
			status, body, _ := p.send(t, s, 1, "a")
			if len(s.Writes()) != tt.applied || status >= 200 && status < 300 && !strings.Contains(body, "error") {
				t.Errorf("%s, %s: %d %s, %d writes, want %d", kind, name, status, body, len(s.Writes()), tt.applied)
			}
		}
	}
	s := start(t, "hubspot", sandbox.Options{Faults: sandbox.Faults{Slow: 1}})
	if status, body, _ := speeches["hubspot"].send(t, s, 1, "a"); status != http.StatusOK || !strings.HasSuffix(body, "}\n") {
		t.Errorf("a slow answer: %d %s", status, body)
	}
}

// An answer may hold an item twice, lack one, or come in another order.
func TestScrambled(t *testing.T) {
	for name, tt := range map[string]struct {
		faults sandbox.Faults
		want   string
	}{
		"twice":   {sandbox.Faults{Repeated: 1}, "4"},
		"lacking": {sandbox.Faults{Missing: 1}, "2"},
	} {
		s := start(t, "hubspot", sandbox.Options{Faults: tt.faults})
		_, body, _ := speeches["hubspot"].send(t, s, 1, "a", "b", "c")
		if n := strings.Count(body, `"new":`); fmt.Sprint(n) != tt.want || s.Rows() != 3 {
			t.Errorf("%s: %d items of 3 rows, want %s", name, n, tt.want)
		}
	}
}

func TestRefresh(t *testing.T) {
	for kind, path := range map[string]string{"hubspot": "/oauth/v1/token", "salesforce": "/services/oauth2/token", "zoho": "/oauth/v2/token", "bitrix24": "/oauth/token/"} {
		s := start(t, kind, sandbox.Options{Faults: sandbox.Faults{ExpireEvery: 1}})
		form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {sandbox.RefreshToken}, "client_id": {sandbox.ClientID}, "client_secret": {sandbox.ClientSecret}}
		old := s.Token()
		status, body, _ := call(t, s, http.MethodPost, path, "", map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, []byte(form.Encode()))
		if status != http.StatusOK || s.Token() == old || !strings.Contains(body, s.Token()) {
			t.Errorf("%s: %d %s", kind, status, body)
		}
		form.Set("client_secret", "guessed")
		if _, body, _ = call(t, s, http.MethodPost, path, "", map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, []byte(form.Encode())); strings.Contains(body, "access_token") {
			t.Errorf("%s gives a token to a stranger: %s", kind, body)
		}
	}
}

// Where the CRM has no key, asking twice makes two; where events have one, one is kept.
func TestTwice(t *testing.T) {
	for _, kind := range []string{"bitrix24", "monday"} {
		s := start(t, kind, sandbox.Options{})
		speeches[kind].send(t, s, 1, "a")
		speeches[kind].send(t, s, 1, "a")
		if row, _ := s.Row("a"); row.Applied != 2 || s.Writes()[1].What != "create" {
			t.Errorf("%s: %+v", kind, s.Writes())
		}
	}
	for kind, want := range map[string]int{"customerio": 1, "braze": 2} {
		s := start(t, kind, sandbox.Options{})
		body := []byte(`{"batch":[{"type":"person","action":"event","name":"entered","id":"e1","identifiers":{"id":"a"}}]}`)
		if kind == "braze" {
			body = []byte(`{"events":[{"external_id":"a","name":"entered","time":"2026-03-01T00:00:00Z"}]}`)
		}
		for range 2 {
			call(t, s, http.MethodPost, speeches[kind].path, "Bearer "+s.Token(), nil, body)
		}
		if len(s.Writes()) != want {
			t.Errorf("%s: %d events, want %d", kind, len(s.Writes()), want)
		}
	}
}

// A Salesforce job is applied when its upload is complete, and read back in another order.
func TestSalesforceJob(t *testing.T) {
	s := start(t, "salesforce", sandbox.Options{})
	s.AddField(sandbox.Field{Name: "Key__c", Type: "Text"})
	s.AddField(sandbox.Field{Name: "Score__c", Type: "Number"})
	do := func(method, path, kind, body string) string {
		_, answer, _ := call(t, s, method, "/services/data/v66.0/jobs/ingest"+path, "Bearer "+s.Token(), map[string]string{"Content-Type": kind}, []byte(body))
		return answer
	}
	var job struct{ ID string }
	if err := json.Unmarshal([]byte(do("POST", "", "application/json", `{"object":"Contact","operation":"upsert","externalIdFieldName":"Key__c","contentType":"CSV"}`)), &job); err != nil {
		t.Fatal(err)
	}
	do("PUT", "/"+job.ID+"/batches", "text/csv", "Key__c,Score__c\na,1\nb,high\nc,3\n")
	if s.Rows() != 0 {
		t.Error("rows are applied before the upload is complete")
	}
	do("PATCH", "/"+job.ID, "application/json", `{"state":"UploadComplete"}`)
	first, second := do("GET", "/"+job.ID, "", ""), do("GET", "/"+job.ID, "", "")
	if !strings.Contains(first, "InProgress") || !strings.Contains(second, `"JobComplete"`) || !strings.Contains(second, `"numberRecordsFailed":1`) {
		t.Errorf("states: %s, then %s", first, second)
	}
	if done := do("GET", "/"+job.ID+"/successfulResults", "", ""); strings.Index(done, "c,3") > strings.Index(done, "a,1") {
		t.Errorf("the order of the upload is kept: %s", done)
	}
	if failed := do("GET", "/"+job.ID+"/failedResults/", "", ""); !strings.Contains(failed, "INVALID_TYPE_ON_FIELD_IN_RECORD") || strings.Contains(failed, "c,3") {
		t.Errorf("failed: %s", failed)
	}
}

// A Klaviyo job ends complete with what it refused to be read page by page.
func TestKlaviyoJob(t *testing.T) {
	s := start(t, "klaviyo", sandbox.Options{Refuse: func(key string) string {
		if key < "c0030" {
			return "no"
		}
		return ""
	}})
	speeches["klaviyo"].send(t, s, 1, keysOf(40)...)
	get := func(path string) string {
		_, body, _ := call(t, s, http.MethodGet, path, "Klaviyo-API-Key "+s.Token(), nil, nil)
		return body
	}
	get("/api/profile-bulk-import-jobs/job1")
	if body := get("/api/profile-bulk-import-jobs/job1"); !strings.Contains(body, `"failed_count":30`) || !strings.Contains(body, `"complete"`) {
		t.Errorf("the job: %s", body)
	}
	first := get("/api/profile-bulk-import-jobs/job1/import-errors")
	last := get("/api/profile-bulk-import-jobs/job1/import-errors?page%5Bcursor%5D=20")
	if strings.Count(first, "original_payload") != 20 || strings.Count(last, "original_payload") != 10 || !strings.Contains(last, `"next":null`) {
		t.Errorf("pages of %d and %d errors", strings.Count(first, "original_payload"), strings.Count(last, "original_payload"))
	}
}
