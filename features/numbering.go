package features

import (
	"math"
	"slices"
)

// A numbering is the words of one customer's series, told apart once for all moments and
// windows.
type numbering struct {
	done    bool
	words   []uint64 // those that occur, in their order
	place   []int32  // of each point: its word's place among them, −1 where it has none
	earlier []int32  // of each point: the last one before it of the same word, −1 for the first, beyond all where it has none
	rank    []int32
	last    []int32
}

// numbered numbers a field's words, once.
func (v *view) numbered(field int) *numbering {
	if v.named == nil {
		v.named = make([]numbering, len(fields))
	}
	n := &v.named[field]
	if !n.done {
		n.number(v.word[field], &v.s.set)
		n.done = true
	}
	return n
}

func (n *numbering) number(words []uint64, met *set) {
	n.words, n.last = n.words[:0], n.last[:0]
	n.place, n.earlier = resize(n.place, len(words)), resize(n.earlier, len(words))
	met.clear(len(words))
	for i, w := range words {
		if w == 0 {
			n.place[i], n.earlier[i] = -1, math.MaxInt32
			continue
		}
		at, again := met.place(w)
		if !again {
			n.words, n.last = append(n.words, w), append(n.last, -1)
		}
		n.place[i], n.earlier[i], n.last[at] = at, n.last[at], int32(i)
	}
	n.sort(met)
}

// sort turns places in order of appearance into those in order of word.
func (n *numbering) sort(met *set) {
	slices.Sort(n.words)
	n.rank = resize(n.rank, len(n.words))
	for i, w := range n.words {
		at, _ := met.place(w)
		n.rank[at] = int32(i)
	}
	for i, at := range n.place {
		if at >= 0 {
			n.place[i] = n.rank[at]
		}
	}
}
