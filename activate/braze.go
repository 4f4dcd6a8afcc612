package activate

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"segmenta/activate/fault"
	"segmenta/activate/secret"
	"segmenta/activate/web"
)

type brazeSettings struct {
	Key        secret.Text `yaml:"key" jsonschema_description:"a REST API key with users.track and users.export.ids"`
	URL        string      `yaml:"url" jsonschema_description:"the REST endpoint of your instance: https://rest.iad-01.braze.com"`
	UpdateOnly bool        `yaml:"update_only" jsonschema_description:"never create a user (default false)"`
	Batch      int         `yaml:"batch" jsonschema_description:"objects in a request: 75, or 50 by some contracts (default 75)"`
}

// braze writes custom attributes by /users/track on external_id and reads them by
// /users/export/ids. Attributes come about by being written. An answer of success can hold
// errors that name their row. Events carry no key: one whose answer is lost stays Unsure.
type braze struct {
	track, export api // each with the rate that is documented for it
	s             brazeSettings
}

func openBraze(s *brazeSettings, o Opening) (Destination, error) {
	if s.URL == "" {
		return nil, errors.New("url is missing: https://rest.INSTANCE.braze.com")
	}
	if s.Key.IsZero() {
		return nil, errors.New("key is missing")
	}
	if s.Batch <= 0 {
		s.Batch = 75
	}
	b := &braze{s: *s}
	for _, one := range []struct {
		to   *api
		rate web.Rate
	}{
		{&b.track, web.Rate{Requests: 2900, Per: 3 * time.Second, Burst: 100}}, // 3,000 in 3 s
		{&b.export, web.Rate{Requests: 38, Per: time.Second, Burst: 2}},        // 40 a second when fields are named
	} {
		client, err := o.Client(key{"Authorization", "Bearer " + s.Key.Reveal()}, one.rate)
		if err != nil {
			return nil, err
		}
		*one.to = api{base: s.URL, web: client, judge: brazeJudge}
	}
	return b, nil
}

func (b *braze) Limits() Limits {
	return Limits{Batch: b.s.Batch, Bytes: 2_000_000, Read: 500, Parallel: 4, Repeatable: true, Events: true, Removes: true}
}

func (b *braze) Close() error {
	b.track.web.Close()
	b.export.web.Close()
	return nil
}

type brazeAnswer struct {
	Message string `json:"message"`
	Errors  []struct {
		Type  string `json:"type"`
		Array string `json:"input_array"`
		Index *int   `json:"index"`
	} `json:"errors"`
}

// brazeJudge knows that a message other than success means that nothing was done,
// whatever the status.
func brazeJudge(r *web.Response) *fault.Fault {
	f := web.Judge(r)
	var a brazeAnswer
	_ = json.Unmarshal(r.Body, &a)
	switch {
	case f != nil:
		f.Reason = plain(a.Message, nil)
	case a.Message != "success" && a.Message != "queued":
		f = &fault.Fault{Class: fault.Transient, Code: "fatal", Reason: plain(a.Message, nil)}
	}
	return f
}

// Ensure asks for one user: the key is good if there is an answer.
func (b *braze) Ensure(ctx context.Context, _ []Field, _ bool) ([]string, error) {
	_, err := b.Read(ctx, []string{"segmenta-check"}, nil)
	return nil, err
}

func (b *braze) Read(ctx context.Context, ids []string, fields []Field) (map[string]Record, error) {
	names := []string{"external_id", "braze_id", "custom_attributes"}
	for i := range fields {
		if own(&fields[i]) {
			names = append(names, fields[i].Name)
		}
	}
	return readAll(ids, 50, "", func(some []string, found map[string]Record) (bool, error) {
		var got struct {
			Users   []map[string]any `json:"users"`
			Invalid []string         `json:"invalid_user_ids"`
		}
		if _, err := b.export.call(ctx, http.MethodPost, "/users/export/ids", map[string]any{"external_ids": some, "fields_to_export": names}, &got, true); err != nil {
			return false, err
		}
		for _, user := range got.Users {
			id, _ := user["external_id"].(string)
			if !slices.Contains(some, id) {
				continue
			}
			custom, _ := user["custom_attributes"].(map[string]any)
			r := Record{id, map[string]any{}}
			for i := range fields {
				if r.Values[fields[i].Name] = custom[fields[i].Name]; own(&fields[i]) {
					r.Values[fields[i].Name] = user[fields[i].Name]
				}
			}
			found[id] = r
		}
		return !slices.ContainsFunc(some, func(id string) bool { _, ok := found[id]; return !ok && !slices.Contains(got.Invalid, id) }), nil
	})
}

func (b *braze) Send(ctx context.Context, batch []Operation) ([]Outcome, error) {
	list, events := make([]map[string]any, len(batch)), batch[0].Action == Notify
	for i, o := range batch {
		list[i] = map[string]any{"external_id": o.ID}
		if events {
			list[i]["name"], list[i]["time"], list[i]["properties"] = eventName(o.Event), o.Event.At.UTC().Format(time.RFC3339), eventProperties(o.Event)
			continue
		}
		if b.s.UpdateOnly || o.Action == Clear {
			list[i]["_update_existing_only"] = true
		}
		for _, v := range o.Values {
			if list[i][v.Field.Name] = v.Field.JSON(v.New); o.Action == Clear {
				list[i][v.Field.Name] = nil
			}
		}
	}
	name := "attributes"
	if events {
		name = "events"
	}
	var got brazeAnswer
	answer, err := b.track.call(ctx, http.MethodPost, "/users/track", map[string]any{name: list}, &got, !events)
	if err != nil {
		return nil, of(batch, err)
	}
	return got.outcomes(batch, name, answer), nil
}

// outcomes are all taken but those that an error names. An error that names none leaves
// every row in doubt.
func (a *brazeAnswer) outcomes(batch []Operation, array string, answer *web.Response) []Outcome {
	out := make([]Outcome, len(batch))
	for _, e := range a.Errors {
		if e.Index == nil || *e.Index < 0 || *e.Index >= len(batch) || e.Array != "" && e.Array != array {
			all(batch, out, Outcome{Status: Unsure, HTTP: answer.Status, Reason: plain(strings.TrimSpace(e.Type), nil)})
			continue
		}
		out[*e.Index] = refusal(&batch[*e.Index], answer, "invalid", e.Type)
	}
	for i := range batch {
		if out[i].Status == "" {
			out[i] = took(&batch[i], false, answer)
		}
	}
	return out
}
