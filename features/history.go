package features

import (
	"cmp"
	"slices"
	"time"

	"segmenta/table"
)

// A History is what every customer did, by customer and time.
type History struct {
	zone     *time.Location
	parts    []*part
	order    []place // all customers in bytewise order of their ids
	quality  *Quality
	has      map[string]bool // "transactions", "transactions.quantity", "events.type.email_open", …
	category words
	channel  words
	kind     words        // types of events
	profiles *table.Table // the customers file, nil where there is none
	first    time.Time
	last     time.Time
}

// A place is where a customer's history lies.
type place struct{ part, customer int32 }

// Quality says what Load found in the files.
func (h *History) Quality() *Quality { return h.quality }

// Span is the time of the first and of the last accepted purchase, return or
// event; both are zero where there is none.
func (h *History) Span() (first, last time.Time) { return h.first, h.last }

// Customers is the number of customers that the sources name.
func (h *History) Customers() int { return len(h.order) }

// Zone is the zone in which days and hours are meant.
func (h *History) Zone() *time.Location { return h.zone }

// line puts all customers in the order of their ids.
func (h *History) line() {
	type entry struct {
		id string
		at place
	}
	var all []entry
	for p, part := range h.parts {
		for k, id := range part.ids {
			all = append(all, entry{id, place{int32(p), int32(k)}})
		}
	}
	slices.SortFunc(all, func(a, b entry) int { return cmp.Compare(a.id, b.id) })
	h.order = make([]place, len(all))
	for i, e := range all {
		h.order[i] = e.at
	}
}
