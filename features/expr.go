package features

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// An expr computes one of our columns from theirs. Exactly one of its three
// forms holds: a constant text, a column as it is, or arithmetic.
type expr struct {
	constant *string
	column   string
	math     *node
}

// A node is one step of arithmetic: a number, a column, or an operator between
// two nodes.
type node struct {
	op          byte // 0 where it is a leaf
	left, right *node
	column      string
	number      float64
}

// maxDepth and maxLength keep an expression from exhausting the stack.
const maxDepth, maxLength = 64, 1000

// parseExpr reads what stands at the right of a column mapping. has says whether
// a file has a column of that name: a column's own name wins over arithmetic.
func parseExpr(text string, has func(string) bool) (*expr, error) {
	text = strings.TrimSpace(text)
	if has(text) {
		return &expr{column: text}, nil
	}
	if len(text) > maxLength {
		return nil, fmt.Errorf("expression of %d characters, at most %d are read", len(text), maxLength)
	}
	if c, ok := quoted(text, '\''); ok {
		return &expr{constant: &c}, nil
	}
	if c, ok := quoted(text, '`'); ok && c != "" {
		return &expr{column: c}, nil
	}
	p := parser{text: text}
	n, err := p.sum(0)
	if err == nil && p.peek() != 0 {
		err = fmt.Errorf("%q is not understood", p.text[p.at:])
	}
	if err != nil {
		return nil, fmt.Errorf("expression %q: %w", text, err)
	}
	if n.op == 0 && n.column != "" {
		return &expr{column: n.column}, nil
	}
	return &expr{math: n}, nil
}

// quoted reports whether the whole text stands between two quotes q.
func quoted(text string, q byte) (string, bool) {
	if len(text) < 2 || text[0] != q || text[len(text)-1] != q {
		return "", false
	}
	inner := text[1 : len(text)-1]
	return inner, strings.IndexByte(inner, q) < 0
}

// columns lists the file's columns that the expression reads.
func (e *expr) columns() []string {
	if e.column != "" {
		return []string{e.column}
	}
	names := e.math.columns(nil)
	slices.Sort(names)
	return slices.Compact(names)
}

func (n *node) columns(to []string) []string {
	switch {
	case n == nil:
		return to
	case n.op != 0:
		return n.right.columns(n.left.columns(to))
	case n.column != "":
		return append(to, n.column)
	}
	return to
}

type parser struct {
	text string
	at   int
}

// peek skips spaces and returns the next byte, 0 at the end.
func (p *parser) peek() byte {
	for p.at < len(p.text) && (p.text[p.at] == ' ' || p.text[p.at] == '\t') {
		p.at++
	}
	if p.at == len(p.text) {
		return 0
	}
	return p.text[p.at]
}

func (p *parser) sum(depth int) (*node, error) { return p.chain(depth, "+-", p.product) }

func (p *parser) product(depth int) (*node, error) { return p.chain(depth, "*/", p.leaf) }

// chain reads operands joined by any of the operators, from left to right.
func (p *parser) chain(depth int, operators string, operand func(int) (*node, error)) (*node, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("nested deeper than %d", maxDepth)
	}
	left, err := operand(depth + 1)
	for err == nil && p.peek() != 0 && strings.IndexByte(operators, p.peek()) >= 0 {
		n := &node{op: p.text[p.at], left: left}
		p.at++
		n.right, err = operand(depth + 1)
		left = n
	}
	return left, err
}

func (p *parser) leaf(depth int) (*node, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("nested deeper than %d", maxDepth)
	}
	switch c := p.peek(); {
	case c == 0:
		return nil, fmt.Errorf("it ends where a column or a number is wanted")
	case c == '(':
		return p.bracket(depth)
	case c == '-':
		p.at++
		n, err := p.leaf(depth + 1)
		return &node{op: '-', left: &node{}, right: n}, err
	case c == '`':
		return p.backticks()
	case c == '.' || c >= '0' && c <= '9':
		return p.digits()
	}
	return p.word()
}

func (p *parser) bracket(depth int) (*node, error) {
	p.at++
	n, err := p.sum(depth + 1)
	if err == nil && p.peek() != ')' {
		return nil, fmt.Errorf("a ) is missing")
	}
	p.at++
	return n, err
}

func (p *parser) backticks() (*node, error) {
	end := strings.IndexByte(p.text[p.at+1:], '`')
	if end < 1 {
		return nil, fmt.Errorf("a column between backticks is wanted")
	}
	name := p.text[p.at+1 : p.at+1+end]
	p.at += end + 2
	return &node{column: name}, nil
}

func (p *parser) digits() (*node, error) {
	start := p.at
	for p.at < len(p.text) && (p.text[p.at] == '.' || p.text[p.at] >= '0' && p.text[p.at] <= '9') {
		p.at++
	}
	v, err := strconv.ParseFloat(p.text[start:p.at], 64)
	if err != nil {
		return nil, fmt.Errorf("%q is not a number", p.text[start:p.at])
	}
	return &node{number: v}, nil
}

func (p *parser) word() (*node, error) {
	start := p.at
	for p.at < len(p.text) {
		r, size := utf8.DecodeRuneInString(p.text[p.at:])
		if r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			break
		}
		p.at += size
	}
	if p.at == start {
		return nil, fmt.Errorf("%q is not understood", p.text[p.at:])
	}
	return &node{column: p.text[start:p.at]}, nil
}
