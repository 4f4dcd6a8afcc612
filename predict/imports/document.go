package imports

import (
	"fmt"
	"math"
)

// A look reads a document's parts and keeps the first error.
type look struct{ err error }

func (l *look) fail(format string, args ...any) {
	if l.err == nil {
		l.err = fmt.Errorf(format, args...)
	}
}

// at is what stands under the keys, nil where nothing does.
func (l *look) at(doc any, keys ...string) any {
	for _, k := range keys {
		m, _ := doc.(map[string]any)
		doc = m[k]
	}
	return doc
}

func (l *look) text(doc any, keys ...string) string {
	s, ok := l.at(doc, keys...).(string)
	if !ok {
		l.fail("%v is missing", keys)
	}
	return s
}

func (l *look) list(doc any, keys ...string) []any {
	list, ok := l.at(doc, keys...).([]any)
	if !ok {
		l.fail("%v is missing", keys)
	}
	return list
}

// numbers reads a list of numbers or of true and false; null is +Inf.
func (l *look) numbers(doc any, keys ...string) []float64 {
	switch list := l.at(doc, keys...).(type) {
	case []float64:
		return list
	case []any:
		out := make([]float64, len(list))
		for i, v := range list {
			out[i] = l.value(v)
		}
		return out
	}
	l.fail("%v is missing", keys)
	return nil
}

func (l *look) value(v any) float64 {
	switch v := v.(type) {
	case float64:
		return v
	case bool:
		if v {
			return 1
		}
		return 0
	case nil:
		return math.Inf(1)
	}
	l.fail("%.40v is no number", v)
	return 0
}

// ints reads a list of whole numbers.
func (l *look) ints(doc any, keys ...string) []int {
	var out []int
	for _, v := range l.numbers(doc, keys...) {
		if v != math.Trunc(v) || math.Abs(v) > math.MaxInt32 {
			l.fail("%v holds %v, which is no index", keys, v)
			return nil
		}
		out = append(out, int(v))
	}
	return out
}

// texts reads a list of texts that may be missing.
func (l *look) texts(doc any, keys ...string) (out []string) {
	list, _ := l.at(doc, keys...).([]any)
	for _, v := range list {
		s, _ := v.(string)
		out = append(out, s)
	}
	return out
}

// same fails where lists that go together have different lengths.
func (l *look) same(what string, lengths ...int) {
	for _, n := range lengths {
		if n != lengths[0] {
			l.fail("%s: lists of %d and %d that go together", what, lengths[0], n)
		}
	}
}
