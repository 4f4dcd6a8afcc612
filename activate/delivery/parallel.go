package delivery

import (
	"context"
	"sync"

	"golang.org/x/sync/errgroup"
)

// inParallel does n things, some at the same time, and takes each result while no other
// is being taken. The first error ends it.
func inParallel(ctx context.Context, workers, n int, work func(ctx context.Context, i int) (any, error), take func(i int, result any)) error {
	var mu sync.Mutex
	g, inner := errgroup.WithContext(ctx)
	g.SetLimit(workers)
	for i := range n {
		if inner.Err() != nil {
			break
		}
		g.Go(func() error {
			result, err := work(inner, i)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			take(i, result)
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return context.Cause(ctx)
}
