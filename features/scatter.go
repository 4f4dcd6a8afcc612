package features

// A scatterer hands blocks' rows to their customers' parts, reusing its memory.
type scatterer struct {
	h       *History
	waiting waiting
	spare   spare

	keys   []key    // of each word of the customers' column
	hashes []uint64 // of each, 0 where it is blank
	used   []int32
	part   []uint8          // of each used row
	from   [parts + 1]int32 // where each part's rows start, once in order
	floats []float64        // a column
	cells  [][]uint64       // every column, as it is packed
	out    []byte           // all of them, part by part
}

// scatter packs the rows that are used, part by part, and books them.
func (s *scatterer) scatter(j *job, d *decoded, used []int32) error {
	j.audit.use(d, used)
	if len(used) == 0 {
		return nil
	}
	s.place(d, used)
	b := &slab{file: j.source.file, block: j.place}
	b.begin(&s.from)
	s.columns(b, d, used)
	s.out = resize(s.out, len(used)*b.width)
	before := whoWidth
	for i, cells := range s.cells {
		b.deal(s.out, before, b.columns[1+i].width, cells, s.part)
		before += b.columns[1+i].width
	}
	b.cut(s.out)
	s.waiting.add(b, d, used, s.part)
	if s.waiting.rows < s.waiting.most {
		return nil
	}
	return s.waiting.settle(s.h)
}

// hash works out the keys and hashes of customers' ids.
func (s *scatterer) hash(ids []string) ([]uint64, []key) {
	s.hashes, s.keys = resize(s.hashes, len(ids)), resize(s.keys, len(ids))
	for k, id := range ids {
		s.hashes[k] = 0
		if id != "" && (id[0] > ' ' || !blankText(id)) {
			s.keys[k] = keyOf(id)
			s.hashes[k] = s.keys[k].hash()
		}
	}
	return s.hashes, s.keys
}

// place finds each used row its part.
func (s *scatterer) place(d *decoded, used []int32) {
	s.part = resize(s.part, len(used))
	clear(s.from[:])
	codes := d.id.Codes
	for i, row := range used {
		p := uint8(partOf(d.hashes[codes[row]]))
		s.part[i] = p
		s.from[int(p)+1]++
	}
	for k := range parts {
		s.from[k+1] += s.from[k]
	}
}

// columns packs every column but that of the customers: times, delays until rows
// became known, and fields.
func (s *scatterer) columns(b *slab, d *decoded, used []int32) {
	s.cells = s.cells[:0]
	cells := s.column(len(used))
	for i, row := range used {
		cells[i] = uint64(d.time[row])
	}
	b.columns = append(b.columns, packInts(cells))
	if s.h.delayed[b.file] {
		cells := s.column(len(used))
		for i, row := range used {
			cells[i] = 0
			if d.seen != nil && d.seenFaults.at(int(row)) == sound {
				cells[i] = uint64(max(0, d.seen[row]-d.time[row]-1))
			}
		}
		b.columns = append(b.columns, packInts(cells))
	}
	for _, k := range s.h.keep[b.file] {
		cells := s.column(len(used))
		if fields[k].kind == numberField {
			b.columns = append(b.columns, packFloats(cells, s.numbers(d, k, used)))
			continue
		}
		d.codes(cells, k, used)
		b.columns = append(b.columns, packInts(cells))
	}
	for _, c := range b.columns[1:] {
		b.width += c.width
	}
}

// column is room for one more column's cells.
func (s *scatterer) column(n int) []uint64 {
	k := len(s.cells)
	if k < cap(s.cells) {
		s.cells = s.cells[:k+1]
	} else {
		s.cells = append(s.cells, nil)
	}
	s.cells[k] = resize(s.cells[k], n)
	return s.cells[k]
}

// numbers are a field's values of the used rows.
func (s *scatterer) numbers(d *decoded, k int, used []int32) []float64 {
	s.floats = resize(s.floats, len(used))
	none := nan
	if fields[k].zero {
		none = 0
	}
	v, f := d.number[k], d.faults[k]
	switch {
	case v == nil:
		for i := range s.floats {
			s.floats[i] = none
		}
	case f == nil:
		for i, row := range used {
			s.floats[i] = v[row]
		}
	default:
		for i, row := range used {
			s.floats[i] = none
			if f[row] == sound {
				s.floats[i] = v[row]
			}
		}
	}
	return s.floats
}

// codes fills cells with the numbers or hashes of a field's words.
func (d *decoded) codes(cells []uint64, k int, used []int32) {
	c, code := d.word[k], d.code[k]
	switch {
	case c == nil && code == nil:
		clear(cells)
	case c == nil:
		for i, row := range used {
			cells[i] = uint64(code[row])
		}
	case c.Null == nil:
		for i, row := range used {
			cells[i] = uint64(code[c.Codes[row]])
		}
	default:
		for i, row := range used {
			cells[i] = 0
			if !c.Null[row] {
				cells[i] = uint64(code[c.Codes[row]])
			}
		}
	}
}
