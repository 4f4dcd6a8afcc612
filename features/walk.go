package features

// A walker answers everything about one customer at a time, reusing its memory. It
// doesn't know how the customer's rows came to it.
type walker struct {
	*asked
	s       scratch
	set     set
	clock   *clock
	series  []series    // by group
	held    [][]hold    // by group: of each window, and of all points up to the moment
	some    [files]rows // those known by the moment
	all     *[files]rows
	order   []int32
	view    view
	orderly orderly
	values  [][]float64 // by moment: one customer's answers
	sheets  [][]float64 // by moment: everybody's of one part, column after column
	cells   []uint64    // one column, as it is packed
	out     []byte      // all of them
}

// newWalker makes room for a customer's answers.
func (a *asked) newWalker() *walker {
	w := &walker{asked: a, clock: newClock(a.h.zone), series: make([]series, len(a.p.groups))}
	w.s.sums = make([]running, len(fields))
	w.view.s = &w.s
	for i, g := range a.p.groups {
		w.series[i].clock = w.clock
		w.held = append(w.held, make([]hold, len(g.windows)+1))
	}
	for range a.moments {
		w.values = append(w.values, make([]float64, a.width))
	}
	return w
}

// walk answers everything about one customer: w.values of each moment at which the
// customer was known, which it lists by place.
func (w *walker) walk(c *customer, known []bool) {
	anyone := false
	for m, at := range w.moments {
		known[m] = c.seen <= at
		anyone = anyone || known[m]
	}
	if !anyone {
		return
	}
	if !c.late {
		w.build(&c.rows)
	}
	if w.width > w.p.base {
		c.date(w.clock)
	}
	if c.late {
		w.walkLate(c, known)
	} else {
		for _, g := range w.p.groups {
			w.follow(g, known)
		}
	}
	for m := range w.moments {
		if known[m] {
			w.outcomes(c, m)
		}
	}
}

// walkLate answers about a customer whose rows are others at each moment.
func (w *walker) walkLate(c *customer, known []bool) {
	for m, at := range w.moments {
		if !known[m] {
			continue
		}
		for file := range c.rows {
			w.order = c.rows[file].known(at, &w.some[file], w.order)
		}
		w.build(&w.some)
		for _, g := range w.p.groups {
			w.answer(g, m, -1)
		}
	}
}

// follow answers a group at one moment after the other. Of no points at all everything was
// said at the first.
func (w *walker) follow(g *group, known []bool) {
	before, none := -1, len(w.series[g.at].time) == 0
	for m := range known {
		switch {
		case !known[m]:
			continue
		case none && before >= 0:
			copy(w.values[m][g.columns.from:g.columns.to], w.values[before][g.columns.from:])
		default:
			w.answer(g, m, before)
		}
		before = m
	}
}

// outcomes fills in the summary and what targets find, as of one moment.
func (w *walker) outcomes(c *customer, m int) {
	out := w.values[m][w.p.base:]
	if w.Summaries {
		w.summarise(out[:summaryColumns], c, w.moments[m])
		out = out[summaryColumns:]
	}
	for i := range w.Targets {
		w.targets[i*len(w.moments)+m].answer(c, &w.orderly, out[outcomeColumns*i:][:outcomeColumns])
	}
}

// build makes the series of every group.
func (w *walker) build(r *[files]rows) {
	w.all = r
	for i, g := range w.p.groups {
		s := &w.series[i]
		s.renew()
		switch {
		case g.dealt:
			s.empty(g.reads)
		case g.picked != nil:
			w.order = r[g.kind.file].some(g.picked.counts, &s.chosen, w.order)
			g.kind.build(w, s, &s.chosen)
		default:
			g.kind.build(w, s, &r[g.kind.file])
		}
	}
	if len(w.p.byType) > 1 {
		w.deal(&r[events])
	}
}

// deal hands every event to the groups that read its type.
func (w *walker) deal(r *rows) {
	types := r.word[typeField]
	for i, t := range types {
		for _, g := range w.p.byType[t] {
			s := &w.series[g.at]
			s.time = append(s.time, r.time[i])
			for _, k := range g.reads {
				if v := r.number[k]; v != nil {
					s.number[k] = append(s.number[k], v[i])
				}
				if v := r.word[k]; v != nil {
					s.word[k] = append(s.word[k], v[i])
				}
			}
		}
	}
}
