// Command segmenta turns what customers did into who they are, what they will do
// next, and what to do about it.
//
//	segmenta demo        the whole job on real data that ships with the binary
//	segmenta init        a project to start from
//	segmenta check       reads the configuration and the data, and says what it finds
//	segmenta train       learns from the past
//	segmenta run         places every customer, with what was learned
//	segmenta activate    sends what was found to CRMs, databases and files
//
// Each subcommand is one file here: words in, one call of pipeline, result out.
// segmenta help tells the rest.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"segmenta/pipeline"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is main with its world passed in, so that a test can call it. A panic is a
// defect of ours; it reaches the user as one line and an exit code all the same.
func run(words []string, in io.Reader, out, errs io.Writer) (code int) {
	defer func() {
		if p := recover(); p != nil && os.Getenv("SEGMENTA_PANIC") == "" {
			fmt.Fprintf(errs, "segmenta: a defect in segmenta itself: %v (set SEGMENTA_PANIC=1 to see where, and please report it)\n", p)
			code = 1
		} else if p != nil {
			panic(p)
		}
	}()
	ctx, stop := withSignals(context.Background())
	defer stop()
	a := &app{in: in, out: out, errs: errs}
	root := a.root()
	root.SetArgs(words)
	err := root.ExecuteContext(ctx)
	a.endProgress()
	if err != nil && !errors.As(err, new(saidError)) {
		a.fail(err)
	}
	return exitCode(err)
}

// A saidError is one whose words are in the answer already; only its exit code is left.
type saidError struct{ error }

func (s saidError) Unwrap() error { return s.error }

func said(err error) error {
	if err == nil {
		return nil
	}
	return saidError{err}
}

// A signalled error carries the signal that stopped the job.
type signalled struct{ signal syscall.Signal }

func (s signalled) Error() string { return "stopped by " + s.signal.String() }

// withSignals cancels the context on SIGINT or SIGTERM, with the signal as cause. A
// second signal ends the process at once, as it would any other.
func withSignals(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		if s, ok := (<-signals).(syscall.Signal); ok {
			signal.Stop(signals)
			cancel(signalled{s})
		}
	}()
	return ctx, func() { signal.Stop(signals); cancel(nil) }
}

// exitCode is what a scheduler sees: 0 done, 1 failed, 2 wrong configuration or
// usage, 3 a gate stopped the job, 4 partly delivered, 5 another job holds the
// workspace, 128 + n stopped by signal n.
func exitCode(err error) int {
	var s signalled
	switch {
	case err == nil:
		return 0
	case errors.As(err, &s):
		return 128 + int(s.signal)
	case errors.Is(err, pipeline.ErrConfig), errors.Is(err, errUsage):
		return 2
	case errors.Is(err, pipeline.ErrGate):
		return 3
	case errors.Is(err, pipeline.ErrPartly):
		return 4
	case errors.Is(err, pipeline.ErrLocked):
		return 5
	}
	return 1
}
