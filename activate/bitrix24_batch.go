package activate

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"segmenta/activate/fault"
	"segmenta/activate/web"
)

func bitrixJudge(r *web.Response) *fault.Fault {
	f := web.Judge(r)
	var e struct {
		Error string `json:"error"`
		Text  string `json:"error_description"`
		Time  struct {
			Reset float64 `json:"operating_reset_at"`
		} `json:"time"`
	}
	_ = json.Unmarshal(r.Body, &e)
	if f == nil && e.Error == "" {
		return nil
	}
	if f == nil {
		f = &fault.Fault{Class: fault.Refused}
	}
	f.Code, f.Reason = e.Error, plain(e.Text, nil)
	switch strings.ToUpper(e.Error) {
	case "QUERY_LIMIT_EXCEEDED":
		f.Class, f.After = fault.Rate, max(f.After, time.Second)
	case "OPERATION_TIME_LIMIT":
		f.Class = fault.Rate
		if at := time.Unix(int64(min(max(e.Time.Reset, 0), 1e11)), 0); f.After == 0 && at.After(r.At) {
			f.After = at.Sub(r.At)
		}
	case "EXPIRED_TOKEN", "INVALID_TOKEN", "NO_AUTH_FOUND", "INVALID_CREDENTIALS", "INSUFFICIENT_SCOPE", "ACCESS_DENIED", "ERROR_METHOD_NOT_FOUND":
		f.Class = fault.Auth
	}
	return f
}

// call asks for one method.
func (b *bitrix24) call(ctx context.Context, method string, params any, out any, repeatable bool) (*web.Response, error) {
	body, err := json.Marshal(params)
	if err != nil {
		return nil, err
	}
	answer, err := b.web.Do(ctx, web.Request{Method: http.MethodPost, URL: b.url + "/" + method, Body: body, Repeatable: repeatable, Judge: bitrixJudge,
		Header: http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json"}}})
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(answer.Body, out); err != nil {
		return nil, &fault.Fault{Class: fault.Unknown, Host: answer.Host, Status: answer.Status, Reason: "its answer can't be read"}
	}
	return answer, nil
}

// A bitrixBatch is what a batch answers: by command what came of it, and what went wrong.
// PHP writes an empty map as a list, so each is read as whatever it is.
type bitrixBatch struct {
	Result struct {
		Result json.RawMessage `json:"result"`
		Error  json.RawMessage `json:"result_error"`
		Total  json.RawMessage `json:"result_total"`
	} `json:"result"`
}

type bitrixWrong struct {
	Code string `json:"error"`
	Text string `json:"error_description"`
}

func (b *bitrix24) batch(ctx context.Context, commands map[string]string, repeatable bool) (*bitrixBatch, *web.Response, error) {
	var got bitrixBatch
	answer, err := b.call(ctx, "batch", map[string]any{"halt": 0, "cmd": commands}, &got, repeatable)
	return &got, answer, err
}
