package features

import (
	"strings"
	"time"

	"segmenta/table"
)

// times casts a column to microseconds of UTC. What the table holds already may be
// returned as it is.
func (r reader) times(e *expr, l *layout, local bool, zone *clock) ([]int64, faults) {
	if e.constant != nil {
		at, fault := l.moment(*e.constant, zone)
		return fill(r.rows, at), fill(r.rows, fault)
	}
	c := r.t.Column(e.column)
	local = local && zone.zone != time.UTC
	if c.Kind == table.Time && !local && c.Null == nil && within(c.Ints) {
		return c.Ints, nil
	}
	v, f := r.spare.newInts(r.rows), faults(nil)
	clear(v)
	words, wrong := make([]int64, len(c.Dict)), make([]fault, len(c.Dict))
	for k, s := range c.Dict {
		words[k], wrong[k] = l.moment(s, zone)
	}
	for i := range v {
		why := sound
		switch {
		case c.IsNull(i):
			why = missing
		case c.Kind == table.String:
			v[i], why = words[c.Codes[i]], wrong[c.Codes[i]]
		case c.Kind == table.Time && local:
			v[i] = zone.utc(c.Ints[i])
		case c.Kind == table.Time:
			v[i] = c.Ints[i]
		case (c.Kind == table.Int64 || c.Kind == table.Int32) && (l.kind == "unix" || l.kind == "unix_ms"):
			v[i] = l.unix(max(-1<<50, min(c.Ints[i], 1<<50)))
		default:
			why = unreadable
		}
		if why == sound && (v[i] < earliest || v[i] >= latest) {
			why = unreadable
		}
		if why != sound {
			f.set(i, r, why)
		}
	}
	return v, f
}

// within reports whether all times are ones that are read.
func within(times []int64) bool {
	for _, at := range times {
		if at < earliest || at >= latest {
			return false
		}
	}
	return true
}

// Times are read from the year 1 to the year 9999.
var (
	earliest = daysSince1970(1, 1, 1) * day
	latest   = daysSince1970(10000, 1, 1) * day
)

func (l *layout) moment(s string, zone *clock) (int64, fault) {
	if strings.TrimSpace(s) == "" {
		return 0, missing
	}
	at, zoned, ok := l.parse(s)
	switch {
	case !ok:
		return 0, unreadable
	case zoned:
		return at, sound
	}
	return zone.utc(at), sound
}
