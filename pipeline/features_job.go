package pipeline

import (
	"cmp"
	"context"
	"io"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"segmenta/features"
	"segmenta/table"
)

// Featured is what computing features took.
type Featured struct {
	Customers int     `json:"customers"`
	Rows      int     `json:"rows"`
	Features  int     `json:"features"`
	Seconds   float64 `json:"seconds"`
	Peak      int64   `json:"peak_rss_bytes"`
	Out       string  `json:"output"`
}

// Tell says it to people.
func (f *Featured) Tell(w io.Writer) {
	tell(w, "customers", f.Customers, "rows", f.Rows, "features", f.Features, "seconds", f.Seconds, "wrote", f.Out)
}

// Features computes features as of one moment or several and writes them as one
// table, a row for each customer and moment: those named, where only is not nil. The
// table is written as it comes, so that it needn't fit into memory.
func (j *Job) Features(ctx context.Context, asOf, only []string, out string) (*Featured, error) {
	start := time.Now()
	moments, err := j.momentsOf(asOf)
	if err != nil {
		return nil, err
	}
	p, err := j.readFor(ctx, moments[len(moments)-1], reading{only: only, blind: true})
	if err != nil {
		return nil, err
	}
	defer p.Close()
	if moments[0].IsZero() {
		moments[0] = p.asOf
		slices.SortFunc(moments, time.Time.Compare)
		moments = slices.CompactFunc(moments, time.Time.Equal)
	}
	done := &Featured{Features: len(p.on), Out: out}
	if err := done.write(ctx, p, features.Question{Definitions: p.on, Moments: moments, Threads: j.Threads}); err != nil {
		return nil, err
	}
	done.Seconds, done.Peak = time.Since(start).Seconds(), peakMemory()
	return done, nil
}

// momentsOf reads moments, in order, each once; the latest is the zero time.
func (j *Job) momentsOf(asOf []string) ([]time.Time, error) {
	if len(asOf) == 0 {
		asOf = []string{""}
	}
	set := make(map[time.Time]bool)
	for _, a := range asOf {
		t, err := j.asOf(a)
		if err != nil {
			return nil, err
		}
		set[t] = true
	}
	return sortedTimes(set), nil
}

// tableRows is how many customers are laid out and written at a time.
const tableRows = 64 << 10

// write answers the question into the table, one stretch while the one before is laid
// out and written.
func (f *Featured) write(ctx context.Context, p *past, q features.Question) error {
	w, err := table.Create(f.Out)
	if err != nil {
		return err
	}
	defer w.Abort()
	sheets := make(chan *table.Table)
	var g errgroup.Group
	g.Go(func() (err error) {
		for t := range sheets {
			if err == nil {
				err = w.Append(t)
			}
			t.Release()
		}
		return err
	})
	err = p.Stream(q, tableRows, func(s *features.Snapshot) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		f.Rows += len(s.Customers)
		if s.AsOf.Equal(q.Moments[len(q.Moments)-1]) {
			f.Customers += len(s.Customers)
		}
		sheets <- sheet(s)
		return nil
	})
	close(sheets)
	if err := cmp.Or(err, g.Wait()); err != nil {
		return err
	}
	return w.Close()
}

// sheet is a snapshot's table, with the customer and the moment in front.
func sheet(s *features.Snapshot) *table.Table {
	moments := slices.Repeat([]int64{s.AsOf.UnixMicro()}, len(s.Customers))
	t := &table.Table{}
	t.Add(customerColumn(table.Words("customer_id", s.Customers)))
	t.Add(momentColumn(&table.Column{Name: "as_of", Kind: table.Time, Ints: moments}))
	t.Columns = append(t.Columns, s.Table.Columns...)
	return t
}

func customerColumn(c *table.Column) *table.Column {
	return c.Says("", "the customer", "el cliente")
}

func momentColumn(c *table.Column) *table.Column {
	return c.Says("", "the moment: nothing at or after it counts", "el momento: nada en él o después cuenta")
}

// stack lays snapshots under one another, with the customer and the moment in front.
func stack(snapshots []*features.Snapshot) *table.Table {
	var ids []string
	var moments []time.Time
	for _, s := range snapshots {
		for _, id := range s.Customers {
			ids = append(ids, id)
			moments = append(moments, s.AsOf)
		}
	}
	all := &table.Table{}
	all.Add(customerColumn(table.Strings("customer_id", ids)))
	all.Add(momentColumn(table.Times("as_of", moments)))
	for k := range snapshots[0].Table.Columns {
		parts := make([]*table.Column, len(snapshots))
		for i, s := range snapshots {
			parts[i] = s.Table.Columns[k]
		}
		all.Add(table.Concat(parts...))
	}
	return all
}

// catalog is the built-in features and the user's own.
func (j *Job) catalog() (*features.Catalog, error) {
	c, err := features.Builtin()
	if err != nil {
		return nil, err
	}
	if j.Config == nil || j.Config.Features.IsZero() {
		return c, nil
	}
	var own []features.Definition
	if err := j.Config.Features.Decode(&own); err != nil {
		return nil, mark(ErrConfig, err)
	}
	c, err = c.With(j.Config.file, own)
	return c, mark(ErrConfig, err)
}
