package features

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"segmenta/table"
)

// ErrRejected reports a source with more wrong rows than MaxRejected allows.
var ErrRejected = errors.New("too many rows rejected")

// Load reads the sources. What it must refuse it counts and samples in the
// history's Quality; past in.MaxRejected it fails.
func Load(ctx context.Context, in Inputs) (*History, error) {
	l, err := newLoader(in)
	if err != nil {
		return nil, err
	}
	defer l.closeFiles()
	whole := false
	defer func() {
		if !whole {
			l.h.Close()
		}
	}()
	if err := l.open(); err != nil {
		return nil, err
	}
	if err := l.identify(); err != nil {
		return nil, err
	}
	l.project()
	if in.Elsewhere != nil {
		if err := l.elsewhere(ctx); err != nil {
			return nil, err
		}
	}
	if err := l.read(ctx); err != nil {
		return nil, err
	}
	if err := l.finish(ctx); err != nil {
		return nil, err
	}
	if err := l.bring(ctx); err != nil {
		return nil, err
	}
	whole = true
	return l.h, nil
}

// A loader holds what Load needs on the way.
type loader struct {
	in    Inputs
	until int64
	h     *History
	work  []*source
	jobs  []job
	alias map[string]string // of ids that are somebody else's
	done  atomic.Int64

	telling sync.Mutex // Progress is called by one goroutine at a time
}

// A source is one of the three kinds of input while it is read.
type source struct {
	name  string
	file  int // −1 for customers
	files []string
	bound []*binding
	sum   *audit
}

// A job is one block to read, and what it showed.
type job struct {
	source *source
	bound  *binding
	block  int
	place  int // among all jobs
	audit  *audit
	who    *profileBlock // of customers only
}

func newLoader(in Inputs) (*loader, error) {
	if in.Transactions == nil {
		return nil, fmt.Errorf("transactions: no file is given, and they are required")
	}
	if in.Duplicates != "" && in.Duplicates != "keep" && in.Duplicates != "drop" {
		return nil, fmt.Errorf("duplicates: %q, want keep or drop", in.Duplicates)
	}
	in.Zone = cmp.Or(in.Zone, time.UTC)
	in.MaxRejected = cmp.Or(in.MaxRejected, 0.05)
	in.Threads = max(1, in.Threads)
	l := &loader{in: in, until: unset, h: &History{zone: in.Zone, threads: in.Threads, has: map[string]bool{}, words: make([]words, len(fields)), dropEqual: in.Duplicates == "drop"}}
	l.h.store.limit, l.h.store.begin = in.Memory, in.Spill
	if in.Spill == nil {
		l.h.store.begin = func() (*os.File, error) { return os.CreateTemp("", "segmenta-*") }
	}
	if !in.Until.IsZero() {
		l.until = in.Until.UnixMicro()
	}
	var err error
	if l.h.extras, err = deal(in.Definitions, in.Targets); err != nil {
		return nil, err
	}
	l.in.Definitions = l.h.extras.definitions(in.Definitions)
	l.in.Targets = slices.Clone(in.Targets)
	for i, t := range in.Targets {
		l.in.Targets[i] = l.h.extras.target(t)
	}
	return l, nil
}

