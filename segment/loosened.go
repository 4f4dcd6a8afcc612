package segment

import "segmenta/table"

// A Loosened rule is one without one of its criteria.
type Loosened struct {
	Criterion string
	LetsIn    []bool // those who would be in, if it were not for the criterion
}

// Loosen leaves out each criterion of a rule in turn, and says whom that lets in. What
// exclude keeps out stays out: it is no question of effect. A rule whose columns are not all
// there gives an Unavailable error.
func (r *Rule) Loosen(t *table.Table) (list []Loosened, err error) {
	m, err := r.Evaluate(t)
	if err != nil {
		return nil, err
	}
	blocks, err := r.blocks(t, m.Frozen)
	if err != nil {
		return nil, err
	}
	h := &held{m, blocks, count(m.In)}
	for _, b := range blocks {
		if b.Condition == nil || b.Name == "exclude" {
			continue
		}
		for _, c := range b.tests() {
			one := Loosened{Criterion: c.String(), LetsIn: make([]bool, t.Rows())}
			_, out := h.parted(b, c, t)
			for _, i := range out {
				one.LetsIn[i] = true
			}
			list = append(list, one)
		}
	}
	return list, nil
}
