// Package pipeline holds the jobs: what segmenta does from the first file it reads
// to the last one it writes.
//
// Each job is one file, to be read from top to bottom:
//
//   - train learns from the past: models, calibrations, micro-segments, into the store
//   - run places every customer as of a moment, with what was learned, and publishes
//   - check reads the configuration and the data and says what it finds
//   - demo does train and run on data that ships with the binary
//   - start writes a project to begin with
//
// A job is a pure function of inputs, configuration, as-of moment and models. What
// it writes appears whole or not at all, and the last good output stays until then.
//
// The rooms below compute; a job only says in which order, and passes columns on.
package pipeline

import (
	"errors"
	"io"
	locks "sync" // publish.go has a sync of its own
	"time"

	"github.com/rs/zerolog"
)

// The kinds of trouble that a scheduler tells apart by the exit code.
var (
	ErrConfig = errors.New("configuration") // wrong configuration or usage
	ErrGate   = errors.New("gate")          // a gate stopped the job
	ErrLocked = errors.New("locked")        // another job holds the workspace
)

// Version is the version of the binary, set when it is built.
var Version = "dev"

// A Job is what every job needs. The zero value works quietly.
type Job struct {
	Config   *Config
	Threads  int  // 0: one, in rooms that don't take as many as there are processors
	Memory   Size // 0: as the configuration says
	Log      zerolog.Logger
	Progress func(stage string, done, total int64) // nil: none is shown
	Force    bool                                  // train or run although a gate says no
	Now      func() time.Time                      // rows after it can't have happened; nil: all rows could

	SparkAnswers string // the folder in which what PrintSQL printed left its answers; empty: Spark is asked
	printTo      io.Writer
	telling      locks.Mutex // Progress is called by one goroutine at a time
}

// Warn is the level of a log that only speaks when something is wrong.
const Warn = zerolog.WarnLevel

// NewLog writes the jobs' log: lines for people on a terminal, JSON otherwise.
func NewLog(w io.Writer, people, debug bool) zerolog.Logger {
	level := zerolog.InfoLevel
	if debug {
		level = zerolog.DebugLevel
	}
	if people {
		w = zerolog.ConsoleWriter{Out: w, TimeFormat: time.TimeOnly}
	}
	return zerolog.New(w).Level(level).With().Timestamp().Logger()
}

func (j *Job) progress(stage string, done, total int64) {
	if j.Progress != nil {
		j.telling.Lock()
		defer j.telling.Unlock()
		j.Progress(stage, done, total)
	}
}

// kind marks an error as one of ours, and keeps its words.
type kind struct {
	error
	is error
}

func (k kind) Unwrap() []error { return []error{k.error, k.is} }

func mark(is, err error) error {
	if err == nil || errors.Is(err, is) {
		return err
	}
	return kind{err, is}
}
