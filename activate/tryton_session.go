package activate

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"segmenta/activate/fault"
	"segmenta/activate/secret"
	"segmenta/activate/web"
)

// A trytonSession is who we are to the server, until it has forgotten.
type trytonSession struct {
	s        trytonSettings
	web      *web.Client
	language string
	secrets  *secret.Scrubber
	token    string
}

func (k *trytonSession) Authorize(h http.Header) {
	if k.token != "" {
		h.Set("Authorization", "Session "+k.token)
	}
}

// Refresh logs in.
func (k *trytonSession) Refresh(ctx context.Context) error {
	answer, err := call(ctx, k.web, k.s.URL.Reveal(), true, "common.db.login", k.s.User.Reveal(), map[string]string{"password": k.s.Password.Reveal()}, k.language)
	if err != nil {
		return err
	}
	var who []any
	if err := json.Unmarshal(answer, &who); err != nil || len(who) < 2 {
		return errors.New("the answer to the login can't be read")
	}
	id, _ := who[0].(float64)
	session, _ := who[1].(string)
	k.secrets.Add(session)
	k.token = base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%s:%.0f:%s", k.s.User.Reveal(), id, session))
	return nil
}

// call makes one remote call.
func call(ctx context.Context, w *web.Client, url string, repeatable bool, method string, params ...any) (json.RawMessage, error) {
	body, err := json.Marshal(map[string]any{"id": 1, "method": method, "params": params})
	if err != nil {
		return nil, err
	}
	answer, err := w.Do(ctx, web.Request{Method: http.MethodPost, URL: strings.TrimSuffix(url, "/") + "/rpc/", Body: body, Repeatable: repeatable,
		Header: http.Header{"Content-Type": {"application/json"}}, Judge: trytonJudge})
	if err != nil {
		return nil, err
	}
	var r struct{ Result json.RawMessage }
	if err := json.Unmarshal(answer.Body, &r); err != nil {
		return nil, &fault.Fault{Class: fault.Unknown, Host: answer.Host, Status: answer.Status, Reason: "the answer can't be read"}
	}
	return r.Result, nil
}

// trytonJudge finds the error inside a 200. Its first word says what kind it is; another
// text is what the server stumbled over in a value.
func trytonJudge(r *web.Response) *fault.Fault {
	if f := web.Judge(r); f != nil {
		return f
	}
	var said struct{ Error []any }
	if json.Unmarshal(r.Body, &said) != nil || len(said.Error) == 0 {
		return nil
	}
	kind, _ := said.Error[0].(string)
	f := &fault.Fault{Class: fault.Refused, Code: kind}
	if len(said.Error) > 1 {
		if text, ok := said.Error[1].(string); ok && !strings.Contains(text, "Traceback") {
			f.Reason = firstLine(text)
		}
	}
	switch kind {
	case "ConcurrencyException":
		f.Class = fault.Transient
	case "RateLimitException":
		f.Class = fault.Rate
	case "LoginException", "NotLogged":
		f.Class, f.Status = fault.Auth, http.StatusUnauthorized
	case "UserError", "UserWarning":
	default:
		f.Code, f.Reason = "ServerError", firstLine(kind)
	}
	return f
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	if r := []rune(s); len(r) > 200 {
		s = string(r[:200]) + "…"
	}
	return s
}
