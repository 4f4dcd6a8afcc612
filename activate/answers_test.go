package activate

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"segmenta/activate/fault"
	"segmenta/activate/web"
)

// answerBatch is a batch that answers are joined with.
func answerBatch() []Operation {
	score, tags := &Field{Name: "score", Type: Number, Digits: 2}, &Field{Name: "tags", Type: Tags}
	return []Operation{
		{ID: "c-alpha", Values: []Value{{score, 0.5}}}, {ID: "c-beta", Remote: "7", Values: []Value{{tags, []string{"vip"}}}},
		{ID: "ana@shop.test"}, {ID: "c-delta", Action: Clear, Values: []Value{{score, nil}}},
	}
}

// joins are how each CRM's answer is joined with a batch.
var joins = map[string]func(batch []Operation, r *web.Response) []Outcome{
	"hubspot": func(batch []Operation, r *web.Response) []Outcome {
		var a hubspotAnswer
		_ = json.Unmarshal(r.Body, &a)
		return a.outcomes(batch, r)
	},
	"zoho": func(batch []Operation, r *web.Response) []Outcome {
		var a zohoAnswer
		_ = json.Unmarshal(r.Body, &a)
		return a.outcomes(batch, r)
	},
	"bitrix24": func(batch []Operation, r *web.Response) []Outcome {
		var a bitrixBatch
		_ = json.Unmarshal(r.Body, &a)
		out := make([]Outcome, len(batch))
		a.outcomes(batch, map[string]string{"r0": "", "r1": "7", "r2": "", "r3": "9"}, r, out)
		return out
	},
	"monday": func(batch []Operation, r *web.Response) []Outcome {
		var a mondayAnswer
		_ = json.Unmarshal(r.Body, &a)
		return a.outcomes(batch, []string{"", "7", "", "9"}, r)
	},
	"klaviyo": func(batch []Operation, r *web.Response) []Outcome {
		var a klaviyoRefusals
		_ = json.Unmarshal(r.Body, &a)
		out := make([]Outcome, len(batch))
		a.join(batch, out, r)
		return all(batch, out, Outcome{Status: Updated})
	},
	"braze": func(batch []Operation, r *web.Response) []Outcome {
		var a brazeAnswer
		_ = json.Unmarshal(r.Body, &a)
		return a.outcomes(batch, "attributes", r)
	},
	"customerio": func(batch []Operation, r *web.Response) []Outcome {
		var a customerioErrors
		_ = json.Unmarshal(r.Body, &a)
		return a.outcomes(batch, r)
	},
}

var judges = map[string]func(*web.Response) *fault.Fault{
	"hubspot": hubspotJudge, "salesforce": salesforceJudge, "zoho": zohoJudge, "bitrix24": bitrixJudge, "monday": mondayJudge,
	"klaviyo": klaviyoJudge, "braze": brazeJudge, "mailchimp": mailchimpJudge, "customerio": customerioJudge,
}

