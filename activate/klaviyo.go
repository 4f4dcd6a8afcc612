package activate

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"segmenta/activate/fault"
	"segmenta/activate/secret"
	"segmenta/activate/web"
)

type klaviyoSettings struct {
	Key      secret.Text `yaml:"key" jsonschema_description:"a private API key with profiles:read, profiles:write, lists:write and events:write"`
	URL      string      `yaml:"url" jsonschema_description:"where the API is (default https://a.klaviyo.com)"`
	Revision string      `yaml:"revision" jsonschema_description:"of the API (default 2026-07-15)"`
	Batch    int         `yaml:"batch" jsonschema_description:"profiles in an import job, at most 10,000 (default 10,000)"`
	Patience string      `yaml:"patience" jsonschema_description:"how long an import job may take (default 30m)"`
}

// klaviyo writes by import jobs on external_id, which are waited for and whose refusals are
// read back; it reads profiles by external_id, and tells events with a unique_id, which it
// keeps once. Properties are free and need no making.
type klaviyo struct {
	jobs, profiles, events api // each with the rate that is documented for it
	s                      klaviyoSettings
	o                      Opening
	patience               time.Duration
}

func openKlaviyo(s *klaviyoSettings, o Opening) (Destination, error) {
	for _, pair := range [][2]any{{&s.URL, "https://a.klaviyo.com"}, {&s.Revision, "2026-07-15"}} {
		if text := pair[0].(*string); *text == "" {
			*text = pair[1].(string)
		}
	}
	if s.Batch <= 0 {
		s.Batch = 10_000
	}
	if s.Key.IsZero() {
		return nil, errors.New("key is missing")
	}
	patience, err := patience(s.Patience)
	if err != nil {
		return nil, err
	}
	k := &klaviyo{s: *s, o: o, patience: patience}
	for _, one := range []struct {
		to            *api
		burst, steady int // a second, and a minute
	}{{&k.jobs, 10, 150}, {&k.profiles, 75, 750}, {&k.events, 350, 3500}} {
		// What may come at once is taken off the rate, so that no window sees more than is allowed.
		client, err := o.Client(key{"Authorization", "Klaviyo-API-Key " + s.Key.Reveal()},
			web.Rate{Requests: one.burst * 9 / 10, Per: time.Second, Burst: max(1, one.burst/10)}, web.Rate{Requests: one.steady - 10, Per: time.Minute, Burst: 10})
		if err != nil {
			return nil, err
		}
		*one.to = api{base: s.URL, web: client, judge: klaviyoJudge, header: http.Header{"Revision": {s.Revision}, "Content-Type": {"application/vnd.api+json"}, "Accept": {"application/vnd.api+json"}}}
	}
	return k, nil
}

func (k *klaviyo) Limits() Limits {
	return Limits{Batch: k.s.Batch, Bytes: 4_000_000, Read: 1000, Parallel: 2, Repeatable: true, Events: true, EventsKeyed: true, Removes: true}
}

func (k *klaviyo) Close() error {
	k.jobs.web.Close()
	k.profiles.web.Close()
	k.events.web.Close()
	return nil
}

type klaviyoErrors struct {
	Errors []struct{ Code, Detail string } `json:"errors"`
}

func klaviyoJudge(r *web.Response) *fault.Fault {
	f := web.Judge(r)
	if f == nil {
		return nil
	}
	var e klaviyoErrors
	if json.Unmarshal(r.Body, &e); len(e.Errors) > 0 {
		f.Code, f.Reason = e.Errors[0].Code, plain(e.Errors[0].Detail, nil)
	}
	return f
}

// Ensure asks for one profile: the key is good if there is an answer.
func (k *klaviyo) Ensure(ctx context.Context, _ []Field, _ bool) ([]string, error) {
	_, err := k.Read(ctx, []string{"segmenta-check"}, nil)
	return nil, err
}

type klaviyoProfile struct {
	Type       string            `json:"type"`
	ID         string            `json:"id,omitempty"`
	Attributes klaviyoAttributes `json:"attributes"`
}

