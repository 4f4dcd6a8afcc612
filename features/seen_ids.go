package features

import (
	"maps"

	"segmenta/table"
)

// mostIDs is how many ids of customers are remembered; past it, a fixed share of them.
const mostIDs = 1 << 17

// IDs is a sample of a source's customers, the same for the same customers in whatever
// order they come.
type IDs struct {
	mask uint64 // ids whose hash has one of these bits are not in the sample
	set  map[uint64]bool
}

// customers adds those whom a block names to the sample.
func (o *Observer) customers(c *table.Column) {
	used := make([]bool, len(c.Dict))
	for i, k := range c.Codes {
		if !c.IsNull(i) {
			used[k] = true
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for k, ok := range used {
		if ok && c.Dict[k] != "" {
			o.ids.add(hash(c.Dict[k]))
		}
	}
}

// IDs is a sample of the source's customers.
func (o *Observer) IDs() *IDs { return &o.ids }

func (s *IDs) add(id uint64) {
	if id&s.mask != 0 {
		return
	}
	s.set[id] = true
	for len(s.set) > mostIDs {
		s.mask = s.mask<<1 | 1
		maps.DeleteFunc(s.set, func(id uint64, _ bool) bool { return id&s.mask != 0 })
	}
}

// Without is the share of customers of s that none of the others knows, and how many of
// how many in the sample.
func (s *IDs) Without(others ...*IDs) (missing, of int64) {
	mask := s.mask
	for _, o := range others {
		mask |= o.mask
	}
	for id := range s.set {
		if id&mask != 0 {
			continue
		}
		of++
		known := false
		for _, o := range others {
			known = known || o.set[id]
		}
		missing += int64(boolInt(!known))
	}
	return missing, of
}
