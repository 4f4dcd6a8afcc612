package activate

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"

	"segmenta/activate/fault"
	"segmenta/activate/secret"
	"segmenta/activate/web"
)

type customerioSettings struct {
	SiteID secret.Text `yaml:"site_id" jsonschema_description:"of the Track API"`
	Key    secret.Text `yaml:"key" jsonschema_description:"of the Track API"`
	AppKey secret.Text `yaml:"app_key" jsonschema_description:"of the App API, to read what is held; without it, what was last delivered stands for it"`
	URL    string      `yaml:"url" jsonschema_description:"of the Track API: https://track.customer.io, or track-eu (default the first)"`
	AppURL string      `yaml:"app_url" jsonschema_description:"of the App API: https://api.customer.io, or api-eu (default the first)"`
	Batch  int         `yaml:"batch" jsonschema_description:"people in a request of at most 500 KB (default 1,000)"`
}

// customerio writes attributes by the Track API's v2 batch, which says which places of the
// batch it did not take, and reads them by the App API, which has a key of its own and
// gives them as text. An event's id is a ULID made of its key, and is kept once.
type customerio struct {
	track, app api
	s          customerioSettings
}

func openCustomerIO(s *customerioSettings, o Opening) (Destination, error) {
	for _, pair := range [][2]any{{&s.URL, "https://track.customer.io"}, {&s.AppURL, "https://api.customer.io"}} {
		if text := pair[0].(*string); *text == "" {
			*text = pair[1].(string)
		}
	}
	if s.SiteID.IsZero() || s.Key.IsZero() {
		return nil, errors.New("site_id and key are missing")
	}
	if s.Batch <= 0 {
		s.Batch = 1000
	}
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(s.SiteID.Reveal()+":"+s.Key.Reveal()))
	if o.Web.Secrets != nil {
		o.Web.Secrets.Add(basic)
	}
	// 100 a second is what is asked of everybody; the limit is 3,000 in 3 s.
	track, err := o.Client(key{"Authorization", basic}, web.Rate{Requests: 100, Per: time.Second, Burst: 10})
	if err != nil {
		return nil, err
	}
	app, err := o.Client(key{"Authorization", "Bearer " + s.AppKey.Reveal()}, web.Rate{Requests: 9, Per: time.Second, Burst: 1})
	return &customerio{api{base: s.URL, web: track, judge: customerioJudge}, api{base: s.AppURL, web: app}, *s}, err
}

func (c *customerio) Limits() Limits {
	return Limits{Batch: c.s.Batch, Bytes: 400_000, Read: 1000, Parallel: 4, Blind: c.s.AppKey.IsZero(), Repeatable: true, Events: true, EventsKeyed: true, Removes: true}
}

func (c *customerio) Close() error {
	c.track.web.Close()
	c.app.web.Close()
	return nil
}

type customerioErrors struct {
	Errors []struct {
		Index   *int   `json:"batch_index"`
		Reason  string `json:"reason"`
		Field   string `json:"field"`
		Message string `json:"message"`
	} `json:"errors"`
}

func customerioJudge(r *web.Response) *fault.Fault {
	f := web.Judge(r)
	if f == nil {
		return nil
	}
	var e customerioErrors
	if _ = json.Unmarshal(r.Body, &e); len(e.Errors) > 0 {
		f.Code, f.Reason = e.Errors[0].Reason, plain(e.Errors[0].Field+": "+e.Errors[0].Message, nil)
	}
	return f
}

// Ensure looks at the credentials: the App API's by reading nobody; the Track API has
// nothing to read but the region of the account, which its key alone opens.
func (c *customerio) Ensure(ctx context.Context, _ []Field, _ bool) ([]string, error) {
	if _, err := c.track.call(ctx, http.MethodGet, "/api/v1/accounts/region", nil, nil, true); err != nil {
		return nil, err
	}
	if c.s.AppKey.IsZero() {
		return nil, nil
	}
	_, err := c.Read(ctx, []string{"segmenta-check"}, nil)
	return nil, err
}

