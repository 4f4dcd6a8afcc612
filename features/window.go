package features

// A stretch is some neighbours: points of a series, or columns.
type stretch struct{ from, to int }

// answer fills in the features of a group as of one moment. Windows come from the
// shortest to the longest, so that each begins where the last did or before. What holds
// the same points as at the moment before, −1 where there was none over this series, has
// the same features but for the timely ones.
func (w *walker) answer(g *group, m, before int) {
	s, held := &w.series[g.at], w.held[g.at]
	w.s.turn++
	w.view = view{series: s, at: w.moments[m], s: &w.s}
	if before >= 0 && w.rests(g, m, before) {
		w.keepAll(g, m, before)
		return
	}
	to := firstAt(s.time, w.moments[m])
	from := to
	for i, win := range g.windows {
		now := stretch{0, to}
		if win.ago > 0 {
			w.s.turn++ // sums end elsewhere
			now.to = firstAt(s.time[:to], win.until[m])
			from = now.to
		}
		if win.days > 0 {
			from = firstBack(s.time[:from], win.from[m])
			now.from = from
		}
		if before < 0 || now != held[i] {
			held[i] = now
			w.fill(win.cells, now, m)
			continue
		}
		copy(w.values[m][win.columns.from:win.columns.to], w.values[before][win.columns.from:])
		if now.from < now.to {
			w.fill(win.cells[:win.timely], now, m)
		}
	}
	held[len(g.windows)].to = to
}

// rests reports whether every window holds the points that it held at the moment before.
func (w *walker) rests(g *group, m, before int) bool {
	times, held := w.series[g.at].time, w.held[g.at]
	if w.moments[m] < w.moments[before] || passes(times, held[len(g.windows)].to, w.moments[m]) {
		return false
	}
	for i, win := range g.windows {
		if win.ago > 0 && passes(times, held[i].to, win.until[m]) || win.days > 0 && passes(times, held[i].from, win.from[m]) {
			return false
		}
	}
	return true
}

// passes reports whether a time at a place or after it is before another.
func passes(times []int64, place int, at int64) bool { return place < len(times) && times[place] < at }

// keepAll takes over what was answered at the moment before. Of no points there is nothing
// timely to say.
func (w *walker) keepAll(g *group, m, before int) {
	copy(w.values[m][g.columns.from:g.columns.to], w.values[before][g.columns.from:])
	for i, win := range g.windows {
		if now := w.held[g.at][i]; win.timely > 0 && now.from < now.to {
			w.fill(win.cells[:win.timely], now, m)
		}
	}
}

// fill answers cells about some points.
func (w *walker) fill(cells []cell, now stretch, m int) {
	if len(cells) == 0 {
		return
	}
	v := &w.view
	v.from, v.to, v.weighed = now.from, now.to, -1
	v.count = v.orders()
	for i := range cells {
		c := &cells[i]
		w.values[m][c.column] = c.of(v, c.d)
	}
}
