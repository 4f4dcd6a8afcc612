package features

// A stretch is some neighbours: points of a series, or columns.
type stretch struct{ from, to int }

// A hold is the points that a window held when it was last answered, and whether they are
// others than at the moment before that.
type hold struct {
	stretch
	fresh bool
}

// answer fills in the features of a group as of one moment. What holds the same points as
// at the moment before, −1 where there was none over this series, has the same features but
// for the timely ones; of no points there is nothing timely to say.
func (w *walker) answer(g *group, m, before int) {
	w.view.series, w.view.at = &w.series[g.at], w.moments[m]
	w.s.turn++
	values := w.values[m]
	if before >= 0 {
		w.move(g, m)
		copy(values[g.columns.from:g.columns.to], w.values[before][g.columns.from:])
	} else {
		w.place(g, m)
	}
	for i, win := range g.windows {
		now := &w.held[g.at][i]
		if win.ago > 0 {
			w.s.turn++ // sums end elsewhere
		}
		switch {
		case now.fresh:
			w.fill(values, win.cells, now.stretch)
		case win.timely > 0 && now.from < now.to:
			w.fill(values, win.cells[:win.timely], now.stretch)
		}
	}
}

// place finds the points that the windows of a group hold as of a moment. Windows come from
// the shortest to the longest, so that each begins where the last did or before.
func (w *walker) place(g *group, m int) {
	times, held := w.series[g.at].time, w.held[g.at]
	to := firstAt(times, w.moments[m])
	from := to
	for i, win := range g.windows {
		now := stretch{0, to}
		if win.ago > 0 {
			now.to = firstAt(times[:to], win.until[m])
			from = now.to
		}
		if win.days > 0 {
			from = firstBack(times[:from], win.from[m])
			now.from = from
		}
		held[i] = hold{now, true}
	}
	held[len(g.windows)].to = to
}

// move finds them from where they were at the moment before.
func (w *walker) move(g *group, m int) {
	times, held := w.series[g.at].time, w.held[g.at]
	to := pass(times, held[len(g.windows)].to, w.moments[m])
	for i, win := range g.windows {
		now := stretch{0, to}
		if win.ago > 0 {
			now.to = pass(times, held[i].to, win.until[m])
		}
		if win.days > 0 {
			now.from = pass(times, held[i].from, win.from[m])
		}
		held[i] = hold{now, now != held[i].stretch}
	}
	held[len(g.windows)].to = to
}

// pass is firstAt where the place is known for a time that is most likely a little earlier.
func pass(times []int64, place int, at int64) int {
	for place < len(times) && times[place] < at {
		place++
	}
	if place > 0 && times[place-1] >= at {
		return firstAt(times[:place], at)
	}
	return place
}

// fill answers cells about some points.
func (w *walker) fill(values []float64, cells []cell, now stretch) {
	v := &w.view
	v.from, v.to, v.weighed = now.from, now.to, -1
	v.count = v.orders()
	for i := range cells {
		c := &cells[i]
		if c.of == nil {
			values[c.column] = float64(v.count)
			continue
		}
		values[c.column] = c.of(v, c.d)
	}
}
