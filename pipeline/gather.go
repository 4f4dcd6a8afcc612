package pipeline

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"segmenta/features"
	"segmenta/source"
	"segmenta/table"
)

// An intake is what is found before anything is read: every file, object and answer that
// the configuration names, as it was at one moment. From it comes what a manifest says of
// a run's inputs, and it is what is read then: the two can't differ.
type intake struct {
	inputs map[string][]input // by source
	order  []string           // the sources, in the order of the configuration
	far    *sparkCluster      // where histories stay; nil: they are read here
}

// An input is one file, object or answer.
type input interface {
	// hash says what was in it.
	hash() (File, error)
	// open begins to read it; whoever reads closes it.
	open(f table.Format) (table.Source, error)
	// close gives up what nobody opened.
	close()
}

// gather finds the inputs. peek asks a database for the first rows only, where columns are
// all that matters.
func (j *Job) gather(ctx context.Context, peek bool) (*intake, error) {
	c := j.Config
	g := &intake{inputs: make(map[string][]input)}
	if err := g.reach(ctx, j); err != nil {
		return nil, err
	}
	for _, s := range c.Sources.named() {
		if c.staysThere(s.name) {
			continue
		}
		found, err := c.find(ctx, s.Source, peek)
		if err != nil {
			g.close()
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			return nil, mark(ErrConfig, fmt.Errorf("%s: sources.%s: %w", c.file, s.name, err))
		}
		g.inputs[s.name], g.order = found, append(g.order, s.name)
	}
	return g, nil
}

func (c *Config) find(ctx context.Context, s *Source, peek bool) (found []input, err error) {
	if len(s.Path) == 0 {
		return nil, fmt.Errorf("path is missing: a table of its own is read of transactions and events alone, through Spark (engine: spark)")
	}
	if isPostgres(s.Path[0]) {
		q := s.query()
		if peek {
			q = q.First(1000)
		}
		a, err := q.Fetch(ctx)
		return []input{&answerInput{answer: a}}, err
	}
	for _, p := range s.Path {
		some, err := c.findPath(ctx, p)
		if err != nil {
			return nil, err
		}
		found = append(found, some...)
	}
	slices.SortFunc(found, func(a, b input) int { return strings.Compare(nameOf(a), nameOf(b)) })
	return slices.CompactFunc(found, func(a, b input) bool { return nameOf(a) == nameOf(b) }), nil
}

func (c *Config) findPath(ctx context.Context, path string) (found []input, err error) {
	if strings.HasPrefix(path, s3Scheme) {
		objects, err := c.store().List(ctx, path)
		for _, o := range objects {
			found = append(found, objectInput{o})
		}
		return found, err
	}
	if scheme, _, ok := strings.Cut(path, "://"); ok {
		return nil, fmt.Errorf("path %s://…: known are files, s3:// and postgres://, and through Spark what the cluster knows (engine: spark)", scheme)
	}
	files, err := c.files(path)
	for _, f := range files {
		found = append(found, fileInput{path: f, name: c.relative(f)})
	}
	return found, err
}

// relative is how the configuration sees a file: what a run says of it doesn't change with
// the folder in which the project lies.
func (c *Config) relative(file string) string {
	if strings.Contains(file, "://") {
		return file
	}
	if r, err := filepath.Rel(must(filepath.Abs(c.dir)), must(filepath.Abs(file))); err == nil {
		return filepath.ToSlash(r)
	}
	return file
}

func nameOf(i input) string {
	switch i := i.(type) {
	case fileInput:
		return i.path
	case objectInput:
		return i.Name()
	}
	return ""
}

// files lists what a path names, in order: a file, a pattern, everything in a folder.
func (c *Config) files(p string) (files []string, err error) {
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
	return files, nil
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

// hashes says what every input holds.
func (g *intake) hashes() (all []File, err error) {
	for _, name := range g.order {
		for _, i := range g.inputs[name] {
			f, err := i.hash()
			if err != nil {
				return nil, err
			}
			all = append(all, f)
		}
	}
	return all, nil
}

// atOnce is how many inputs are opened at once: a store takes its time for each.
const atOnce = 16

// open opens the inputs of a source, all or none.
func (g *intake) open(name string, f table.Format) ([]table.Source, error) {
	opened := make([]table.Source, len(g.inputs[name]))
	var work errgroup.Group
	work.SetLimit(atOnce)
	for k, i := range g.inputs[name] {
		work.Go(func() (err error) { opened[k], err = i.open(f); return })
	}
	err := work.Wait()
	if err == nil {
		return opened, nil
	}
	for _, o := range opened {
		if o != nil {
			o.Close()
		}
	}
	return nil, err
}

func (g *intake) close() {
	if g.far != nil {
		g.far.Close()
	}
	for _, name := range g.order {
		for _, i := range g.inputs[name] {
			i.close()
		}
	}
}

// source says to features where a source is and how it is written.
func (g *intake) source(s namedSource) *features.Source {
	f := table.Format{DecimalComma: s.Decimal == ",", Encoding: s.Encoding, Repeats: true}
	if s.Delimiter != "" {
		f.Delimiter = []rune(s.Delimiter)[0]
	}
	return &features.Source{
		Open:    func() ([]table.Source, error) { return g.open(s.name, f) },
		Columns: s.Columns, Format: f, TimeLayout: s.TimeFormat,
	}
}

// A fileInput is a file of this machine.
type fileInput struct{ path, name string }

func (i fileInput) hash() (File, error)                       { return hashFile(i.path, i.name) }
func (i fileInput) open(f table.Format) (table.Source, error) { return table.Open(i.path, f) }
func (fileInput) close()                                      {}

// An objectInput is an object of a store. Its ETag changes with its content, and what is
// read is held to it.
type objectInput struct{ *source.Object }

func (i objectInput) hash() (File, error) {
	return File{Name: i.Name(), Bytes: i.Size(), ETag: i.ETag}, nil
}
func (i objectInput) open(f table.Format) (table.Source, error) { return table.OpenBlob(i.Object, f) }
func (objectInput) close()                                      {}

// An answerInput is what a database said.
type answerInput struct {
	answer *source.Answer
	opened bool
}

func (i *answerInput) hash() (File, error) {
	return File{Name: i.answer.Name(), Bytes: i.answer.Bytes, SHA256: i.answer.SHA256}, nil
}

func (i *answerInput) open(table.Format) (table.Source, error) {
	i.opened = true
	return i.answer, nil
}

func (i *answerInput) close() {
	if !i.opened {
		i.answer.Close()
	}
}
