package main

import (
	"io"
	"runtime"
	"testing"
)

// A job that nobody says otherwise of works on every processor, in all rooms.
func TestThreads(t *testing.T) {
	a := &app{errs: io.Discard}
	if got, want := a.bareJob().Threads, runtime.GOMAXPROCS(0); got != want {
		t.Errorf("a job has %d threads, want %d", got, want)
	}
}