type klaviyoAttributes struct {
	ExternalID string         `json:"external_id"`
	Email      *string        `json:"email,omitempty"`
	Phone      *string        `json:"phone_number,omitempty"`
	FirstName  *string        `json:"first_name,omitempty"`
	LastName   *string        `json:"last_name,omitempty"`
	Properties map[string]any `json:"properties,omitempty"`
}

// own are the attributes of Klaviyo's own that a Fixed field may name.
func (a *klaviyoAttributes) own(name string) **string {
	return map[string]**string{"email": &a.Email, "phone_number": &a.Phone, "first_name": &a.FirstName, "last_name": &a.LastName}[name]
}

func (k *klaviyo) Read(ctx context.Context, ids []string, fields []Field) (map[string]Record, error) {
	// A page holds 100, and an address only so many long ids.
	return readAll(ids, 100, "", func(some []string, found map[string]Record) (bool, error) {
		list, err := json.Marshal(some)
		if err != nil {
			return false, err
		}
		var got struct{ Data []klaviyoProfile }
		q := url.Values{"filter": {"any(external_id," + string(list) + ")"}, "page[size]": {"100"}}
		if _, err := k.profiles.call(ctx, http.MethodGet, "/api/profiles?"+q.Encode(), nil, &got, true); err != nil {
			return false, err
		}
		for _, p := range got.Data {
			if !slices.Contains(some, p.Attributes.ExternalID) {
				continue
			}
			r := Record{p.ID, map[string]any{}}
			for i := range fields {
				r.Values[fields[i].Name] = p.Attributes.Properties[fields[i].Name]
				if to := p.Attributes.own(fields[i].Name); to != nil && fields[i].Fixed && *to != nil {
					r.Values[fields[i].Name] = **to
				}
			}
			found[p.Attributes.ExternalID] = r
		}
		return true, nil
	})
}

func (k *klaviyo) Send(ctx context.Context, batch []Operation) ([]Outcome, error) {
	if batch[0].Action == Notify {
		return each(batch, 4, func(o *Operation) (Outcome, error) { return k.tell(ctx, o) })
	}
	profiles := make([]klaviyoProfile, len(batch))
	for i, o := range batch {
		p := klaviyoProfile{Type: "profile", Attributes: klaviyoAttributes{ExternalID: o.ID, Properties: map[string]any{}}}
		for _, v := range o.Values {
			if to := p.Attributes.own(v.Field.Name); to != nil && v.Field.Fixed {
				if text := v.Field.Format(v.New); text != "" && o.Action == Upsert {
					*to = &text
				}
				continue
			}
			if p.Attributes.Properties[v.Field.Name] = v.Field.JSON(v.New); o.Action == Clear {
				p.Attributes.Properties[v.Field.Name] = nil // null clears
			}
		}
		profiles[i] = p
	}
	type attributes struct {
		Profiles struct {
			Data []klaviyoProfile `json:"data"`
		} `json:"profiles"`
	}
	var body struct {
		Data struct {
			Type       string     `json:"type"`
			Attributes attributes `json:"attributes"`
		} `json:"data"`
	}
	body.Data.Type, body.Data.Attributes.Profiles.Data = "profile-bulk-import-job", profiles
	var job klaviyoJob
	answer, err := k.jobs.call(ctx, http.MethodPost, "/api/profile-bulk-import-jobs", body, &job, true)
	if err != nil {
		return nil, of(batch, err)
	}
	if err := k.wait(ctx, &job); err != nil {
		return nil, err
	}
	out := make([]Outcome, len(batch))
	if job.Data.Attributes.Failed > 0 {
		if err := k.refused(ctx, &job, batch, out, answer); err != nil {
			return nil, err
		}
	}
	if job.Data.Attributes.Status != "complete" {
		return all(batch, out, Outcome{Status: Unsure, HTTP: answer.Status, Reason: "the job is " + job.Data.Attributes.Status}), nil
	}
	for i := range batch {
		if out[i].Status == "" {
			out[i] = took(&batch[i], false, answer)
		}
	}
	return out, nil
}

