package sandbox

import (
	"crypto/md5"
	"encoding/hex"
	"maps"
	"net/http"
	"regexp"
	"strings"
)

// mailchimp answers as Mailchimp's lists, members and merge fields do.
//
// Read in mailchimp.com/developer/marketing/api (lists, list-members, member tags and
// events, merge fields) and its fundamentals page: a member is keyed by the MD5 of the
// lower-case e-mail; PUT keeps the status of who is there and gives a new one
// status_if_new; the 500-member call answers 200 with errors[] for those it refused; ten
// connections at once, past which 429 without Retry-After. Merge tags hold ten characters.
func mailchimp(s *Server) manner {
	m := mailchimpServer{s}
	return manner{
		limits: Limits{Batch: 500, Together: 10},
		credential: func(r *http.Request) string {
			if _, key, basic := r.BasicAuth(); basic {
				return key
			}
			return bearer("Bearer")(r)
		},
		denied: func(w http.ResponseWriter, status int) {
			if status == http.StatusForbidden {
				m.problem(w, status, "Forbidden", "You are not permitted to access this resource.")
				return
			}
			m.problem(w, status, "API Key Invalid", "Your API key may be invalid, or you've attempted to access the wrong datacenter.")
		},
		throttled: func(w http.ResponseWriter, full verdict) {
			m.problem(w, http.StatusTooManyRequests, "Too Many Requests", "You have exceeded the limit of 10 simultaneous connections.")
		},
		reads: func(r *http.Request) bool { return r.Method == http.MethodGet },
		routes: func(mux *http.ServeMux) {
			mux.HandleFunc("GET /3.0/lists/{list}", m.list)
			mux.HandleFunc("POST /3.0/lists/{list}", m.batch)
			mux.HandleFunc("GET /3.0/lists/{list}/members/{hash}", m.get)
			mux.HandleFunc("PUT /3.0/lists/{list}/members/{hash}", m.put)
			mux.HandleFunc("POST /3.0/lists/{list}/members/{hash}/tags", m.tags)
			mux.HandleFunc("POST /3.0/lists/{list}/members/{hash}/events", m.events)
			mux.HandleFunc("GET /3.0/lists/{list}/merge-fields", m.mergeFields)
			mux.HandleFunc("POST /3.0/lists/{list}/merge-fields", m.mergeField)
		},
	}
}

type mailchimpServer struct{ *Server }

// MemberHash is the key of a member: the MD5 of the lower-case e-mail.
func MemberHash(email string) string {
	sum := md5.Sum([]byte(strings.ToLower(email)))
	return hex.EncodeToString(sum[:])
}

func (m mailchimpServer) problem(w http.ResponseWriter, status int, title, detail string) {
	w.Header().Set("Content-Type", "application/problem+json; charset=utf-8")
	say(w, status, object{"type": "https://mailchimp.com/developer/marketing/docs/errors/", "title": title, "status": status, "detail": detail, "instance": "c0ffee"})
}

type mailchimpMember struct {
	EmailAddress string         `json:"email_address"`
	Status       string         `json:"status"`
	StatusIfNew  string         `json:"status_if_new"`
	MergeFields  map[string]any `json:"merge_fields"`
}

