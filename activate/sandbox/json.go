package sandbox

import (
	"encoding/json"
	"net/http"
	"strings"
)

// object is a JSON object of no fixed form.
type object = map[string]any

// say writes a JSON answer.
func say(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// hear reads a JSON body; false if it is none.
func hear(r *http.Request, into any) bool {
	return json.NewDecoder(r.Body).Decode(into) == nil
}

// bearer is the token of an Authorization header of the given scheme.
func bearer(scheme string) func(*http.Request) string {
	return func(r *http.Request) string {
		token, _ := strings.CutPrefix(r.Header.Get("Authorization"), scheme+" ")
		return token
	}
}

// unquoteJSON reads a quoted text; GraphQL's escapes are JSON's.
func unquoteJSON(quoted string) (any, error) {
	var text string
	if json.Unmarshal([]byte(quoted), &text) != nil {
		return nil, errSyntax
	}
	return text, nil
}
