package features

import (
	"context"
	"slices"
	"time"
)

// finish puts words and customers in order and joins the customers file.
func (l *loader) finish(ctx context.Context) error {
	h := l.h
	h.ranks = make([][]int32, len(fields))
	var types []int64
	for k := range fields {
		if fields[k].kind == wordField && !fields[k].hashed {
			h.ranks[k] = h.words[k].sort()
		}
	}
	for _, s := range l.work {
		at := s.file
		if at < 0 {
			at = files
		}
		h.sums[at], h.paths[at] = s.sum, s.files
	}
	if a := h.sums[events]; a != nil {
		types = make([]int64, len(h.ranks[typeField]))
		for k, n := range a.types {
			types[h.ranks[typeField][k]] = n
		}
		a.types = types
		for k, name := range h.words[typeField].list {
			h.has["events.type."+name] = h.has["events.type."+name] || types[k+1] > 0
		}
	}
	if err := h.line(); err != nil {
		return err
	}
	if err := l.customers(); err != nil {
		return err
	}
	h.span()
	return ctx.Err()
}

// span notes when the first and the last accepted row were.
func (h *History) span() {
	first, last := unset, -unset
	for _, a := range h.sums {
		if a != nil {
			first, last = min(first, a.first), max(last, a.last)
		}
	}
	if last >= first {
		h.first, h.last = time.UnixMicro(first).In(h.zone), time.UnixMicro(last).In(h.zone)
	}
}

// countEqual books what the first walk found out about rows that equal another.
func (h *History) countEqual(found [][files]tally) {
	h.equal.Do(func() {
		for file := range files {
			var all tally
			for _, f := range found {
				all.plus(f[file])
			}
			if h.sums[file] != nil {
				h.sums[file].repeats(all, h.dropEqual)
			}
		}
		h.report()
	})
}

// repeats books rows that equal another one.
func (a *audit) repeats(all tally, drop bool) {
	if !drop {
		a.counts[repeated] += all.rows
		return
	}
	a.counts[duplicate] += all.rows
	a.accepted -= all.rows
	for k, n := range all.types {
		a.types[k] -= n
	}
	all.amount.negate()
	all.quantity.negate()
	all.types = nil
	a.used.plus(all)
}

// Quality says what Load found in the files. Which rows equal another one is known
// once everybody's rows were walked over, which the first to ask does.
func (h *History) Quality() *Quality {
	if h.quality == nil && h.far == nil {
		// A walk that asks for nothing can't fail but for a temporary file, which the
		// next one reports.
		_ = h.visit(h.threads, func() func(int, *part, *grouper) error {
			return func(int, *part, *grouper) error { return nil }
		})
	}
	if h.quality == nil {
		h.report()
	}
	return h.quality
}

// report writes the Quality.
func (h *History) report() {
	q := &Quality{Customers: len(h.order)}
	for at, a := range h.sums {
		if a != nil {
			q.Sources = append(q.Sources, a.quality(append(fileNames[:], "customers")[at], h.paths[at]))
		}
	}
	if a := h.sums[events]; a != nil {
		ours := builtinTypes()
		for i, name := range h.words[typeField].list {
			if n := a.types[i+1]; n > 0 {
				q.EventTypes = append(q.EventTypes, EventType{Name: name, Rows: n, Ours: slices.Contains(ours, name)})
			}
		}
	}
	h.quality = q
}
