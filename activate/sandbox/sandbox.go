// Package sandbox holds servers that behave, limit and fail as nine CRMs do, so that
// a client can be held to what the CRM itself recorded, without an account anywhere.
//
// Each server is one file. It speaks the endpoints that writing predictions needs
// (upsert, read back, custom fields, tags, events, token refresh), keeps the limits that
// its documentation states, refuses bad rows in its own words, and records every write
// that it applied. Faults come on top: lost answers, broken connections, lists in
// another order. What an answer looks like was read in the public references named in
// each file; where a reference says nothing, the file says so.
//
//	server := sandbox.Start("hubspot", sandbox.Options{})
//	defer server.Close()
//	… write to server.URL with server.Token() …
//	server.Writes()
//
// To add a server, write its file and add a line to Kinds.
package sandbox

import (
	"net"
	"net/http"
	"sync"
	"time"
)

// Kinds lists the servers by name.
var Kinds = map[string]func(*Server) manner{
	"hubspot":    hubspot,
	"salesforce": salesforce,
	"zoho":       zoho,
	"bitrix24":   bitrix24,
	"monday":     monday,
	"klaviyo":    klaviyo,
	"braze":      braze,
	"mailchimp":  mailchimp,
	"customerio": customerio,
}

// Options say how a server behaves; the zero value is the documented behaviour without faults.
type Options struct {
	Limits  Limits                  // what is zero is as documented
	Faults  Faults                  // none
	Now     func() time.Time        // the wall clock
	Refuse  func(key string) string // why a row is refused for its content; nil or "" accepts it
	Require []string                // fields that a new contact must have, such as LastName
	Latency time.Duration           // of every call, while it counts as under way
}

// A manner is how one CRM answers: its routes, and the three answers that are not about content.
type manner struct {
	limits Limits            // as documented
	lanes  map[string]Limits // of calls that have limits of their own, by what lane names them
	lane   func(r *http.Request) string
	routes func(mux *http.ServeMux)

	credential func(r *http.Request) string              // what the request shows to be let in
	denied     func(w http.ResponseWriter, status int)   // 401 or 403
	throttled  func(w http.ResponseWriter, full verdict) // over a limit
	cost       func(r *http.Request) int                 // of a call against the limits; nil: 1
	free       func(r *http.Request) bool                // neither limited nor behind the credential
	reads      func(r *http.Request) bool                // has no effect, so nothing can be lost after it
}

// A Server is one running CRM.
type Server struct {
	URL string

	kind    string
	options Options
	manner  manner
	gate    gate
	lanes   map[string]gate
	http    *http.Server

	mu      sync.Mutex
	tokens  tokens
	chance  chance
	rows    map[string]*Row
	ids     map[string]*Row
	fields  map[string]Field
	writes  []Write
	events  map[string]bool // ids seen
	calls   map[string]int
	counts  map[string]int // of writes, by external id and kind
	scoped  bool           // false: the credential lacks the scope
	nextID  int
	serving sync.WaitGroup
}

// Start runs the named server on a free port of 127.0.0.1.
func Start(kind string, options Options) *Server {
	if options.Now == nil {
		options.Now = time.Now
	}
	s := &Server{kind: kind, options: options, rows: map[string]*Row{}, ids: map[string]*Row{}, fields: map[string]Field{}, events: map[string]bool{}, calls: map[string]int{}, counts: map[string]int{}, scoped: true}
	s.tokens.issue()
	s.chance = newChance(options.Faults.Seed)
	s.manner = Kinds[kind](s)
	s.gate = newGate(s.manner.limits.with(options.Limits), options.Now)
	s.lanes = map[string]gate{}
	for name, limits := range s.manner.lanes {
		s.lanes[name] = newGate(limits, options.Now)
	}
	mux := http.NewServeMux()
	s.manner.routes(mux)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err) // no loopback: nothing can be tested here
	}
	s.URL = "http://" + listener.Addr().String()
	s.http = &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.serve(mux, w, r) })}
	s.serving.Go(func() { _ = s.http.Serve(listener) })
	return s
}

// Close stops the server and waits until it has stopped.
func (s *Server) Close() {
	_ = s.http.Close()
	s.serving.Wait()
}

// Kind is the name that the server was started by.
func (s *Server) Kind() string { return s.kind }

// Limits are those in force.
func (s *Server) Limits() Limits { return s.gate.limits }

// SetFaults changes what goes wrong from now on.
func (s *Server) SetFaults(f Faults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.options.Faults = f
}

// faults are those in force.
func (s *Server) faults() Faults {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.options.Faults
}

// Unscope takes from every credential the right to write contacts: 403 from now on.
func (s *Server) Unscope() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scoped = false
}
