package features

// A fault says why a cell could not be used.
type fault uint8

const (
	sound      fault = iota
	missing          // null or empty
	unreadable       // of the wrong type
	infinite         // NaN or infinite
	huge             // past what sums can hold exactly
	unpriced         // of a currency without a rate
)

// faults says why cells could not be used; nil where nothing is wrong with any.
type faults []fault

func (f faults) at(i int) fault {
	if f == nil {
		return sound
	}
	return f[i]
}

// any reports whether some cell is as bad as that, or worse.
func (f faults) any(bad fault) bool {
	for _, why := range f {
		if why >= bad {
			return true
		}
	}
	return false
}

// set marks one of a block's cells.
func (f *faults) set(i int, r reader, why fault) {
	if *f == nil {
		*f = r.spare.newFaults(r.rows)
		clear(*f)
	}
	(*f)[i] = why
}