type klaviyoJob struct {
	Data struct {
		ID         string
		Attributes struct {
			Status string
			Failed int `json:"failed_count"`
		}
	}
}

// wait asks after the job, ever less often, until it is over.
func (k *klaviyo) wait(ctx context.Context, job *klaviyoJob) error {
	pause := k.o.firstWait()
	for waited := time.Duration(0); waited < k.patience; waited += pause {
		if _, err := k.jobs.call(ctx, http.MethodGet, "/api/profile-bulk-import-jobs/"+job.Data.ID, nil, job, true); err != nil {
			return doubt(err)
		}
		if s := job.Data.Attributes.Status; s == "complete" || s == "cancelled" {
			return nil
		}
		if err := k.o.sleep(ctx, pause); err != nil {
			return &fault.Fault{Class: fault.Unknown, Err: err, Reason: "the job was not waited for"}
		}
		pause = min(2*pause, 30*time.Second)
	}
	return &fault.Fault{Class: fault.Unknown, Reason: "the job " + job.Data.ID + " is not over after " + k.patience.String()}
}

type klaviyoRefusals struct {
	Data []struct {
		Attributes struct {
			Code, Detail string
			Source       struct{ Pointer string }
			Payload      json.RawMessage `json:"original_payload"`
		}
	}
	Links struct{ Next *string }
}

// refused reads the job's errors page by page.
func (k *klaviyo) refused(ctx context.Context, job *klaviyoJob, batch []Operation, out []Outcome, answer *web.Response) error {
	path := "/api/profile-bulk-import-jobs/" + job.Data.ID + "/import-errors"
	for range 10_000 { // pages; a link that leads in a circle ends too
		var page klaviyoRefusals
		if _, err := k.jobs.call(ctx, http.MethodGet, path, nil, &page, true); err != nil {
			return doubt(err)
		}
		page.join(batch, out, answer)
		if page.Links.Next == nil {
			return nil
		}
		next, err := url.Parse(*page.Links.Next)
		if err != nil {
			return &fault.Fault{Class: fault.Unknown, Reason: "its next page can't be read"}
		}
		path = next.RequestURI()
	}
	return nil
}

// join finds the rows of a page: by the place that the pointer names, else by the payload's id.
func (p *klaviyoRefusals) join(batch []Operation, out []Outcome, answer *web.Response) {
	for _, e := range p.Data {
		row := -1
		if _, after, ok := strings.Cut(e.Attributes.Source.Pointer, "/profiles/data/"); ok {
			place, _, _ := strings.Cut(after, "/")
			if n, err := strconv.Atoi(place); err == nil && n >= 0 && n < len(batch) {
				row = n
			}
		}
		var payload klaviyoProfile
		if json.Unmarshal(e.Attributes.Payload, &payload) == nil && payload.Attributes.ExternalID != "" && (row < 0 || batch[row].ID != payload.Attributes.ExternalID) {
			row = slices.IndexFunc(batch, func(o Operation) bool { return o.ID == payload.Attributes.ExternalID })
		}
		if row >= 0 {
			out[row] = refusal(&batch[row], answer, e.Attributes.Code, e.Attributes.Detail)
		}
	}
}

// tell sends one event; unique_id makes it one however often it is sent.
func (k *klaviyo) tell(ctx context.Context, o *Operation) (Outcome, error) {
	e := o.Event
	body := map[string]any{"data": map[string]any{"type": "event", "attributes": map[string]any{
		"metric":  map[string]any{"data": map[string]any{"type": "metric", "attributes": map[string]any{"name": eventName(e)}}},
		"profile": map[string]any{"data": klaviyoProfile{Type: "profile", Attributes: klaviyoAttributes{ExternalID: o.ID}}},
		"time":    e.At.UTC().Format(time.RFC3339), "unique_id": o.Key, "properties": eventProperties(e)}}}
	answer, err := k.events.call(ctx, http.MethodPost, "/api/events", body, nil, true)
	if err != nil {
		return Outcome{}, err
	}
	return took(o, false, answer), nil
}
