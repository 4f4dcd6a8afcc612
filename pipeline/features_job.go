package pipeline

import (
	"context"
	"io"
	"time"

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

// Features computes every feature as of one moment or several and writes them as one
// table, a row for each customer and moment.
func (j *Job) Features(ctx context.Context, asOf []string, out string) (*Featured, error) {
	start := time.Now()
	if len(asOf) == 0 {
		asOf = []string{""}
	}
	set := make(map[time.Time]bool)
	var last time.Time
	for _, a := range asOf {
		t, err := j.asOf(a)
		if err != nil {
			return nil, err
		}
		set[t] = true
		if t.After(last) {
			last = t
		}
	}
	p, err := j.read(ctx, last)
	if err != nil {
		return nil, err
	}
	if set[time.Time{}] {
		delete(set, time.Time{})
		set[p.asOf] = true
	}
	snapshots, err := p.Compute(p.on, sortedTimes(set), j.Threads)
	if err != nil {
		return nil, err
	}
	all := stack(snapshots)
	done := &Featured{Rows: all.Rows(), Features: len(p.on), Out: out, Customers: len(snapshots[len(snapshots)-1].Customers)}
	if err := table.WriteFile(out, all); err != nil {
		return nil, err
	}
	done.Seconds, done.Peak = time.Since(start).Seconds(), peakMemory()
	return done, nil
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
	all.Add(table.Strings("customer_id", ids).Says("", "the customer", "el cliente"))
	all.Add(table.Times("as_of", moments).Says("", "the moment: nothing at or after it counts", "el momento: nada en él o después cuenta"))
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
