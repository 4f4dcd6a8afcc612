package pipeline

import (
	"context"
	"errors"
	"slices"
	"testing"
)

// Lanes go on at once, and their stages stand in the order of the lanes all the same.
func TestLanesBesideOneAnother(t *testing.T) {
	l, ended := &line{job: &Job{Threads: 2}}, make(chan bool)
	err := l.beside(t.Context(),
		func(ctx context.Context, l *line) error {
			return l.do(ctx, "slow", func() error { <-ended; return nil })
		},
		func(ctx context.Context, l *line) error {
			defer close(ended)
			return l.do(ctx, "quick", func() error { return nil })
		})
	var names []string
	for _, s := range l.stages {
		names = append(names, s.Name)
	}
	if want := []string{"slow", "quick"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("stages %v, %v; want %v", names, err, want)
	}
}

// What stops one lane stops the others before their next stage, and is what is told.
func TestTroubleStopsOtherLanes(t *testing.T) {
	trouble := errors.New("trouble")
	for _, threads := range []int{1, 2} {
		l, failed, went := &line{job: &Job{Threads: threads}}, make(chan bool), false
		err := l.beside(t.Context(),
			func(ctx context.Context, l *line) error { defer close(failed); return trouble },
			func(ctx context.Context, l *line) error {
				<-failed
				<-ctx.Done()
				return l.do(ctx, "late", func() error { went = true; return nil })
			})
		if !errors.Is(err, trouble) || went {
			t.Errorf("%d threads: %v, the other lane went on: %v", threads, err, went)
		}
	}
}
