package sandbox

import (
	"net/http"
	"strconv"
)

// What a caller shows to refresh a token.
const (
	RefreshToken = "sandbox-refresh-7f3a"
	ClientID     = "sandbox-client"
	ClientSecret = "sandbox-secret-91c2"
)

// tokens are the access tokens of a server: one is valid at a time.
type tokens struct {
	issued int
	valid  string
	used   int // calls made with it
}

func (t *tokens) issue() string {
	t.issued++
	t.valid, t.used = "sandbox-token-"+strconv.Itoa(t.issued), 0
	return t.valid
}

// Token is the access token (API key) that is valid now.
func (s *Server) Token() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tokens.valid
}

// Expire ends the token that is valid now; where the CRM has none to refresh, nobody gets in again.
func (s *Server) Expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens.valid = ""
}

// Refreshed counts the tokens issued after the first.
func (s *Server) Refreshed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tokens.issued - 1
}

// admit judges a credential: 0, 401 or 403.
func (s *Server) admit(credential string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if every := s.options.Faults.ExpireEvery; every > 0 && s.refreshable() && s.tokens.used >= every {
		s.tokens.valid = ""
	}
	if s.tokens.valid == "" || credential != s.tokens.valid {
		return http.StatusUnauthorized
	}
	s.tokens.used++
	if !s.scoped {
		return http.StatusForbidden
	}
	return 0
}

// refreshable are the CRMs whose tokens live for an hour or so; the others have keys.
func (s *Server) refreshable() bool {
	switch s.kind {
	case "hubspot", "salesforce", "zoho", "bitrix24":
		return true
	}
	return false
}

// grant answers an OAuth refresh; the names of its parameters are the same everywhere.
func (s *Server) grant(r *http.Request) (token string, ok bool) {
	_ = r.ParseForm()
	f := r.Form
	known := f.Get("client_id") == ClientID && f.Get("client_secret") == ClientSecret
	switch f.Get("grant_type") {
	case "refresh_token":
		known = known && f.Get("refresh_token") == RefreshToken
	case "client_credentials":
	default:
		known = false
	}
	if !known {
		return "", false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tokens.issue(), true
}
