package features

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"segmenta/table"
)

// An expression says how one of our columns comes of a file's: a column, 'a constant',
// or arithmetic over columns and numbers. Names that hold spaces or signs stand in
// `backticks`.
//
//	Quantity * UnitPrice
//	`Retail price` - (discount + 0.5)
//	'web'
type expression struct {
	text     string
	constant *string
	column   string // of the bare name of a column
	sum      node   // of arithmetic
	names    []string
}

// node is one step of arithmetic over the rows of a block.
type node func(values map[string]func(i int) (float64, bool), i int) (float64, bool)

// parseExpression reads an expression. A text that is the name of a column of the
// file is that column, whatever signs it holds.
func parseExpression(text string, have map[string]bool) (*expression, error) {
	e := &expression{text: text}
	trimmed := strings.TrimSpace(text)
	if have[text] || have[trimmed] {
		e.column = trimmed
		if have[text] {
			e.column = text
		}
		e.names = []string{e.column}
		return e, nil
	}
	if n := len(trimmed); n >= 2 && trimmed[0] == '\'' && strings.Count(trimmed, "'") == 2 && trimmed[n-1] == '\'' {
		constant := trimmed[1 : n-1]
		e.constant = &constant
		return e, nil
	}
	p := &parser{text: trimmed}
	sum, err := p.sum(0)
	if err == nil && p.peek() != 0 {
		err = fmt.Errorf("%q is left over", p.text[p.at:])
	}
	if err != nil {
		return nil, fmt.Errorf("expression %q: %w", text, err)
	}
	e.names, e.sum = p.names, sum
	if p.bare && len(p.names) == 1 {
		e.column, e.sum = p.names[0], nil
	}
	return e, nil
}

type parser struct {
	text  string
	at    int
	names []string
	bare  bool // so far nothing but a name
}

func (p *parser) peek() byte {
	for p.at < len(p.text) && p.text[p.at] == ' ' {
		p.at++
	}
	if p.at == len(p.text) {
		return 0
	}
	return p.text[p.at]
}

// deepest bounds the brackets in brackets.
const deepest = 50

func (p *parser) sum(depth int) (node, error) {
	left, err := p.product(depth)
	for err == nil && (p.peek() == '+' || p.peek() == '-') {
		sign := 1.0
		if p.text[p.at] == '-' {
			sign = -1
		}
		p.at++
		p.bare = false
		var right node
		if right, err = p.product(depth); err == nil {
			left = both(left, right, func(a, b float64) (float64, bool) { return a + sign*b, true })
		}
	}
	return left, err
}

func (p *parser) product(depth int) (node, error) {
	left, err := p.factor(depth)
	for err == nil && (p.peek() == '*' || p.peek() == '/') {
		divide := p.text[p.at] == '/'
		p.at++
		p.bare = false
		var right node
		if right, err = p.factor(depth); err == nil {
			left = both(left, right, func(a, b float64) (float64, bool) {
				if divide {
					return a / b, b != 0
				}
				return a * b, true
			})
		}
	}
	return left, err
}

func both(l, r node, f func(a, b float64) (float64, bool)) node {
	return func(v map[string]func(int) (float64, bool), i int) (float64, bool) {
		a, ok := l(v, i)
		b, also := r(v, i)
		if !ok || !also {
			return 0, false
		}
		return f(a, b)
	}
}

func (p *parser) factor(depth int) (node, error) {
	if depth > deepest {
		return nil, fmt.Errorf("brackets more than %d deep", deepest)
	}
	switch b := p.peek(); {
	case b == 0:
		return nil, fmt.Errorf("it ends where a column or a number should stand")
	case b == '(':
		p.at++
		inner, err := p.sum(depth + 1)
		if err == nil && p.peek() != ')' {
			err = fmt.Errorf("a bracket is not closed")
		}
		p.at++
		p.bare = false
		return inner, err
	case b == '-':
		p.at++
		p.bare = false
		inner, err := p.factor(depth + 1)
		if err != nil {
			return nil, err
		}
		return func(v map[string]func(int) (float64, bool), i int) (float64, bool) {
			x, ok := inner(v, i)
			return -x, ok
		}, nil
	case b == '`':
		name, _, closed := strings.Cut(p.text[p.at+1:], "`")
		if !closed {
			return nil, fmt.Errorf("a backtick is not closed")
		}
		p.at += len(name) + 2
		return p.name(name), nil
	case b >= '0' && b <= '9' || b == '.':
		return p.number()
	}
	return p.word()
}

func (p *parser) number() (node, error) {
	from := p.at
	for p.at < len(p.text) && strings.IndexByte("0123456789.", p.text[p.at]) >= 0 {
		p.at++
	}
	v, err := strconv.ParseFloat(p.text[from:p.at], 64)
	if err != nil {
		return nil, fmt.Errorf("%q is no number", p.text[from:p.at])
	}
	p.bare = false
	return func(map[string]func(int) (float64, bool), int) (float64, bool) { return v, true }, nil
}

func (p *parser) word() (node, error) {
	from := p.at
	for i, r := range p.text[from:] {
		if !(unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '.') {
			break
		}
		p.at = from + i + len(string(r))
	}
	if p.at == from {
		return nil, fmt.Errorf("%q can't stand here", p.text[from:])
	}
	return p.name(p.text[from:p.at]), nil
}

func (p *parser) name(name string) node {
	p.bare = len(p.names) == 0
	p.names = append(p.names, name)
	return func(v map[string]func(int) (float64, bool), i int) (float64, bool) { return v[name](i) }
}

// numbers returns how to read row i as a number; false is null or no number.
func (e *expression) numbers(t *table.Table, comma bool) func(i int) (float64, bool, bool) {
	if e.constant != nil {
		v, err := strconv.ParseFloat(*e.constant, 64)
		return func(int) (float64, bool, bool) { return v, err == nil, true }
	}
	values := make(map[string]func(int) (float64, bool))
	columns := make([]*table.Column, len(e.names))
	for k, name := range e.names {
		columns[k] = t.Column(name)
		values[name] = numberOf(columns[k], comma)
	}
	one := func(i int) (float64, bool) { return e.sum(values, i) }
	if e.sum == nil {
		one = values[e.column]
	}
	return func(i int) (v float64, ok, there bool) {
		there = true
		for _, c := range columns {
			there = there && !c.IsNull(i)
		}
		v, ok = one(i)
		return v, ok && there, there
	}
}

// numberOf reads a column's rows as numbers; a text column's words are read once each.
func numberOf(c *table.Column, comma bool) func(i int) (float64, bool) {
	if c.Kind != table.String {
		return func(i int) (float64, bool) { return c.Number(i), !c.IsNull(i) }
	}
	value, ok := make([]float64, len(c.Dict)), make([]bool, len(c.Dict))
	for k, word := range c.Dict {
		value[k], ok[k] = readNumber(word, comma)
	}
	return func(i int) (float64, bool) {
		if c.IsNull(i) {
			return 0, false
		}
		return value[c.Codes[i]], ok[c.Codes[i]]
	}
}

// readNumber reads 1234.5, and with a decimal comma 1.234,5.
func readNumber(word string, comma bool) (float64, bool) {
	word = strings.TrimSpace(word)
	if comma {
		word = strings.ReplaceAll(strings.ReplaceAll(word, ".", ""), ",", ".")
	}
	v, err := strconv.ParseFloat(word, 64)
	return v, err == nil
}
