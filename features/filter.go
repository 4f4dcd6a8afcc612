package features

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"segmenta/strict"
)

// A Test is what a field must be for a row to count. A row without a value in
// the field passes no test, whatever it asks.
//
// In a file it is a word or a number, a list of them, or bounds:
//
//	category: toys
//	channel: [web, app]
//	value: {from: 9}
//	amount: {above: 50, to: 100}
//	category: {not: [toys, games]}
//	campaign: {filled: true}
type Test struct {
	Is, Not                []string
	Filled                 bool // there is a value, whatever it is
	Above, Below, From, To *float64
}

// UnmarshalNode reads the test in any of its forms.
func (t *Test) UnmarshalNode(n strict.Node) error {
	if !n.IsMap() {
		return n.Decode(&t.Is)
	}
	var form struct {
		Is     []string `yaml:"is"`
		Not    []string `yaml:"not"`
		Filled bool     `yaml:"filled"`
		Above  *float64 `yaml:"above"`
		Below  *float64 `yaml:"below"`
		From   *float64 `yaml:"from"`
		To     *float64 `yaml:"to"`
	}
	if err := n.Decode(&form); err != nil {
		return err
	}
	*t = Test{form.Is, form.Not, form.Filled, form.Above, form.Below, form.From, form.To}
	if t.asks() == "" {
		return n.Errorf("a test without anything to test; write is, not, filled: true, above, below, from or to")
	}
	return nil
}

// String writes the test as people read it.
func (t Test) String() string { return t.asks() }

func (t Test) asks() string {
	var said []string
	if len(t.Is) > 0 {
		said = append(said, strings.Join(t.Is, " or "))
	}
	if len(t.Not) > 0 {
		said = append(said, "not "+strings.Join(t.Not, " nor "))
	}
	if t.Filled {
		said = append(said, "filled")
	}
	for _, b := range []struct {
		what string
		at   *float64
	}{{"above", t.Above}, {"below", t.Below}, {"from", t.From}, {"to", t.To}} {
		if b.at != nil {
			said = append(said, b.what+" "+strconv.FormatFloat(*b.at, 'g', -1, 64))
		}
	}
	return strings.Join(said, ", ")
}

// bounds reports whether the test compares with bounds, which words have none of.
func (t Test) bounds() bool { return t.Above != nil || t.Below != nil || t.From != nil || t.To != nil }

// number tests a number; NaN passes nothing.
func (t Test) number(is, not []float64, v float64) bool {
	return v == v && (len(is) == 0 || slices.Contains(is, v)) && !slices.Contains(not, v) &&
		(t.Above == nil || v > *t.Above) && (t.Below == nil || v < *t.Below) &&
		(t.From == nil || v >= *t.From) && (t.To == nil || v <= *t.To)
}

// check reports a test that its field can't take.
func (t Test) check(field string, word bool) error {
	if word && t.bounds() {
		return fmt.Errorf("%s holds words, which have no bounds; want %s: WORD or a list of words", field, field)
	}
	if word {
		return nil
	}
	for _, s := range append(slices.Clone(t.Is), t.Not...) {
		if _, err := strconv.ParseFloat(s, 64); err != nil {
			return fmt.Errorf("%s holds numbers, and %q is none", field, s)
		}
	}
	return nil
}

// parsed are the test's numbers.
func parsed(texts []string) (all []float64) {
	for _, s := range texts {
		v, _ := strconv.ParseFloat(s, 64)
		all = append(all, v)
	}
	return all
}

// said writes a filter, field by field in order of name.
func said(where map[string]Test) string {
	var all []string
	for _, f := range slices.Sorted(maps.Keys(where)) {
		all = append(all, f+" "+where[f].String())
	}
	return strings.Join(all, " and ")
}
