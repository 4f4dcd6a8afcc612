package features

import "math"

// orderly is what a target needs to know of one customer.
type orderly struct {
	days      int   // with an order, as was known at the moment
	last      int64 // order known at the moment
	lastDay   int32
	recent    int64
	gaps      []float64 // between them, in days
	had, over int64     // the last row of Having, and of Ended
	happened  bool      // a row of Of in the horizon
	lastSeen  int32     // day of the last order before the horizon's end
}

// meet reads one customer's rows.
func (a *asking) meet(c *customer, o *orderly) {
	*o = orderly{recent: a.recent, had: math.MinInt64, over: math.MinInt64, gaps: o.gaps[:0]}
	for file := range c.rows {
		for i := range c.rows[file].time {
			a.read(o, file, c, i)
		}
	}
}

// read takes one row in.
func (a *asking) read(o *orderly, file int, c *customer, i int) {
	r := &c.rows[file]
	known, at := r.knownAt(i) <= a.asOf, r.time[i]
	if file == transactions && r.number[amountField][i] >= 0 {
		o.order(at, c.days[i], known, a.to)
	}
	if known && a.having != nil && a.having.file == file && at >= a.within && a.having.counts(r, i) {
		o.had = max(o.had, at)
	}
	if known && a.ended != nil && a.ended.file == file && a.ended.counts(r, i) {
		o.over = max(o.over, at)
	}
	if a.of.file == file && at >= a.from && at < a.to && a.of.counts(r, i) {
		o.happened = true
	}
}

func (o *orderly) order(at int64, day int32, known bool, to int64) {
	if at < to {
		o.lastSeen = max(o.lastSeen, day)
	}
	if !known {
		return
	}
	if o.days > 0 && day != o.lastDay {
		o.gaps = append(o.gaps, float64(day-o.lastDay))
	}
	if o.days == 0 || day != o.lastDay {
		o.days++
	}
	o.last, o.lastDay = at, day
}
