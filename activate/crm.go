package activate

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"segmenta/activate/fault"
	"segmenta/activate/secret"
	"segmenta/activate/web"
)

// An api is a CRM spoken to in JSON.
type api struct {
	base   string
	web    *web.Client
	header http.Header
	judge  func(*web.Response) *fault.Fault // nil: by status, as web does
}

// call makes one request and reads its answer into out, if there is one to read. An
// answer of success that can't be read leaves open what was done.
func (a api) call(ctx context.Context, method, path string, in, out any, repeatable bool) (*web.Response, error) {
	r := web.Request{Method: method, URL: a.base + path, Header: http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json"}}, Repeatable: repeatable, Judge: a.judge}
	for name, values := range a.header {
		r.Header[name] = values
	}
	if in != nil {
		body, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		r.Body = body
	}
	answer, err := a.web.Do(ctx, r)
	if err != nil {
		return nil, err
	}
	if out != nil && len(answer.Body) > 0 {
		if err := json.Unmarshal(answer.Body, out); err != nil {
			return nil, &fault.Fault{Class: fault.Unknown, Host: answer.Host, Status: answer.Status, Reason: "its answer can't be read"}
		}
	}
	return answer, nil
}

// A key is a credential that lives until somebody revokes it.
type key struct {
	header, value string
}

func (k key) Authorize(h http.Header) { h.Set(k.header, k.value) }
func (k key) Refresh(context.Context) error {
	return errors.New("a key can't be renewed; make a new one")
}

// An oauth is a token that lives for an hour or so, and what it is renewed with.
type oauth struct {
	scheme  string // before the token, with a space
	token   string
	url     string // where a new one is had
	form    url.Values
	web     *web.Client
	secrets *secret.Scrubber
}

// oauthSettings are the same everywhere.
type oauthSettings struct {
	token, id, secret, refresh secret.Text
}

func (o Opening) oauth(scheme, address string, s oauthSettings) (*oauth, error) {
	a := &oauth{scheme: scheme, token: s.token.Reveal(), url: address, secrets: o.Web.Secrets}
	switch {
	case !s.refresh.IsZero():
		a.form = url.Values{"grant_type": {"refresh_token"}, "refresh_token": {s.refresh.Reveal()}}
	case !s.secret.IsZero():
		a.form = url.Values{"grant_type": {"client_credentials"}}
	case a.token == "":
		return nil, errors.New("token is missing, or refresh_token, client_id and client_secret")
	default:
		return a, nil
	}
	a.form.Set("client_id", s.id.Reveal())
	a.form.Set("client_secret", s.secret.Reveal())
	var err error
	a.web, err = o.Client(nil)
	return a, err
}

func (a *oauth) Authorize(h http.Header) { h.Set("Authorization", a.scheme+a.token) }

func (a *oauth) Refresh(ctx context.Context) error {
	if a.form == nil {
		return errors.New("there is no refresh_token to renew it with")
	}
	answer, err := a.web.Do(ctx, web.Request{Method: http.MethodPost, URL: a.url, Body: []byte(a.form.Encode()), Repeatable: true,
		Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Accept": {"application/json"}}})
	if err != nil {
		return err
	}
	var got struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal(answer.Body, &got); err != nil || got.Token == "" {
		return errors.New("no token came back: refresh_token, client_id or client_secret is not accepted")
	}
	a.token = got.Token
	a.secrets.Add(got.Token)
	return nil
}

func (a *oauth) close() {
	if a.web != nil {
		a.web.Close()
	}
}

// took is the outcome of an operation that was applied.
func took(o *Operation, created bool, answer *web.Response) Outcome {
	status := Updated
	if o.Action == Upsert && (created || o.Remote == "") {
		status = Created
	}
	return Outcome{Status: status, Remote: o.Remote, HTTP: answer.Status}
}

// refusal is the outcome of one that was not.
func refusal(o *Operation, answer *web.Response, code, reason string) Outcome {
	return Outcome{Status: Rejected, Remote: o.Remote, HTTP: answer.Status, Code: code, Reason: plain(reason, o)}
}

// all gives every operation the same outcome but those that have one.
func all(batch []Operation, out []Outcome, rest Outcome) []Outcome {
	for i := range batch {
		if out[i].Status == "" {
			out[i] = rest
		}
	}
	return out
}

var (
	email  = regexp.MustCompile(`[^\s"'<>:,;()\[\]{}]+@[^\s"'<>:,;()\[\]{}]+`)
	digits = regexp.MustCompile(`\+?\d[\d -]{5,}\d`)
)

// plain is a CRM's text without what it says of a customer: CRMs like to quote the value
// that they refuse.
func plain(text string, o *Operation) string {
	if o != nil {
		text = hide(text, o.ID)
		for _, v := range o.Values {
			if v.Field.Type != Number && v.Field.Type != Bool {
				text = hide(text, v.Field.Format(v.New))
			}
		}
	}
	text = digits.ReplaceAllString(email.ReplaceAllString(text, "…"), "…")
	if short := []rune(text); len(short) > 300 {
		text = string(short[:300]) + "…"
	}
	return text
}

// of keeps what a whole batch met from quoting any of its rows.
func of(batch []Operation, err error) error {
	f, ok := fault.Of(err)
	if !ok || f.Class != fault.Refused {
		return err
	}
	quiet := *f
	for i := range batch {
		quiet.Reason = plain(quiet.Reason, &batch[i])
	}
	return &quiet
}

func hide(text, value string) string {
	if len(value) < 2 {
		return text
	}
	return strings.ReplaceAll(text, value, "…")
}

// both is a text in both languages, for those that hold one.
func (w Words) both() string {
	switch {
	case w.Es == "" || w.Es == w.En:
		return w.En
	case w.En == "":
		return w.Es
	}
	return w.Es + " / " + w.En
}

// cut keeps the first n runes of a text.
func cut(text string, n int) string {
	if r := []rune(text); len(r) > n {
		return string(r[:n])
	}
	return text
}

// chunks are pieces of at most n.
func chunks[T any](list []T, n int) [][]T {
	var out [][]T
	for len(list) > n {
		out, list = append(out, list[:n]), list[n:]
	}
	if len(list) > 0 {
		out = append(out, list)
	}
	return out
}

// patience is how long a job may take: 30m where nothing is said.
func patience(text string) (time.Duration, error) {
	if text == "" {
		return 30 * time.Minute, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, errors.New("patience: want a time such as 30m or 2h")
	}
	return d, nil
}

// firstWait is after how long a job is first asked after; it doubles.
func (o Opening) firstWait() time.Duration {
	if o.Web.FirstWait > 0 {
		return o.Web.FirstWait
	}
	return 500 * time.Millisecond
}

// sleep waits by the clock that the destination was opened with.
func (o Opening) sleep(ctx context.Context, d time.Duration) error {
	if o.Web.Clock != nil {
		return o.Web.Clock.Sleep(ctx, d)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// misfit says that a field is there, but holds something else.
func misfit(f *Field, theirs string) error {
	return &fault.Fault{Class: fault.Auth, Code: "FIELD_TYPE", Reason: "its field " + f.Name + " holds a " + theirs + ", ours is a " + string(f.Type) + "; name another field, or change it there"}
}

// unknownField reports that a CRM refused a read because it has no such field yet. Of a
// field that would hold our id it follows that nobody there is one of ours. name is empty
// where that can't be.
func unknownField(err error, name string) bool {
	f, ok := fault.Of(err)
	return ok && name != "" && (f.Class == fault.Refused || f.Class == fault.Auth) && strings.Contains(f.Reason, name)
}

// short is a name of at most n characters: ours begin with sg_ where they don't fit, and
// what is still too long keeps its head and gets four letters that tell it from others.
func short(name string, n int) string {
	if len(name) <= n {
		return name
	}
	s := strings.Replace(name, "segmenta_", "sg_", 1)
	if len(s) <= n {
		return s
	}
	return s[:n-5] + "_" + letters(name)
}

// letters are four that are made of a name.
func letters(name string) string {
	sum := sha256.Sum256([]byte(name))
	var out [4]byte
	for i := range out {
		out[i] = 'a' + sum[i]%26
	}
	return string(out[:])
}

// own reports a field that a CRM has from the start, and that is never made. A field of
// tags is one only where there are tags; elsewhere it is a field like others.
func own(f *Field) bool { return f.Fixed && f.Type != Tags }

// absent says that a field which was never to be made is not there.
func absent(f *Field) error {
	return &fault.Fault{Class: fault.Auth, Code: "NO_SUCH_FIELD", Reason: "it has no field " + f.Name + " of its own; fields: says where our " + f.Column + " goes"}
}

// readAll asks for ids in pieces of at most n. ask answers what it found and how many rows
// the CRM says there are; while it lists fewer, it is asked again. Without a
// field that holds our id nobody is found.
func readAll(ids []string, n int, idField string, ask func(some []string, found map[string]Record) (whole bool, err error)) (map[string]Record, error) {
	out := map[string]Record{}
	for _, some := range chunks(ids, n) {
		for try := 0; ; try++ {
			whole, err := ask(some, out)
			if unknownField(err, idField) {
				return out, nil
			}
			if err != nil {
				return nil, err
			}
			if whole {
				break
			}
			if try == 3 {
				return nil, &fault.Fault{Class: fault.Transient, Reason: "its answers lack rows that it says it has"}
			}
		}
	}
	return out, nil
}

// each sends operations one by one, so many at a time, where a CRM takes no more at once.
// What stops everybody (a credential, the day's quota) is an error if nothing was done
// before it; else those that were not reached are Unprocessed and come again.
func each(batch []Operation, parallel int, send func(o *Operation) (Outcome, error)) ([]Outcome, error) {
	out, errs := make([]Outcome, len(batch)), make([]error, len(batch))
	var stopped atomic.Bool
	var group errgroup.Group
	group.SetLimit(parallel)
	for i := range batch {
		group.Go(func() error {
			if stopped.Load() {
				out[i] = Outcome{Status: Unprocessed, Remote: batch[i].Remote}
				return nil
			}
			if out[i], errs[i] = send(&batch[i]); errs[i] != nil {
				out[i] = outcomeOf(&batch[i], errs[i])
				if out[i].Status == Unprocessed {
					stopped.Store(true)
				}
			}
			return nil
		})
	}
	_ = group.Wait()
	for i := range out {
		if out[i].Status != Unprocessed {
			return out, nil
		}
	}
	return nil, errors.Join(errs...)
}

// outcomeOf is what a fault that one operation met alone means for it.
func outcomeOf(o *Operation, err error) Outcome {
	f, ok := fault.Of(err)
	if !ok {
		return Outcome{Status: Unsure, Remote: o.Remote, Reason: "it was broken off"}
	}
	out := Outcome{Status: Unprocessed, Remote: o.Remote, HTTP: f.Status, Code: f.Code, Reason: plain(f.Reason, o)}
	switch f.Class {
	case fault.Refused:
		out.Status = Rejected
	case fault.Unknown:
		out.Status = Unsure
	}
	return out
}

// eventName is what an event is called where events have names: segment entered.
func eventName(e Event) string { return "segment_" + e.Name }

func eventProperties(e Event) map[string]any {
	return map[string]any{"segment": e.Segment, "group": e.Group, "label_en": e.Label.En, "label_es": e.Label.Es}
}
