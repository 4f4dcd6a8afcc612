package activate

import (
	"errors"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"segmenta/activate/fault"
	"segmenta/activate/web"
)

// took is the outcome of an operation that was applied.
func took(o *Operation, created bool, answer *web.Response) Outcome {
	status := Updated
	if o.Action == Upsert && (created || o.Remote == "") {
		status = Created
	}
	return Outcome{Status: status, Remote: o.Remote, HTTP: answer.Status}
}

// refusal is the outcome of one that was not.
func refusal(o *Operation, answer *web.Response, code, reason string) Outcome {
	return Outcome{Status: Rejected, Remote: o.Remote, HTTP: answer.Status, Code: code, Reason: plain(reason, o)}
}

// all gives every operation the same outcome but those that have one.
func all(batch []Operation, out []Outcome, rest Outcome) []Outcome {
	for i := range batch {
		if out[i].Status == "" {
			out[i] = rest
		}
	}
	return out
}

// of keeps what a whole batch met from quoting any of its rows.
func of(batch []Operation, err error) error {
	f, ok := fault.Of(err)
	if !ok || f.Class != fault.Refused {
		return err
	}
	quiet := *f
	for i := range batch {
		quiet.Reason = plain(quiet.Reason, &batch[i])
	}
	return &quiet
}

// each sends operations one by one, so many at a time, where a CRM takes no more at once.
// What stops everybody (a credential, the day's quota) is an error if nothing was done
// before it; else those that were not reached are Unprocessed and come again.
func each(batch []Operation, parallel int, send func(o *Operation) (Outcome, error)) ([]Outcome, error) {
	out, errs := make([]Outcome, len(batch)), make([]error, len(batch))
	var stopped atomic.Bool
	var group errgroup.Group
	group.SetLimit(parallel)
	for i := range batch {
		group.Go(func() error {
			if stopped.Load() {
				out[i] = Outcome{Status: Unprocessed, Remote: batch[i].Remote}
				return nil
			}
			if out[i], errs[i] = send(&batch[i]); errs[i] != nil {
				out[i] = outcomeOf(&batch[i], errs[i])
				if out[i].Status == Unprocessed {
					stopped.Store(true)
				}
			}
			return nil
		})
	}
	_ = group.Wait()
	for i := range out {
		if out[i].Status != Unprocessed {
			return out, nil
		}
	}
	return nil, errors.Join(errs...)
}

// outcomeOf is what a fault that one operation met alone means for it.
func outcomeOf(o *Operation, err error) Outcome {
	f, ok := fault.Of(err)
	if !ok {
		return Outcome{Status: Unsure, Remote: o.Remote, Reason: "it was broken off"}
	}
	out := Outcome{Status: Unprocessed, Remote: o.Remote, HTTP: f.Status, Code: f.Code, Reason: plain(f.Reason, o)}
	switch f.Class {
	case fault.Refused:
		out.Status = Rejected
	case fault.Unknown:
		out.Status = Unsure
	}
	return out
}
