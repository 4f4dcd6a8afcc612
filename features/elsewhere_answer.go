package features

import (
	"slices"
	"strings"
)

// asks is a question as work for workers.
func (a *asked) asks(task string) *Work {
	w := a.h.far.work
	w.Task, w.Moments, w.Summaries = task, a.moments, a.Summaries
	for name, slot := range a.h.extras {
		w.Slots = append(w.Slots, workSlot{name.name, name.kind, slot})
	}
	slices.SortFunc(w.Slots, func(x, y workSlot) int { return strings.Compare(x.Slot, y.Slot) })
	for _, d := range a.p.filled {
		c := workColumn{*d, d.days, d.ago}
		c.Family, c.Unit, c.En, c.Es, c.Null, c.Windows = "", "", "", "", "", nil
		w.Columns = append(w.Columns, c)
	}
	for _, t := range a.Targets {
		t.En, t.Es, t.MeansEn, t.MeansEs = "", "", "", ""
		w.Targets = append(w.Targets, t)
	}
	for _, t := range a.targets {
		w.Pools = append(w.Pools, t.pool)
	}
	w.Always = a.h.sums[files] != nil
	return &w
}

// gapsElsewhere adds up the gaps that workers find.
func (a *asked) gapsElsewhere(to []map[float64]int) error {
	w := a.asks("gaps")
	w.Columns, w.Summaries = nil, false
	notes, err := a.h.far.notes(w)
	if err != nil {
		return err
	}
	var seen sum
	for _, n := range notes {
		seen.plus(n.Sum)
		if err := addGaps(to, n.Gaps); err != nil {
			return err
		}
	}
	return a.h.far.check(seen)
}

// answerElsewhere lets workers walk over everyone, and puts what they found where a walk
// over the parts would have put it.
func (a *asked) answerElsewhere() (*answers, error) {
	g := &arrivals{asked: a, rows: make([]arriving, parts)}
	notes, err := a.h.far.hear(a.h, a.asks("answer"), g.add)
	if err != nil {
		return nil, err
	}
	if err := g.flush(); err != nil {
		return nil, err
	}
	if err := a.h.line(); err != nil {
		return nil, err
	}
	a.h.equalElsewhere(notes)
	return g.answers()
}

// pack keeps columns in few bytes.
func (f *found) pack(columns [][]float64) {
	var cells []uint64
	f.columns, f.at = make([]packing, len(columns)), make([]int, len(columns))
	for i, c := range columns {
		cells = resize(cells, len(c))
		p := packFloats(cells, c)
		f.columns[i], f.at[i] = p, len(f.data)
		f.data = appendCells(f.data, cells, p.width)
	}
	f.data = append(f.data, make([]byte, slack)...)
}

// equalElsewhere books, once, what the workers found out about rows that equal another.
func (h *History) equalElsewhere(notes []note) {
	h.equal.Do(func() {
		for file, name := range fileNames {
			a := newAudit()
			for _, n := range notes {
				if w := n.Audits[name]; w != nil {
					a.plus(w.audit(&h.words[typeField]))
				}
			}
			if to := h.sums[file]; to != nil && len(notes) > 0 {
				to.counts[repeated], to.counts[duplicate] = a.counts[repeated], a.counts[duplicate]
				to.accepted, to.used, to.types = a.accepted, a.used, a.types
			}
		}
		h.recount()
	})
}

// recount writes the Quality of what is elsewhere anew.
func (h *History) recount() {
	before := h.quality
	h.report()
	if before == nil {
		return
	}
	for i, s := range h.quality.Sources {
		if !slices.Contains(fileNames[:], s.Name) && i < len(before.Sources) {
			h.quality.Sources[i] = before.Sources[i]
		}
	}
	before.Sources, before.EventTypes, before.Customers = h.quality.Sources, h.quality.EventTypes, h.quality.Customers
	h.quality = before
}

// answers lays what came out as a walk would have: by part, moment and rank.
func (g *arrivals) answers() (*answers, error) {
	all := &answers{asked: g.asked, found: make([][]found, parts)}
	w := g.newWalker()
	for i := range g.rows {
		g.h.parts[i].welcome()
		one, err := g.lay(i, w)
		if err != nil {
			return nil, err
		}
		g.rows[i] = arriving{}
		all.found[i] = one
		if err := g.h.keepAnswers(one); err != nil {
			return nil, err
		}
	}
	return all, all.pool()
}

// welcome makes room for customers who came with answers.
func (p *part) welcome() {
	for len(p.created) < p.ids.len() {
		p.created, p.profile = append(p.created, unset), append(p.profile, -1)
	}
}

// lay lays one part's answers out.
func (g *arrivals) lay(i int, w *walker) ([]found, error) {
	p, r := &g.h.parts[i], &g.rows[i]
	who, err := r.column(0, g.h)
	if err != nil {
		return nil, err
	}
	moment, err := r.column(1, g.h)
	if err != nil {
		return nil, err
	}
	at, err := g.seats(p, who, moment)
	if err != nil {
		return nil, err
	}
	all := make([]found, len(g.moments))
	columns := make([][][]float64, len(g.moments))
	for m := range all {
		columns[m] = make([][]float64, g.width)
		all[m].known = make([]uint64, (len(p.byID)+63)/64)
		for rank, row := range at[m] {
			if row != stranger {
				all[m].known[rank/64] |= 1 << (rank % 64)
				all[m].n++
			}
		}
	}
	idle := g.idle(p, w)
	for c := range g.width {
		values, err := r.column(2+c, g.h)
		if err != nil {
			return nil, err
		}
		for m := range all {
			out := make([]float64, 0, all[m].n)
			for rank, row := range at[m] {
				switch {
				case row >= 0:
					out = append(out, values[row])
				case row == without:
					out = append(out, idle(rank, m)[c])
				}
			}
			columns[m][c] = out
		}
	}
	for m := range all {
		g.excuse(p, at[m], m, columns[m])
		all[m].pack(columns[m])
	}
	for _, c := range r.chunks {
		g.h.store.drop(&c.blob)
	}
	return all, nil
}

// Where a customer's answer stands who has none: one who was not known by then, and one
// who was by the customers file alone.
const (
	stranger = -1
	without  = -2
)
