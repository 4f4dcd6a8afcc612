package activate

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"segmenta/activate/fault"
	"segmenta/activate/secret"
	"segmenta/activate/web"
)

type mailchimpSettings struct {
	Key       secret.Text `yaml:"key" jsonschema_description:"an API key; what follows its hyphen is the data centre"`
	URL       string      `yaml:"url" jsonschema_description:"where the API is (default https://DC.api.mailchimp.com, of the key's data centre)"`
	Audience  string      `yaml:"audience" jsonschema_description:"the id of the audience"`
	StatusNew string      `yaml:"status_if_new" jsonschema_description:"what a new member becomes: subscribed (only with their consent), pending or transactional; without it nobody is added (default: nobody)"`
}

// mailchimp keys members by e-mail, so the destination's id must be it. Each member is put
// on its own: the call for 500 sets a subscription status for every one of them, and
// somebody who left a minute ago would be subscribed again. Ten calls at once are allowed.
// Who is new is added only with status_if_new. Tags are Mailchimp's own.
type mailchimp struct {
	api
	s mailchimpSettings
	o Opening
}

const mailchimpTogether = 10

var dataCentre = regexp.MustCompile(`^[a-z]{2}[0-9]{1,3}$`)

func openMailchimp(s *mailchimpSettings, o Opening) (Destination, error) {
	_, centre, _ := strings.Cut(s.Key.Reveal(), "-")
	switch {
	case s.Key.IsZero():
		return nil, errors.New("key is missing")
	case s.Audience == "":
		return nil, errors.New("audience is missing: Audience, Settings, Audience name and defaults shows its id")
	case o.ID != "" && o.ID != "email":
		return nil, errors.New("members are known by e-mail there: write id: email")
	case !slices.Contains([]string{"", "subscribed", "pending", "transactional", "unsubscribed"}, s.StatusNew):
		return nil, errors.New("status_if_new: want subscribed, pending, transactional or unsubscribed")
	case s.URL == "" && !dataCentre.MatchString(centre):
		return nil, errors.New("url is missing, and the key has no data centre such as us21 after a hyphen")
	case s.URL == "":
		s.URL = "https://" + centre + ".api.mailchimp.com"
	}
	o.Web.Parallel = mailchimpTogether
	client, err := o.Client(key{"Authorization", "Bearer " + s.Key.Reveal()})
	return &mailchimp{api{base: s.URL + "/3.0/lists/" + s.Audience, web: client, judge: mailchimpJudge}, *s, o}, err
}

func (m *mailchimp) Limits() Limits {
	return Limits{Batch: 200, Read: 500, Parallel: 1, Repeatable: true, Events: true, Removes: true}
}

func (m *mailchimp) Close() error {
	m.web.Close()
	return nil
}

type mailchimpProblem struct {
	Title  string `json:"title"`
	Detail string `json:"detail"`
	Errors []struct {
		Field   string `json:"field"`
		Message string `json:"message"`
	} `json:"errors"`
}

// mailchimpJudge tells a bare 403, which very high load brings, from a right that is lacking.
func mailchimpJudge(r *web.Response) *fault.Fault {
	f := web.Judge(r)
	if f == nil {
		return nil
	}
	var p mailchimpProblem
	if _ = json.Unmarshal(r.Body, &p); p.Title == "" && r.Status == http.StatusForbidden {
		f.Class, f.Reason = fault.Rate, "a bare 403, as under very high load"
		return f
	}
	f.Code, f.Reason = p.Title, plain(p.Detail, nil)
	for _, e := range p.Errors {
		f.Reason = plain(e.Field+": "+e.Message, nil)
	}
	return f
}

func (m *mailchimp) member(id string) string {
	sum := md5.Sum([]byte(strings.ToLower(id)))
	return "/members/" + hex.EncodeToString(sum[:])
}

var notTag = regexp.MustCompile(`[^A-Z0-9_]`)

// wire is a merge field's tag: ten capitals at most. Of ours the usual prefix is SG_; a
// longer name keeps its head and gets a tail that tells it from others.
func (m *mailchimp) wire(f *Field) string {
	name := notTag.ReplaceAllString(strings.ToUpper(f.Name), "_")
	if rest, ours := strings.CutPrefix(name, "SEGMENTA_"); ours {
		name = "SG_" + rest
	}
	if len(name) <= 10 {
		return name
	}
	sum := md5.Sum([]byte(name))
	return name[:7] + strings.ToUpper(hex.EncodeToString(sum[:])[:3])
}

func (m *mailchimp) Ensure(ctx context.Context, fields []Field, create bool) (missing []string, err error) {
	var have struct {
		Fields []struct{ Tag, Type string } `json:"merge_fields"`
	}
	if _, err := m.call(ctx, http.MethodGet, "/merge-fields?count=1000", nil, &have, true); err != nil {
		return nil, err
	}
	by := map[string]string{}
	for _, f := range have.Fields {
		by[f.Tag] = f.Type
	}
	for i := range fields {
		f := &fields[i]
		if got, ok := by[m.wire(f)]; ok && f.Type == Number && got != "number" && got != "text" {
			return nil, misfit(f, got)
		} else if ok || f.Type == Tags || f.Name == "email_address" {
			continue
		} else if own(f) {
			return nil, absent(f)
		}
		if missing = append(missing, m.wire(f)); !create {
			continue
		}
		kind := "text"
		if f.Type == Number {
			kind = "number"
		}
		label := f.Label.In(m.o.Language)
		if label == "" {
			label = f.Name
		}
		body := map[string]any{"tag": m.wire(f), "name": cut(label, 50), "type": kind, "help_text": cut(f.Description.both(), 255), "public": false}
		if _, err := m.call(ctx, http.MethodPost, "/merge-fields", body, nil, false); err != nil {
			if f, ok := fault.Of(err); !ok || !strings.Contains(f.Reason, "already exists") {
				return missing, err
			}
		}
	}
	return missing, nil
}

