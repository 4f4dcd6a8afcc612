package score

import "segmenta/predict/forest"

// Decisions answers, for 256 rows at once, what the nodes of a forest decide.
type Decisions struct {
	scorer *Scorer
	asked  map[question]uint32
}

// Words are a bit for each of Chunk rows, the first row's the lowest.
type Words = words

// Chunk is how many rows are answered at once.
const Chunk = chunk

// Decide prepares a forest's questions.
func Decide(f *forest.Forest) (*Decisions, error) {
	s := &Scorer{features: len(f.Features), kernel: Portable}
	asked, err := s.gather(f)
	return &Decisions{s, asked}, err
}

// Index is where the answers to a node's question stand.
func (d *Decisions) Index(t *forest.Tree, node int) uint32 { return d.asked[ask(t, node)] }

// A Reader reads rows for one goroutine.
type Reader struct {
	d *Decisions
	w *room
}

// Reader makes one.
func (d *Decisions) Reader() *Reader { return &Reader{d, d.scorer.room()} }

// Read answers every question for rows from at on, up to Chunk of them: a bit is set
// where the row goes right. What it returns is valid until it is called again.
func (r *Reader) Read(columns [][]float64, at, n int) []Words {
	for i := range r.d.scorer.bins {
		b := &r.d.scorer.bins[i]
		b.fill(r.w, columns[b.feature][at:at+n])
	}
	for i := range r.d.scorer.sets {
		l := &r.d.scorer.sets[i]
		l.fill(r.w, columns[l.feature][at:at+n])
	}
	return r.w.masks
}

// Numbers makes 64 numbers of their bits: planes[p] holds bit p of each.
func Numbers(out *[64]uint16, planes *[16]uint64, bits int) {
	for from := 0; from < bits; from += 8 {
		p := [8]uint64(planes[from : from+8])
		transposeBytes(&p)
		for j, x := range p {
			x = transpose8(x)
			for r := range 8 {
				b := uint16(x>>(8*r)&255) << from
				if from == 0 {
					out[8*j+r] = b
				} else {
					out[8*j+r] |= b
				}
			}
		}
	}
}
