package activate

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"segmenta/activate/fault"
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

// eventName is what an event is called where events have names: segment entered.
func eventName(e Event) string { return "segment_" + e.Name }

func eventProperties(e Event) map[string]any {
	return map[string]any{"segment": e.Segment, "group": e.Group, "label_en": e.Label.En, "label_es": e.Label.Es}
}
