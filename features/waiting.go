package features

// A comer is a row whose customer is to be numbered: its key, with the number of its word
// where the id is long and the key only stands for it.
type comer key

// key is the customer's.
func (c comer) key() key { return key{c.a, c.b &^ wordOf(c.b)} }

// word is the number of a long id's word, otherwise 0.
func (c comer) word() int32 { return int32(wordOf(c.b)) }

// wordOf is the part of a key's second half that holds a word's number.
func wordOf(b uint64) uint64 {
	if b&long == 0 {
		return 0
	}
	return b &^ long
}

// waiting is slabs of which nobody knows yet whose rows they hold. Many wait for one
// another, so that the customers of one part are numbered one after the other, while
// the part's index is close by.
type waiting struct {
	most, rows int
	slabs      []*slab
	ids        [][]string // the words of each slab's customers, where one is long
	comers     [parts][]comer
}

// add lets a slab wait.
func (w *waiting) add(b *slab, d *decoded, used []int32, part []uint8) {
	var next [parts]int32
	for k := range next {
		n := len(w.comers[k])
		next[k] = int32(n)
		w.comers[k] = grown(w.comers[k], n+b.rows(k))
	}
	seen := uint64(0)
	codes := d.id.Codes
	for i, row := range used {
		p, word := part[i], codes[row]
		c := comer(d.keys[word])
		if c.b == long {
			c.b |= uint64(word)
		}
		w.comers[p][next[p]] = c
		next[p]++
		seen |= c.b
	}
	w.slabs, w.rows = append(w.slabs, b), w.rows+len(used)
	if seen&long != 0 {
		d.t.Keep()
		w.ids = append(w.ids, d.id.Dict)
	} else {
		w.ids = append(w.ids, nil)
	}
}

// grown is the slice with a length of n.
func grown[T any](v []T, n int) []T {
	if n <= cap(v) {
		return v[:n]
	}
	return append(make([]T, 0, n+n/2), v...)[:n]
}

// settle numbers everybody who waits, and hands the slabs to the parts.
func (w *waiting) settle(h *History) error {
	for k := range h.parts {
		h.parts[k].meet(w.comers[k], w.slabs, w.ids, k)
		w.comers[k] = w.comers[k][:0]
	}
	for _, b := range w.slabs {
		if err := h.place(b); err != nil {
			return err
		}
	}
	clear(w.slabs)
	clear(w.ids)
	w.slabs, w.ids, w.rows = w.slabs[:0], w.ids[:0], 0
	return nil
}

// place hands a slab's rows to their parts, in memory or on disk.
func (h *History) place(b *slab) error {
	for s := range b.stripes {
		whole, err := h.store.keep(b.stripes[s])
		if err != nil {
			return err
		}
		at := 0
		for k := s * parts / stripes; k < (s+1)*parts/stripes; k++ {
			if n := b.size(k, k+1); n > 0 {
				h.parts[k].add(b.file, chunk{b.block, b.rows(k), b.columns, whole.piece(at, n)})
				at += n
			}
		}
	}
	return nil
}

// meet numbers the customers of a part's rows.
func (p *part) meet(some []comer, slabs []*slab, ids [][]string, at int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, b := range slabs {
		n := b.rows(at)
		if n == 0 {
			continue
		}
		who := b.piece(at)
		for from := 0; from < n; from += ahead {
			few := some[from:min(from+ahead, n)]
			p.number(few, ids[i], who[whoWidth*from:])
		}
		some = some[n:]
	}
}

// number writes the numbers of a few customers down. Lines of one order follow one
// another, and are not looked up twice.
func (p *part) number(few []comer, ids []string, who []byte) {
	var hashes [ahead]uint32
	for k, c := range few {
		hashes[k] = uint32(c.key().hash())
	}
	p.warmed += p.ids.warm(hashes[:len(few)])
	number, none := int32(0), ""
	for k, c := range few {
		id := &none
		if c.b&long != 0 {
			id = &ids[c.word()]
		}
		if k == 0 || c != few[k-1] {
			number = p.ids.number(id, c.key(), hashes[k])
		}
		who[whoWidth*k], who[whoWidth*k+1], who[whoWidth*k+2] = byte(number), byte(number>>8), byte(number>>16)
	}
}
