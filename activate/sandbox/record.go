package sandbox

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Row is one contact that the CRM holds.
type Row struct {
	ID      string         // the CRM's own
	Key     string         // the caller's external id
	Values  map[string]any // by field
	Tags    []string
	Applied int // writes
}

// A Write is one change that was applied, whether or not its answer arrived.
type Write struct {
	Key     string
	What    string // "create", "update", "tag", "untag", "event", "field"
	Name    string // of the event, tag or field
	Content map[string]any
	At      time.Time
}

// A Field is a custom field that was created.
type Field struct {
	Name, Label, Type, Description string
}

// Writes are all that were applied, in order.
func (s *Server) Writes() []Write {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.writes)
}

// Count is how many writes of these kinds were applied to an external id.
func (s *Server) Count(key string, kinds ...string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, kind := range kinds {
		n += s.counts[key+" "+kind]
	}
	return n
}

// Row is what the CRM holds of an external id.
func (s *Server) Row(key string) (Row, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	row := s.rows[key]
	if row == nil {
		return Row{}, false
	}
	out := *row
	out.Values = maps.Clone(row.Values)
	return out, true
}

// Rows counts the contacts.
func (s *Server) Rows() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.rows)
}

// Fields are the custom fields by name.
func (s *Server) Fields() map[string]Field {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.fields)
}

// Calls counts the requests by "METHOD /path", numbers and ids in it as *.
func (s *Server) Calls() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.calls)
}

// Put seeds a contact without recording a write.
func (s *Server) Put(key string, values map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.Copy(s.row(key).Values, values)
}

// AddField declares a custom field as if an administrator had.
func (s *Server) AddField(f Field) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fields[f.Name] = f
}

// row finds or creates; the lock is held.
func (s *Server) row(key string) *Row {
	if row := s.rows[key]; row != nil {
		return row
	}
	s.nextID++
	row := &Row{ID: strconv.Itoa(1000 + s.nextID), Key: key, Values: map[string]any{}}
	s.rows[key], s.ids[row.ID] = row, row
	if s.kind == "mailchimp" {
		s.ids[MemberHash(key)] = row
	}
	return row
}

// upsert applies one row and says whether it is new.
func (s *Server) upsert(key string, values map[string]any) (row *Row, created bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	created = s.rows[key] == nil
	row = s.row(key)
	for name, value := range values {
		if value == nil {
			delete(row.Values, name)
		} else {
			row.Values[name] = value
		}
	}
	what := "update"
	if created {
		what = "create"
	}
	s.note(row, Write{Key: key, What: what, Content: maps.Clone(values)})
	return row, created
}

// note records a write; the lock is held.
func (s *Server) note(row *Row, w Write) {
	if row != nil {
		row.Applied++
	}
	s.counts[w.Key+" "+w.What]++
	w.At = s.options.Now()
	s.writes = append(s.writes, w)
}

// event records an event unless one with the same id has been seen.
func (s *Server) event(key, name, id string, content map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if id != "" {
		if s.events[id] {
			return
		}
		s.events[id] = true
	}
	content = maps.Clone(content)
	if content == nil {
		content = map[string]any{}
	}
	content["#id"] = id
	s.note(s.rows[key], Write{Key: key, What: "event", Name: name, Content: content})
}

// tag adds or takes a tag.
func (s *Server) tag(row *Row, name string, on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	has := slices.Contains(row.Tags, name)
	what := "tag"
	if !on {
		what = "untag"
	}
	if on && !has {
		row.Tags = append(row.Tags, name)
	}
	if !on && has {
		row.Tags = slices.DeleteFunc(row.Tags, func(t string) bool { return t == name })
	}
	s.note(row, Write{Key: row.Key, What: what, Name: name})
}

// field creates a custom field; false if the name is taken.
func (s *Server) field(f Field) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, taken := s.fields[f.Name]; taken {
		return false
	}
	s.fields[f.Name] = f
	s.note(nil, Write{What: "field", Name: f.Name, Content: map[string]any{"label": f.Label, "type": f.Type, "description": f.Description}})
	return true
}

// refused says why a row's content is refused: what the test asked for, or a value
// that its field can't hold.
func (s *Server) refused(key string, values map[string]any) (field, reason string) {
	if s.options.Refuse != nil {
		if reason := s.options.Refuse(key); reason != "" {
			return "", reason
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range s.options.Require {
		if s.rows[key] == nil && values[name] == nil {
			return name, missingField
		}
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		f := s.fields[name]
		if isNumber(f.Type) && !holdsNumber(values[name]) {
			return name, fmt.Sprintf("%v is not a number", values[name])
		}
	}
	return "", ""
}

// missingField is why a new contact is refused that lacks a field which it must have.
const missingField = "required field not found"

func isNumber(kind string) bool {
	return slices.Contains([]string{"number", "double", "Number", "numbers", "integer", "decimal"}, kind)
}

// holdsNumber also accepts nothing and the empty text, which clear a value.
func holdsNumber(value any) bool {
	switch v := value.(type) {
	case nil, float64, int, json.Number:
		return true
	case string:
		x, err := strconv.ParseFloat(v, 64)
		return v == "" || err == nil && !math.IsNaN(x) && !math.IsInf(x, 0)
	}
	return false
}

// count notes a call.
func (s *Server) count(r *http.Request) {
	parts := strings.Split(r.URL.Path, "/")
	for i, part := range parts {
		if len(part) >= 24 || strings.ContainsAny(part, "0123456789") && len(part) > 3 {
			parts[i] = "*"
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[r.Method+" "+strings.Join(parts, "/")]++
}
