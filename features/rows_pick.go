package features

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Rows says which rows of a customer's history count.
type Rows struct {
	Source string          `yaml:"source"` // orders (the default), items, returns or events
	Types  []string        `yaml:"types"`  // of events; none: all
	Where  map[string]Test `yaml:"where"`  // what fields must be
}

// fill puts in what was left out.
func (r *Rows) fill() {
	if r.Source == "" {
		r.Source = "orders"
		if len(r.Types) > 0 {
			r.Source = "events"
		}
	}
}

func (r *Rows) check() error {
	fields, ok := fieldsOf[r.Source]
	switch {
	case !ok:
		all := slices.Sorted(maps.Keys(fieldsOf))
		return fmt.Errorf("source %q%s; known are %s", r.Source, near(r.Source, all), strings.Join(all, ", "))
	case len(r.Types) > 0 && r.Source != "events":
		return fmt.Errorf("only events have types")
	}
	for _, f := range slices.Sorted(maps.Keys(r.Where)) {
		if !slices.Contains(fields, f) {
			return fmt.Errorf("where: %s have no field %q%s; they have %s", r.Source, f, near(f, fields), strings.Join(fields, ", "))
		}
		if r.Source == "orders" && !isWord[f] {
			return fmt.Errorf("where: the %s of a whole order can't be asked for; ask items, its lines", f)
		}
		if err := r.Where[f].check(f, isWord[f]); err != nil {
			return fmt.Errorf("where: %w", err)
		}
	}
	return nil
}

// String says the rows in words, as explanations do.
func (r Rows) String() string {
	s := r.Source
	if len(r.Types) > 0 {
		s += " of type " + strings.Join(r.Types, ", ")
	}
	if len(r.Where) > 0 {
		s += " where " + said(r.Where)
	}
	return s
}

// A picked tells the rows of one source that count.
type picked struct {
	source int // transactions or events
	counts func(*row) bool
}

// pick compiles what rows count against the words of this history.
func (h *History) pick(r Rows) picked {
	p := picked{source: transactions}
	tests := []func(*row) bool{}
	switch r.Source {
	case "events":
		p.source = events
		if codes := codesOf(&h.kind, r.Types); len(r.Types) > 0 {
			tests = append(tests, func(r *row) bool { return slices.Contains(codes, r.category) })
		}
	case "returns":
		tests = append(tests, func(r *row) bool { return r.amount < 0 })
	default:
		tests = append(tests, func(r *row) bool { return r.amount >= 0 })
	}
	for _, f := range slices.Sorted(maps.Keys(r.Where)) {
		tests = append(tests, h.test(f, r.Where[f]))
	}
	p.counts = func(r *row) bool {
		for _, passes := range tests {
			if !passes(r) {
				return false
			}
		}
		return true
	}
	return p
}

// test compiles the test of one field.
func (h *History) test(field string, t Test) func(*row) bool {
	if !isWord[field] {
		is, not, of := parsed(t.Is), parsed(t.Not), numberOf[field]
		return func(r *row) bool { return t.number(is, not, of(r)) }
	}
	of := wordOf[field]
	is, not := h.wordCodes(field, t.Is), h.wordCodes(field, t.Not)
	return func(r *row) bool {
		w := of(r)
		return w != 0 && (len(t.Is) == 0 || slices.Contains(is, w)) && !slices.Contains(not, w)
	}
}

// wordCodes are the codes of words that this history holds.
func (h *History) wordCodes(field string, texts []string) (codes []uint64) {
	if field == "product" {
		for _, s := range texts {
			codes = append(codes, hash(s))
		}
		return codes
	}
	w := &h.category
	if field == "channel" {
		w = &h.channel
	}
	for _, c := range codesOf(w, texts) {
		codes = append(codes, uint64(c))
	}
	return codes
}

func codesOf(w *words, texts []string) (codes []int32) {
	for _, s := range texts {
		if c, ok := w.code[s]; ok {
			codes = append(codes, c)
		}
	}
	return codes
}

// numberOf and wordOf read a field of a row.
var numberOf = map[string]func(*row) float64{
	"amount": func(r *row) float64 {
		if r.amount < 0 {
			return -r.amount // of returns
		}
		return r.amount
	},
	"quantity": func(r *row) float64 { return r.quantity },
	"discount": func(r *row) float64 { return r.discount },
	"value":    func(r *row) float64 { return r.amount },
}

var wordOf = map[string]func(*row) uint64{
	"category": func(r *row) uint64 { return uint64(r.category) },
	"product":  func(r *row) uint64 { return r.product },
	"channel":  func(r *row) uint64 { return uint64(r.channel) },
}