type mailchimpMember struct {
	ID     string         `json:"id"`
	Status string         `json:"status"`
	Fields map[string]any `json:"merge_fields"`
	Tags   []struct {
		Name string `json:"name"`
	} `json:"tags"`
}

// Read asks for members one by one, ten at once: there is no call for several by key.
func (m *mailchimp) Read(ctx context.Context, ids []string, fields []Field) (map[string]Record, error) {
	var lock sync.Mutex
	out, first := map[string]Record{}, error(nil)
	var group sync.WaitGroup
	next := make(chan string)
	for range mailchimpTogether {
		group.Go(func() {
			for id := range next {
				record, found, err := m.get(ctx, id, fields)
				lock.Lock()
				if found {
					out[id] = record
				}
				if first == nil {
					first = err
				}
				lock.Unlock()
			}
		})
	}
	for _, id := range ids {
		lock.Lock()
		stop := first != nil
		lock.Unlock()
		if stop {
			break
		}
		next <- id
	}
	close(next)
	group.Wait()
	return out, first
}

func (m *mailchimp) get(ctx context.Context, id string, fields []Field) (Record, bool, error) {
	var got mailchimpMember
	_, err := m.call(ctx, http.MethodGet, m.member(id)+"?fields=id,status,merge_fields,tags", nil, &got, true)
	if f, ok := fault.Of(err); ok && f.Status == http.StatusNotFound {
		return Record{}, false, nil
	}
	if err != nil {
		return Record{}, false, err
	}
	r := Record{got.ID, map[string]any{}}
	for i := range fields {
		if r.Values[fields[i].Name] = got.Fields[m.wire(&fields[i])]; fields[i].Type == Tags {
			var tags []string
			for _, t := range got.Tags {
				tags = append(tags, t.Name)
			}
			r.Values[fields[i].Name] = tags
		}
	}
	return r, true, nil
}

func (m *mailchimp) Send(ctx context.Context, batch []Operation) ([]Outcome, error) {
	return each(batch, mailchimpTogether, func(o *Operation) (Outcome, error) {
		if o.Action == Notify {
			return m.tell(ctx, o)
		}
		return m.put(ctx, o)
	})
}

// put sets merge fields, then tags. Both may be repeated.
func (m *mailchimp) put(ctx context.Context, o *Operation) (Outcome, error) {
	fields, tags := map[string]any{}, []map[string]string{}
	for _, v := range o.Values {
		if v.Field.Type == Tags {
			tags = append(tags, mailchimpTags(&v, o.Action)...)
			continue
		}
		if fields[m.wire(v.Field)] = v.Field.JSON(v.New); v.Field.Parse(v.New) == nil || o.Action == Clear {
			fields[m.wire(v.Field)] = "" // the empty text clears
		}
		if v.Field.Type == Bool {
			fields[m.wire(v.Field)] = v.Field.Format(v.New)
		}
	}
	if o.Remote == "" && m.s.StatusNew == "" {
		return Outcome{Status: Rejected, Code: "NOT_A_MEMBER", Reason: "not in the audience, and status_if_new adds nobody"}, nil
	}
	body := map[string]any{"email_address": o.ID, "merge_fields": fields}
	if m.s.StatusNew != "" {
		body["status_if_new"] = m.s.StatusNew
	}
	var got mailchimpMember
	answer, err := m.call(ctx, http.MethodPut, m.member(o.ID), body, &got, true)
	if err != nil {
		return Outcome{}, err
	}
	out := took(o, false, answer)
	out.Remote = got.ID
	if len(tags) > 0 {
		if _, err := m.call(ctx, http.MethodPost, m.member(o.ID)+"/tags", map[string]any{"tags": tags}, nil, true); err != nil {
			return Outcome{Status: Unsure, Remote: got.ID, HTTP: answer.Status, Reason: "its tags may not be set"}, nil
		}
	}
	return out, nil
}

// mailchimpTags puts on the tags that are wanted and takes off the others of ours.
func mailchimpTags(v *Value, action Action) (out []map[string]string) {
	want, _ := v.Field.Parse(v.New).([]string)
	if action == Clear {
		want = nil
	}
	for _, t := range tagOptions(v.Field, want) {
		status := "inactive"
		if slices.Contains(want, t.ID) {
			status = "active"
		}
		out = append(out, map[string]string{"name": t.ID, "status": status})
	}
	return out
}

// tell sends one event. Mailchimp gives events no key, so it is not repeated.
func (m *mailchimp) tell(ctx context.Context, o *Operation) (Outcome, error) {
	properties := map[string]any{"segment": o.Event.Segment, "group": o.Event.Group}
	body := map[string]any{"name": eventName(o.Event), "properties": properties, "occurred_at": o.Event.At.UTC().Format(time.RFC3339)}
	answer, err := m.call(ctx, http.MethodPost, m.member(o.ID)+"/events", body, nil, false)
	if err != nil {
		return Outcome{}, err
	}
	return took(o, false, answer), nil
}
