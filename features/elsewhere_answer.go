package features

import (
	"fmt"
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

// arrivals are answers as they come, packed by part whenever there are many.
type arrivals struct {
	*asked
	rows []arriving // by part
	held int        // values that are not yet packed
}

// arriving is the answers about the customers of one part: whose, as of when and what.
type arriving struct {
	columns [][]float64 // the customer's number, twice the moment and whether rows were known, then what was found
	chunks  []*found
	ends    []int // rows in each chunk
}

// mostHeld is how many values wait to be packed at most: 128 MB.
const mostHeld = 16 << 20

// add keeps one answer.
func (g *arrivals) add(id string, moment int, known bool, values []float64) error {
	h := hash(id)
	part := partOf(h)
	to := &g.rows[part]
	if to.columns == nil {
		to.columns = make([][]float64, 2+len(values))
	}
	to.columns[0] = append(to.columns[0], float64(g.h.parts[part].one(id, h)))
	to.columns[1] = append(to.columns[1], float64(2*moment+boolInt(known)))
	for i, v := range values {
		to.columns[2+i] = append(to.columns[2+i], v)
	}
	if g.held += len(to.columns); g.held < mostHeld {
		return nil
	}
	return g.flush()
}

// flush packs what waits.
func (g *arrivals) flush() error {
	for i := range g.rows {
		r := &g.rows[i]
		if len(r.columns) == 0 || len(r.columns[0]) == 0 {
			continue
		}
		f := []found{{n: len(r.columns[0])}}
		f[0].pack(r.columns)
		for k := range r.columns {
			r.columns[k] = r.columns[k][:0]
		}
		if err := g.h.keepAnswers(f); err != nil {
			return err
		}
		r.chunks, r.ends = append(r.chunks, &f[0]), append(r.ends, f[0].n)
	}
	g.held = 0
	return nil
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

// seats finds the row of each customer's answer, by moment and rank.
func (g *arrivals) seats(p *part, who, moment []float64) ([][]int32, error) {
	rank := make([]int32, len(p.byID))
	for r, k := range p.byID {
		rank[k] = int32(r)
	}
	at := make([][]int32, len(g.moments))
	for m := range at {
		at[m] = slices.Repeat([]int32{stranger}, len(p.byID))
		for r, k := range p.byID {
			if p.created[k]+1 <= g.moments[m] {
				at[m][r] = without
			}
		}
	}
	met := make([][]bool, len(g.moments))
	for m := range met {
		met[m] = make([]bool, len(p.byID))
	}
	for row, k := range who {
		m, known := int(moment[row])/2, int(moment[row])%2 == 1
		r := rank[int(k)]
		if met[m][r] {
			return nil, fmt.Errorf("customer %s was answered twice: the rows of one customer went to several workers", p.ids.name(int(k)))
		}
		met[m][r] = true
		if known || at[m][r] == without {
			at[m][r] = int32(row)
		}
	}
	return at, nil
}

// idle answers about customers of whom there is no row: each once, and moment by moment.
func (g *arrivals) idle(p *part, w *walker) func(rank, m int) []float64 {
	found := map[int][][]float64{}
	return func(rank, m int) []float64 {
		if found[rank] == nil {
			c := &customer{seen: p.created[p.byID[rank]] + 1, profile: -1}
			for file := range c.rows {
				c.rows[file].kept = g.h.keep[file]
				c.rows[file].number, c.rows[file].word = make([][]float64, len(fields)), make([][]uint64, len(fields))
				for _, k := range g.h.keep[file] {
					if fields[k].kind == numberField {
						c.rows[file].number[k] = []float64{}
					} else {
						c.rows[file].word[k] = []uint64{}
					}
				}
			}
			w.walk(c, make([]bool, len(g.moments)))
			for _, v := range w.values {
				found[rank] = append(found[rank], slices.Clone(v))
			}
		}
		return found[rank][m]
	}
}

// excuse takes those out of targets of whom the customers file says why they left.
func (g *arrivals) excuse(p *part, at []int32, m int, columns [][]float64) {
	for i := range g.Targets {
		excluded := g.targets[i*len(g.moments)+m].excluded
		first := g.width - outcomeColumns*(len(g.Targets)-i)
		n := 0
		for rank, row := range at {
			if row == stranger {
				continue
			}
			if k := p.profile[p.byID[rank]]; k >= 0 && excluded[k] {
				if columns[first+1][n] = 0; columns[first][n] == 1 {
					columns[first][n] = nan
				}
			}
			n++
		}
	}
}

// column is one column of everything that came of a part.
func (r *arriving) column(k int, h *History) ([]float64, error) {
	var all []float64
	for i, c := range r.chunks {
		part := make([]float64, r.ends[i])
		how := c.columns[k]
		rows, err := h.store.read(&c.blob, c.at[k], len(part)*how.width, nil)
		if err != nil {
			return nil, err
		}
		how.floats(part, rows)
		all = append(all, part...)
	}
	return all, nil
}
