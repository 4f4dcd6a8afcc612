package activate

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"segmenta/activate/fault"
	"segmenta/activate/secret"
	"segmenta/activate/web"
)

// webhookSettings are those of an address of the user's own.
type webhookSettings struct {
	URL    secret.Open   `yaml:"url" jsonschema_description:"where to send to: https://…"`
	Secret []secret.Text `yaml:"secret" jsonschema_description:"what messages are signed with, whsec_ and base64; two while one takes the other's place"`
	Batch  int           `yaml:"batch" jsonschema_description:"customers in a message (default 25)"`
	Bytes  int           `yaml:"bytes" jsonschema_description:"bytes of a message, about (default 20000, as the specification advises)"`
}

// A webhook is an address of the user's own that takes messages signed as Standard
// Webhooks 1.0.0 has it: webhook-id stays the same however often a message is sent, so
// that a receiver takes it once.
//
// A message is {"type", "timestamp", "data": [{"id", "key", "values"}]}. What the receiver
// can't take it may name in its answer: {"rejected": [{"key", "reason"}]}.
type webhook struct {
	url   string
	keys  [][]byte
	batch int
	bytes int
	web   *web.Client
	now   func() time.Time
}

func openWebhook(s *webhookSettings, o Opening) (Destination, error) {
	w := &webhook{url: s.URL.Reveal(), batch: s.Batch, bytes: s.Bytes, now: time.Now}
	if w.url == "" {
		return nil, errors.New("url is missing")
	}
	if w.batch <= 0 {
		w.batch = 25
	}
	if w.bytes <= 0 {
		w.bytes = 20_000
	}
	if o.Web.Clock != nil {
		w.now = o.Web.Clock.Now
	}
	for _, text := range s.Secret {
		key, err := webhookKey(text.Reveal())
		if err != nil {
			return nil, err
		}
		w.keys = append(w.keys, key)
	}
	var err error
	w.web, err = o.Client(nil, web.Rate{Requests: 50, Per: time.Second, Burst: 10}) // nobody says how much a receiver takes
	return w, err
}

func webhookKey(text string) ([]byte, error) {
	rest, ok := strings.CutPrefix(text, "whsec_")
	key, err := base64.StdEncoding.DecodeString(rest)
	if !ok || err != nil || len(key) < 24 || len(key) > 64 {
		return nil, errors.New("secret: want whsec_ and 24 to 64 bytes as base64")
	}
	return key, nil
}

// Limits: 20 KB a message are advised. The receiver can't be asked what it holds.
func (w *webhook) Limits() Limits {
	return Limits{Batch: w.batch, Bytes: w.bytes, Parallel: 8, Blind: true, Keyed: true, Repeatable: true, Events: true, EventsKeyed: true, Removes: true}
}

func (w *webhook) Ensure(context.Context, []Field, bool) ([]string, error) { return nil, nil }

func (w *webhook) Read(context.Context, []string, []Field) (map[string]Record, error) {
	return nil, errors.New("a webhook can't be read")
}

type webhookRow struct {
	ID     string         `json:"id"`
	Key    string         `json:"key"`
	Values map[string]any `json:"values,omitempty"`
	Event  *webhookEvent  `json:"event,omitempty"`
}

type webhookEvent struct {
	Name    string    `json:"name"`
	Kind    string    `json:"kind"`
	Segment string    `json:"segment"`
	Label   Words     `json:"label"`
	At      time.Time `json:"at"`
}

func (w *webhook) Send(ctx context.Context, batch []Operation) ([]Outcome, error) {
	rows, id := make([]webhookRow, len(batch)), sha256.New()
	for i, o := range batch {
		rows[i] = webhookRow{ID: o.ID, Key: o.Key, Values: make(map[string]any)}
		for _, v := range o.Values {
			rows[i].Values[v.Field.Name] = v.Field.JSON(v.New)
		}
		if e := o.Event; o.Action == Notify {
			rows[i].Event = &webhookEvent{e.Name, e.Group, e.Segment, e.Label, e.At}
		}
		fmt.Fprintln(id, o.Key)
	}
	kind := map[Action]string{Upsert: "customer.upserted", Clear: "customer.cleared", Notify: "customer.event"}[batch[0].Action]
	body, err := json.Marshal(map[string]any{"type": kind, "timestamp": w.now().UTC().Format(time.RFC3339), "data": rows})
	if err != nil {
		return nil, err
	}
	message := "msg_" + hex.EncodeToString(id.Sum(nil)[:16])
	answer, err := w.web.Do(ctx, web.Request{Method: http.MethodPost, URL: w.url, Body: body, Repeatable: true,
		Header:  http.Header{"Content-Type": {"application/json"}, "Webhook-Id": {message}},
		Prepare: func(h http.Header) { w.sign(h, message, w.now(), body) }})
	if err != nil {
		return nil, err
	}
	return webhookOutcomes(batch, answer), nil
}

// sign puts the time and the signatures on one attempt.
func (w *webhook) sign(h http.Header, id string, at time.Time, body []byte) {
	h.Set("Webhook-Timestamp", strconv.FormatInt(at.Unix(), 10))
	var signed []string
	for _, key := range w.keys {
		signed = append(signed, signature(key, id, at, body))
	}
	if signed != nil {
		h.Set("Webhook-Signature", strings.Join(signed, " "))
	}
}

func signature(key []byte, id string, at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%d.%s", id, at.Unix(), body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// webhookOutcomes takes all rows as accepted but those that the receiver names.
func webhookOutcomes(batch []Operation, answer *web.Response) []Outcome {
	var said struct {
		Rejected []struct{ Key, Reason string } `json:"rejected"`
	}
	json.Unmarshal(answer.Body, &said) // most receivers answer anything
	rejected := make(map[string]string)
	for _, r := range said.Rejected {
		rejected[r.Key] = r.Reason
	}
	out := make([]Outcome, len(batch))
	for i, o := range batch {
		out[i] = Outcome{Status: Updated, HTTP: answer.Status}
		if o.Remote == "" {
			out[i].Status = Created
		}
		if reason, no := rejected[o.Key]; no {
			out[i] = Outcome{Status: Rejected, HTTP: answer.Status, Code: fault.Refused.String(), Reason: reason}
		}
	}
	return out
}

func (w *webhook) Close() error {
	w.web.Close()
	return nil
}
