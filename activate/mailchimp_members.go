package activate

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"segmenta/activate/fault"
)

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
