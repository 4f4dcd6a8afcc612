package pipeline

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"
	"time"

	"segmenta/features"
	"segmenta/table"
)

// inputs says to features where the histories are.
func (j *Job) inputs(g *intake, until time.Time) features.Inputs {
	c := j.Config
	in := features.Inputs{Zone: c.zone, EventTypes: c.Events.Types, Duplicates: c.Quality.Duplicates, Until: until, Threads: j.Threads, Progress: j.progress}
	in.MaxRejected, in.Identity = j.maxRejected(), c.Identity
	if j.Force {
		in.MaxRejected = 1
	}
	in.Memory, in.Spill = int64(rowsShare*float64(j.memory())), j.spill
	if in.Threads <= 0 {
		in.Threads = runtime.GOMAXPROCS(0)
	}
	to := map[string]**features.Source{"transactions": &in.Transactions, "events": &in.Events, "customers": &in.Customers}
	for _, s := range c.Sources.named() {
		if at, history := to[s.name]; history {
			*at = g.source(s)
		}
	}
	in.Features = c.brought(g)
	if t := c.Sources.Transactions; in.Duplicates == "" && t.maps("order_id") && t.maps("product_id") {
		in.Duplicates = "drop"
	}
	return in
}

// maps reports whether the configuration names a column for one of ours.
func (s *Source) maps(ours string) bool { return s.Columns[ours] != "" }

// columnsOf names the columns of a file, or of the first file of a folder, that can be read.
func columnsOf(path string) (names []string, err error) {
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	files, err := within(path)
	if err != nil {
		return nil, err
	}
	file, err := table.Open(files[0], table.Format{})
	if err != nil {
		return nil, err
	}
	defer file.Close()
	for _, f := range file.Fields() {
		if f.Odd == "" {
			names = append(names, f.Name)
		}
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

	*watch
	checked []features.Check
	shapes  map[string]*features.Shape // of the sources' columns
}

// read gathers the inputs and loads the histories up to the moment.
func (j *Job) read(ctx context.Context, asOf time.Time) (*past, error) {
	return j.readFor(ctx, asOf, reading{})
}

// A reading is a way to load less than everything.
type reading struct {
	only  []string // features, by name, whose columns are enough; nil: all
	blind bool     // nobody asks for the quality: rows are not looked over, and blocks after the moment not read
}

// readFor reads as much as a reading asks for.
func (j *Job) readFor(ctx context.Context, asOf time.Time, as reading) (*past, error) {
	g, err := j.gather(ctx, false)
	if err != nil {
		return nil, err
	}
	defer g.close()
	return j.load(ctx, g, asOf, as)
}

// load loads the histories up to the moment, as far as the reading needs them. The
// latest moment is the day after the last row that is not in the future.
func (j *Job) load(ctx context.Context, g *intake, asOf time.Time, as reading) (*past, error) {
	until := asOf
	if until.IsZero() {
		until = j.now()
	}
	in := j.inputs(g, until)
	catalog, err := j.catalog()
	if err != nil {
		return nil, err
	}
	j.asking(&in, catalog)
	in.Definitions, _ = namedBy(in.Definitions, as.only) // the user's own tables may know more
	in.Prune = as.blind
	if in.Forgotten, err = j.suppressed(); err != nil {
		return nil, err
	}
	j.sweep()
	if in.Transactions.Rates, err = j.rates(g); err != nil {
		return nil, err
	}
	w := j.watch(&in, asOf, as.blind)
	h, err := g.load(ctx, in)
	switch {
	case errors.Is(err, errDrift):
		return nil, mark(ErrGate, err)
	case errors.Is(err, features.ErrRejected):
		return nil, mark(ErrGate, fmt.Errorf("%w (quality.max_rejected says how many may be; --force goes on all the same)", err))
	case err != nil && ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, mark(ErrConfig, err)
	}
	whole := false
	defer func() {
		if !whole {
			h.Close()
		}
	}()
	if h.Customers() == 0 {
		return nil, mark(ErrGate, fmt.Errorf("no row of %s can be used: %s", j.Config.file, rejections(h.Quality())))
	}
	p := &past{History: h, asOf: asOf, watch: w}
	if asOf.IsZero() {
		_, last := h.Span()
		p.asOf = dayAfter(last.In(j.Config.zone))
	}
	if !as.blind {
		p.look(j, asOf)
	}
	defs, err := j.Config.withBrought(catalog.Definitions(), h.Brought())
	if err != nil {
		return nil, err
	}
	if err := j.Config.checkNamed(defs); err != nil {
		return nil, mark(ErrConfig, err)
	}
	if defs, err = namedBy(defs, as.only); err != nil {
		return nil, mark(ErrConfig, err)
	}
	on, off := h.Available(defs)
	for _, o := range off {
		if slices.Contains(as.only, o.Name) {
			return nil, mark(ErrConfig, fmt.Errorf("feature %s: %s", o.Name, o.En))
		}
	}
	p.on, p.learnable = on, make(map[string]bool)
	for i := range on {
		p.learnable[on[i].Name] = j.mayLearn(&on[i])
	}
	for _, o := range off {
		p.off = append(p.off, Off{words{"feature " + o.Name, "característica " + o.Name}, words{o.En, o.Es}})
	}
	whole = true
	return p, nil
}

// look asks what the data are like.
func (p *past) look(j *Job, asOf time.Time) {
	p.shapes = p.watch.shapes()
	q := &questions{job: j, past: p, before: j.before(p.asOf), latest: asOf.IsZero()}
	p.checked = q.ask()
	p.Quality().Checks = p.checked
	p.Quality().Name(j.Config.relative)
}

// namedBy picks features by name, in their order; a name may hold *. It reports the
// first name that none has, beside those that are there.
func namedBy(all []features.Definition, only []string) (some []features.Definition, err error) {
	if only == nil {
		return all, nil
	}
	met, names := make([]bool, len(only)), []string(nil)
	for i := range all {
		names = append(names, all[i].Name)
		wanted := false
		for k, pattern := range only {
			if fits, _ := path.Match(pattern, all[i].Name); fits {
				met[k], wanted = true, true
			}
		}
		if wanted {
			some = append(some, all[i])
		}
	}
	if k := slices.Index(met, false); k >= 0 {
		return some, fmt.Errorf("there is no feature %q%s", only[k], nearest(only[k], names))
	}
	return some, nil
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