// open opens every file and matches its columns.
func (l *loader) open() error {
	for _, s := range []struct {
		name string
		in   *Source
	}{{"transactions", l.in.Transactions}, {"events", l.in.Events}, {"customers", l.in.Customers}} {
		if s.in == nil {
			continue
		}
		src := &source{name: s.name, file: slices.Index(fileNames[:], s.name), sum: newAudit()}
		l.work = append(l.work, src)
		if err := l.openSource(src, s.in); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) openSource(src *source, in *Source) error {
	files, err := in.open(src.name)
	if err != nil {
		return err
	}
	for i, file := range files {
		b, err := bind(src.name, l.extended(src, in, file), file)
		if err != nil {
			closeAll(files[i:])
			return l.h.extras.naming(err)
		}
		src.files = append(src.files, file.Name())
		src.bound = append(src.bound, b)
		for k := range file.Blocks() {
			if l.prunes(src, b, k) {
				continue
			}
			l.jobs = append(l.jobs, job{source: src, bound: b, block: k, place: len(l.jobs)})
		}
		for name := range b.exprs {
			l.h.has[src.name+"."+name] = true
		}
	}
	l.h.has[src.name] = true
	if src.name == "customers" {
		return l.h.profiled(src.bound, in)
	}
	return nil
}

// prunes reports a block that holds nothing but what comes too late. Where times are of
// a clock on the wall, a day more makes sure.
func (l *loader) prunes(src *source, b *binding, block int) bool {
	e := b.exprs["time"]
	timed, ok := b.file.(table.Timed)
	if !l.in.Prune || src.file < 0 || !ok || e.column == "" {
		return false
	}
	least, known := timed.Begins(block, e.column)
	if b.local[e.column] {
		least -= day
	}
	return known && least >= l.until
}

// extended is a source with slots for the user's own columns.
func (l *loader) extended(src *source, in *Source, file table.Source) *Source {
	if src.file < 0 {
		return in
	}
	names := map[string]bool{}
	for _, f := range file.Fields() {
		names[f.Name] = f.Odd == ""
	}
	return l.h.extras.source(in, func(column string) bool { return names[column] })
}

// project settles which fields rows carry: those that the definitions need and some
// file has.
func (l *loader) project() {
	for file, keep := range kept(l.in.Definitions, l.in.Targets, l.h.dropEqual) {
		for _, k := range keep {
			if l.h.has[fileNames[file]+"."+fields[k].column[file]] {
				l.h.keep[file] = append(l.h.keep[file], k)
			}
		}
		l.h.delayed[file] = l.h.has[fileNames[file]+".known_at"]
	}
	for _, s := range l.work {
		for _, b := range s.bound {
			b.only(s.file, l.h.keep)
		}
	}
}

func (l *loader) closeFiles() {
	for _, s := range l.work {
		for _, b := range s.bound {
			b.file.Close()
		}
	}
}

// read decodes all blocks, several at a time.
func (l *loader) read(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	var next atomic.Int64
	for range l.in.Threads {
		g.Go(func() error {
			s := &scatterer{h: l.h}
			s.waiting.most = l.mayWait()
			for i := int(next.Add(1)) - 1; i < len(l.jobs); i = int(next.Add(1)) - 1 {
				j := &l.jobs[i]
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := l.block(j, s); err != nil {
					return fmt.Errorf("%s: %w", j.source.name, err)
				}
				l.progress("reading", l.done.Add(1), int64(len(l.jobs)))
			}
			return s.waiting.settle(l.h)
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for _, j := range l.jobs {
		j.source.sum.plus(j.audit)
	}
	for _, s := range l.work {
		if err := l.judge(s); err != nil {
			return err
		}
	}
	return nil
}

// mayWait is how many rows of each thread may wait to be numbered: four million, or what
// takes an eighth of the limit.
func (l *loader) mayWait() int {
	const most, bytes = 1 << 22, 64 // a row
	if l.in.Memory <= 0 {
		return most
	}
	return int(min(most, l.in.Memory/8/int64(bytes*l.in.Threads)))
}

func (l *loader) progress(stage string, done, total int64) {
	if l.in.Progress != nil {
		l.telling.Lock()
		defer l.telling.Unlock()
		l.in.Progress(stage, done, total)
	}
}

// judge refuses a source with too many wrong rows.
func (l *loader) judge(s *source) error {
	a := s.sum
	with := a.read - a.counts[noCustomer] - a.counts[forgotten]
	bad := a.wrong()
	if float64(bad) <= l.in.MaxRejected*float64(with) {
		return nil
	}
	worst := noTime
	for r := noTime; r < future; r++ {
		if a.counts[r] > a.counts[worst] {
			worst = r
		}
	}
	at := a.samples[worst][0]
	return fmt.Errorf("%w: %s: %d of %d rows can't be used, more than %.3g %%; most often: %s, as in %s row %d: %q",
		ErrRejected, s.name, bad, with, 100*l.in.MaxRejected, reasons[worst].en, at.File, at.Row, at.Value)
}
