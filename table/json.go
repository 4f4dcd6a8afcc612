package table

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"
)

// A jsonFile is a text file of one JSON object a line. A key that holds whole numbers on
// every line is a column of them, and so on; one that holds different kinds is text, as
// it is written. What is nested is odd.
type jsonFile struct {
	*textSource
	at    map[string]int // of each key among the fields
	kinds []jsonKind
}

// A jsonKind is what the values of a key have been so far.
type jsonKind uint8

const (
	nothing jsonKind = iota // null
	yesOrNo
	wholes
	numbers
	words
	nested
)

func openJSON(blob Blob, f Format) (Source, error) {
	text, err := openText(blob, f.Encoding)
	if err != nil {
		return nil, err
	}
	j := &jsonFile{&textSource{name: blob.Name(), text: text}, map[string]int{}, nil}
	j.textSource.parse = j.rows
	cut := cutter{name: j.name, row: j.look}
	if err := cut.cut(text, text.start, 0); err != nil {
		text.Close()
		return nil, err
	}
	if len(j.fields) == 0 {
		text.Close()
		return nil, fmt.Errorf("%s is empty", j.name)
	}
	j.blocks = cut.stretches
	for k := range j.fields {
		j.describe(k)
	}
	return j, nil
}

func (j *jsonFile) describe(k int) {
	f := &j.fields[k]
	switch j.kinds[k] {
	case yesOrNo:
		f.Kind = Bool
	case wholes:
		f.Kind = Int64
	case numbers:
		f.Kind = Float64
	case nested:
		f.Kind, f.Odd = String, "nested"
	default:
		f.Kind = String
	}
}

// deepestJSON is how many lists and objects may stand in one another.
const deepestJSON = 100

// look checks a line, and learns its keys and what they hold.
func (j *jsonFile) look(line []byte, at int64) error {
	line = bytes.TrimSpace(line)
	switch {
	case len(line) == 0:
		return fmt.Errorf("%s:%d: a line of spaces, want a JSON object", j.name, at)
	case line[0] == '[':
		return fmt.Errorf("%s:%d: a JSON array, want one object a line; jq -c '.[]' makes them of it", j.name, at)
	case depth(line) > deepestJSON:
		return fmt.Errorf("%s:%d: nested more than %d deep", j.name, at, deepestJSON)
	case line[0] != '{' || !gjson.ValidBytes(line):
		return fmt.Errorf("%s:%d: not a JSON object on one line", j.name, at)
	}
	gjson.ParseBytes(line).ForEach(func(key, value gjson.Result) bool {
		k, known := j.at[key.Str]
		if !known {
			k = len(j.fields)
			j.at[strings.Clone(key.Str)] = k
			j.fields = append(j.fields, Field{Name: strings.Clone(key.Str)})
			j.kinds = append(j.kinds, nothing)
		}
		j.kinds[k] = together(j.kinds[k], kindOf(value))
		return true
	})
	return nil
}

// depth is how deep a line's lists and objects stand in one another.
func depth(line []byte) (deepest int) {
	now, quoted := 0, false
	for i := 0; i < len(line); i++ {
		switch b := line[i]; {
		case quoted && b == '\\':
			i++
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == '{' || b == '[':
			now++
			deepest = max(deepest, now)
		case b == '}' || b == ']':
			now--
		}
	}
	return deepest
}

func kindOf(v gjson.Result) jsonKind {
	switch v.Type {
	case gjson.Null:
		return nothing
	case gjson.True, gjson.False:
		return yesOrNo
	case gjson.Number:
		if _, err := strconv.ParseInt(v.Raw, 10, 64); err == nil {
			return wholes
		}
		return numbers
	case gjson.String:
		return words
	}
	return nested
}

// together is the kind of a key that holds both.
func together(a, b jsonKind) jsonKind {
	switch {
	case a == b || b == nothing:
		return a
	case a == nothing:
		return b
	case a == nested || b == nested:
		return nested
	case min(a, b) == wholes && max(a, b) == numbers:
		return numbers
	}
	return words
}

// rows parses a block.
func (j *jsonFile) rows(s stretch, rows []byte, at []int) (*Table, error) {
	b := &jsonBlock{place: make(map[string]int), block: newTextBlock(j.fields, at, s.rows)}
	for i, k := range at {
		c := b.block.table.Columns[i]
		c.Kind = j.fields[k].Kind
		b.place[j.fields[k].Name] = i
	}
	for len(rows) > 0 {
		line, rest, _ := bytes.Cut(rows, []byte{'\n'})
		rows = rest
		if len(trimBreak(line)) == 0 {
			continue
		}
		b.line(line)
	}
	return b.block.table, nil
}

// A jsonBlock is a block of a file of JSON lines that is being read.
type jsonBlock struct {
	place map[string]int // of each key among the columns
	block *textBlock
	done  int
}

func (b *jsonBlock) line(line []byte) {
	columns := b.block.table.Columns
	gjson.ParseBytes(line).ForEach(func(key, value gjson.Result) bool {
		if i, wanted := b.place[key.Str]; wanted {
			if columns[i].Len() > b.done { // the same key again: the last one counts
				columns[i].drop()
			}
			b.add(i, value)
		}
		return true
	})
	b.done++
	for i, c := range columns {
		if c.Len() < b.done {
			b.add(i, gjson.Result{})
		}
	}
}

// drop takes the last value off.
func (c *Column) drop() {
	n := c.Len() - 1
	switch c.Kind {
	case Bool:
		c.Bools = c.Bools[:n]
	case Float32, Float64:
		c.Floats = c.Floats[:n]
	case String:
		c.Codes = c.Codes[:n]
	default:
		c.Ints = c.Ints[:n]
	}
	if c.Null != nil {
		c.Null = c.Null[:n]
	}
}

// add appends a value to the i-th column.
func (b *jsonBlock) add(i int, v gjson.Result) {
	c := b.block.table.Columns[i]
	null := v.Type == gjson.Null
	switch c.Kind {
	case String:
		text := v.Str
		if v.Type != gjson.String && !null {
			text = v.Raw
		}
		b.block.add(i, text, null)
		return
	case Bool:
		c.Bools = append(c.Bools, v.Type == gjson.True)
	case Float64:
		c.Floats = append(c.Floats, v.Num)
	default:
		n, _ := strconv.ParseInt(v.Raw, 10, 64)
		c.Ints = append(c.Ints, n)
	}
	if null && c.Null == nil {
		c.Null = make([]bool, c.Len()-1, b.block.rows)
	}
	if c.Null != nil {
		c.Null = append(c.Null, null)
	}
}
