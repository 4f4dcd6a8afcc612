package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"segmenta/features"
	"segmenta/table"
)

// inputs says to features where the histories are.
func (j *Job) inputs(until time.Time) (features.Inputs, error) {
	c := j.Config
	in := features.Inputs{Zone: c.zone, EventTypes: c.Events.Types, Duplicates: c.Quality.Duplicates, Until: until, Threads: j.Threads, Progress: j.progress}
	in.MaxRejected, in.Identity = j.maxRejected(), c.Identity
	if j.Force {
		in.MaxRejected = 1
	}
	if in.Threads <= 0 {
		in.Threads = runtime.GOMAXPROCS(0)
	}
	var err error
	for _, s := range []struct {
		name string
		from *Source
		to   **features.Source
	}{{"transactions", c.Sources.Transactions, &in.Transactions}, {"events", c.Sources.Events, &in.Events}, {"customers", c.Sources.Customers, &in.Customers}} {
		if s.from == nil {
			continue
		}
		if *s.to, err = c.source(s.name, s.from); err != nil {
			return in, mark(ErrConfig, err)
		}
	}
	if in.Features, err = c.brought(); err != nil {
		return in, mark(ErrConfig, err)
	}
	if t := c.Sources.Transactions; in.Duplicates == "" && t.maps("order_id") && t.maps("product_id") {
		in.Duplicates = "drop"
	}
	return in, nil
}

// maps reports whether the configuration names a column for one of ours.
func (s *Source) maps(ours string) bool { return s.Columns[ours] != "" }

// source finds a source's files.
func (c *Config) source(name string, s *Source) (*features.Source, error) {
	files, err := c.files(s.Path)
	if err != nil {
		return nil, fmt.Errorf("%s: sources.%s: %w", c.file, name, err)
	}
	f := table.Format{DecimalComma: s.Decimal == ",", Encoding: s.Encoding}
	if s.Delimiter != "" {
		f.Delimiter = []rune(s.Delimiter)[0]
	}
	return &features.Source{Paths: files, Columns: s.Columns, Format: f, TimeLayout: s.TimeFormat}, nil
}

// files lists what paths name, in order: files, patterns, and everything in folders.
func (c *Config) files(paths Paths) (files []string, err error) {
	if len(paths) == 0 {
		return nil, fmt.Errorf("path is missing")
	}
	for _, p := range paths {
		found, err := filepath.Glob(c.Path(p))
		if err != nil {
			return nil, fmt.Errorf("path %s: %w", p, err)
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("path %s: there is no such file (looked for %s)", p, c.Path(p))
		}
		for _, f := range found {
			inside, err := within(f)
			if err != nil {
				return nil, err
			}
			files = append(files, inside...)
		}
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}

// within lists a file, or the data files of a folder and its folders. Names that
// begin with a dot or an underscore are other programs' notes.
func within(path string) (files []string, err error) {
	err = filepath.WalkDir(path, func(p string, e fs.DirEntry, err error) error {
		hidden := p != path && strings.ContainsAny(e.Name()[:1], "._")
		switch {
		case err != nil:
			return err
		case e.IsDir() && hidden:
			return filepath.SkipDir
		case !e.IsDir() && !hidden:
			files = append(files, p)
		}
		return nil
	})
	if err == nil && len(files) == 0 {
		return nil, fmt.Errorf("%s holds no files", path)
	}
	return files, err
}

// hashInputs hashes the files of every source, named as the configuration sees them.
func (c *Config) hashInputs() (hashes []File, err error) {
	sources := []*Source{c.Sources.Transactions, c.Sources.Events, c.Sources.Customers}
	for i := range c.Sources.Features {
		sources = append(sources, &c.Sources.Features[i].Source)
	}
	for _, s := range sources {
		if s == nil {
			continue
		}
		files, err := c.files(s.Path)
		if err != nil {
			return nil, mark(ErrConfig, fmt.Errorf("%s: sources: %w", c.file, err))
		}
		for _, f := range files {
			h, err := hashFile(f, must(filepath.Rel(c.dir, f)))
			if err != nil {
				return nil, err
			}
			hashes = append(hashes, h)
		}
	}
	return hashes, nil
}

// columnsOf names the columns of a file.
func columnsOf(file string) (names []string, err error) {
	if _, err := os.Stat(file); err != nil {
		return nil, err
	}
	source, err := table.Open(file, table.Format{})
	if err != nil {
		return nil, err
	}
	defer source.Close()
	for _, f := range source.Fields() {
		names = append(names, f.Name)
	}
	return names, nil
}

// asOf decides the moment: the flag, else the configuration, else the latest.
// A zero time means the latest.
func (j *Job) asOf(flag string) (time.Time, error) {
	fill(&flag, j.Config.AsOf)
	if flag == "" || flag == Latest {
		return time.Time{}, nil
	}
	return parseMoment(flag, j.Config.zone)
}

// A past is the histories as they were known at a moment.
type past struct {
	*features.History
	asOf time.Time
	on   []features.Definition // features that the data can answer
	off  []Off                 // and those it can't

	learnable map[string]bool // features that models learn from
}

// read loads the histories up to the moment. The latest moment is the day after the
// last row that is not in the future.
func (j *Job) read(ctx context.Context, asOf time.Time) (*past, error) {
	until := asOf
	if until.IsZero() {
		until = j.now()
	}
	in, err := j.inputs(until)
	if err != nil {
		return nil, err
	}
	catalog, err := j.catalog()
	if err != nil {
		return nil, err
	}
	in.Definitions = catalog.Definitions()
	for _, t := range j.Config.Targets {
		in.Targets = append(in.Targets, t.label())
	}
	h, err := features.Load(ctx, in)
	switch {
	case errors.Is(err, features.ErrRejected):
		return nil, mark(ErrGate, fmt.Errorf("%w (quality.max_rejected says how many may be; --force goes on all the same)", err))
	case err != nil && ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, mark(ErrConfig, err)
	}
	if h.Customers() == 0 {
		return nil, mark(ErrGate, fmt.Errorf("no row of %s can be used: %s", j.Config.file, rejections(h.Quality())))
	}
	p := &past{History: h, asOf: asOf}
	if asOf.IsZero() {
		_, last := h.Span()
		p.asOf = dayAfter(last.In(j.Config.zone))
	}
	defs, err := j.Config.withBrought(catalog.Definitions(), h.Brought())
	if err != nil {
		return nil, err
	}
	if err := j.Config.checkNamed(defs); err != nil {
		return nil, mark(ErrConfig, err)
	}
	on, off := h.Available(defs)
	p.on, p.learnable = on, make(map[string]bool)
	for i := range on {
		p.learnable[on[i].Name] = j.mayLearn(&on[i])
	}
	for _, o := range off {
		p.off = append(p.off, Off{words{"feature " + o.Name, "característica " + o.Name}, words{o.En, o.Es}})
	}
	return p, nil
}

func (j *Job) now() time.Time {
	if j.Now == nil {
		return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return j.Now()
}

// rejections says in a line what was rejected.
func rejections(q *features.Quality) string {
	said := []string{"there are no rows"}
	for _, s := range q.Sources {
		for _, r := range s.Reasons {
			if r.Rejected && r.Rows > 0 {
				said = append(said, fmt.Sprintf("%s: %d rows with %s", s.Name, r.Rows, r.En))
			}
		}
	}
	return strings.Join(said[min(1, len(said)-1):], "; ")
}
