package activate

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"segmenta/activate/fault"
	"segmenta/activate/web"
)

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
		if err := k.o.Web.Sleep(ctx, pause); err != nil {
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
