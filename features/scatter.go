package features

// A scatterer hands a block's rows to their customers' parts, reusing its memory.
type scatterer struct {
	h      *History
	order  []int32 // the rows that are used, part by part
	part   []uint8 // of each row that is used
	ints   []int64
	floats []float64
}

// scatter packs the rows that are used, part by part, and books them.
func (s *scatterer) scatter(j *job, d *decoded, used []int32) {
	file := j.source.file
	from := s.sort(d, used)
	for k := range parts {
		if some := s.order[from[k]:from[k+1]]; len(some) > 0 {
			s.pack(&s.h.parts[k], file, j.place, d, some)
		}
	}
	j.audit.use(d, used)
}

// sort puts the used rows in order of part and returns where each part's start.
func (s *scatterer) sort(d *decoded, used []int32) (from [parts + 1]int32) {
	s.part, s.order = resize(s.part, len(used)), resize(s.order, len(used))
	for i, row := range used {
		p := partOf(d.hashes[d.id.Codes[row]])
		s.part[i] = uint8(p)
		from[p+1]++
	}
	for k := range parts {
		from[k+1] += from[k]
	}
	next := from
	for i, row := range used {
		p := s.part[i]
		s.order[next[p]] = row
		next[p]++
	}
	return from
}

// pack gives a part its rows.
func (s *scatterer) pack(p *part, file, block int, d *decoded, rows []int32) {
	s.ints, s.floats = resize(s.ints, len(rows)), resize(s.floats, len(rows))
	w := packer{make([]byte, 0, len(rows)*(12+3*len(s.h.keep[file])))}
	p.mu.Lock()
	for i, row := range rows {
		k := d.id.Codes[row]
		s.ints[i] = int64(p.ids.number(d.id.Dict[k], d.hashes[k]))
	}
	p.mu.Unlock()
	w.ints(s.ints)
	for i, row := range rows {
		s.ints[i] = d.time[row]
	}
	w.ints(s.ints)
	if s.h.delayed[file] {
		s.delays(d, rows)
		w.ints(s.ints)
	}
	for _, k := range s.h.keep[file] {
		if fields[k].kind == numberField {
			s.numbers(d, k, rows)
			w.floats(s.floats)
		} else {
			s.words(d, k, rows)
			w.ints(s.ints)
		}
	}
	p.add(file, chunk{block, len(rows), w.end()})
}

// delays are how long after its time each row became known.
func (s *scatterer) delays(d *decoded, rows []int32) {
	for i, row := range rows {
		s.ints[i] = 0
		if d.seen != nil && d.seenFaults.at(int(row)) == sound {
			s.ints[i] = max(0, d.seen[row]-d.time[row]-1)
		}
	}
}

func (s *scatterer) numbers(d *decoded, k int, rows []int32) {
	none := nan
	if fields[k].zero {
		none = 0
	}
	v, f := d.number[k], d.faults[k]
	for i, row := range rows {
		if v == nil || f != nil && f[row] != sound {
			s.floats[i] = none
		} else {
			s.floats[i] = v[row]
		}
	}
}

func (s *scatterer) words(d *decoded, k int, rows []int32) {
	c, code := d.word[k], d.code[k]
	for i, row := range rows {
		if c == nil || c.IsNull(int(row)) {
			s.ints[i] = 0
		} else {
			s.ints[i] = code[c.Codes[row]]
		}
	}
}

// use books the rows that are used.
func (a *audit) use(d *decoded, used []int32) {
	a.accepted += int64(len(used))
	for _, row := range used {
		a.first, a.last = min(a.first, d.time[row]), max(a.last, d.time[row])
	}
	a.used.rows += int64(len(used))
	file := boolInt(d.event)
	for _, sum := range []struct {
		field int
		to    *total
	}{{worth[file], &a.used.amount}, {quantityField, &a.used.quantity}} {
		v, f := d.number[sum.field], d.faults[sum.field]
		for _, row := range used {
			if v != nil && f.at(int(row)) == sound {
				sum.to.add(v[row])
			}
		}
	}
	if d.event {
		a.useTypes(d, used)
		return
	}
	for _, row := range used {
		if v := d.number[amountField][row]; v < 0 {
			a.counts[negative]++
		} else if v == 0 {
			a.counts[free]++
		}
	}
}

// useTypes counts events by type.
func (a *audit) useTypes(d *decoded, used []int32) {
	c, code := d.word[typeField], d.code[typeField]
	for _, row := range used {
		k := code[c.Codes[row]]
		if int(k) >= len(a.types) {
			a.types = append(a.types, make([]int64, int(k)-len(a.types)+1)...)
		}
		a.types[k]++
	}
}
