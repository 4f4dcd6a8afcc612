package sandbox

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// hubspot answers as HubSpot's CRM v3 contacts and properties do.
//
// Read in developers.hubspot.com/docs/api-reference (contacts/batch/upsert, batch/read,
// properties, error handling) and the developer changelog (rate limits and headers): 190
// calls in 10 s and 650,000 a day for Professional. That the failed rows of a 207 are
// named in context by objectWriteTraceId is how public clients read it.
func hubspot(s *Server) manner {
	h := hubspotServer{s}
	return manner{
		limits:     Limits{Batch: 100, Calls: 190, Per: 10 * time.Second, Daily: 650_000},
		credential: bearer("Bearer"),
		denied: func(w http.ResponseWriter, status int) {
			if status == http.StatusForbidden {
				say(w, status, object{"status": "error", "message": "This app hasn't been granted all required scopes to make this call.", "correlationId": "c0ffee", "category": "MISSING_SCOPES",
					"errors": []object{{"message": "One or more of the following scopes are required.", "context": object{"requiredGranularScopes": []string{"crm.objects.contacts.write"}}}}})
				return
			}
			say(w, status, object{"status": "error", "message": "The OAuth token used to make this call expired.", "correlationId": "c0ffee", "category": "EXPIRED_AUTHENTICATION"})
		},
		throttled: h.throttled,
		free:      func(r *http.Request) bool { return r.URL.Path == "/oauth/v1/token" },
		reads: func(r *http.Request) bool {
			return r.Method == http.MethodGet || r.URL.Path == "/crm/v3/objects/contacts/batch/read"
		},
		routes: func(mux *http.ServeMux) {
			mux.HandleFunc("POST /oauth/v1/token", h.token)
			mux.HandleFunc("POST /crm/v3/objects/contacts/batch/upsert", h.upsert)
			mux.HandleFunc("POST /crm/v3/objects/contacts/batch/read", h.read)
			mux.HandleFunc("GET /crm/v3/properties/contacts", h.properties)
			mux.HandleFunc("POST /crm/v3/properties/contacts", h.property)
		},
	}
}

type hubspotServer struct{ *Server }

func (h hubspotServer) throttled(w http.ResponseWriter, full verdict) {
	policy, message := "TEN_SECONDLY_ROLLING", "You have reached your ten_secondly_rolling limit."
	if full.limit == "daily" {
		policy, message = "DAILY", "You have reached your daily limit."
	}
	h.headers(w)
	say(w, http.StatusTooManyRequests, object{"status": "error", "message": message, "errorType": "RATE_LIMIT", "correlationId": "c0ffee", "policyName": policy, "requestId": "r1"})
}

func (h hubspotServer) headers(w http.ResponseWriter) {
	burst, day := h.gate.left()
	w.Header().Set("X-HubSpot-RateLimit-Interval-Milliseconds", "10000")
	w.Header().Set("X-HubSpot-RateLimit-Max", strconv.Itoa(h.gate.limits.Calls))
	w.Header().Set("X-HubSpot-RateLimit-Remaining", strconv.Itoa(burst))
	w.Header().Set("X-HubSpot-RateLimit-Daily", strconv.Itoa(h.gate.limits.Daily))
	w.Header().Set("X-HubSpot-RateLimit-Daily-Remaining", strconv.Itoa(day))
}

func (h hubspotServer) token(w http.ResponseWriter, r *http.Request) {
	token, ok := h.grant(r)
	if !ok {
		say(w, http.StatusBadRequest, object{"status": "BAD_REFRESH_TOKEN", "message": "missing or invalid refresh token"})
		return
	}
	say(w, http.StatusOK, object{"token_type": "bearer", "access_token": token, "refresh_token": RefreshToken, "expires_in": 1800})
}

type hubspotInput struct {
	ID                 string         `json:"id"`
	IDProperty         string         `json:"idProperty"`
	ObjectWriteTraceID string         `json:"objectWriteTraceId"`
	Properties         map[string]any `json:"properties"`
}

func (h hubspotServer) invalid(w http.ResponseWriter, message string) {
	h.headers(w)
	say(w, http.StatusBadRequest, object{"status": "error", "message": message, "correlationId": "c0ffee", "category": "VALIDATION_ERROR"})
}

