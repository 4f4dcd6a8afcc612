package segment

import "segmenta/table"

// A truth has three values: what is unknown is neither yes nor no.
//
// Kleene, S. C. (1952). Introduction to Metamathematics, section 64.
type truth int8

const (
	no truth = iota - 1
	unknown
	yes
)

func is(b bool) truth {
	if b {
		return yes
	}
	return no
}

// count is how many rows are true.
func count(in []bool) (n int) {
	for _, v := range in {
		if v {
			n++
		}
	}
	return n
}

// A test says of a column's values whether they pass. What is null is unknown, unless
// the test asks for just that.
type test struct {
	spans []span // of numbers: passes what is in one of them
	words []bool // of texts: which words of the dictionary pass
	null  truth  // yes: only null passes; no: all but null; unknown: neither is asked

	other *table.Column // what the value less the other column's must be in spans of; nil for a value by itself
}

// A span is an interval with both ends in it.
type span struct{ low, high float64 }

// fill writes what the test says of each row.
func (t *test) fill(c *table.Column, out []truth) {
	switch {
	case t.null != unknown:
		for i := range out {
			out[i] = is(c.IsNull(i)) * t.null
		}
		return
	case t.other != nil:
		t.fillDifference(c, out)
	case c.Kind == table.String:
		fillWords(c.Codes, t.words, out)
	case c.Kind == table.Bool:
		verdict := map[bool]truth{false: is(t.passes(0)), true: is(t.passes(1))}
		for i, b := range c.Bools {
			out[i] = verdict[b]
		}
	case c.Kind == table.Float32 || c.Kind == table.Float64:
		fillSpans(c.Floats, t.spans, out)
	default:
		fillSpans(c.Ints, t.spans, out)
	}
	for i, null := range c.Null {
		if null {
			out[i] = unknown
		}
	}
}

// fillDifference holds two columns of numbers against one another.
func (t *test) fillDifference(c *table.Column, out []truth) {
	for i := range out {
		out[i] = unknown
		if !c.IsNull(i) && !t.other.IsNull(i) {
			out[i] = is(t.passes(c.Number(i) - t.other.Number(i)))
		}
	}
}

func (t *test) passes(v float64) bool {
	for _, s := range t.spans {
		if v >= s.low && v <= s.high {
			return true
		}
	}
	return false
}

// fillSpans asks a row at a time, since almost every test has one span.
func fillSpans[T int64 | float64](values []T, spans []span, out []truth) {
	for i := range out {
		out[i] = no
	}
	for _, s := range spans {
		for i, v := range values {
			if v := float64(v); v >= s.low && v <= s.high {
				out[i] = yes
			}
		}
	}
}

func fillWords(codes []int32, words []bool, out []truth) {
	verdict := make([]truth, len(words))
	for k, passes := range words {
		verdict[k] = is(passes)
	}
	for i, k := range codes {
		out[i] = no
		if int(k) < len(verdict) {
			out[i] = verdict[k]
		}
	}
}
