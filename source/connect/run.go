package connect

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Progress says how many tasks of how many are done.
type Progress func(done, total int64)

// Run executes one statement and waits for its end. Where the connection breaks on the
// way it goes on listening on a new one: the statement runs on the server meanwhile.
func (s *Session) Run(ctx context.Context, sql string, progress Progress) error {
	op := newID()
	plan := message(nil).bytes(2, message(nil).bytes(5, message(nil).text(1, sql).bytes(6, relation(sql))))
	reattachable := message(nil).bytes(1, message(nil).number(1, 1))
	first := s.request(4).bytes(3, plan).bytes(5, reattachable).text(6, op)
	r := &running{progress: progress}
	err := s.call(ctx, "ExecutePlan", bytes.NewReader(framed(first)), r.hear)
	for tries := 0; !r.complete && ctx.Err() == nil && (err == nil || broken(err)) && tries < 20; tries++ {
		if err != nil {
			select {
			case <-ctx.Done():
			case <-time.After(time.Duration(tries) * 500 * time.Millisecond):
			}
		}
		heard := r.last
		err = s.call(ctx, "ReattachExecute", bytes.NewReader(framed(s.request(4).text(3, op).text(5, r.last))), r.hear)
		if r.last != heard {
			tries = 0
		}
	}
	if ctx.Err() != nil {
		s.interrupt(op)
		return context.Cause(ctx)
	}
	if err == nil && !r.complete {
		return fmt.Errorf("%s: the statement's end was never heard of", s.host)
	}
	if err != nil {
		return err
	}
	s.release(ctx, op)
	return nil
}

// broken reports a connection that may be tried again.
func broken(err error) bool {
	var r *Refusal
	return errors.As(err, &r) && (r.Code == codeUnavailable || r.Code == codeInternal && strings.Contains(r.Message, "RST_STREAM"))
}

// running is what was heard of a statement so far.
type running struct {
	progress Progress
	last     string // answer's id
	complete bool
}

func (r *running) hear(m []byte) error {
	return each(m, func(field int, _ uint64, b []byte) error {
		switch field {
		case 13:
			r.last = string(b)
		case 14:
			r.complete = true
		case 18:
			r.report(b)
		}
		return nil
	})
}

func (r *running) report(b []byte) {
	var done, total uint64
	each(b, func(field int, _ uint64, stage []byte) error {
		if field != 1 {
			return nil
		}
		return each(stage, func(field int, n uint64, _ []byte) error {
			switch field {
			case 2:
				total += n
			case 3:
				done += n
			}
			return nil
		})
	})
	if r.progress != nil && total > 0 {
		r.progress(int64(done), int64(total))
	}
}

// release lets the server forget a statement that is done. That it doesn't matters to
// nobody.
func (s *Session) release(ctx context.Context, op string) {
	s.call(ctx, "ReleaseExecute", bytes.NewReader(framed(s.request(4).text(3, op).bytes(5, nil))), nothing)
}

func nothing([]byte) error { return nil }

// interrupt stops a statement whose caller has gone.
func (s *Session) interrupt(op string) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	s.call(ctx, "Interrupt", bytes.NewReader(framed(s.request(3).number(4, 3).text(6, op))), nothing)
}
