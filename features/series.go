package features

// A series is what one customer has of one source, in order of time, column by
// column. A field that is not kept is nil.
type series struct {
	time   []int64
	number [][]float64 // by field
	word   [][]uint64  // by field; 0 is none
	weight []float64   // what a word weighs; nil: 1 each
	opened []int32     // how many orders the points up to each one have opened; nil: one each

	own    *series // memory for points that are not rows as they are
	chosen rows    // of a filter: the rows that count

	clock *clock
	named []numbering // by field, worked out when first asked for
	day   []int32
	nth   []int32
	slot  []uint8
}

// renew makes the series that of another customer.
func (s *series) renew() {
	s.weight, s.opened = nil, s.opened[:0]
	s.day, s.nth, s.slot = s.day[:0], s.nth[:0], s.slot[:0]
	for i := range s.named {
		s.named[i].done = false
	}
}

// ownColumns is the series' own memory for its points.
func (s *series) ownColumns() *series {
	if s.own == nil {
		s.own = &series{}
	}
	return s.own
}

// empty makes room for points that are dealt one by one.
func (s *series) empty(reads []int) {
	if s.number == nil {
		s.number, s.word = make([][]float64, len(fields)), make([][]uint64, len(fields))
	}
	s.time = s.time[:0]
	for _, k := range reads {
		s.number[k], s.word[k] = s.number[k][:0], s.word[k][:0]
	}
}

// days are the points' days since 1970-01-01 in the zone.
func (s *series) days() []int32 {
	if len(s.day) < len(s.time) {
		s.day = resize(s.day, len(s.time))
		for i, at := range s.time {
			s.day[i] = s.clock.day(at)
		}
	}
	return s.day
}

// dayNumbers count the distinct days up to each point.
func (s *series) dayNumbers() []int32 {
	if len(s.nth) < len(s.time) {
		day, n := s.days(), int32(0)
		s.nth = resize(s.nth, len(s.time))
		for i := range day {
			if i == 0 || day[i] != day[i-1] {
				n++
			}
			s.nth[i] = n
		}
	}
	return s.nth
}

// slots are the points' hours of the week in the zone, from Monday at midnight.
func (s *series) slots() []uint8 {
	if len(s.slot) < len(s.time) {
		s.slot = resize(s.slot, len(s.time))
		for i, at := range s.time {
			_, s.slot[i] = s.clock.local(at)
		}
	}
	return s.slot
}

// firstAt is the place of the first time at or after another.
func firstAt(times []int64, at int64) int {
	low, high := 0, len(times)
	for low < high {
		if mid := int(uint(low+high) / 2); times[mid] < at {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low
}

// firstBack is firstAt where the place is near the end: it looks back from there in
// steps that double.
func firstBack(times []int64, at int64) int {
	high, step := len(times), 1
	for high > 0 && times[max(0, high-step)] >= at {
		high = max(0, high-step)
		step *= 2
	}
	low := max(0, high-step)
	return low + firstAt(times[low:high], at)
}

// columns gives a series columns of its own for the fields that rows have.
func (s *series) columns(r *rows, n int) {
	if s.number == nil {
		s.number, s.word = make([][]float64, len(fields)), make([][]uint64, len(fields))
	}
	s.time = resize(s.time, n)
	for _, k := range r.kept {
		if r.number[k] != nil {
			s.number[k] = resize(s.number[k], n)
		}
		if r.word[k] != nil {
			s.word[k] = resize(s.word[k], n)
		}
	}
}

// set copies a row to a point.
func (s *series) set(i int, r *rows, j int) {
	s.time[i] = r.time[j]
	for _, k := range r.kept {
		if v := r.number[k]; v != nil {
			s.number[k][i] = v[j]
		}
		if v := r.word[k]; v != nil {
			s.word[k][i] = v[j]
		}
	}
}
