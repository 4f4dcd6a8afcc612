package cluster

// A pass is what is the same for every tile of a round.
type pass struct {
	*lloyd
	first         bool // the tiles are still empty
	sorting       bool
	full          bool
	slack, errors float32   // of squared distances: a share of a row's norm, and for every row
	group         []float32 // the largest move within each group
	other         []float32 // for each center: the same without it
}

func (l *lloyd) pass(sorting bool) *pass {
	eps := float32(4*l.dims+16) * 0x1p-24
	p := &pass{lloyd: l, first: l.tiles == nil, sorting: sorting, full: sorting || l.plain || l.gap == nil && l.margin == nil || l.label[0] < 0, slack: eps, errors: eps*l.packed.most + 1e-30}
	if p.first = p.first && l.margin == nil; p.first {
		l.tiles = make([]float32, len(l.order)/wide*l.stride())
	}
	p.group, p.other = make([]float32, l.packed.groups), make([]float32, l.packed.groups*groupOf)
	for g := range p.group {
		most, next, at := float32(0), float32(0), -1
		for c := g * groupOf; c < (g+1)*groupOf; c++ {
			switch v := l.move[c]; {
			case v > most:
				most, next, at = v, most, c
			case v > next:
				next = v
			}
		}
		p.group[g] = most
		for c := g * groupOf; c < (g+1)*groupOf; c++ {
			p.other[c] = most
			if c == at {
				p.other[c] = next
			}
		}
	}
	if l.margin != nil && !p.full {
		l.wearing()
	}
	return p
}

// tile brings one tile up to date.
func (p *pass) tile(w *worker, t int) {
	list := w.all
	if !p.full {
		if list = p.worn(w, t); len(list) == 0 {
			return
		}
	}
	w.taken += int64(len(list))
	x := p.tiles[t*p.stride() : (t+1)*p.stride()]
	if p.first {
		p.sheet.tile(p.kernel, x, t*wide)
	}
	p.kernel.nearest(x, p.packed, list, w.found)
	p.settle(w, x, t)
	if p.gap != nil && !p.sorting {
		p.kernel.gaps(x[p.dims*wide:], list, w.found, p.slack, p.errors, p.gap[t*p.packed.groups:])
	}
	if p.sorting {
		p.keys(w, x, t)
	}
}

// worn wears a tile's gaps down by what the centers moved and lists the groups that must
// be looked at: those whose gap is used up, and those of the rows' own centers.
func (p *pass) worn(w *worker, t int) []int32 {
	groups := p.packed.groups
	gap, own, moved := p.gap[t*groups:(t+1)*groups], p.owner[t], float32(0)
	home := -1
	if own >= 0 {
		moved, home = p.move[own], int(own)/groupOf
	} else {
		for _, c := range p.label[t*wide : (t+1)*wide] {
			moved = max(moved, p.move[c])
		}
	}
	worn := false
	for g, v := range gap {
		by := moved + p.group[g]
		if g == home {
			by = moved + p.other[own]
		}
		v = (v - by) * (1 - 0x1p-21)
		gap[g] = v
		w.need[g] = v <= 0
		worn = worn || v <= 0
	}
	if !worn {
		return nil
	}
	for _, c := range p.label[t*wide : (t+1)*wide] {
		w.need[c/groupOf] = true
	}
	w.list = w.list[:0]
	for g, need := range w.need {
		if need {
			w.list = append(w.list, int32(g))
		}
	}
	return w.list
}

// settle moves the rows that have found a nearer center.
func (p *pass) settle(w *worker, x []float32, t int) {
	label, at := p.label[t*wide:(t+1)*wide], &w.found.at
	same := true
	for r := range at {
		if label[r] != at[r] {
			same = false
			break
		}
	}
	if same {
		return
	}
	for r := range min(wide, p.len()-t*wide) {
		if label[r] == at[r] {
			continue
		}
		weight := 1.0
		if p.weights != nil {
			weight = float64(p.weights[p.order[t*wide+r]])
		}
		w.sums.move(x, r, int(label[r]), int(at[r]), weight)
		w.changed++
	}
	copy(label, at[:])
	if p.owner == nil {
		return
	}
	p.owner[t] = label[0]
	for _, c := range label {
		if c != label[0] {
			p.owner[t] = -1
		}
	}
}
