package features

import "cmp"

// rows is what the customers of one part have in one file, column by column: those
// of one customer stand together, in order of time. A field that is not kept is nil.
type rows struct {
	from   []int32     // where each customer's rows start, in order of id; one more than customers
	time   []int64     // microseconds of UTC
	seen   []int64     // from when on a row is known; nil where all are at once, a microsecond after their time
	number [][]float64 // by field
	word   [][]uint64  // by field; 0 is none
	late   []bool      // by customer, like seen: some row became known after its time
	kept   []int       // the fields that are kept, in their order
}

// of is one customer's rows.
func (r *rows) of(k int, to *rows) { r.slice(int(r.from[k]), int(r.from[k+1]), to) }

// slice points to at some rows.
func (r *rows) slice(from, end int, to *rows) {
	if to.number == nil {
		to.number, to.word = make([][]float64, len(fields)), make([][]uint64, len(fields))
	}
	to.time, to.kept = r.time[from:end], r.kept
	if r.seen == nil {
		to.seen = nil
	} else {
		to.seen = r.seen[from:end]
	}
	for _, k := range r.kept {
		if v := r.number[k]; v != nil {
			to.number[k] = v[from:end]
		}
		if v := r.word[k]; v != nil {
			to.word[k] = v[from:end]
		}
	}
}

// compare is a total order over everything
// that a definition can read, so that the order of rows in the files leaves no trace.
func (r *rows) compare(i, j int) int {
	if c := cmp.Compare(r.time[i], r.time[j]); c != 0 {
		return c
	}
	for _, k := range r.kept {
		if v := r.number[k]; v != nil {
			if c := cmp.Compare(v[i], v[j]); c != 0 {
				return c
			}
		}
		if v := r.word[k]; v != nil && v[i] != v[j] {
			return cmp.Compare(v[i], v[j])
		}
	}
	if r.seen == nil {
		return 0
	}
	return cmp.Compare(r.seen[i], r.seen[j])
}

// move copies row j to the place of row i.
func (r *rows) move(i, j int) {
	r.time[i] = r.time[j]
	if r.seen != nil {
		r.seen[i] = r.seen[j]
	}
	for _, k := range r.kept {
		if v := r.number[k]; v != nil {
			v[i] = v[j]
		}
		if v := r.word[k]; v != nil {
			v[i] = v[j]
		}
	}
}

func (r *rows) swap(i, j int) {
	r.time[i], r.time[j] = r.time[j], r.time[i]
	if r.seen != nil {
		r.seen[i], r.seen[j] = r.seen[j], r.seen[i]
	}
	for _, k := range r.kept {
		if v := r.number[k]; v != nil {
			v[i], v[j] = v[j], v[i]
		}
		if v := r.word[k]; v != nil {
			v[i], v[j] = v[j], v[i]
		}
	}
}

// cut drops the rows from n on.
func (r *rows) cut(n int) { r.slice(0, n, r) }

// known copies the rows that were known by a moment, so that the others leave no
// trace.
func (r *rows) known(at int64, to *rows, order []int32) []int32 {
	return r.some(func(_ *rows, i int) bool { return r.knownAt(i) <= at }, to, order)
}

// some copies the rows that count.
func (r *rows) some(counts func(r *rows, i int) bool, to *rows, order []int32) []int32 {
	order = order[:0]
	for i := range r.time {
		if counts(r, i) {
			order = append(order, int32(i))
		}
	}
	to.time, to.kept = choose(to.time, r.time, order), r.kept
	if to.number == nil {
		to.number, to.word = make([][]float64, len(fields)), make([][]uint64, len(fields))
	}
	for _, k := range r.kept {
		to.number[k] = choose(to.number[k], r.number[k], order)
		to.word[k] = choose(to.word[k], r.word[k], order)
	}
	return order
}

// choose copies the values that order names.
func choose[T any](to, v []T, order []int32) []T {
	if v == nil {
		return nil
	}
	to = resize(to, len(order))
	for k, i := range order {
		to[k] = v[i]
	}
	return to
}

// knownAt is from when on a row counts.
func (r *rows) knownAt(i int) int64 {
	if r.seen != nil {
		return r.seen[i]
	}
	return r.time[i] + 1
}
