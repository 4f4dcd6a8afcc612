package segment

import (
	"strings"

	"segmenta/strict"
	"segmenta/table"
)

// A Condition is a part of a rule, held against a table: a test of one column, or
// several conditions joined.
type Condition struct {
	Join  string // all, any or not; empty for a test of one column
	Parts []*Condition

	Column *table.Column
	Asks   string // of a test, what it asks of the column: "> 90", "in high, medium"

	test test
	at   strict.Node
}

// deepest bounds nesting.
const deepest = 32

// joins lists the words that join conditions, in English and Spanish.
var joins = map[string]string{"all": "all", "todos": "all", "y": "all", "any": "any", "alguno": "any", "o": "any", "not": "not", "no": "not"}

// compile makes a condition of a block: all, any and not, nested, over conditions on
// columns, which read
//
//	recency_days: "> 90"          = != < <= > >= with a number, or a duration such as 90d
//	value_band: high              one word
//	rfm_segment: in [a, b]        several
//	age: between 25 and 34        both ends are in
//	email: known                  or null
//	created_at: "> 2026-01-31"    of a time: the start of a day in UTC, or a moment
//	cart_add_recency_days: "< recency_days"   another column of numbers
//	clv: above mean               or below mean: of all rows of this run
//	amount_365d: top 10%          or bottom 10%
//
// What relative thresholds came to is written into frozen.
func compile(n strict.Node, t *table.Table, frozen map[string]float64) (*Condition, error) {
	return compileAt(n, t, frozen, 0)
}

func compileAt(n strict.Node, t *table.Table, frozen map[string]float64, depth int) (*Condition, error) {
	if depth > deepest {
		return nil, n.Errorf("nested more than %d deep", deepest)
	}
	if n.IsList() {
		return joined("all", n, t, frozen, depth)
	}
	if !n.IsMap() || len(n.Pairs()) == 0 {
		return nil, n.Errorf("want conditions, such as recency_days: \"> 90\"")
	}
	var parts []*Condition
	for _, p := range n.Pairs() {
		c, err := pair(p, t, frozen, depth)
		if err != nil {
			return nil, err
		}
		parts = append(parts, c)
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return &Condition{Join: "all", Parts: parts, at: n}, nil
}

func pair(p strict.Pair, t *table.Table, frozen map[string]float64, depth int) (*Condition, error) {
	word := p.Key.Text()
	c := t.Column(word)
	if how := joins[word]; how != "" && c == nil {
		return joined(how, p.Value, t, frozen, depth)
	}
	if c == nil {
		return nil, unavailable(p.Key, word, t)
	}
	return onColumn(c, p.Value, t, frozen)
}

// joined joins the conditions of a list, or the one that stands there alone.
func joined(how string, n strict.Node, t *table.Table, frozen map[string]float64, depth int) (*Condition, error) {
	items := []strict.Node{n}
	if n.IsList() {
		items = n.Items()
	}
	c := &Condition{Join: how, at: n}
	for _, item := range items {
		part, err := compileAt(item, t, frozen, depth+1)
		if err != nil {
			return nil, err
		}
		c.Parts = append(c.Parts, part)
	}
	return c, nil
}

// truths says of every row whether the condition holds.
func (c *Condition) truths(rows int) []truth {
	out := make([]truth, rows)
	if c.Join == "" {
		c.test.fill(c.Column, out)
		return out
	}
	first := is(c.Join == "all")
	for i := range out {
		out[i] = first
	}
	for _, p := range c.Parts {
		more := p.truths(rows)
		for i, v := range more {
			if c.Join == "all" {
				out[i] = min(out[i], v)
			} else {
				out[i] = max(out[i], v)
			}
		}
	}
	if c.Join == "not" {
		for i, v := range out {
			out[i] = -v
		}
	}
	return out
}

// String writes the condition back as text.
func (c *Condition) String() string {
	if c.Join == "" {
		return c.Column.Name + " " + c.Asks
	}
	var parts []string
	for _, p := range c.Parts {
		parts = append(parts, p.String())
	}
	return c.Join + "(" + strings.Join(parts, ", ") + ")"
}

// tests lists the tests of single columns in a condition, those below a not too.
func (c *Condition) tests() (list []*Condition) {
	if c.Join == "" {
		return []*Condition{c}
	}
	for _, p := range c.Parts {
		list = append(list, p.tests()...)
	}
	return list
}
