package features

import (
	"time"

	"segmenta/table"
)

// A Snapshot is what was known about the customers as of one moment.
type Snapshot struct {
	AsOf      time.Time
	Customers []string     // in bytewise order: everyone who had bought, returned, done or been entered something before
	Table     *table.Table // one column for each definition, in their order

	places    []place
	summaries [][]float64
	outcomes  []outcome
}

// Compute answers every definition as of each moment, from one walk over each
// customer.
func (h *History) Compute(defs []Definition, moments []time.Time, threads int) ([]*Snapshot, error) {
	return h.Answer(Question{Definitions: defs, Moments: moments, Threads: threads})
}

// Answer answers a question from one walk over each customer: a Snapshot for each
// moment.
func (h *History) Answer(q Question) ([]*Snapshot, error) {
	asked, err := h.ask(q)
	if err != nil {
		return nil, err
	}
	all, err := asked.answer()
	if err != nil {
		return nil, err
	}
	snapshots := make([]*Snapshot, len(q.Moments))
	for m := range snapshots {
		snapshots[m] = all.snapshot(m)
	}
	return snapshots, nil
}
