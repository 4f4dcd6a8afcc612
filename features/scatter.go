package features

import "slices"

// A scatterer hands a block's rows to their customers' parts, reusing its memory.
type scatterer struct {
	h      *History
	from   [parts + 1]int32 // where each part's rows start, once in order
	to     []int32          // where each used row goes
	next   [parts]int32
	number []int32 // of each customer of the block, within the part
	comers []comer // customers of the block, part by part
	order  [files][]sorted
	out    packer
}

// A comer is a customer who is to be numbered: everything that takes stands together,
// so that the rest of the block is not read again in another order.
type comer struct {
	key  key
	hash uint64
	word int32
}

// sorted is one column of a block, its rows in order of part.
type sorted struct {
	ints   []int64
	floats []float64 // instead
}

// scatter packs the rows that are used, part by part, and books them.
func (s *scatterer) scatter(j *job, d *decoded, used []int32) error {
	s.meet(d, used)
	s.place(d, used)
	columns := s.columns(j.source.file, d, used)
	for k := range parts {
		if from, to := s.from[k], s.from[k+1]; from < to {
			s.h.parts[k].add(j.source.file, chunk{j.place, int(to - from), s.h.store.keep(s.pack(columns, int(from), int(to)))})
		}
	}
	j.audit.use(d, used)
	return s.h.makeRoom()
}

// meet numbers the block's customers that have a row that is used, part by part.
func (s *scatterer) meet(d *decoded, used []int32) {
	s.number = resize(s.number, len(d.hashes))
	for k := range s.number {
		s.number[k] = -1
	}
	for _, row := range used {
		s.number[d.id.Codes[row]] = 0
	}
	var from [parts + 1]int32
	for k, h := range d.hashes {
		if s.number[k] == 0 {
			from[partOf(h)+1]++
		}
	}
	for k := range parts {
		from[k+1] += from[k]
		s.next[k] = from[k]
	}
	s.comers = resize(s.comers, int(from[parts]))
	for k, h := range d.hashes {
		if p := partOf(h); s.number[k] == 0 {
			s.comers[s.next[p]] = comer{d.keys[k], h, int32(k)}
			s.next[p]++
		}
	}
	for k := range parts {
		if some := s.comers[from[k]:from[k+1]]; len(some) > 0 {
			s.h.parts[k].meet(d.id.Dict, some, s.number)
		}
	}
}

// place finds each used row its place among the rows in order of part.
func (s *scatterer) place(d *decoded, used []int32) {
	s.to = resize(s.to, len(used))
	clear(s.from[:])
	for _, row := range used {
		s.from[partOf(d.hashes[d.id.Codes[row]])+1]++
	}
	for k := range parts {
		s.from[k+1] += s.from[k]
		s.next[k] = s.from[k]
	}
	for i, row := range used {
		p := partOf(d.hashes[d.id.Codes[row]])
		s.to[i] = s.next[p]
		s.next[p]++
	}
}

// columns puts every column's rows in order of part: customers, times, delays until
// rows became known, and fields.
func (s *scatterer) columns(file int, d *decoded, used []int32) []sorted {
	keep := s.h.keep[file]
	all := slices.Grow(s.order[file], 3+len(keep))[:3+len(keep)]
	s.order[file] = all
	for i := range all {
		if i >= 3 && fields[keep[i-3]].kind == numberField {
			all[i].floats = resize(all[i].floats, len(used))
		} else {
			all[i].ints = resize(all[i].ints, len(used))
		}
	}
	for i, row := range used {
		all[0].ints[s.to[i]] = int64(s.number[d.id.Codes[row]])
	}
	for i, row := range used {
		all[1].ints[s.to[i]] = d.time[row]
	}
	for i, row := range used {
		all[2].ints[s.to[i]] = 0
		if d.seen != nil && d.seenFaults.at(int(row)) == sound {
			all[2].ints[s.to[i]] = max(0, d.seen[row]-d.time[row]-1)
		}
	}
	for i, k := range keep {
		if fields[k].kind == numberField {
			s.floats(all[3+i].floats, d, k, used)
		} else {
			s.codes(all[3+i].ints, d, k, used)
		}
	}
	if !s.h.delayed[file] {
		return slices.Concat(all[:2], all[3:])
	}
	return all
}

func (s *scatterer) floats(to []float64, d *decoded, k int, used []int32) {
	none := nan
	if fields[k].zero {
		none = 0
	}
	v, f := d.number[k], d.faults[k]
	for i, row := range used {
		switch {
		case v == nil || f != nil && f[row] != sound:
			to[s.to[i]] = none
		default:
			to[s.to[i]] = v[row]
		}
	}
}

func (s *scatterer) codes(to []int64, d *decoded, k int, used []int32) {
	c, code := d.word[k], d.code[k]
	for i, row := range used {
		switch {
		case c != nil && !c.IsNull(int(row)):
			to[s.to[i]] = code[c.Codes[row]]
		case c == nil && code != nil:
			to[s.to[i]] = code[row]
		default:
			to[s.to[i]] = 0
		}
	}
}

// pack lays a part's rows out as bytes.
func (s *scatterer) pack(columns []sorted, from, to int) []byte {
	s.out.out = s.out.out[:0]
	for _, c := range columns {
		if c.floats != nil {
			s.out.floats(c.floats[from:to])
		} else {
			s.out.ints(c.ints[from:to])
		}
	}
	return slices.Clone(s.out.end())
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
