package features

import (
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// A Question is all that one walk over the customers shall answer.
type Question struct {
	Definitions []Definition
	Moments     []time.Time
	Targets     []Target // what came afterwards; NaN where a target doesn't ask
	Summaries   bool     // what the buy-till-you-die models read
	Threads     int      // 0: one
}

// asked is a question, planned.
type asked struct {
	Question
	h       *History
	p       *plan
	last    bool // nothing is asked afterwards: rows may go as they are walked over, and numbers come as codes
	moments []int64
	targets []*asking // by target and moment
	width   int       // how many columns the walk fills: features, then summaries, then targets
}

func (h *History) ask(q Question) (*asked, error) {
	a, err := h.plain(q)
	if err != nil {
		return nil, err
	}
	return a, a.pools()
}

// plain plans a question as far as it can be without looking at anybody's rows.
func (h *History) plain(q Question) (*asked, error) {
	p, err := h.compile(h.extras.definitions(q.Definitions))
	if err != nil {
		return nil, err
	}
	a := &asked{Question: q, h: h, p: p, width: p.base}
	for _, at := range q.Moments {
		a.moments = append(a.moments, at.UnixMicro())
	}
	for _, g := range p.groups {
		for _, w := range g.windows {
			for _, at := range q.Moments {
				w.until = append(w.until, before(at.In(h.zone), w.ago))
				w.from = append(w.from, before(at.In(h.zone), w.ago+w.days))
			}
		}
	}
	if q.Summaries {
		a.width += summaryColumns
	}
	for _, t := range q.Targets {
		for _, at := range q.Moments {
			one, err := h.asking(t, at)
			if err != nil {
				return nil, err
			}
			a.targets = append(a.targets, one)
		}
		a.width += outcomeColumns
	}
	return a, nil
}

// answers is what the walk found, packed, by part and moment.
type answers struct {
	*asked
	found [][]found
}

// found is the answers about one part's customers as of one moment.
type found struct {
	blob
	known   []uint64 // a bit for each customer, by rank of id
	n       int      // how many were known
	columns []packing
	at      []int // where each column's rows begin
}

// has reports whether the customer at a rank was known.
func (f *found) has(rank int32) bool { return f.known[rank/64]>>(rank%64)&1 == 1 }

// answer walks over everyone.
func (a *asked) answer() (*answers, error) {
	if a.h.far != nil {
		return a.answerElsewhere()
	}
	all := &answers{asked: a, found: make([][]found, parts)}
	err := a.h.over(a.Threads, a.last, func() func(i int, p *part, g *grouper) error {
		w := a.newWalker()
		return func(i int, p *part, g *grouper) error {
			all.found[i] = w.part(p, g)
			return a.h.keepAnswers(all.found[i])
		}
	})
	if err != nil {
		return nil, err
	}
	return all, all.pool()
}

// A customer is one customer's rows and what is known of them as a whole.
type customer struct {
	rows    [files]rows
	days    []int32 // of the transactions, once dated
	seen    int64   // from when on the customer is known
	late    bool    // some row became known after its time
	profile int32   // row of the customers file, −1 where there is none
}

// date works out the days of the customer's transactions.
func (c *customer) date(clock *clock) {
	times := c.rows[transactions].time
	c.days = resize(c.days, len(times))
	for i, at := range times {
		c.days[i] = clock.day(at)
	}
}

// part walks over the customers of one part, in order of id.
func (w *walker) part(p *part, g *grouper) []found {
	all := make([]found, len(w.moments))
	w.sheets = resize(w.sheets, len(w.moments))
	for m := range all {
		w.sheets[m] = resize(w.sheets[m], w.width*len(p.byID))
		all[m].known = make([]uint64, (len(p.byID)+63)/64)
	}
	var c customer
	known := make([]bool, len(w.moments))
	for k := range p.byID {
		c.meet(p, g, k)
		w.walk(&c, known)
		for m := range known {
			if !known[m] {
				continue
			}
			f := &all[m]
			f.known[k/64] |= 1 << (k % 64)
			at := f.n
			for _, v := range w.values[m] {
				w.sheets[m][at] = v
				at += len(p.byID)
			}
			f.n++
		}
	}
	for m := range all {
		w.pack(&all[m], w.sheets[m], len(p.byID))
	}
	return all
}

// pack keeps the columns of a sheet in few bytes.
func (w *walker) pack(f *found, sheet []float64, rows int) {
	w.cells, w.out = resize(w.cells, f.n), w.out[:0]
	f.columns, f.at = make([]packing, w.width), make([]int, w.width)
	for i := range f.columns {
		p := packFloats(w.cells, sheet[i*rows:][:f.n])
		f.columns[i], f.at[i] = p, len(w.out)
		w.out = appendCells(w.out, w.cells, p.width)
	}
	w.out = append(w.out, make([]byte, slack)...)
	f.data = slices.Clone(w.out)
}

// keepAnswers takes answers into account, and brings them to disk where they are too
// many.
func (h *History) keepAnswers(all []found) (err error) {
	for i := range all {
		if all[i].blob, err = h.store.keep(all[i].data); err != nil {
			return err
		}
	}
	return nil
}

// meet turns to the k-th customer of a part.
func (c *customer) meet(p *part, g *grouper, k int) {
	c.seen, c.late = unset, false
	for file := range g.rows {
		r, mine := &g.rows[file], &c.rows[file]
		r.of(k, mine)
		if len(mine.time) > 0 {
			c.seen = min(c.seen, mine.time[0]+1)
		}
		if r.late != nil && r.late[k] {
			c.late = true
		}
	}
	if c.late {
		c.seen = unset
		for file := range c.rows {
			c.seen = min(c.seen, c.rows[file].firstSeen())
		}
	}
	c.profile = -1
	if p.profile != nil {
		c.profile = p.profile[p.byID[k]]
		c.seen = min(c.seen, p.created[p.byID[k]]+1)
	}
}

// firstSeen is from when on some row is known.
func (r *rows) firstSeen() int64 {
	first := unset
	for i, at := range r.time {
		if r.seen != nil {
			first = min(first, r.seen[i])
		} else {
			first = min(first, at+1)
		}
	}
	return first
}

// visit groups one part after another on each thread and hands it to what begin
// returns for the thread.
func (h *History) visit(threads int, begin func() func(i int, p *part, g *grouper) error) error {
	return h.over(threads, false, begin)
}

// over visits, and lets go of the rows where it is the last visit.
func (h *History) over(threads int, last bool, begin func() func(i int, p *part, g *grouper) error) error {
	if h.far != nil {
		return errFar
	}
	var next atomic.Int64
	var eg errgroup.Group
	equal := make([][files]tally, parts)
	for range max(1, threads) {
		eg.Go(func() error {
			work, g := begin(), &grouper{h: h, last: last}
			for i := int(next.Add(1)) - 1; i < parts; i = int(next.Add(1)) - 1 {
				var err error
				if equal[i], err = g.group(&h.parts[i]); err != nil {
					return err
				}
				if err := work(i, &h.parts[i], g); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := eg.Wait(); err != nil {
		return err
	}
	h.countEqual(equal)
	return nil
}