func (h hubspotServer) upsert(w http.ResponseWriter, r *http.Request) {
	var body struct{ Inputs []hubspotInput }
	if !hear(r, &body) {
		h.invalid(w, "Invalid input JSON")
		return
	}
	if len(body.Inputs) > h.gate.limits.Batch {
		h.invalid(w, "The maximum number of inputs supported in a batch request for property histories is "+strconv.Itoa(h.gate.limits.Batch))
		return
	}
	seen := map[string]bool{}
	for _, in := range body.Inputs {
		if !h.known(in.IDProperty) {
			h.invalid(w, "The property "+in.IDProperty+" does not exist or is not unique")
			return
		}
		if seen[in.ID] {
			h.invalid(w, "Duplicate IDs found in batch input: ["+in.ID+"]. IDs must be unique")
			return
		}
		seen[in.ID] = true
		for name := range in.Properties {
			if !h.known(name) {
				h.invalid(w, `Property values were not valid: [{"isValid":false,"message":"Property \"`+name+`\" does not exist","error":"PROPERTY_DOESNT_EXIST","name":"`+name+`"}]`)
				return
			}
		}
	}
	var results, failed []object
	for _, in := range body.Inputs {
		if field, reason := h.refused(in.ID, in.Properties); reason != "" {
			failed = append(failed, object{"status": "error", "category": "VALIDATION_ERROR", "message": reason,
				"context": object{"id": []string{in.ID}, "objectWriteTraceId": []string{in.ObjectWriteTraceID}, "propertyName": []string{field}}})
			continue
		}
		values := map[string]any{}
		for name, value := range in.Properties {
			values[name] = value
			if value == "" {
				values[name] = nil // the empty text clears
			}
		}
		row, created := h.Server.upsert(in.ID, values)
		results = append(results, object{"id": row.ID, "new": created, "objectWriteTraceId": in.ObjectWriteTraceID, "properties": in.Properties})
	}
	h.results(w, results, failed)
}

func (h hubspotServer) results(w http.ResponseWriter, results, failed []object) {
	out := object{"status": "COMPLETE", "results": scramble(h.Server, slices.Concat([]object{}, results)), "startedAt": "2026-11-25T00:00:00Z", "completedAt": "2026-11-25T00:00:00Z"}
	status := http.StatusOK
	if len(failed) > 0 {
		status = http.StatusMultiStatus
		out["errors"], out["numErrors"] = failed, len(failed)
	}
	h.headers(w)
	say(w, status, out)
}

// known says whether contacts have the property: e-mail and names they have from the start.
func (h hubspotServer) known(name string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, custom := h.fields[name]
	return custom || slices.Contains([]string{"email", "phone", "firstname", "lastname", "lifecyclestage"}, name)
}

func (h hubspotServer) read(w http.ResponseWriter, r *http.Request) {
	var body struct {
		IDProperty string
		Properties []string
		Inputs     []struct{ ID string }
	}
	if !hear(r, &body) || len(body.Inputs) > h.gate.limits.Batch {
		h.invalid(w, "Invalid input")
		return
	}
	if !h.known(body.IDProperty) {
		h.invalid(w, "The property "+body.IDProperty+" does not exist or is not unique")
		return
	}
	results, missing := []object{}, []string{}
	for _, in := range body.Inputs {
		row, found := h.Row(in.ID)
		if !found {
			missing = append(missing, in.ID)
			continue
		}
		values := object{body.IDProperty: in.ID}
		for _, name := range body.Properties {
			if name != body.IDProperty {
				values[name] = row.Values[name] // null where there is none
			}
		}
		results = append(results, object{"id": row.ID, "properties": values})
	}
	var failed []object
	if len(missing) > 0 {
		failed = []object{{"status": "error", "category": "OBJECT_NOT_FOUND", "message": "Could not get some CONTACT objects, they may be deleted or not exist.", "context": object{"ids": missing}}}
	}
	h.results(w, results, failed)
}

func (h hubspotServer) properties(w http.ResponseWriter, r *http.Request) {
	out := []object{}
	for _, name := range []string{"email", "phone", "firstname", "lastname", "lifecyclestage"} {
		out = append(out, object{"name": name, "type": "string", "fieldType": "text"})
	}
	for _, f := range h.Fields() {
		out = append(out, object{"name": f.Name, "label": f.Label, "type": f.Type, "description": f.Description})
	}
	h.headers(w)
	say(w, http.StatusOK, object{"results": out})
}

func (h hubspotServer) property(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Name, Label, GroupName, Type, FieldType, Description string
		Options                                              []struct{ Label, Value string }
	}
	types := []string{"bool", "date", "datetime", "enumeration", "number", "phone_number", "string"}
	if !hear(r, &body) || body.Name == "" || body.Label == "" || body.GroupName == "" || body.FieldType == "" || !slices.Contains(types, body.Type) {
		h.invalid(w, "Invalid input: name, label, groupName, type and fieldType are required")
		return
	}
	if body.Type == "bool" && len(body.Options) != 2 || body.Type == "enumeration" && len(body.Options) == 0 {
		h.invalid(w, "a choice needs options; true and false, where it is one of two")
		return
	}
	if !h.field(Field{Name: body.Name, Label: body.Label, Type: body.Type, Description: body.Description}) {
		say(w, http.StatusConflict, object{"status": "error", "message": "A property named '" + body.Name + "' already exists.", "category": "OBJECT_ALREADY_EXISTS"})
		return
	}
	say(w, http.StatusCreated, object{"name": body.Name, "label": body.Label, "type": body.Type})
}
