package features

// A set tells words that it has met from new ones. To clear it costs nothing.
type set struct {
	slots []struct {
		word uint64
		at   int32
		turn uint32
	}
	turn uint32
	n    int32
}

// clear forgets everything and makes room for n words.
func (s *set) clear(n int) {
	if len(s.slots) < 2*n || s.turn == 1<<32-1 {
		size := 64
		for size < 2*n {
			size *= 2
		}
		*s = set{}
		s.slots = append(s.slots, make([]struct {
			word uint64
			at   int32
			turn uint32
		}, size)...)
	}
	s.turn++
	s.n = 0
}

// at is the place of a word among those met since clear, and whether it is new.
func (s *set) place(word uint64) (at int32, met bool) {
	mask := uint64(len(s.slots) - 1)
	for k := (word * 0x9E3779B97F4A7C15) >> 32 & mask; ; k = (k + 1) & mask {
		slot := &s.slots[k]
		if slot.turn != s.turn {
			slot.word, slot.turn, slot.at = word, s.turn, s.n
			s.n++
			return slot.at, false
		}
		if slot.word == word {
			return slot.at, true
		}
	}
}

// has reports whether a word was met before, and remembers it.
func (s *set) has(word uint64) bool {
	_, met := s.place(word)
	return met
}
