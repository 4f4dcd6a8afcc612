package features

import (
	"cmp"
	"slices"
)

// A grouper unpacks parts and groups their rows by customer, reusing its memory.
type grouper struct {
	h     *History
	last  bool // parts are let go once grouped
	rows  [files]rows
	rank  []int32 // a customer's place in order of id, by number
	place []int32 // where each row goes
	next  []int32
	ints  []int64
	float []float64
	order []int32
	disk  []byte // what was read back
	units []unpacker
}

// group unpacks one part and puts its rows in order. It counts or drops rows that
// equal the one before.
func (g *grouper) group(p *part) (equal [files]tally, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	g.rank = resize(g.rank, len(p.byID))
	for i, k := range p.byID {
		g.rank[k] = int32(i)
	}
	for file := range g.rows {
		slices.SortFunc(p.chunks[file], func(a, b chunk) int { return cmp.Compare(a.block, b.block) })
		if err := g.gather(file, p.chunks[file], len(p.byID)); err != nil {
			return equal, err
		}
		equal[file] = g.sort(file)
		g.rows[file].know()
		if g.last {
			p.forget(file, &g.h.store)
		}
	}
	return equal, nil
}

// An unpacker reads a chunk, column by column.
type unpacker struct {
	in      []byte
	rows    int
	columns []packing
}

// next takes the next column.
func (u *unpacker) next() (p packing, rows []byte) {
	p, rows = u.columns[0], u.in
	u.columns, u.in = u.columns[1:], u.in[u.rows*p.width:]
	return p, rows
}

// open begins to unpack chunks, those on disk too.
func (g *grouper) open(chunks []chunk) ([]unpacker, error) {
	units, size := g.units[:0], 0
	for i := range chunks {
		if chunks[i].data == nil {
			size += chunks[i].size + slack
		}
	}
	g.disk = resize(g.disk, size)
	rest := g.disk
	for i := range chunks {
		c := &chunks[i]
		data, err := g.h.store.read(&c.blob, 0, c.size, rest)
		if err != nil {
			return nil, err
		}
		units = append(units, unpacker{data, c.rows, c.columns})
		if c.data == nil {
			rest = rest[c.size+slack:]
		}
	}
	g.units = units
	return units, nil
}

// gather unpacks chunks; every value goes straight to its customer.
func (g *grouper) gather(file int, chunks []chunk, customers int) error {
	n, most := 0, 0
	for _, c := range chunks {
		n, most = n+c.rows, max(most, c.rows)
	}
	g.ints, g.float = resize(g.ints, most), resize(g.float, most)
	r := &g.rows[file]
	units, err := g.open(chunks)
	if err != nil {
		return err
	}
	g.seat(r, units, n, customers)
	r.time = resize(r.time, n)
	g.intsTo(r.time, units)
	r.seen = nil
	if g.h.delayed[file] {
		r.seen = make([]int64, n)
		g.intsTo(r.seen, units)
		for i := range r.seen {
			r.seen[i] += r.time[i] + 1
		}
	}
	if r.number == nil {
		r.number, r.word = make([][]float64, len(fields)), make([][]uint64, len(fields))
	}
	r.kept = g.h.keep[file]
	for _, k := range r.kept {
		if fields[k].kind == numberField {
			r.number[k] = resize(r.number[k], n)
			g.floatsTo(r.number[k], units)
			continue
		}
		r.word[k] = resize(r.word[k], n)
		g.wordsTo(r.word[k], g.h.ranks[k], units)
	}
	return nil
}

// seat gives every row its place: that of its customer, in the order of the files.
func (g *grouper) seat(r *rows, units []unpacker, n, customers int) {
	g.place, r.from = resize(g.place, n), resize(r.from, customers+1)
	clear(r.from)
	place := g.place
	for i := range units {
		ints := g.next64(&units[i])
		for k, number := range ints {
			who := g.rank[number]
			place[k] = who
			r.from[who+1]++
		}
		place = place[len(ints):]
	}
	for k := range customers {
		r.from[k+1] += r.from[k]
	}
	g.next = append(g.next[:0], r.from...)
	for i, who := range g.place {
		g.place[i] = g.next[who]
		g.next[who]++
	}
}

// next64 unpacks a chunk's next column of whole numbers.
func (g *grouper) next64(u *unpacker) []int64 {
	p, rows := u.next()
	p.ints(g.ints[:u.rows], rows)
	return g.ints[:u.rows]
}

func (g *grouper) intsTo(to []int64, units []unpacker) {
	place := g.place
	for i := range units {
		ints := g.next64(&units[i])
		for k, v := range ints {
			to[place[k]] = v
		}
		place = place[len(ints):]
	}
}

func (g *grouper) floatsTo(to []float64, units []unpacker) {
	place := g.place
	for i := range units {
		p, rows := units[i].next()
		float := g.float[:units[i].rows]
		p.floats(float, rows)
		for k, v := range float {
			to[place[k]] = v
		}
		place = place[len(float):]
	}
}

// wordsTo turns the numbers that words had while reading into their ranks; hashes
// have none and stay.
func (g *grouper) wordsTo(to []uint64, rank []int32, units []unpacker) {
	place := g.place
	for i := range units {
		ints := g.next64(&units[i])
		for k, v := range ints {
			if rank != nil {
				v = int64(rank[v])
			}
			to[place[k]] = uint64(v)
		}
		place = place[len(ints):]
	}
}

// resize returns a slice of n, of the same memory where it is large enough.
func resize[T any](v []T, n int) []T {
	if cap(v) < n {
		return make([]T, n, n+n/4)
	}
	return v[:n]
}
