// Package web is how every destination is spoken to over HTTP: one retry layer, one
// limiter, one place where tokens are refreshed, certificates are checked and addresses
// are refused.
//
// A request is tried until it is answered, refused or out of time:
//
//   - too fast (429): everyone waits as long as the destination asks (Retry-After, then
//     a reset header, then our policy), never less; longer than MaxWait is a fault.Quota
//   - in trouble (5xx, 408, a broken connection): again after a wait that doubles, with
//     jitter
//   - a token that has expired (401): it is refreshed once, then tried once more
//   - refused, or nothing that waiting helps: a fault at once
//
// A request that isn't Repeatable is never sent again once it may have been applied: its
// fault is fault.Unknown, and so is that of a repeatable one whose time ran out after an
// attempt that nobody answered.
package web

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"

	"segmenta/activate/fault"
	"segmenta/activate/secret"
)

// A Rate is so many requests in so long.
type Rate struct {
	Requests int
	Per      time.Duration
	Burst    int // at once; 0: one
}

// Options say how to speak to one destination. The zero Options are careful ones.
type Options struct {
	Rates     []Rate        // all of them hold
	Parallel  int           // requests at the same time; 0: 4
	Timeout   time.Duration // of one attempt, with its answer; 0: a minute
	Deadline  time.Duration // of a request with all its attempts; 0: 15 minutes
	MaxWait   time.Duration // the longest wait that a destination may ask for; 0: 5 minutes
	FirstWait time.Duration // of our own policy; it doubles; 0: half a second
	Daily     int           // requests a day; 0: no limit
	Meter     *Meter        // counts today's; nil: one that begins at 0

	CAFile       string // certificates to trust beside the system's
	AllowPrivate bool   // addresses of this machine and of private networks
	AllowHTTP    bool   // without TLS; always allowed to a private address that is allowed

	Auth    Auth             // nil: requests carry what their Header says
	Secrets *secret.Scrubber // kept out of faults
	Clock   Clock            // nil: the real one
	Waiting func(host string, d time.Duration, why *fault.Fault)
}

// An Auth puts a token on requests.
type Auth interface {
	Authorize(h http.Header)           // puts the token on
	Refresh(ctx context.Context) error // gets a new one; it must not use a client that it is the Auth of
}

// A Meter counts requests.
type Meter struct{ n atomic.Int64 }

// Count is how many there were.
func (m *Meter) Count() int { return int(m.n.Load()) }

// Set says how many there were before.
func (m *Meter) Set(n int) { m.n.Store(int64(n)) }

// filled is the options with what was left out.
func (o Options) filled() Options {
	usual(&o.Parallel, 4)
	usual(&o.Timeout, time.Minute)
	usual(&o.Deadline, 15*time.Minute)
	usual(&o.MaxWait, 5*time.Minute)
	usual(&o.FirstWait, 500*time.Millisecond)
	if o.Clock == nil {
		o.Clock = realClock{}
	}
	if o.Meter == nil {
		o.Meter = new(Meter)
	}
	return o
}

// Retry does something that isn't a request of ours, as often as it must be: again after
// a fault.Transient or fault.Rate that it returns, until the deadline.
func (o Options) Retry(ctx context.Context, do func(ctx context.Context) error) error {
	c := Client{o: o.filled()}
	until, policy := c.o.Clock.Now().Add(c.o.Deadline), c.o.policy()
	for {
		c.o.Meter.n.Add(1)
		err := do(ctx)
		f, ok := fault.Of(err)
		if !ok || ctx.Err() != nil || f.Class != fault.Transient && f.Class != fault.Rate {
			return err
		}
		wait, err := c.wait(f, policy.NextBackOff(), until)
		if err == nil {
			err = c.o.Clock.Sleep(ctx, wait)
		}
		if err != nil {
			return doubtful(err, f.Class == fault.Transient && !neverSent(f.Err))
		}
	}
}

func (o *Options) policy() *backoff.ExponentialBackOff {
	p := &backoff.ExponentialBackOff{InitialInterval: o.FirstWait, Multiplier: 2, RandomizationFactor: 0.5, MaxInterval: o.MaxWait}
	p.Reset()
	return p
}

func usual[T comparable](field *T, v T) {
	var zero T
	if *field == zero {
		*field = v
	}
}

// A Request is one request, as often as it must be tried.
type Request struct {
	Method     string
	URL        string
	Header     http.Header
	Body       []byte
	Repeatable bool                         // sending it twice has the effect of sending it once
	Prepare    func(http.Header)            // called before each attempt, to put on what differs; nil: nothing
	Judge      func(*Response) *fault.Fault // what an answer means, nil that all is well; nil: Judge of this package
}

// A Response is a whole answer.
type Response struct {
	Host   string
	Status int
	Header http.Header
	Body   []byte
	At     time.Time // when it came
}

// mostBytes is how much of an answer is read.
const mostBytes = 64 << 20

// Do makes a request. Its error is a *fault.Fault, or the context's.
func (c *Client) Do(ctx context.Context, r Request) (*Response, error) {
	until := c.o.Clock.Now().Add(c.o.Deadline)
	policy := c.o.policy()
	doubt, refreshed := false, false
	for {
		if err := c.turn(ctx, until); err != nil {
			return nil, doubtful(err, doubt)
		}
		tokens := c.tokenCount()
		resp, f := c.try(ctx, r)
		if f == nil {
			return resp, nil
		}
		doubt = doubt || f.Class == fault.Unknown || f.Class == fault.Transient && f.Status != http.StatusServiceUnavailable && !neverSent(f.Err)
		switch {
		case ctx.Err() != nil:
			return nil, doubtful(f, doubt)
		case f.Class == fault.Auth && f.Status == http.StatusUnauthorized && c.o.Auth != nil && !refreshed:
			refreshed = true
			if err := c.refresh(ctx, tokens); err != nil {
				return nil, c.clean(&fault.Fault{Class: fault.Auth, Host: f.Host, Status: f.Status, Reason: "the token was not renewed: " + err.Error()})
			}
			continue
		case f.Class != fault.Rate && f.Class != fault.Transient:
			return nil, f
		}
		wait, err := c.wait(f, policy.NextBackOff(), until)
		if err != nil {
			return nil, doubtful(err, doubt)
		}
		if err := c.o.Clock.Sleep(ctx, wait); err != nil {
			return nil, doubtful(f, doubt)
		}
	}
}

// wait is how long to wait after a fault: as long as the destination asks and never
// less, else as our policy says.
func (c *Client) wait(f *fault.Fault, policy time.Duration, until time.Time) (time.Duration, error) {
	d, now := policy, c.o.Clock.Now()
	if f.After > 0 {
		d = f.After + policy/10 // not all at the same moment
	}
	if f.After > c.o.MaxWait {
		over := *f
		over.Class = fault.Quota
		return 0, &over
	}
	if now.Add(d).After(until) {
		return 0, f
	}
	if f.Class == fault.Rate {
		c.mu.Lock()
		c.notBefore = later(c.notBefore, now.Add(d))
		c.mu.Unlock()
	}
	if c.o.Waiting != nil {
		c.o.Waiting(f.Host, d, f)
	}
	return d, nil
}

// doubtful makes an unknown outcome of a fault that ends a request of which an earlier
// attempt may have been applied.
func doubtful(err error, doubt bool) error {
	f, ok := fault.Of(err)
	if !doubt {
		return err
	}
	if !ok {
		return &fault.Fault{Class: fault.Unknown, Err: err}
	}
	unknown := *f
	unknown.Class = fault.Unknown
	return &unknown
}
