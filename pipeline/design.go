package pipeline

import (
	"math"
	"time"

	"segmenta/features"
	"segmenta/table"
)

// Names of the columns that the rhythm adds to a model's features.
const (
	rhythmNone     = "rhythm_no_purchase_logit"
	rhythmAlive    = "rhythm_alive"
	rhythmExpected = "rhythm_expected_purchases"
)

// A design is what a target's model sees of each customer at a moment.
type design struct {
	snapshot *features.Snapshot
	names    []string
	columns  [][]float64
	start    []float64 // log-odds from which the trees begin; NaN where nothing is known
	why      string    // why there is no rhythm; empty where there is
}

// designAt lays out the model's view of a snapshot: its numbers that may be learned
// from, and the rhythm.
func (p *past) designAt(s *features.Snapshot, t Target) *design {
	d := &design{snapshot: s}
	d.names, d.columns = p.seen(s)
	rows := len(s.Customers)
	r, err := rhythmAt(p.History, s, t)
	if err != nil {
		d.why = err.Error()
		r = &rhythm{alive: repeated(math.NaN(), rows), expected: repeated(math.NaN(), rows), none: repeated(math.NaN(), rows)}
	}
	d.names = append(d.names, rhythmNone, rhythmAlive, rhythmExpected)
	d.columns = append(d.columns, r.none, r.alive, r.expected)
	d.start = r.none
	switch t.order() {
	case 1:
		d.start = make([]float64, rows)
		for i, z := range r.none {
			d.start[i] = -z
		}
	case 0: // how they buy says nothing sure of what is asked
		d.start = repeated(math.NaN(), rows)
	}
	return d
}

// seen are a snapshot's numbers that may be learned from. They are the snapshot's own where
// it holds them as such: nobody may write to them.
func (p *past) seen(s *features.Snapshot) (names []string, columns [][]float64) {
	for _, c := range s.Table.Columns {
		if !p.learnable[c.Name] || !isNumber(c) {
			continue
		}
		values := c.Floats
		if c.Kind != table.Float64 || c.Null != nil || c.Numbers != nil {
			values = numbersOf(c)
		}
		names, columns = append(names, c.Name), append(columns, values)
	}
	return names, columns
}

func repeated(v float64, n int) []float64 {
	all := make([]float64, n)
	for i := range all {
		all[i] = v
	}
	return all
}

// examplesAt lays out a share of a moment's eligible customers with what followed.
func (p *past) examplesAt(t Target, at time.Time, snapshots map[time.Time]*features.Snapshot, share float64) (*examples, error) {
	e := new(examples)
	s := snapshots[at]
	y, err := p.Label(t.label(), s, p.asOf)
	if err != nil {
		return nil, err
	}
	e.add(p.designAt(s, t), y, share)
	return e, nil
}
