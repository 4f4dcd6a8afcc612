package activate

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"segmenta/activate/fault"
	"segmenta/activate/web"
)

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
