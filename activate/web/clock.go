package web

import (
	"context"
	"time"
)

// A Clock is what waiting is measured by.
type Clock interface {
	Now() time.Time
	Sleep(ctx context.Context, d time.Duration) error
}

// Sleep waits by the clock of the options.
func (o Options) Sleep(ctx context.Context, d time.Duration) error {
	return o.filled().Clock.Sleep(ctx, d)
}

type realClock struct{}

func (realClock) Now() time.Time { return time.Now() }

func (realClock) Sleep(ctx context.Context, d time.Duration) error { return Sleep(ctx, d) }

// Sleep waits, or ends with why the context did.
func Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
