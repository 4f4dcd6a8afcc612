package sandbox

import (
	"maps"
	"net/http"
	"path"
	"strconv"
	"time"
)

// braze answers as Braze's /users/track and /users/export/ids do.
//
// Read in braze.com/docs/api (post_user_track, post_users_identifier, api_limits): 75
// objects in all a call, 3,000 calls in 3 s; an export of 50 users a call at 40 a second
// when the fields are named; a partial failure is "success" with errors that name the
// index in their array; a fatal one has another message, and can come with a 201. Whether
// events are told apart was not found: each one sent counts.
func braze(s *Server) manner {
	b := brazeServer{s}
	return manner{
		limits:     Limits{Batch: 75, Calls: 3000, Per: 3 * time.Second},
		lanes:      map[string]Limits{"export": {Calls: 40, Per: time.Second}},
		lane:       func(r *http.Request) string { return path.Base(path.Dir(r.URL.Path)) },
		credential: bearer("Bearer"),
		denied: func(w http.ResponseWriter, status int) {
			message := "Invalid API key"
			if status == http.StatusForbidden {
				message = "Your API key does not have permission to access this endpoint"
			}
			say(w, status, object{"message": message})
		},
		throttled: func(w http.ResponseWriter, full verdict) {
			w.Header().Set("X-RateLimit-Limit", strconv.Itoa(s.gate.limits.Calls))
			w.Header().Set("X-RateLimit-Remaining", "0")
			w.Header().Set("X-RateLimit-Reset", strconv.FormatInt(s.options.Now().Add(full.wait).Unix()+1, 10))
			say(w, http.StatusTooManyRequests, object{"message": "Rate limit exceeded"})
		},
		reads: func(r *http.Request) bool { return r.URL.Path == "/users/export/ids" },
		routes: func(mux *http.ServeMux) {
			mux.HandleFunc("POST /users/track", b.track)
			mux.HandleFunc("POST /users/export/ids", b.export)
		},
	}
}

type brazeServer struct{ *Server }

func (b brazeServer) track(w http.ResponseWriter, r *http.Request) {
	var body struct{ Attributes, Events []map[string]any }
	if !hear(r, &body) || len(body.Attributes)+len(body.Events) == 0 {
		say(w, http.StatusBadRequest, object{"message": "No attributes, events or purchases were provided"})
		return
	}
	if len(body.Attributes)+len(body.Events) > b.gate.limits.Batch {
		say(w, http.StatusBadRequest, object{"message": "You may only include up to " + strconv.Itoa(b.gate.limits.Batch) + " objects per request"})
		return
	}
	if b.chance.hit(b.faults().Throttle / 4) {
		say(w, http.StatusCreated, object{"message": "A fatal error occurred"}) // nothing was done, with a 201
		return
	}
	var wrong []object
	attributes, events := 0, 0
	for i, values := range body.Attributes {
		key, _ := values["external_id"].(string)
		_, known := b.Row(key)
		only := values["_update_existing_only"] == true
		values = maps.Clone(values)
		delete(values, "external_id")
		delete(values, "_update_existing_only")
		field, reason := b.refused(key, values)
		switch {
		case key == "":
			wrong = append(wrong, object{"type": "'external_id', 'braze_id', 'user_alias', 'email' or 'phone' is required", "input_array": "attributes", "index": i})
		case reason != "":
			wrong = append(wrong, object{"type": "invalid value for " + field + ": " + reason, "input_array": "attributes", "index": i})
		case only && !known:
			attributes++ // processed, without effect
		default:
			b.upsert(key, values)
			attributes++
		}
	}
	for i, e := range body.Events {
		key, _ := e["external_id"].(string)
		name, _ := e["name"].(string)
		if _, reason := b.refused(key, nil); reason != "" || key == "" || name == "" || e["time"] == nil {
			wrong = append(wrong, object{"type": "'external_id', 'name' and 'time' are required " + reason, "input_array": "events", "index": i})
			continue
		}
		properties, _ := e["properties"].(map[string]any)
		b.event(key, name, "", properties)
		events++
	}
	out := object{"message": "success", "attributes_processed": attributes, "events_processed": events}
	if len(wrong) > 0 {
		out["errors"] = wrong
	}
	say(w, http.StatusCreated, out)
}

func (b brazeServer) export(w http.ResponseWriter, r *http.Request) {
	var body struct {
		ExternalIDs []string `json:"external_ids"`
		Fields      []string `json:"fields_to_export"`
	}
	if !hear(r, &body) || len(body.ExternalIDs) == 0 || len(body.ExternalIDs) > 50 || len(body.Fields) == 0 {
		say(w, http.StatusBadRequest, object{"message": "up to 50 external_ids and fields_to_export are required"})
		return
	}
	users, invalid := []object{}, []string{}
	for _, key := range body.ExternalIDs {
		row, found := b.Row(key)
		if !found {
			invalid = append(invalid, key)
			continue
		}
		user := object{"external_id": key, "custom_attributes": row.Values}
		if email := row.Values["email"]; email != nil {
			user["email"] = email
			delete(row.Values, "email")
		}
		users = append(users, user)
	}
	say(w, http.StatusCreated, object{"message": "success", "users": scramble(b.Server, users), "invalid_user_ids": invalid})
}