// Answers as the CRMs document them, and what they mean for four rows.
func TestAnswers(t *testing.T) {
	for _, tt := range []struct{ name, kind, body, want string }{
		{"207, by trace", "hubspot", `{"results":[{"id":"1","new":true,"objectWriteTraceId":"0"},{"id":"7","new":false,"objectWriteTraceId":"1"},{"id":"3","new":true,"objectWriteTraceId":"2"}],"errors":[{"category":"VALIDATION_ERROR","message":"no","context":{"objectWriteTraceId":["3"]}}]}`, "created updated created rejected"},
		{"207, by id, and one that nobody names", "hubspot", `{"results":[{"id":"1","new":true,"objectWriteTraceId":"0"},{"id":"7","new":false,"objectWriteTraceId":"1"}],"errors":[{"category":"CONFLICT","message":"no","context":{"id":["c-delta"],"n":[1]}}]}`, "created updated unknown rejected"},
		{"a trace beyond the batch", "hubspot", `{"results":[{"id":"1","objectWriteTraceId":"99"},{"id":"1","objectWriteTraceId":"-1"}]}`, "unknown unknown unknown unknown"},
		{"mixed inside a 200", "zoho", `{"data":[{"code":"SUCCESS","status":"success","action":"insert","details":{"id":"1"}},{"code":"SUCCESS","status":"success","action":"update","details":{"id":"7"}},{"code":"INVALID_DATA","status":"error","details":{"api_name":"Email"},"message":"invalid data"},{"code":"SUCCESS","status":"success","action":"update","details":{"id":"9"}}]}`, "created updated rejected updated"},
		{"a list that is shorter", "zoho", `{"data":[{"status":"success","details":{"id":"1"}}]}`, "unknown unknown unknown unknown"},
		{"a list that names one twice", "zoho", `{"data":[{"status":"success","details":{"id":"1"}},{"status":"success","details":{"id":"1"}},{"status":"success","details":{"id":"2"}},{"status":"success","details":{"id":"3"}}]}`, "unknown unknown unknown unknown"},
		{"result_error", "bitrix24", `{"result":{"result":{"r0":{"item":{"id":5}},"r1":{"item":{"id":7}}},"result_error":{"r2":{"error":"X","error_description":"no"},"r3":{"error":"QUERY_LIMIT_EXCEEDED"}}}}`, "created updated rejected unprocessed"},
		{"PHP's empty map is a list", "bitrix24", `{"result":{"result":[],"result_error":[]}}`, "unknown unknown unknown unknown"},
		{"by alias inside a 200", "monday", `{"data":{"r0":{"id":"5"},"r1":{"id":"7"},"r2":null,"r3":{"id":"9"}},"errors":[{"message":"no","path":["r2"],"extensions":{"code":"ColumnValueException"}}]}`, "created updated rejected updated"},
		{"import errors, by place and by id", "klaviyo", `{"data":[{"attributes":{"code":"invalid","detail":"no","source":{"pointer":"/data/attributes/profiles/data/1/attributes/email"}}},{"attributes":{"code":"invalid","detail":"no","source":{"pointer":"/data"},"original_payload":{"attributes":{"external_id":"c-alpha"}}}}]}`, "rejected rejected updated updated"},
		{"success with errors", "braze", `{"message":"success","errors":[{"type":"bad","input_array":"attributes","index":1},{"type":"of events","input_array":"attributes","index":44}]}`, "unknown rejected unknown unknown"},
		{"success", "braze", `{"message":"success","attributes_processed":4}`, "created updated created updated"},
		{"207, by index", "customerio", `{"errors":[{"batch_index":2,"reason":"invalid","field":"id","message":"no"}]}`, "created updated rejected updated"},
	} {
		var got []string
		for _, o := range joins[tt.kind](answerBatch(), &web.Response{Status: 200, Body: []byte(tt.body)}) {
			got = append(got, string(o.Status))
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%s, %s: %s, want %s", tt.kind, tt.name, s, tt.want)
		}
	}
}

// What an answer that is none of a row means, as the CRMs document it.
func TestJudges(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	none := fault.Class(99)
	for _, tt := range []struct {
		kind   string
		status int
		body   string
		want   fault.Class
		after  time.Duration
	}{
		{"hubspot", 429, `{"errorType":"RATE_LIMIT","policyName":"DAILY","message":"You have reached your daily limit."}`, fault.Quota, 0},
		{"hubspot", 429, `{"errorType":"RATE_LIMIT","policyName":"TEN_SECONDLY_ROLLING"}`, fault.Rate, 0},
		{"hubspot", 400, `{"category":"VALIDATION_ERROR","message":"[{\"error\":\"PROPERTY_DOESNT_EXIST\"}]"}`, fault.Auth, 0},
		{"hubspot", 400, `{"category":"VALIDATION_ERROR","message":"bad","context":{"a":[{"b":1}]}}`, fault.Refused, 0},
		{"salesforce", 401, `[{"errorCode":"INVALID_SESSION_ID"}]`, fault.Auth, 0},
		{"salesforce", 403, `[{"errorCode":"REQUEST_LIMIT_EXCEEDED"}]`, fault.Quota, 0},
		{"salesforce", 400, `[{"errorCode":"UNABLE_TO_LOCK_ROW"}]`, fault.Transient, 0},
		{"zoho", 429, `{"code":"TOO_MANY_REQUESTS"}`, fault.Rate, 0},
		{"zoho", 429, `{"code":"LIMIT_EXCEEDED"}`, fault.Quota, 0},
		{"zoho", 400, `{"code":"INVALID_MODULE"}`, fault.Auth, 0},
		{"bitrix24", 503, `{"error":"QUERY_LIMIT_EXCEEDED"}`, fault.Rate, time.Second},
		{"bitrix24", 429, `{"error":"OPERATION_TIME_LIMIT","time":{"operating_reset_at":` + "1772366460" + `}}`, fault.Rate, time.Minute},
		{"bitrix24", 200, `{"error":"expired_token"}`, fault.Auth, 0},
		{"bitrix24", 400, `{"error":"ERROR_BATCH_LENGTH_EXCEEDED"}`, fault.Refused, 0},
		{"monday", 200, `{"errors":[{"message":"Complexity budget exhausted","extensions":{"code":"COMPLEXITY_BUDGET_EXHAUSTED","retry_in_seconds":7}}]}`, fault.Rate, 7 * time.Second},
		{"monday", 200, `{"error_code":"ComplexityException","status_code":429,"error_message":"Complexity budget exhausted, query cost 30001 budget remaining 19986 out of 1000000 reset in 3 seconds","errors":["Complexity budget exhausted"]}`, fault.Rate, 3 * time.Second},
		{"monday", 429, `{"errors":[{"message":"x","extensions":{"code":"DAILY_LIMIT_EXCEEDED"}}]}`, fault.Quota, 0},
		{"monday", 200, `{"errors":[{"message":"x","extensions":{"code":"UserUnauthorizedException"}}]}`, fault.Auth, 0},
		{"monday", 200, `{"data":{"r0":null},"errors":[{"message":"x","path":["r0"],"extensions":{"code":"ColumnValueException"}}]}`, none, 0},
		{"klaviyo", 400, `{"errors":[{"code":"invalid","detail":"bad"}]}`, fault.Refused, 0},
		{"braze", 201, `{"message":"success"}`, none, 0},
		{"braze", 201, `{"message":"A fatal error occurred"}`, fault.Transient, 0},
		{"braze", 400, `{"message":"No attributes"}`, fault.Refused, 0},
		{"mailchimp", 403, ``, fault.Rate, 0},
		{"mailchimp", 403, `{"title":"Forbidden","status":403}`, fault.Auth, 0},
		{"mailchimp", 400, `{"title":"Invalid Resource","detail":"bad"}`, fault.Refused, 0},
		{"customerio", 400, `{"errors":[{"reason":"required","field":"batch","message":"batch is required"}]}`, fault.Refused, 0},
	} {
		f := judges[tt.kind](&web.Response{Status: tt.status, Body: []byte(tt.body), Header: http.Header{}, At: at})
		if f == nil && tt.want == none {
			continue
		}
		if f == nil || f.Class != tt.want || f.After != tt.after {
			t.Errorf("%s, %d %s: %v, want %v after %v", tt.kind, tt.status, tt.body, f, tt.want, tt.after)
		}
	}
}

