package pipeline

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"segmenta/features"
	"segmenta/segment"
)

// Checked is what a check found.
type Checked struct {
	Config    string                            `json:"config"`
	AsOf      string                            `json:"as_of"`
	First     string                            `json:"first"`
	Last      string                            `json:"last"`
	Customers int                               `json:"customers"`
	Features  int                               `json:"features"`
	Sources   map[string]features.SourceQuality `json:"sources"`
	Samples   []features.Sample                 `json:"rejected_samples"`
	Off       []Off                             `json:"switched_off"`
	Seconds   float64                           `json:"seconds"`
}

// Check reads everything that train and run would read, and writes nothing.
func (j *Job) Check(ctx context.Context) (*Checked, error) {
	start := time.Now()
	moment, err := j.asOf("")
	if err != nil {
		return nil, err
	}
	if _, err := segment.Builtins(); err != nil {
		return nil, err
	}
	if _, err := readRules(j.Config.Segments); err != nil {
		return nil, mark(ErrConfig, err)
	}
	p, err := j.read(ctx, moment)
	if err != nil {
		return nil, err
	}
	first, last := p.Span()
	c := &Checked{Config: j.Config.file, AsOf: runName(p.asOf), First: first.Format(time.DateOnly), Last: last.Format(time.DateOnly),
		Customers: p.Customers(), Features: len(p.on), Off: p.off, Samples: p.Quality().Samples, Sources: make(map[string]features.SourceQuality)}
	for name, q := range p.Quality().Sources {
		c.Sources[name] = *q
	}
	c.Seconds = time.Since(start).Seconds()
	return c, nil
}

// Tell says it to people.
func (c *Checked) Tell(w io.Writer) {
	fmt.Fprintf(w, "%s is sound. %d customers, %s to %s; as of %s %d features can be computed.\n", c.Config, c.Customers, c.First, c.Last, c.AsOf, c.Features)
	for _, name := range slices.Sorted(maps.Keys(c.Sources)) {
		s := c.Sources[name]
		fmt.Fprintf(w, "\n%s: %d rows, %d accepted\n", name, s.Rows, s.Accepted)
		for _, reason := range slices.Sorted(maps.Keys(s.Rejected)) {
			fmt.Fprintf(w, "  %9d rejected  %s\n", s.Rejected[reason], reason)
		}
		for _, what := range slices.Sorted(maps.Keys(s.Noticed)) {
			fmt.Fprintf(w, "  %9d noticed   %s\n", s.Noticed[what], what)
		}
	}
	for _, s := range c.Samples {
		fmt.Fprintf(w, "  %s row %d: %s\n", s.File, s.Row, s.Reason)
	}
	if len(c.Off) > 0 {
		fmt.Fprintf(w, "\nSwitched off:\n")
	}
	for _, o := range c.Off {
		fmt.Fprintf(w, "  %s: %s\n", o.What, o.Why)
	}
	fmt.Fprintf(w, "\nNext: segmenta train, then segmenta run\n")
}
