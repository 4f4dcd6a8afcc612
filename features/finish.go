package features

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// finish sorts the words and every part, and adds up what was found.
func (l *loader) finish(ctx context.Context) error {
	h := l.h
	category, channel, kind := h.category.sort(), h.channel.sort(), h.kind.sort()
	rank := func(source int, r *row) {
		if source == transactions {
			r.category = category[r.category]
		} else {
			r.category = kind[r.category]
		}
		r.channel = channel[r.channel]
	}
	equal := make([][2]tally, len(h.parts))
	var done atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(l.in.Threads)
	for i, p := range h.parts {
		g.Go(func() error {
			equal[i] = p.close(rank, l.in.Duplicates == "drop")
			l.progress("sorting", done.Add(1), parts)
			return ctx.Err()
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	l.equal(equal)
	if err := l.customers(); err != nil {
		return err
	}
	h.line()
	l.report()
	return nil
}

// equal books what close found out about duplicates.
func (l *loader) equal(found [][2]tally) {
	for _, s := range l.work {
		if s.name == "customers" {
			continue
		}
		var all tally
		for _, f := range found {
			all.plus(f[boolInt(s.name == "events")])
		}
		if l.in.Duplicates != "drop" {
			s.sum.counts[repeated] += all.rows
			continue
		}
		s.sum.counts[duplicate] += all.rows
		s.sum.accepted -= all.rows
		all.amount.negate()
		all.quantity.negate()
		s.sum.used.plus(all)
	}
}

// report writes the Quality.
func (l *loader) report() {
	h, q := l.h, &Quality{}
	first, last := unset, -unset
	for _, s := range l.work {
		q.Sources = append(q.Sources, s.sum.quality(s.name, s.files))
		first, last = min(first, s.sum.first), max(last, s.sum.last)
	}
	if last >= first {
		h.first, h.last = time.UnixMicro(first).In(h.zone), time.UnixMicro(last).In(h.zone)
	}
	count := make([]int64, len(h.kind.list)+1)
	for _, p := range h.parts {
		for i := range p.rows[events] {
			count[p.rows[events][i].category]++
		}
	}
	ours := builtinTypes()
	for i, name := range h.kind.list {
		if count[i+1] > 0 {
			h.has["events.type."+name] = true
			q.EventTypes = append(q.EventTypes, EventType{Name: name, Rows: count[i+1], Ours: slices.Contains(ours, name)})
		}
	}
	q.Customers = len(h.order)
	h.quality = q
}
