package features

import (
	"slices"
	"time"
)

// Quality says what was in the files, and what of it was not used and why.
type Quality struct {
	Sources    []SourceQuality
	EventTypes []EventType // in order of name
	Customers  int         // with at least one accepted row
	Checks     []Check     // what the data were asked besides
}

// SourceQuality is about one source. Read is Accepted plus Rejected.
type SourceQuality struct {
	Name                     string
	Files                    []string
	Read, Accepted, Rejected int64
	Older                    int64    // usable rows before Since, equal ones included
	Reasons                  []Reason // why rows were rejected, and below them what was odd but accepted
	First, Last              time.Time
	AmountRead               float64 // over every row whose amount can be read, with or without a customer
	AmountAccepted           float64
	QuantityRead             float64
	QuantityAccepted         float64
}

// A Reason is one thing that was wrong or odd about rows. A row is rejected for
// the first reason in this list that holds.
type Reason struct {
	Name     string
	Rejected bool // the rows were not used
	Rows     int64
	Samples  []Sample // the first few
	En, Es   string
}

// A Sample is one such row.
type Sample struct {
	File  string
	Row   int64  // of the file, from 1
	Value string // the cell that was wrong
}

// An EventType is one type of event after mapping.
type EventType struct {
	Name string
	Rows int64
	Ours bool // a definition of the built-in catalogue reads it
}

// Wrong is how many rows with a customer can't be used, and of how many: what
// MaxRejected limits.
func (s SourceQuality) Wrong() (wrong, of int64) {
	of = s.Read
	for _, r := range s.Reasons {
		switch {
		case r.Name == reasons[noCustomer].name || r.Name == reasons[forgotten].name:
			of -= r.Rows
		case r.Rejected && r.Name != reasons[future].name && r.Name != reasons[duplicate].name:
			wrong += r.Rows
		}
	}
	return wrong, of
}

// Source returns what is known of one source, zero where it was not given.
func (q *Quality) Source(name string) SourceQuality {
	i := slices.IndexFunc(q.Sources, func(s SourceQuality) bool { return s.Name == name })
	if i < 0 {
		return SourceQuality{Name: name}
	}
	return q.Sources[i]
}

// Name renames the files of all samples.
func (q *Quality) Name(as func(file string) string) {
	rename := func(all []Sample) {
		for i := range all {
			all[i].File = as(all[i].File)
		}
	}
	for _, s := range q.Sources {
		for _, r := range s.Reasons {
			rename(r.Samples)
		}
	}
	for _, c := range q.Checks {
		rename(c.Samples)
	}
}

// Usable is how many rows could be used, equal ones included.
func (s SourceQuality) Usable() int64 { return s.Accepted + s.Rows(reasons[duplicate].name) }

// Samples are the first rows that had that reason.
func (s SourceQuality) Samples(reason string) []Sample {
	i := slices.IndexFunc(s.Reasons, func(r Reason) bool { return r.Name == reason })
	if i < 0 {
		return nil
	}
	return s.Reasons[i].Samples
}

// Rows is how many rows of the source had that reason.
func (s SourceQuality) Rows(reason string) int64 {
	i := slices.IndexFunc(s.Reasons, func(r Reason) bool { return r.Name == reason })
	if i < 0 {
		return 0
	}
	return s.Reasons[i].Rows
}
