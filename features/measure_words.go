package features

// lastWord is the last word that there is.
func (v *view) lastWord(field int) float64 {
	words := v.words(field)
	for i := len(words) - 1; i >= 0; i-- {
		if words[i] != 0 {
			return float64(words[i])
		}
	}
	return nan
}

// novel counts the words of the window that never came before it.
func (v *view) novel(field int) (n float64) {
	all := v.word[field]
	v.s.set.clear(v.to)
	for i, w := range all[:v.to] {
		if w != 0 && !v.s.set.has(w) && i >= v.from {
			n++
		}
	}
	return n
}

// repeatedShare is the share of points whose word came at an earlier time.
func (v *view) repeatedShare(field int) float64 {
	all, n, again := v.word[field], 0.0, 0.0
	v.s.set.clear(v.to)
	for i := 0; i < v.to; {
		end := i
		for end < v.to && v.time[end] == v.time[i] {
			end++
		}
		// Lines of one moment are one purchase: none of them is earlier.
		for _, w := range all[i:end] {
			if w != 0 && i >= v.from {
				n, again = n+1, again+float64(boolInt(v.s.set.holds(w)))
			}
		}
		for _, w := range all[i:end] {
			if w != 0 {
				v.s.set.has(w)
			}
		}
		i = end
	}
	return again / positive(n)
}

// holds reports whether a word was met, without remembering it.
func (s *set) holds(word uint64) bool {
	mask := uint64(len(s.slots) - 1)
	for k := (word * 0x9E3779B97F4A7C15) >> 32 & mask; ; k = (k + 1) & mask {
		slot := &s.slots[k]
		if slot.turn != s.turn {
			return false
		}
		if slot.word == word {
			return true
		}
	}
}

// secondShare is the share of the second heaviest word.
func secondShare(all []weighed) float64 {
	top, second, sum := 0.0, 0.0, 0.0
	for _, w := range all {
		sum += w.weight
		switch {
		case w.weight > top:
			top, second = w.weight, top
		case w.weight > second:
			second = w.weight
		}
	}
	return second / positive(sum)
}