func (c *customerio) Read(ctx context.Context, ids []string, fields []Field) (map[string]Record, error) {
	if c.s.AppKey.IsZero() {
		return nil, errors.New("without app_key customer.io can't be read")
	}
	return readAll(ids, 100, "", func(some []string, found map[string]Record) (bool, error) {
		var got struct {
			Customers []struct {
				Identifiers struct {
					ID    string `json:"id"`
					CioID string `json:"cio_id"`
				} `json:"identifiers"`
				Attributes map[string]any `json:"attributes"`
			} `json:"customers"`
		}
		if _, err := c.app.call(ctx, http.MethodPost, "/v1/customers/attributes", map[string]any{"ids": some}, &got, true); err != nil {
			return false, err
		}
		for _, p := range got.Customers {
			if !slices.Contains(some, p.Identifiers.ID) {
				continue
			}
			r := Record{p.Identifiers.CioID, map[string]any{}}
			for i := range fields {
				v := p.Attributes[fields[i].Name]
				if text, ok := v.(string); ok && fields[i].Type == Tags {
					var list []any
					if json.Unmarshal([]byte(text), &list) == nil {
						v = list
					}
				}
				r.Values[fields[i].Name] = v
			}
			found[p.Identifiers.ID] = r
		}
		return true, nil
	})
}

type customerioCall struct {
	Type        string            `json:"type"`
	Identifiers map[string]string `json:"identifiers"`
	Action      string            `json:"action"`
	Name        string            `json:"name,omitempty"`
	ID          string            `json:"id,omitempty"`
	Timestamp   int64             `json:"timestamp,omitempty"`
	Attributes  map[string]any    `json:"attributes"`
}

func (c *customerio) Send(ctx context.Context, batch []Operation) ([]Outcome, error) {
	calls := make([]customerioCall, len(batch))
	for i, o := range batch {
		call := customerioCall{Type: "person", Identifiers: map[string]string{"id": o.ID}, Action: "identify", Attributes: map[string]any{}}
		if e := o.Event; o.Action == Notify {
			call.Action, call.Name, call.ID, call.Timestamp, call.Attributes = "event", eventName(e), ulid(e.At, o.Key), e.At.Unix(), eventProperties(e)
		}
		for _, v := range o.Values {
			if call.Attributes[v.Field.Name] = v.Field.JSON(v.New); v.Field.Parse(v.New) == nil || o.Action == Clear {
				call.Attributes[v.Field.Name] = "" // the empty text clears
			}
		}
		calls[i] = call
	}
	var got customerioErrors
	answer, err := c.track.call(ctx, http.MethodPost, "/api/v2/batch", map[string]any{"batch": calls}, &got, true)
	if err != nil {
		return nil, of(batch, err)
	}
	return got.outcomes(batch, answer), nil
}

// outcomes are all taken but those that an error names.
func (e *customerioErrors) outcomes(batch []Operation, answer *web.Response) []Outcome {
	out := make([]Outcome, len(batch))
	for _, one := range e.Errors {
		if one.Index == nil || *one.Index < 0 || *one.Index >= len(batch) {
			all(batch, out, Outcome{Status: Unsure, HTTP: answer.Status, Reason: plain(one.Message, nil)})
			continue
		}
		out[*one.Index] = refusal(&batch[*one.Index], answer, one.Reason, one.Field+": "+one.Message)
	}
	for i := range batch {
		if out[i].Status == "" {
			out[i] = took(&batch[i], false, answer)
		}
	}
	return out
}

// ulid makes a ULID of a moment and a key: the same for the same.
func ulid(at time.Time, key string) string {
	const letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	sum := sha256.Sum256([]byte(key))
	ms := uint64(max(at.UnixMilli(), 0))
	var bits [16]byte
	for i := range 6 {
		bits[i] = byte(ms >> (8 * (5 - i)))
	}
	copy(bits[6:], sum[:10])
	var out [26]byte // 130 bits, the first two of them zero
	for i := range out {
		v := byte(0)
		for b := i*5 - 2; b < i*5+3; b++ {
			v <<= 1
			if b >= 0 {
				v |= bits[b/8] >> (7 - b%8) & 1
			}
		}
		out[i] = letters[v]
	}
	return string(out[:])
}
