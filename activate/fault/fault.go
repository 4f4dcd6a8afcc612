// Package fault says in one form what can go wrong between us and a destination, so
// that one place decides what follows from it.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// A Class says what follows from a fault.
type Class uint8

const (
	Refused   Class = iota // these rows are not taken as they are: a batch is halved until the bad row stands alone
	Transient              // worth another try, and surely not applied
	Rate                   // too fast: wait, then try again
	Quota                  // no more today: stop cleanly, go on when it is renewed
	Auth                   // nobody may write: stop at once, no row is to blame
	Unknown                // it may have been applied or not: look before sending again
)

func (c Class) String() string {
	return [...]string{"refused", "transient", "rate", "quota", "auth", "unknown"}[c]
}

// A Fault is what a destination, or the way to it, has answered. Its texts hold no
// secret, no address with a query, and nothing of a customer.
type Fault struct {
	Class  Class
	Host   string        // who answered
	Status int           // of HTTP; 0 where there was no answer
	Code   string        // the destination's own word: RATE_LIMIT, INVALID_DATA
	Reason string        // in words
	After  time.Duration // how long the destination asks to wait; 0: it doesn't say
	Err    error         // what lies beneath, if anything
}

func (f *Fault) Error() string {
	s := f.Host
	if s == "" {
		s = "the destination"
	}
	switch {
	case f.Status > 0:
		s += fmt.Sprintf(" answered %d", f.Status)
	case f.Err != nil:
		s += ": " + f.Err.Error()
	}
	if f.Code != "" {
		s += " " + f.Code
	}
	if f.Reason != "" {
		s += ": " + f.Reason
	}
	if f.After > 0 {
		s += fmt.Sprintf(" (asks to wait %v)", f.After.Round(time.Second))
	}
	return s
}

func (f *Fault) Unwrap() error { return f.Err }

// Of finds the fault in an error.
func Of(err error) (f *Fault, ok bool) {
	ok = errors.As(err, &f)
	return f, ok
}

// Is reports whether an error is a fault of a class.
func Is(err error, c Class) bool {
	f, ok := Of(err)
	return ok && f.Class == c
}

// Refusal is a fault that says why rows are not taken.
func Refusal(code, reason string) *Fault { return &Fault{Class: Refused, Code: code, Reason: reason} }
