package features

// A spare is the columns that one block is cast to, used again for the next one. A nil
// one makes new ones. What it lends holds anything.
type spare struct {
	ints   lender[int64]
	floats lender[float64]
	faults lender[fault]
}

// renew takes back what was lent.
func (s *spare) renew() {
	if s != nil {
		s.ints.lent, s.floats.lent, s.faults.lent = 0, 0, 0
	}
}

func (s *spare) newInts(n int) []int64 {
	if s == nil {
		return make([]int64, n)
	}
	return s.ints.lend(n)
}

func (s *spare) newFloats(n int) []float64 {
	if s == nil {
		return make([]float64, n)
	}
	return s.floats.lend(n)
}

func (s *spare) newFaults(n int) faults {
	if s == nil {
		return make(faults, n)
	}
	return s.faults.lend(n)
}

// A lender lends slices.
type lender[T any] struct {
	all  [][]T
	lent int
}

func (l *lender[T]) lend(n int) []T {
	if l.lent == len(l.all) {
		l.all = append(l.all, nil)
	}
	l.all[l.lent] = resize(l.all[l.lent], n)
	l.lent++
	return l.all[l.lent-1]
}