var address = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[^@\s]+$`)

// accept applies a member or says why not.
func (m mailchimpServer) accept(in mailchimpMember) (row *Row, created bool, field, reason string) {
	key := strings.ToLower(in.EmailAddress)
	held, found := m.Row(key)
	status := in.Status
	if status == "" {
		status = in.StatusIfNew
		if found {
			status, _ = held.Values["status"].(string)
		}
	}
	if field, reason = m.refused(key, in.MergeFields); reason != "" {
		return nil, false, field, reason
	}
	switch {
	case !address.MatchString(key) || strings.HasSuffix(key, "@example.com.invalid"):
		return nil, false, "email_address", "Please provide a valid email address."
	case status == "":
		return nil, false, "status", "Data presented is not one of the accepted values"
	case found && held.Values["status"] == "cleaned":
		return nil, false, "", "The contact is in Compliance State and can't be changed through the API"
	}
	values := map[string]any{"status": status}
	for name, value := range in.MergeFields {
		if value == "" {
			value = nil
		}
		values[name] = value
	}
	row, created = m.upsert(key, values)
	return row, created, "", ""
}

func (m mailchimpServer) member(row Row) object {
	fields := object{}
	for name := range m.Fields() {
		fields[name] = ""
	}
	for name, value := range row.Values {
		if name != "status" {
			fields[name] = value
		}
	}
	tags := []object{}
	for i, name := range row.Tags {
		tags = append(tags, object{"id": i, "name": name})
	}
	return object{"id": MemberHash(row.Key), "email_address": row.Key, "status": row.Values["status"], "merge_fields": fields, "tags": tags}
}

// byHash finds a member: the hashes are kept beside the ids.
func (m mailchimpServer) byHash(hash string) (Row, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	row := m.ids[hash]
	if row == nil {
		return Row{}, false
	}
	out := *row
	out.Values = maps.Clone(row.Values)
	return out, true
}

func (m mailchimpServer) list(w http.ResponseWriter, r *http.Request) {
	say(w, http.StatusOK, object{"id": r.PathValue("list"), "name": "Customers", "stats": object{"member_count": m.Rows()}})
}

func (m mailchimpServer) get(w http.ResponseWriter, r *http.Request) {
	row, found := m.byHash(r.PathValue("hash"))
	if !found {
		m.problem(w, http.StatusNotFound, "Resource Not Found", "The requested resource could not be found.")
		return
	}
	say(w, http.StatusOK, m.member(row))
}

func (m mailchimpServer) put(w http.ResponseWriter, r *http.Request) {
	var in mailchimpMember
	if !hear(r, &in) || MemberHash(in.EmailAddress) != r.PathValue("hash") {
		m.problem(w, http.StatusBadRequest, "Bad Request", "The body is not a member, or the hash is of another address.")
		return
	}
	row, _, field, reason := m.accept(in)
	if reason != "" {
		w.Header().Set("Content-Type", "application/problem+json; charset=utf-8")
		say(w, http.StatusBadRequest, object{"type": "https://mailchimp.com/developer/marketing/docs/errors/", "title": "Invalid Resource", "status": 400, "detail": reason, "errors": []object{{"field": field, "message": reason}}})
		return
	}
	held, _ := m.Row(row.Key)
	say(w, http.StatusOK, m.member(held))
}

// batch is the 500-member call: 200 whatever happened to its members.
func (m mailchimpServer) batch(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Members        []mailchimpMember
		UpdateExisting bool `json:"update_existing"`
	}
	if !hear(r, &body) || len(body.Members) > m.gate.limits.Batch {
		m.problem(w, http.StatusBadRequest, "Invalid Resource", "up to 500 members")
		return
	}
	created, updated, wrong := []object{}, []object{}, []object{}
	for _, in := range body.Members {
		_, found := m.Row(strings.ToLower(in.EmailAddress))
		if found && !body.UpdateExisting {
			wrong = append(wrong, object{"email_address": in.EmailAddress, "error": in.EmailAddress + " is already a list member, do you want to update? please provide update_existing:true in the request body", "error_code": "ERROR_CONTACT_EXISTS"})
			continue
		}
		row, isNew, field, reason := m.accept(in)
		if reason != "" {
			wrong = append(wrong, object{"email_address": in.EmailAddress, "error": reason, "error_code": "ERROR_GENERIC", "field": field, "field_message": reason})
			continue
		}
		held, _ := m.Row(row.Key)
		if isNew {
			created = append(created, m.member(held))
		} else {
			updated = append(updated, m.member(held))
		}
	}
	created, updated = scramble(m.Server, created), scramble(m.Server, updated)
	say(w, http.StatusOK, object{"new_members": created, "updated_members": updated, "errors": wrong, "total_created": len(created), "total_updated": len(updated), "error_count": len(wrong)})
}

func (m mailchimpServer) tags(w http.ResponseWriter, r *http.Request) {
	row, found := m.byHash(r.PathValue("hash"))
	var body struct {
		Tags []struct{ Name, Status string }
	}
	if !found || !hear(r, &body) {
		m.problem(w, http.StatusNotFound, "Resource Not Found", "The requested resource could not be found.")
		return
	}
	m.mu.Lock()
	held := m.rows[row.Key]
	m.mu.Unlock()
	for _, t := range body.Tags {
		m.tag(held, t.Name, t.Status == "active")
	}
	w.WriteHeader(http.StatusNoContent)
}

func (m mailchimpServer) events(w http.ResponseWriter, r *http.Request) {
	row, found := m.byHash(r.PathValue("hash"))
	var body struct {
		Name       string
		Properties map[string]any
	}
	if !found || !hear(r, &body) || len(body.Name) < 2 || len(body.Name) > 30 {
		m.problem(w, http.StatusNotFound, "Resource Not Found", "The requested resource could not be found.")
		return
	}
	m.event(row.Key, body.Name, "", body.Properties)
	w.WriteHeader(http.StatusNoContent)
}

func (m mailchimpServer) mergeFields(w http.ResponseWriter, r *http.Request) {
	out := []object{{"tag": "FNAME", "name": "First Name", "type": "text"}, {"tag": "LNAME", "name": "Last Name", "type": "text"}}
	for _, f := range m.Fields() {
		out = append(out, object{"tag": f.Name, "name": f.Label, "type": f.Type, "help_text": f.Description})
	}
	say(w, http.StatusOK, object{"merge_fields": out, "total_items": len(out)})
}

func (m mailchimpServer) mergeField(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Tag, Name, Type string
		HelpText        string `json:"help_text"`
	}
	if !hear(r, &body) || body.Name == "" || body.Type == "" || len(body.Tag) > 10 || len(m.Fields()) >= 30 {
		m.problem(w, http.StatusBadRequest, "Invalid Resource", "name, type and a tag of at most ten characters are required; an audience holds 30 fields")
		return
	}
	if !m.field(Field{Name: body.Tag, Label: body.Name, Type: body.Type, Description: body.HelpText}) {
		m.problem(w, http.StatusBadRequest, "Invalid Resource", "A Merge Field with the tag \""+body.Tag+"\" already exists for this list.")
		return
	}
	say(w, http.StatusOK, object{"tag": body.Tag, "name": body.Name, "type": body.Type})
}
