package features

import (
	"cmp"
	"slices"
	"time"
)

// A Holding is what one customer has to do with one category, as was known at a moment.
type Holding struct {
	Row      int32 // of the customer in the snapshot
	Category int32 // place in Holdings.Categories
	Orders   int32 // days on which they bought of it
	Interest int32 // events about it: views, searches, carts
	Amount   float64
	Bought   time.Time // last; zero where never
	Seen     time.Time // last event about it; zero where there is none
}

// Holdings are all of them, by row and category.
type Holdings struct {
	Categories []string
	List       []Holding
}

var categoryField, channelField = fieldAt("category"), fieldAt("channel")

// Channels finds what every customer of a snapshot has to do with every channel: its
// Categories are the channels, and Interest counts events that came through one.
func (h *History) Channels(s *Snapshot) (*Holdings, error) { return h.holdings(s, channelField) }

// Holdings finds what every customer of a snapshot has to do with every category, from
// purchases and from events that name one. It is empty where no row has a category.
func (h *History) Holdings(s *Snapshot) (*Holdings, error) { return h.holdings(s, categoryField) }

func (h *History) holdings(s *Snapshot, field int) (*Holdings, error) {
	if h.far != nil {
		return h.holdingsElsewhere(s, field)
	}
	all := &Holdings{Categories: h.words[field].list}
	rows := h.rowsOf(s)
	found := make([][]Holding, parts)
	at := s.AsOf.UnixMicro()
	err := h.visit(h.threads, func() func(int, *part, *grouper) error {
		var c customer
		clock := newClock(h.zone)
		return func(i int, p *part, g *grouper) error {
			for k := range p.byID {
				if row := rows[i][p.byID[k]]; row >= 0 {
					c.meet(p, g, k)
					found[i] = c.holdings(field, row, at, clock, found[i])
				}
			}
			return nil
		}
	})
	all.List = slices.Concat(found...)
	slices.SortFunc(all.List, func(a, b Holding) int { return cmp.Or(cmp.Compare(a.Row, b.Row), cmp.Compare(a.Category, b.Category)) })
	return all, err
}

// rowsOf is the row of each customer in a snapshot, by part and number; −1 for who is
// not in it.
func (h *History) rowsOf(s *Snapshot) [][]int32 {
	rows := make([][]int32, parts)
	for i := range rows {
		rows[i] = slices.Repeat([]int32{-1}, h.parts[i].ids.len())
	}
	for row, at := range s.places {
		rows[at.part][at.customer] = int32(row)
	}
	return rows
}

// holdings adds one customer's by the words of a field to a list.
func (c *customer) holdings(field int, row int32, at int64, clock *clock, list []Holding) []Holding {
	from := len(list)
	one := func(category uint64) *Holding {
		k := int32(category) - 1
		for i := from; i < len(list); i++ {
			if list[i].Category == k {
				return &list[i]
			}
		}
		list = append(list, Holding{Row: row, Category: k})
		return &list[len(list)-1]
	}
	for file := range c.rows {
		r := &c.rows[file]
		words := r.word[field]
		for i, t := range r.time {
			if words == nil || words[i] == 0 || r.knownAt(i) > at {
				continue
			}
			if h := one(words[i]); file == events {
				h.Interest, h.Seen = h.Interest+1, time.UnixMicro(t)
			} else if amount := r.number[amountField][i]; amount >= 0 {
				if h.Bought.IsZero() || clock.day(h.Bought.UnixMicro()) != clock.day(t) {
					h.Orders++
				}
				h.Amount, h.Bought = h.Amount+amount, time.UnixMicro(t)
			}
		}
	}
	return list
}
