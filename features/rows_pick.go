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

func (r Rows) check() error {
	fields, ok := fieldsOf[r.Source]
	switch {
	case !ok:
		all := slices.Sorted(maps.Keys(fieldsOf))
		return fmt.Errorf("source %q%s; known are %s", r.Source, near(r.Source, all), strings.Join(all, ", "))
	case len(r.Types) > 0 && r.Source != "events" && r.Source != "journey":
		return fmt.Errorf("only events have types")
	}
	for _, f := range slices.Sorted(maps.Keys(r.Where)) {
		word := isWord(f)
		if !slices.Contains(fields, f) {
			if err := unknownField(r.Source, f); err != nil {
				return fmt.Errorf("where: %w", err)
			}
			word = r.Where[f].kind() == wordField
		}
		if r.Source == "orders" && !word {
			return fmt.Errorf("where: the %s of a whole order can't be asked for; ask items, its lines", f)
		}
		if err := r.Where[f].check(f, word); err != nil {
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

// A picked tells the rows of one file that count.
type picked struct {
	file   int
	counts func(r *rows, i int) bool
}

// pick compiles what rows count against the words of this history.
func (h *History) pick(r Rows) (picked, error) {
	p := picked{file: fileOf(r.Source)}
	var tests []func(r *rows, i int) bool
	switch r.Source {
	case "events":
		if codes := h.wordCodes(typeField, r.Types); len(r.Types) > 0 {
			tests = append(tests, func(r *rows, i int) bool { return slices.Contains(codes, r.word[typeField][i]) })
		}
	case "journey": // has no where, and its types are the measures' business
	case "returns":
		tests = append(tests, func(r *rows, i int) bool { return r.number[amountField][i] < 0 })
	default:
		tests = append(tests, func(r *rows, i int) bool { return r.number[amountField][i] >= 0 })
	}
	for _, f := range slices.Sorted(maps.Keys(r.Where)) {
		test, err := h.test(p.file, fieldAt(f), r.Where[f])
		if err != nil {
			return p, err
		}
		tests = append(tests, test)
	}
	p.counts = func(r *rows, i int) bool {
		for _, passes := range tests {
			if !passes(r, i) {
				return false
			}
		}
		return true
	}
	return p, nil
}

// test compiles the test of one field. Nothing passes where no column is mapped to
// it; amounts of returns are above zero.
func (h *History) test(file, field int, t Test) (func(r *rows, i int) bool, error) {
	column := fileNames[file] + "." + fields[field].column[file]
	switch {
	case !h.has[column]:
		return func(*rows, int) bool { return false }, nil
	case !slices.Contains(h.keep[file], field):
		return nil, fmt.Errorf("column %s was not loaded, as nothing that the history was loaded for reads it", column)
	case fields[field].kind == numberField:
		is, not := parsed(t.Is), parsed(t.Not)
		return func(r *rows, i int) bool {
			v := r.number[field][i]
			if field == amountField && v < 0 {
				v = -v
			}
			return t.number(is, not, v)
		}, nil
	}
	is, not := h.wordCodes(field, t.Is), h.wordCodes(field, t.Not)
	return func(r *rows, i int) bool {
		w := r.word[field][i]
		return w != 0 && (len(t.Is) == 0 || slices.Contains(is, w)) && !slices.Contains(not, w)
	}, nil
}

// wordCodes are the codes of words that this history holds.
func (h *History) wordCodes(field int, texts []string) (codes []uint64) {
	for _, s := range texts {
		if fields[field].hashed {
			codes = append(codes, hash(s))
		} else if c, ok := h.words[field].find(s); ok {
			codes = append(codes, uint64(c))
		}
	}
	return codes
}

// reads notes the fields that decide which rows count.
func (r *Rows) reads(read map[[2]int]bool) {
	for f := range r.Where {
		if k := fieldAt(f); k >= 0 {
			read[[2]int{fileOf(r.Source), k}] = true
		}
	}
}
