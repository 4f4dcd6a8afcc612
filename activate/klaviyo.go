package activate

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
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
