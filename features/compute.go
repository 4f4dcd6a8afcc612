package features

import (
	"math"
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
	snapshots := make([]*Snapshot, 0, len(q.Moments))
	err := h.stream(q, math.MaxInt, false, func(s *Snapshot) error {
		snapshots = append(snapshots, s)
		return nil
	})
	return snapshots, err
}

// Stream answers a question as Answer does, but hands each snapshot out in stretches
// of so many customers, to be written: columns of few numbers come Coded. It lets go of the
// history on the way: nothing can be asked afterwards.
func (h *History) Stream(q Question, rows int, say func(*Snapshot) error) error {
	return h.stream(q, rows, true, say)
}

func (h *History) stream(q Question, rows int, last bool, say func(*Snapshot) error) error {
	asked, err := h.ask(q)
	if err != nil {
		return err
	}
	asked.last = last
	all, err := asked.answer()
	if err != nil {
		return err
	}
	defer all.drop()
	for m := range q.Moments {
		err := all.lineups(m, rows, func(l *lineup) error {
			s, err := all.snapshot(m, l)
			if err != nil {
				return err
			}
			return say(s)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// drop lets go of the answers.
func (a *answers) drop() {
	for _, part := range a.found {
		for m := range part {
			a.h.store.drop(&part[m].blob)
		}
	}
}
