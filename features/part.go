package features

import (
	"cmp"
	"slices"
	"sync"
)

// parts is the number of partitions that customers are scattered to: so many that
// the rows of one fit into a processor's cache while they are sorted. Nothing that
// comes out depends on it.
const parts = 256

// A part holds what the customers did whose ids hash to it.
type part struct {
	mu     sync.Mutex
	ids    index
	chunks [files][]chunk
	held   int64 // bytes of chunks in memory

	byID    []int32 // numbers of the customers, in bytewise order of their ids
	created []int64 // by number: what the customers file says, unset where it is silent
	profile []int32 // by number: row of the customers file, −1 where there is none
}

// partOf is where a hash belongs.
func partOf(h uint64) int { return int(h >> 56) }

// unset marks a time that nobody knows.
const unset = int64(1) << 62

// A chunk is the rows that one block gave a part, packed: their customers' numbers,
// times, delays until they were known, and fields.
type chunk struct {
	block int // its place among all blocks, in order of file
	rows  int
	blob
}

// number numbers customers within the part.
func (p *part) number(id string, h uint64) int32 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ids.number(&id, keyOf(id), h)
}

// meet numbers some of a block's customers.
func (p *part) meet(dict []string, some []comer, number []int32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range some {
		c := &some[i]
		number[c.word] = p.ids.number(&dict[c.word], c.key, c.hash)
	}
}

// add keeps a chunk.
func (p *part) add(file int, c chunk) {
	p.mu.Lock()
	p.chunks[file] = append(p.chunks[file], c)
	p.held += int64(c.size)
	p.mu.Unlock()
}

// spill writes the part's chunks to disk.
func (p *part) spill(s *store) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var blobs []*blob
	for file := range p.chunks {
		for i := range p.chunks[file] {
			blobs = append(blobs, &p.chunks[file][i].blob)
		}
	}
	p.held = 0
	return s.spill(blobs)
}

// forget lets go of a file's chunks.
func (p *part) forget(file int, s *store) {
	for i := range p.chunks[file] {
		s.drop(&p.chunks[file][i].blob)
	}
	p.chunks[file], p.held = nil, 0
}

// size is how many bytes a part holds in memory.
func (p *part) size() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.held
}

// makeRoom spills the largest parts until a quarter of the limit is free; where there
// are none left, answers.
func (h *History) makeRoom() error {
	if !h.store.full() {
		return nil
	}
	h.making.Lock()
	defer h.making.Unlock()
	for h.store.held.Load() > h.store.limit*3/4 {
		largest, size := -1, int64(0)
		for i := range h.parts {
			if n := h.parts[i].size(); n > size {
				largest, size = i, n
			}
		}
		if largest < 0 {
			err := h.store.spill(h.answers)
			h.answers = nil
			return err
		}
		if err := h.parts[largest].spill(&h.store); err != nil {
			return err
		}
	}
	return nil
}

// line puts the part's customers in bytewise order.
func (p *part) line() {
	type named struct {
		id string
		k  int32
	}
	all := make([]named, p.ids.len())
	for k := range all {
		all[k] = named{p.ids.name(k), int32(k)}
	}
	slices.SortFunc(all, func(a, b named) int { return cmp.Compare(a.id, b.id) })
	p.byID = make([]int32, len(all))
	for i, n := range all {
		p.byID[i] = n.k
	}
}
