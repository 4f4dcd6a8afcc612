package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"

	"segmenta/activate/fault"
)

// try makes one attempt.
func (c *Client) try(ctx context.Context, r Request) (*Response, *fault.Fault) {
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return nil, &fault.Fault{Class: fault.Transient, Err: errNotSent}
	}
	ctx, cancel := context.WithTimeout(ctx, c.o.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, r.Method, r.URL, bytes.NewReader(r.Body))
	if err != nil {
		return nil, &fault.Fault{Class: fault.Auth, Reason: "the address can't be read"}
	}
	if f := c.allowed(req.URL); f != nil {
		return nil, f
	}
	for name, values := range r.Header {
		req.Header[http.CanonicalHeaderKey(name)] = values
	}
	if req.Header.Get("User-Agent") == "" {
		req.Header.Set("User-Agent", "segmenta")
	}
	if r.Prepare != nil {
		r.Prepare(req.Header)
	}
	if c.o.Auth != nil {
		c.mu.Lock()
		c.o.Auth.Authorize(req.Header)
		c.mu.Unlock()
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.clean(broken(req.URL.Host, err, r.Repeatable))
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, mostBytes))
	if err != nil {
		return nil, c.clean(broken(req.URL.Host, err, r.Repeatable))
	}
	answer := &Response{Host: req.URL.Host, Status: resp.StatusCode, Header: resp.Header, Body: body, At: c.o.Clock.Now()}
	judge := r.Judge
	if judge == nil {
		judge = Judge
	}
	f := judge(answer)
	if f != nil {
		f.Host, f.Status = req.URL.Host, resp.StatusCode
		if f.Class == fault.Transient && !r.Repeatable && maybeApplied(resp.StatusCode) {
			f.Class = fault.Unknown
		}
		return answer, c.clean(f)
	}
	return answer, nil
}

// clean takes secrets out of a fault's words, and addresses with queries out of what
// lies beneath.
func (c *Client) clean(f *fault.Fault) *fault.Fault {
	f.Reason, f.Code = c.o.Secrets.Clean(f.Reason), c.o.Secrets.Clean(f.Code)
	var with *url.Error
	if errors.As(f.Err, &with) {
		f.Err = with.Err
	}
	if f.Err != nil {
		if text := f.Err.Error(); c.o.Secrets.Clean(text) != text {
			f.Err = errors.New(c.o.Secrets.Clean(text))
		}
	}
	return f
}

func (c *Client) tokenCount() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tokens
}

// refresh renews the token, unless somebody else has since it was seen.
func (c *Client) refresh(ctx context.Context, seen int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tokens != seen {
		return nil
	}
	c.tokens++
	return c.o.Auth.Refresh(ctx)
}
