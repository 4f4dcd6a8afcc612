package sandbox

import (
	"errors"
	"strconv"
	"strings"
)

// A call is one field of a GraphQL selection: alias: name(arguments) { selection }.
type call struct {
	alias, name string
	arguments   map[string]any
	selection   []call
}

var errSyntax = errors.New("parse error on query")

// parseGraphQL reads "query { … }" or "mutation { … }" with literal arguments: enough for
// what a client sends here, no variables, fragments or directives.
func parseGraphQL(text string) (operation string, calls []call, err error) {
	p := &graphQL{text: text}
	operation = p.name()
	if operation == "" {
		operation = "query"
	}
	calls, err = p.selection()
	if err == nil && p.peek() != 0 {
		err = errSyntax
	}
	return operation, calls, err
}

type graphQL struct {
	text string
	at   int
}

func (p *graphQL) peek() byte {
	for p.at < len(p.text) && strings.IndexByte(" \n\t\r,", p.text[p.at]) >= 0 {
		p.at++
	}
	if p.at == len(p.text) {
		return 0
	}
	return p.text[p.at]
}

func (p *graphQL) take(c byte) bool {
	if p.peek() == c {
		p.at++
		return true
	}
	return false
}

func isName(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func (p *graphQL) name() string {
	p.peek()
	from := p.at
	for p.at < len(p.text) && isName(p.text[p.at]) {
		p.at++
	}
	return p.text[from:p.at]
}

func (p *graphQL) selection() (calls []call, err error) {
	if !p.take('{') {
		return nil, errSyntax
	}
	for !p.take('}') {
		c := call{name: p.name()}
		if c.name == "" {
			return nil, errSyntax
		}
		c.alias = c.name
		if p.take(':') {
			c.name = p.name()
		}
		if p.take('(') {
			c.arguments = map[string]any{}
			for !p.take(')') {
				name := p.name()
				if name == "" || !p.take(':') {
					return nil, errSyntax
				}
				if c.arguments[name], err = p.value(); err != nil {
					return nil, err
				}
			}
		}
		if p.peek() == '{' {
			if c.selection, err = p.selection(); err != nil {
				return nil, err
			}
		}
		calls = append(calls, c)
	}
	return calls, nil
}

func (p *graphQL) value() (any, error) {
	switch c := p.peek(); {
	case c == '"':
		from := p.at
		for p.at++; p.at < len(p.text) && p.text[p.at] != '"'; p.at++ {
			if p.text[p.at] == '\\' {
				p.at++
			}
		}
		p.at = min(p.at+1, len(p.text))
		return unquoteJSON(p.text[from:p.at])
	case c == '[':
		p.at++
		list := []any{}
		for !p.take(']') {
			v, err := p.value()
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	case c == '{':
		p.at++
		fields := map[string]any{}
		for !p.take('}') {
			name := p.name()
			if name == "" || !p.take(':') {
				return nil, errSyntax
			}
			v, err := p.value()
			if err != nil {
				return nil, err
			}
			fields[name] = v
		}
		return fields, nil
	case c == '-' || isName(c):
		p.at++
		word := string(c) + p.name()
		switch word {
		case "true", "false":
			return word == "true", nil
		case "null":
			return nil, nil
		}
		if n, err := strconv.ParseFloat(word, 64); err == nil {
			return n, nil
		}
		return word, nil
	}
	return nil, errSyntax
}
