package pipeline

import (
	"cmp"
	"context"
	"runtime/debug"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"
)

// A stage is one step of a job, with what it took.
type stage struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
	Peak    int64   `json:"peak_rss_bytes"` // of the process, up to the stage's end
}

// A line is the stages of a job so far.
type line struct {
	job    *Job
	stages []stage
}

// beside does lanes of stages at the same time, as far as there are threads. Where one
// fails the others stop before their next stage; of several the first lane's trouble is told.
func (l *line) beside(ctx context.Context, lanes ...func(ctx context.Context, l *line) error) error {
	parts, trouble := make([]line, len(lanes)), make([]error, len(lanes))
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(max(1, l.job.Threads))
	for i, lane := range lanes {
		parts[i].job = l.job
		work.Go(func() error { trouble[i] = lane(ctx, &parts[i]); return trouble[i] })
	}
	work.Wait()
	for i := range parts {
		l.stages = append(l.stages, parts[i].stages...)
	}
	return cmp.Or(trouble...)
}

// each does n works, at most as many at a time as there are threads. Of several that fail
// the first is told of.
func each(threads, n int, do func(i int) error) error {
	trouble := make([]error, n)
	var work errgroup.Group
	work.SetLimit(max(1, threads))
	for i := range n {
		work.Go(func() error { trouble[i] = do(i); return nil })
	}
	work.Wait()
	return cmp.Or(trouble...)
}

// shared is how many of n works go on at once, and how many threads each has: works that
// are too short to be done by many.
func shared(threads, n int) (atOnce, apiece int) {
	atOnce = max(1, min(n, threads))
	return atOnce, threads / atOnce
}

// do runs one stage. It logs what the stage took, and stops before it when the job
// was asked to stop.
func (l *line) do(ctx context.Context, name string, work func() error) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	l.job.progress(name, 0, 0)
	start := time.Now()
	if err := work(); err != nil {
		return err
	}
	s := stage{name, time.Since(start).Seconds(), peakMemory()}
	l.stages = append(l.stages, s)
	l.job.Log.Debug().Str("stage", name).Float64("seconds", s.Seconds).Int64("peak_rss_bytes", s.Peak).Msg("done")
	return nil
}

// peakMemory is the most memory that the process has held so far, in bytes.
func peakMemory() int64 {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return int64(u.Maxrss) * maxrssUnit
}

// version is what the binary was built as, for manifests and cards.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && Version == "dev" && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return Version
}
