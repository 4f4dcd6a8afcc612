package features

import (
	"errors"
	"io"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"segmenta/table"
)

// A History is what every customer did, scattered over parts by customer.
type History struct {
	zone    *time.Location
	threads int
	parts   [parts]part
	store   store
	order   []place         // all customers in bytewise order of their ids: part and rank
	has     map[string]bool // "transactions", "transactions.quantity", "events.type.email_open", …

	keep    [files][]int // the fields that rows carry
	delayed [files]bool  // a column says when rows became known
	words   []words      // by field
	ranks   [][]int32    // by field: a word's place in bytewise order, by number; nil where words are hashed

	dropEqual bool
	sums      [3]*audit // of transactions, events and customers
	paths     [3][]string
	equal     sync.Once // equal rows are counted by the first walk
	quality   *Quality
	profiles  *table.Table // the customers file, nil where there is none
	first     time.Time
	last      time.Time

	merges          []Merge
	sharedAddresses int

	extras        extras     // the slots of the user's own columns
	profileLayout *layout    // of times in the customers file
	brought       []*brought // the user's own tables of features
	far           *far       // where the rows are instead; nil: in the parts
}

// A place is where a customer is: a part, and a number or rank within it.
type place struct{ part, customer int32 }

// Close removes what was put on disk for lack of memory. The history can't be asked
// anything afterwards.
func (h *History) Close() error {
	err := h.store.close()
	if h.far != nil {
		if c, ok := h.far.Elsewhere.(io.Closer); ok {
			err = errors.Join(err, c.Close())
		}
	}
	return err
}

// Span is the time of the first and of the last accepted purchase, return or
// event; both are zero where there is none.
func (h *History) Span() (first, last time.Time) { return h.first, h.last }

// Customers is the number of customers that the sources name. Of a history that is
// elsewhere only the customers file's are known before the first answer; at least one is
// there where a row can be used.
func (h *History) Customers() int {
	if h.far != nil && h.sums[transactions].accepted > 0 {
		return max(1, len(h.order))
	}
	return len(h.order)
}

// Zone is the zone in which days and hours are meant.
func (h *History) Zone() *time.Location { return h.zone }

// line puts all customers in the order of their ids.
func (h *History) line() error {
	var g errgroup.Group
	g.SetLimit(h.threads)
	for i := range h.parts {
		g.Go(func() error { h.parts[i].line(); return nil })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	var all []string
	var where []place
	for i := range h.parts {
		p := &h.parts[i]
		for rank, k := range p.byID {
			all, where = append(all, p.names[k]), append(where, place{int32(i), int32(rank)})
		}
	}
	h.order = make([]place, len(all))
	for i, k := range inOrder(all) {
		h.order[i] = where[k]
	}
	return nil
}
