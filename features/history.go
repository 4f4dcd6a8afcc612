package features

import (
	"errors"
	"io"
	"slices"
	"strings"
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
	type entry struct {
		key uint64 // the first bytes that are not everybody's
		at  place
	}
	skip := len(h.sharedPrefix())
	var all []entry
	for i := range h.parts {
		for rank := range h.parts[i].byID {
			all = append(all, entry{firstBytes(h.name(place{int32(i), int32(rank)})[skip:]), place{int32(i), int32(rank)}})
		}
	}
	slices.SortFunc(all, func(a, b entry) int {
		if a.key != b.key {
			if a.key < b.key {
				return -1
			}
			return 1
		}
		return strings.Compare(h.name(a.at), h.name(b.at))
	})
	h.order = make([]place, len(all))
	for i, e := range all {
		h.order[i] = e.at
	}
	return nil
}

// name is the id of the customer at a rank.
func (h *History) name(at place) string {
	p := &h.parts[at.part]
	return p.ids.name(int(p.byID[at.customer]))
}

// sharedPrefix is what all ids begin with.
func (h *History) sharedPrefix() string {
	prefix, any := "", false
	for i := range h.parts {
		n := len(h.parts[i].byID)
		if n == 0 {
			continue
		}
		for _, rank := range []int{0, n - 1} {
			id := h.name(place{int32(i), int32(rank)})
			if !any {
				prefix, any = id, true
			}
			n := 0
			for n < min(len(prefix), len(id)) && prefix[n] == id[n] {
				n++
			}
			prefix = prefix[:n]
		}
	}
	return prefix
}

// firstBytes are a text's first eight, as a number that sorts like them.
func firstBytes(s string) (key uint64) {
	for i := range 8 {
		key <<= 8
		if i < len(s) {
			key |= uint64(s[i])
		}
	}
	return key
}
