package web_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"segmenta/activate/fault"
	"segmenta/activate/secret"
	"segmenta/activate/web"
)

// A clock that is moved by sleeping.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	slept []time.Duration
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.slept = append(c.slept, d)
	return ctx.Err()
}

var quiet = log.New(io.Discard, "", 0)

func newClock() *clock { return &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

// serve answers with each of these in turn, and with the last one ever after.
func serve(t *testing.T, answers ...http.HandlerFunc) (*httptest.Server, *atomic.Int64) {
	var n atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Date"] = nil // the clock of the test is another
		answers[min(int(n.Add(1)), len(answers))-1](w, r)
	}))
	t.Cleanup(s.Close)
	return s, &n
}

func status(code int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
	}
}

func client(t *testing.T, c *clock, change func(*web.Options)) *web.Client {
	t.Helper()
	o := web.Options{AllowPrivate: true, Clock: c}
	if change != nil {
		change(&o)
	}
	w, err := web.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w
}

// What a destination asks to wait is waited, never less; what it asks beyond the cap
// stops us cleanly. (BATTERY A6)
func TestWaits(t *testing.T) {
	c := newClock()
	day := c.now.Add(90 * time.Second).Format(http.TimeFormat)
	past := c.now.Add(-time.Hour).Format(http.TimeFormat)
	for _, tt := range []struct {
		name        string
		answer      http.HandlerFunc
		least, most time.Duration
		class       fault.Class // of the error; with most == 0
	}{
		{"seconds", status(429, "Retry-After", "7"), 7 * time.Second, 8 * time.Second, 0},
		{"part of a second", status(429, "Retry-After", "1.5"), 1500 * time.Millisecond, 2 * time.Second, 0},
		{"a date", status(429, "Retry-After", day), 90 * time.Second, 92 * time.Second, 0},
		{"a date that has passed: our policy", status(429, "Retry-After", past), 250 * time.Millisecond, time.Second, 0},
		{"nought: our policy", status(429, "Retry-After", "0"), 250 * time.Millisecond, time.Second, 0},
		{"negative: our policy", status(429, "Retry-After", "-5"), 250 * time.Millisecond, time.Second, 0},
		{"no number: our policy", status(429, "Retry-After", "soon"), 250 * time.Millisecond, time.Second, 0},
		{"none: our policy", status(429), 250 * time.Millisecond, time.Second, 0},
		{"a reset header in seconds", status(429, "RateLimit-Reset", "20"), 20 * time.Second, 21 * time.Second, 0},
		{"a reset header as a moment", status(429, "X-RateLimit-Reset", fmt.Sprint(c.now.Add(30*time.Second).Unix())), 29 * time.Second, 32 * time.Second, 0},
		{"Retry-After before a reset header", status(429, "Retry-After", "3", "RateLimit-Reset", "100"), 3 * time.Second, 4 * time.Second, 0},
		{"503", status(503, "Retry-After", "9"), 9 * time.Second, 10 * time.Second, 0},
		{"408", status(408), 250 * time.Millisecond, time.Second, 0},
		{"31 years", status(429, "Retry-After", "1000000000"), 0, 0, fault.Quota},
		{"more than any number", status(429, "Retry-After", "1e300"), 0, 0, fault.Quota},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newClock()
			s, n := serve(t, tt.answer, status(200))
			_, err := client(t, c, nil).Do(t.Context(), web.Request{Method: "POST", URL: s.URL, Repeatable: true})
			if tt.most == 0 {
				if !fault.Is(err, tt.class) || n.Load() != 1 || len(c.slept) > 0 {
					t.Errorf("%v after %d requests and %v, want %v at once", err, n.Load(), c.slept, tt.class)
				}
				return
			}
			if err != nil || n.Load() != 2 || len(c.slept) != 1 || c.slept[0] < tt.least || c.slept[0] > tt.most {
				t.Errorf("%v after %d requests, waited %v, want %v to %v", err, n.Load(), c.slept, tt.least, tt.most)
			}
		})
	}
}

// A request ends by its deadline, whatever it meets.
func TestDeadline(t *testing.T) {
	for code, class := range map[int]fault.Class{429: fault.Rate, 503: fault.Transient, 500: fault.Unknown} {
		c := newClock()
		start := c.Now()
		s, n := serve(t, status(code))
		_, err := client(t, c, func(o *web.Options) { o.Deadline = time.Minute }).Do(t.Context(), web.Request{Method: "POST", URL: s.URL, Repeatable: true})
		if !fault.Is(err, class) || c.Now().Sub(start) > time.Minute || n.Load() < 4 {
			t.Errorf("%d: %v after %v and %d requests, want %v", code, err, c.Now().Sub(start), n.Load(), class)
		}
	}
}

