package features

import "sync"

// parts is the number of partitions that customers are scattered to: so many that
// the rows of one fit into a processor's cache while they are sorted. Nothing that
// comes out depends on it.
const parts = 256

// A part holds what the customers did whose ids hash to it.
type part struct {
	mu     sync.Mutex
	ids    index
	chunks [files][]chunk
	warmed uint64 // of no meaning: it keeps reading ahead from being optimised away

	names   []string // of the customers, by number, once all are known
	byID    []int32  // numbers of the customers, in bytewise order of their ids
	created []int64  // by number: what the customers file says, unset where it is silent
	profile []int32  // by number: row of the customers file, −1 where there is none
}

// partOf is where a hash belongs.
func partOf(h uint64) int { return int(h >> 56) }

// unset marks a time that nobody knows.
const unset = int64(1) << 62

// A chunk is the rows that one block gave a part, packed: their customers' numbers,
// times, delays until they were known, and fields.
type chunk struct {
	block   int // its place among all blocks, in order of file
	rows    int
	columns []packing
	blob
}

// one numbers a customer within the part.
func (p *part) one(id string, h uint64) int32 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ids.number(&id, keyOf(id), uint32(h))
}

// add keeps a chunk.
func (p *part) add(file int, c chunk) {
	p.mu.Lock()
	p.chunks[file] = append(p.chunks[file], c)
	p.mu.Unlock()
}

// forget lets go of a file's chunks.
func (p *part) forget(file int, s *store) {
	for i := range p.chunks[file] {
		s.drop(&p.chunks[file][i].blob)
	}
	p.chunks[file] = nil
}

// line puts the part's customers in bytewise order.
func (p *part) line() {
	p.names = p.ids.names()
	p.byID = inOrder(p.names)
}
