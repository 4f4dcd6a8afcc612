package web

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"segmenta/activate/fault"
)

// A Client speaks to one destination. It may be used by several goroutines.
type Client struct {
	o        Options
	http     *http.Client
	limiters []*rate.Limiter
	slots    chan struct{}

	mu        sync.Mutex
	notBefore time.Time // everyone waits until then
	tokens    int       // how often the token was refreshed
}

// New makes a client.
func New(o Options) (*Client, error) {
	o = o.filled()
	transport, err := o.transport()
	if err != nil {
		return nil, err
	}
	c := &Client{o: o, slots: make(chan struct{}, o.Parallel), http: &http.Client{Transport: transport, CheckRedirect: sameHost}}
	for _, r := range o.Rates {
		c.limiters = append(c.limiters, rate.NewLimiter(rate.Every(r.Per/time.Duration(r.Requests)), max(1, r.Burst)))
	}
	return c, nil
}

// Spent is how many requests were made today.
func (c *Client) Spent() int { return c.o.Meter.Count() }

// Close lets go of idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// turn waits until a request may be made: nobody was asked to wait, each rate allows it
// and the day has one left.
func (c *Client) turn(ctx context.Context, until time.Time) error {
	for {
		c.mu.Lock()
		pause := c.notBefore.Sub(c.o.Clock.Now())
		c.mu.Unlock()
		if pause <= 0 {
			break
		}
		if err := c.o.Clock.Sleep(ctx, pause); err != nil {
			return err
		}
	}
	for _, l := range c.limiters {
		now := c.o.Clock.Now()
		reserved := l.ReserveN(now, 1)
		if d := reserved.DelayFrom(now); d > 0 {
			if err := c.o.Clock.Sleep(ctx, d); err != nil {
				reserved.CancelAt(c.o.Clock.Now())
				return err
			}
		}
	}
	if n := c.o.Meter.n.Add(1); c.o.Daily > 0 && n > int64(c.o.Daily) {
		c.o.Meter.n.Add(-1)
		return &fault.Fault{Class: fault.Quota, Reason: fmt.Sprintf("today's %d requests are spent", c.o.Daily)}
	}
	return ctx.Err()
}