// What may have been applied is not sent again, unless sending it twice is harmless.
func TestNotTwice(t *testing.T) {
	cut := func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }
	for name, tt := range map[string]struct {
		answer http.HandlerFunc
		class  fault.Class
		n      int64
	}{
		"500":                     {status(500), fault.Unknown, 1},
		"502":                     {status(502), fault.Unknown, 1},
		"504":                     {status(504), fault.Unknown, 1},
		"408":                     {status(408), fault.Unknown, 1},
		"a connection cut":        {cut, fault.Unknown, 1},
		"503 at the door":         {status(503), 0, 2},
		"429 at the door":         {status(429), 0, 2},
		"400 is a refusal":        {status(400), fault.Refused, 1},
		"422 is a refusal":        {status(422), fault.Refused, 1},
		"403 is nobody's row":     {status(403), fault.Auth, 1},
		"401 without a way round": {status(401), fault.Auth, 1},
	} {
		s, n := serve(t, tt.answer, status(200))
		_, err := client(t, newClock(), nil).Do(t.Context(), web.Request{Method: "POST", URL: s.URL})
		if n.Load() != tt.n || (tt.n == 2) != (err == nil) || err != nil && !fault.Is(err, tt.class) {
			t.Errorf("%s: %v after %d requests, want %v after %d", name, err, n.Load(), tt.class, tt.n)
		}
	}
	s, n := serve(t, cut, status(500), status(200))
	if _, err := client(t, newClock(), nil).Do(t.Context(), web.Request{Method: "PUT", URL: s.URL, Repeatable: true}); err != nil || n.Load() != 3 {
		t.Errorf("a repeatable one: %v after %d requests, want the third to do it", err, n.Load())
	}
}

// token is an Auth whose tokens run out.
type token struct {
	n     int
	fails bool
}

func (k *token) Authorize(h http.Header) {
	h.Set("Authorization", fmt.Sprintf("Bearer canary-%d", k.n))
}
func (k *token) Refresh(context.Context) error {
	if k.fails {
		return errors.New("canary-0 is no longer good")
	}
	k.n++
	return nil
}

// A token that has run out is renewed once, for everyone who saw it run out; a right
// that is lacking stops at once. (BATTERY A7)
func TestToken(t *testing.T) {
	var requests atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		if r.Header.Get("Authorization") != "Bearer canary-1" {
			w.WriteHeader(401)
		}
	}))
	defer s.Close()
	auth := &token{}
	c := client(t, newClock(), func(o *web.Options) { o.Auth = auth; o.Parallel = 8 })
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := c.Do(t.Context(), web.Request{Method: "POST", URL: s.URL}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if auth.n != 1 {
		t.Errorf("renewed %d times, want once", auth.n)
	}
	requests.Store(0)
	auth.n = 5
	if _, err := c.Do(t.Context(), web.Request{Method: "POST", URL: s.URL}); !fault.Is(err, fault.Auth) || requests.Load() != 2 {
		t.Errorf("a token that stays bad: %v after %d requests, want to stop after 2", err, requests.Load())
	}
	auth.fails = true
	c = client(t, newClock(), func(o *web.Options) { o.Auth = auth; o.Secrets = secret.NewScrubber("canary-0") })
	if _, err := c.Do(t.Context(), web.Request{Method: "POST", URL: s.URL}); !fault.Is(err, fault.Auth) || strings.Contains(err.Error(), "canary") {
		t.Errorf("a token that isn't renewed: %v", err)
	}
}

// The limiter keeps to every rate, and a day's requests are a day's.
func TestRates(t *testing.T) {
	s, n := serve(t, status(200))
	c := newClock()
	start := c.Now()
	w := client(t, c, func(o *web.Options) {
		o.Rates = []web.Rate{{Requests: 10, Per: time.Second, Burst: 10}, {Requests: 60, Per: time.Minute, Burst: 20}}
		o.Daily, o.Meter = 200, new(web.Meter)
		o.Meter.Set(100)
	})
	for range 100 {
		if _, err := w.Do(t.Context(), web.Request{Method: "GET", URL: s.URL}); err != nil {
			t.Fatal(err)
		}
	}
	if took := c.Now().Sub(start); took < 79*time.Second || took > 82*time.Second {
		t.Errorf("100 requests at 60 a minute, 20 of them at once, took %v, want 80 s", took)
	}
	if _, err := w.Do(t.Context(), web.Request{Method: "GET", URL: s.URL}); !fault.Is(err, fault.Quota) || n.Load() != 100 || w.Spent() != 200 {
		t.Errorf("past the day's 200: %v after %d requests", err, n.Load())
	}
}
