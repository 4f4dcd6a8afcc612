package pipeline

import (
	"bytes"
	"cmp"
	"compress/flate"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"segmenta/features"
)

// largestWork is how much work may say, unpacked.
const largestWork = 16 << 20

// Work goes over the rows of some customers that come in, as a word of the command line
// says, and writes what it finds. Spark runs it on its executors.
//
// Where it fails it still takes in the rest: Spark would otherwise report that it couldn't
// write to the worker, and not what the worker said.
func (j *Job) Work(ctx context.Context, word string, in io.Reader, out io.Writer) error {
	err := j.work(ctx, word, in, out)
	if err != nil && ctx.Err() == nil {
		io.Copy(io.Discard, in)
	}
	return err
}

func (j *Job) work(ctx context.Context, word string, in io.Reader, out io.Writer) error {
	packed, err := base64.RawURLEncoding.DecodeString(word)
	if err != nil {
		return mark(ErrConfig, fmt.Errorf("--work is no work: %w", err))
	}
	said, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), largestWork))
	if err != nil {
		return mark(ErrConfig, fmt.Errorf("--work is no work: %w", err))
	}
	var head struct {
		Protocol int    `json:"protocol"`
		Version  string `json:"version"`
	}
	if err := json.Unmarshal(said, &head); err != nil {
		return mark(ErrConfig, fmt.Errorf("--work is no work: %w", err))
	}
	w := features.Work{Protocol: head.Protocol, Version: head.Version}
	if err := w.Same(version()); err != nil {
		return mark(ErrConfig, err)
	}
	d := json.NewDecoder(bytes.NewReader(said))
	d.DisallowUnknownFields()
	if err := d.Decode(&w); err != nil {
		return mark(ErrConfig, fmt.Errorf("--work is no work: %w", err))
	}
	if err := w.Check(); err != nil {
		return mark(ErrConfig, err)
	}
	if _, said := os.LookupEnv("GOMEMLIMIT"); !said { // the rows, and as much again to go over them
		debug.SetMemoryLimit(2*cmp.Or(w.Memory, 256<<20) + 256<<20)
	}
	return w.Run(ctx, in, out, max(1, j.Threads))
}
