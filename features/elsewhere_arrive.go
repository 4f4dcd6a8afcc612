package features

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
