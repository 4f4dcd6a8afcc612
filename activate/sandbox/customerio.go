package sandbox

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"time"
)

// customerio answers as Customer.io's Track v2 batch and the App API's attributes do.
//
// Read in the published OpenAPI of the Track API (docs.customer.io): 500 KB a batch, 32 KB
// an object; 200 with an empty object, or 207 with errors that name batch_index, the
// others being accepted; an event with an id (a ULID) seen before is passed over. 3,000
// calls in 3 s are asked for, not enforced with a documented body; 429 here. The App API
// (its own key, api.customer.io; the same server and token here) reads the attributes of
// up to 100 people, 10 calls a second.
func customerio(s *Server) manner {
	c := customerioServer{s}
	return manner{
		limits: Limits{Bytes: 500_000, RowBytes: 32_000, Calls: 3000, Per: 3 * time.Second},
		lanes:  map[string]Limits{"/v1/customers/attributes": {Calls: 10, Per: time.Second}},
		lane:   func(r *http.Request) string { return r.URL.Path },
		credential: func(r *http.Request) string {
			if _, key, basic := r.BasicAuth(); basic {
				return key
			}
			return bearer("Bearer")(r)
		},
		denied: func(w http.ResponseWriter, status int) {
			say(w, status, object{"meta": object{"error": http.StatusText(status)}})
		},
		throttled: func(w http.ResponseWriter, full verdict) {
			say(w, http.StatusTooManyRequests, object{"meta": object{"error": "too many requests"}})
		},
		reads: func(r *http.Request) bool { return r.URL.Path != "/api/v2/batch" },
		routes: func(mux *http.ServeMux) {
			mux.HandleFunc("POST /api/v2/batch", c.batch)
			mux.HandleFunc("POST /v1/customers/attributes", c.attributes)
			mux.HandleFunc("GET /api/v1/accounts/region", func(w http.ResponseWriter, _ *http.Request) {
				say(w, http.StatusOK, object{"region": "us", "url": s.URL, "data_center": "us", "environment_id": 1})
			})
		},
	}
}

type customerioServer struct{ *Server }

func (c customerioServer) batch(w http.ResponseWriter, r *http.Request) {
	var body struct{ Batch []json.RawMessage }
	if !hear(r, &body) || len(body.Batch) == 0 {
		say(w, http.StatusBadRequest, object{"errors": []object{{"reason": "required", "field": "batch", "message": "batch is required"}}})
		return
	}
	var wrong []object
	for i, raw := range body.Batch {
		var one struct {
			Type, Action, Name, ID string
			Identifiers            struct{ ID string }
			Attributes             map[string]any
		}
		err := json.Unmarshal(raw, &one)
		key := one.Identifiers.ID
		field, reason := c.refused(key, one.Attributes)
		switch {
		case err != nil || key == "" || one.Type != "person":
			wrong = append(wrong, object{"batch_index": i, "reason": "required", "field": "identifiers", "message": "identifiers must hold id"})
		case len(raw) > c.gate.limits.RowBytes:
			wrong = append(wrong, object{"batch_index": i, "reason": "invalid", "field": "", "message": "the object is larger than 32 KB"})
		case reason != "":
			wrong = append(wrong, object{"batch_index": i, "reason": "invalid", "field": field, "message": reason})
		case one.Action == "identify":
			values := maps.Clone(one.Attributes)
			for name, value := range values {
				if value == "" {
					values[name] = nil // the empty text clears
				}
			}
			c.upsert(key, values)
		case one.Action == "event" && one.Name != "":
			c.event(key, one.Name, one.ID, one.Attributes)
		default:
			wrong = append(wrong, object{"batch_index": i, "reason": "invalid", "field": "action", "message": "action is unknown"})
		}
	}
	if len(wrong) > 0 {
		say(w, http.StatusMultiStatus, object{"errors": wrong})
		return
	}
	say(w, http.StatusOK, object{})
}

func (c customerioServer) attributes(w http.ResponseWriter, r *http.Request) {
	var body struct{ IDs []string }
	if !hear(r, &body) || len(body.IDs) == 0 || len(body.IDs) > 100 || !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ") {
		say(w, http.StatusBadRequest, object{"errors": []object{{"detail": "up to 100 ids", "status": "400"}}})
		return
	}
	out := []object{}
	for _, key := range body.IDs {
		if row, found := c.Row(key); found {
			texts := object{"id": key, "cio_id": "a" + row.ID}
			for name, value := range row.Values {
				texts[name] = asText(value) // attributes come back as text
			}
			out = append(out, object{"id": key, "identifiers": object{"id": key, "cio_id": "a" + row.ID}, "attributes": texts, "timestamps": object{}})
		}
	}
	say(w, http.StatusOK, object{"customers": shuffle(c.Server, out)})
}

func asText(v any) any {
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		return v
	}
	b, _ := json.Marshal(v)
	return string(b)
}
