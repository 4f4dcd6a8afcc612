package sandbox

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Faults are shares of calls (0 to 1) that go wrong, besides what the limits do.
type Faults struct {
	Seed uint64

	Down      float64 // 500 before anything was done
	Reset     float64 // the connection breaks before anything was done
	Throttle  float64 // the CRM's throttling answer although there was room
	DownAfter float64 // 502 after the write was applied
	Lost      float64 // the connection closes after the write was applied, with no answer
	Hang      float64 // no answer until the caller gives up, the write having been applied
	Slow      float64 // the answer trickles

	Repeated float64 // lists of an answer hold an item twice
	Missing  float64 // lists of an answer lack an item
	Shuffled float64 // lists of an answer come in another order

	Once bool // all are over when one of them has happened to a call that writes; calls that read meet none
	Skip int  // and so many calls that write go well before

	ExpireEvery int           // calls after which an access token stops working; 0: never
	HangFor     time.Duration // the longest Hang; 0: 2 s
}

// chance draws in the order of calls; the same seed and the same calls give the same faults.
type chance struct {
	mu  *sync.Mutex
	rnd *rand.Rand
}

func newChance(seed uint64) chance {
	return chance{&sync.Mutex{}, rand.New(rand.NewPCG(seed, 0x5e6))}
}

func (c chance) hit(share float64) bool {
	if share <= 0 {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rnd.Float64() < share
}

func (c chance) intn(n int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rnd.IntN(n)
}

// serve takes one call through faults, limits and credential to its route.
func (s *Server) serve(mux *http.ServeMux, w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 256<<20))
	if err != nil {
		return // the caller went away
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	reads := s.manner.reads(r)
	r.Body = io.NopCloser(bytes.NewReader(body))
	s.count(r)
	faults := s.strike(reads || s.manner.free != nil && s.manner.free(r))
	switch {
	case s.chance.hit(faults.Reset):
		cut(w, true)
		return
	case s.chance.hit(faults.Down):
		http.Error(w, "the service is not available", http.StatusInternalServerError)
		return
	}
	answer := &answer{header: http.Header{}, status: http.StatusOK}
	s.answer(mux, answer, r, body, faults)
	switch {
	case !reads && s.chance.hit(faults.Lost):
		cut(w, false)
		return
	case !reads && s.chance.hit(faults.Hang):
		s.hang(r, faults.HangFor)
		cut(w, false)
		return
	case !reads && s.chance.hit(faults.DownAfter):
		http.Error(w, "bad gateway", http.StatusBadGateway)
		return
	}
	answer.send(w, s.chance.hit(faults.Slow))
}

// strike says what may go wrong with a call, and that it was the last that may.
func (s *Server) strike(reads bool) Faults {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.options.Faults
	if !f.Once {
		return f
	}
	if reads {
		return Faults{}
	}
	if f.Skip > 0 {
		s.options.Faults.Skip--
		return Faults{}
	}
	s.options.Faults = Faults{Once: true, Repeated: f.Repeated, Missing: f.Missing, Shuffled: f.Shuffled}
	return f
}

// answer writes what the CRM says, if nothing breaks on the way back.
func (s *Server) answer(mux *http.ServeMux, w http.ResponseWriter, r *http.Request, body []byte, faults Faults) {
	m := s.manner
	if m.free != nil && m.free(r) {
		mux.ServeHTTP(w, r)
		return
	}
	cost := 1
	if m.cost != nil {
		cost = m.cost(r)
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	if s.chance.hit(faults.Throttle) {
		m.throttled(w, verdict{"calls", 10 * time.Millisecond})
		return
	}
	gate := s.gate
	if m.lane != nil {
		if own, ok := s.lanes[m.lane(r)]; ok {
			gate = own
		}
	}
	full := gate.enter(cost)
	if full.limit != "" {
		m.throttled(w, full)
		return
	}
	defer gate.leave()
	if s.options.Latency > 0 {
		time.Sleep(s.options.Latency)
	}
	if status := s.admit(m.credential(r)); status != 0 {
		m.denied(w, status)
		return
	}
	if s.gate.limits.Bytes > 0 && len(body) > s.gate.limits.Bytes {
		http.Error(w, "the request is too large", http.StatusRequestEntityTooLarge)
		return
	}
	mux.ServeHTTP(w, r)
}

func (s *Server) hang(r *http.Request, limit time.Duration) {
	if limit == 0 {
		limit = 2 * time.Second
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-r.Context().Done():
	case <-timer.C:
	}
}

// cut closes the connection without an answer; hard sends a reset.
func cut(w http.ResponseWriter, hard bool) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok && hard {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// An answer is held back until it is known whether it arrives.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(status int)      { a.status = status }
func (a *answer) Write(p []byte) (int, error) { return a.body.Write(p) }

func (a *answer) send(w http.ResponseWriter, slow bool) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(a.body.Len()))
	w.WriteHeader(a.status)
	body := a.body.Bytes()
	for slow && len(body) > 0 {
		piece := body[:min(len(body), 1+a.body.Len()/4)]
		if _, err := w.Write(piece); err != nil {
			return
		}
		_ = http.NewResponseController(w).Flush()
		body = body[len(piece):]
		time.Sleep(2 * time.Millisecond)
	}
	_, _ = w.Write(body)
}

// scramble gives a list of an answer as a CRM on a bad day would.
func scramble[T any](s *Server, list []T) []T {
	faults := s.faults()
	list = shuffle(s, list)
	if len(list) > 0 && s.chance.hit(faults.Missing) {
		s.over()
		list = list[:len(list)-1]
	}
	return list
}

// over ends what happens but once.
func (s *Server) over() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.options.Faults.Once {
		s.options.Faults = Faults{}
	}
}

// shuffle leaves none out: for lists that don't say how long they are, of which a client
// could not notice.
func shuffle[T any](s *Server, list []T) []T {
	faults := s.faults()
	if len(list) > 1 && s.chance.hit(faults.Shuffled) {
		for i := len(list) - 1; i > 0; i-- {
			j := s.chance.intn(i + 1)
			list[i], list[j] = list[j], list[i]
		}
	}
	if len(list) > 0 && s.chance.hit(faults.Repeated) {
		s.over()
		list = append(list, list[s.chance.intn(len(list))])
	}
	return list
}
