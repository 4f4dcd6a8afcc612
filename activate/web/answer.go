package web

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"segmenta/activate/fault"
)

// Judge says what an answer means by its status alone. A destination that fails inside a
// 200 has a judge of its own, which ends with this one.
func Judge(r *Response) *fault.Fault {
	f := &fault.Fault{Status: r.Status, Host: r.Host}
	switch s := r.Status; {
	case s >= 200 && s < 300:
		return nil
	case s == http.StatusUnauthorized:
		f.Class, f.Reason = fault.Auth, "the credentials are not accepted"
	case s == http.StatusForbidden:
		f.Class, f.Reason = fault.Auth, "the credentials lack a right that this needs"
	case s == http.StatusTooManyRequests:
		f.Class, f.After = fault.Rate, Asked(r)
	case s == http.StatusServiceUnavailable:
		f.Class, f.After = fault.Transient, Asked(r)
	case s == http.StatusRequestTimeout || s == http.StatusTooEarly || s >= 500:
		f.Class = fault.Transient
	case s >= 300 && s < 400:
		f.Class, f.Reason = fault.Auth, "it sends us elsewhere, where we don't go"
	default:
		f.Class = fault.Refused
	}
	return f
}

// maybeApplied reports an answer after which a write may have been applied: something
// behind the server gave up, not the server at the door.
func maybeApplied(status int) bool {
	return status == http.StatusRequestTimeout || status >= 500 && status != http.StatusServiceUnavailable
}

// Asked is how long an answer asks to wait: Retry-After in seconds or as a date, else
// what a reset header says, else 0. What is negative or no number asks nothing.
func Asked(r *Response) time.Duration {
	if v := strings.TrimSpace(r.Header.Get("Retry-After")); v != "" {
		if s, err := strconv.ParseFloat(v, 64); err == nil {
			return seconds(s)
		}
		if at, err := http.ParseTime(v); err == nil {
			return max(0, at.Sub(r.now()))
		}
	}
	for _, name := range []string{"RateLimit-Reset", "X-RateLimit-Reset", "X-Rate-Limit-Reset", "X-RateLimit-Reset-After"} {
		if s, err := strconv.ParseFloat(strings.TrimSpace(r.Header.Get(name)), 64); err == nil {
			if s > 1e9 { // a moment since 1970, not a duration
				return max(0, time.Unix(int64(min(s, 1e11)), 0).Sub(r.now()))
			}
			return seconds(s)
		}
	}
	return 0
}

// now is when the answer came by its own clock, so that a date is held against the
// clock that it was made by; else by ours.
func (r *Response) now() time.Time {
	if at, err := http.ParseTime(r.Header.Get("Date")); err == nil {
		return at
	}
	return r.At
}

// seconds is a duration of up to a century.
func seconds(s float64) time.Duration {
	if !(s > 0) {
		return 0
	}
	return time.Duration(min(s, 100*365*86400) * float64(time.Second))
}