func TestPlain(t *testing.T) {
	o := &answerBatch()[0]
	for text, want := range map[string]string{
		"c-alpha is not valid":           "… is not valid",
		"Email ana@shop.test is taken":   "Email … is taken",
		"+34 600 123 456 is no phone":    "… is no phone",
		"value 0.5 is too large for 150": "value 0.5 is too large for 150",
	} {
		if got := plain(text, o); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

// A refusal of a whole batch quotes none of its rows.
func TestOf(t *testing.T) {
	name := &Field{Name: "name", Type: Text}
	batch := []Operation{{ID: "c-alpha", Values: []Value{{name, "Ana Gil"}}}, {ID: "c-beta"}}
	err := of(batch, fault.Refusal("VALIDATION_ERROR", `c-beta: "Ana Gil" is not a name`))
	if f, ok := fault.Of(err); !ok || f.Reason != `…: "…" is not a name` || f.Code != "VALIDATION_ERROR" {
		t.Errorf("%v", err)
	}
	if why := (&fault.Fault{Class: fault.Quota, Reason: "c-beta"}); of(batch, why) != error(why) {
		t.Error("what is no refusal is changed")
	}
}

func TestULID(t *testing.T) {
	at := time.UnixMilli(1469918176385) // the example of the ULID specification begins 01ARYZ6S41
	one := ulid(at, "k1")
	if len(one) != 26 || one[:10] != "01ARYZ6S41" || one != ulid(at, "k1") || one == ulid(at, "k2") {
		t.Errorf("%s, %s", one, ulid(at, "k2"))
	}
}

// Whatever a CRM answers, every row gets an outcome, and no outcome speaks of a customer.
func FuzzAnswers(f *testing.F) {
	for kind := range joins {
		f.Add(200, []byte(`{"data":[{"status":"success","details":{"id":"1"}}],"errors":[{"path":["r0"],"batch_index":1,"index":2,"context":{"id":["c-beta"]}}],"result":{"result":{"r0":{"item":{"id":1}}},"result_error":[]}}`), kind)
	}
	f.Add(403, []byte("sf__Id,sf__Error,Segmenta_ID__c\n1,X:no,c-alpha\n"), "salesforce")
	f.Add(429, []byte(`[{"errorCode":"REQUEST_LIMIT_EXCEEDED","message":"ana@shop.test"}]`), "mailchimp")
	f.Fuzz(func(t *testing.T, status int, body []byte, kind string) {
		r := &web.Response{Status: status, Body: body, Header: http.Header{"Retry-After": {string(body)}}, At: time.Unix(0, 0)}
		for name, judge := range judges {
			if f := judge(r); f != nil && (f.After < 0 || strings.Contains(f.Reason, "ana@shop.test")) {
				t.Errorf("%s: %+v", name, f)
			}
		}
		_, _ = salesforceRows(body, "Segmenta_ID__c")
		for name, join := range joins {
			batch := answerBatch()
			out := join(batch, r)
			if len(out) != len(batch) {
				t.Fatalf("%s: %d outcomes of %d rows", name, len(out), len(batch))
			}
			for i, o := range out {
				if o.Status == "" || strings.Contains(o.Reason, batch[i].ID) {
					t.Errorf("%s: row %d is %+v", name, i, o)
				}
			}
		}
	})
}
