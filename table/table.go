// Package table holds columns, and reads and writes them as files.
//
// A Table is a list of equally long columns. A Column has one kind of value, a
// name, and says in words what it holds, in both languages that our readers
// speak. What is missing is null, never a magic number.
//
// To add a file format, add its reader to formats. Files come from outside: a reader
// believes no length that it has not held against the bytes that are there, and reads a
// file of any size block by block.
package table

import (
	"math"
	"slices"
	"strconv"
	"time"
)

// Kind is the type of a column's values.
type Kind uint8

const (
	Bool    Kind = iota
	Int32        // held in Ints
	Int64        // held in Ints
	Float32      // held in Floats
	Float64      // held in Floats
	String       // held in Codes, which point into Dict
	Time         // held in Ints: microseconds since 1970-01-01 UTC
)

func (k Kind) String() string {
	return [...]string{"bool", "int32", "int64", "float32", "float64", "string", "time"}[k]
}

// A Column is a named list of values of one kind.
type Column struct {
	Name string
	Kind Kind
	Unit string // of the values: "days", "EUR", "share"; empty where there is none
	En   string // what it holds, in English
	Es   string // and in Spanish

	Bools  []bool
	Ints   []int64
	Floats []float64
	Codes  []int32
	Dict   []string
	Null   []bool // true where there is no value; nil where all are there

	Numbers []float64 // of Kind Float64: where there are any, Codes point into them and Floats is nil

	lent     [][]byte // what the words of Dict lie in, if Release gives it back
	Repeats  bool     // Dict may hold a word several times
	Required bool     // the file's schema allows no null, as for an id
	Local    bool     // of Kind Time: wall-clock time of a zone that the file doesn't name
}

// Len is the number of rows.
func (c *Column) Len() int {
	switch c.Kind {
	case Bool:
		return len(c.Bools)
	case Float32, Float64:
		if c.Numbers == nil {
			return len(c.Floats)
		}
		return len(c.Codes)
	case String:
		return len(c.Codes)
	}
	return len(c.Ints)
}

// IsNull reports whether row i has no value.
func (c *Column) IsNull(i int) bool { return c.Null != nil && c.Null[i] }

// Text is the string in row i, empty where it is null.
func (c *Column) Text(i int) string {
	if c.IsNull(i) {
		return ""
	}
	return c.Dict[c.Codes[i]]
}

// Number is row i of a numeric, bool or time column as a float64, NaN where it is
// null or text.
func (c *Column) Number(i int) float64 {
	switch {
	case c.IsNull(i) || c.Kind == String:
		return math.NaN()
	case c.Kind == Bool && c.Bools[i]:
		return 1
	case c.Kind == Bool:
		return 0
	case c.Kind == Float32 || c.Kind == Float64:
		return c.float(i)
	}
	return float64(c.Ints[i])
}

// float is the number in row i, where there is one.
func (c *Column) float(i int) float64 {
	if c.Numbers != nil {
		return c.Numbers[c.Codes[i]]
	}
	return c.Floats[i]
}

// Format is the value in row i as text, whatever its kind; empty where it is null.
func (c *Column) Format(i int) string {
	switch {
	case c.IsNull(i):
		return ""
	case c.Kind == String:
		return c.Dict[c.Codes[i]]
	case c.Kind == Bool:
		return strconv.FormatBool(c.Bools[i])
	case c.Kind == Float32 || c.Kind == Float64:
		return strconv.FormatFloat(c.float(i), 'g', -1, 64)
	case c.Kind == Time:
		return time.UnixMicro(c.Ints[i]).UTC().Format(time.RFC3339Nano)
	}
	return strconv.FormatInt(c.Ints[i], 10)
}

// Says sets the words and the unit, and returns the column.
func (c *Column) Says(unit, en, es string) *Column {
	c.Unit, c.En, c.Es = unit, en, es
	return c
}

// Strings makes a text column; its dictionary is in order of first appearance.
func Strings(name string, values []string) *Column {
	c := &Column{Name: name, Kind: String, Codes: make([]int32, len(values))}
	code := make(map[string]int32)
	for i, v := range values {
		k, ok := code[v]
		if !ok {
			k = int32(len(c.Dict))
			code[v] = k
			c.Dict = append(c.Dict, v)
		}
		c.Codes[i] = k
	}
	return c
}

// OptionalStrings makes a text column in which an empty string is null.
func OptionalStrings(name string, values []string) *Column {
	c := Strings(name, values)
	c.nullWhere(func(i int) bool { return values[i] == "" })
	return c
}

// Floats makes a float64 column in which NaN is null.
func Floats(name string, values []float64) *Column {
	c := &Column{Name: name, Kind: Float64, Floats: values}
	for i, v := range values {
		if v != v {
			c.Null = make([]bool, len(values))
			for k, v := range values[i:] {
				c.Null[i+k] = v != v
			}
			break
		}
	}
	return c
}

// Coded makes a float64 column of few numbers: codes point into them, the last of which is
// NaN, where there is no value. What reads Floats can't read it, but it is written in a third
// of the time.
func Coded(name string, codes []int32, numbers []float64) *Column {
	c := &Column{Name: name, Kind: Float64, Codes: codes, Numbers: numbers}
	none := int32(len(numbers) - 1)
	first := slices.Index(codes, none)
	if first < 0 {
		return c
	}
	c.Null = make([]bool, len(codes))
	for i, k := range codes[first:] {
		c.Null[first+i] = k == none
	}
	return c
}

// Words makes a text column of words that are all different.
func Words(name string, words []string) *Column {
	c := &Column{Name: name, Kind: String, Codes: make([]int32, len(words)), Dict: words}
	for i := range c.Codes {
		c.Codes[i] = int32(i)
	}
	return c
}

// Ints makes a column of whole numbers of kind Int32 or Int64.
func Ints(name string, kind Kind, values []int64) *Column {
	return &Column{Name: name, Kind: kind, Ints: values}
}

// Bools makes a column of yes and no.
func Bools(name string, values []bool) *Column {
	return &Column{Name: name, Kind: Bool, Bools: values}
}

// Times makes a column of moments; the zero time is null.
func Times(name string, values []time.Time) *Column {
	c := &Column{Name: name, Kind: Time, Ints: make([]int64, len(values))}
	for i, v := range values {
		c.Ints[i] = v.UnixMicro()
	}
	c.nullWhere(func(i int) bool { return values[i].IsZero() })
	return c
}

func (c *Column) nullWhere(missing func(i int) bool) {
	for i := range c.Len() {
		if missing(i) {
			if c.Null == nil {
				c.Null = make([]bool, c.Len())
			}
			c.Null[i] = true
		}
	}
}

// A Table is a list of equally long columns.
type Table struct {
	Columns []*Column
	Meta    map[string]string // written into the file's metadata
}

// Rows is the number of rows.
func (t *Table) Rows() int {
	if len(t.Columns) == 0 {
		return 0
	}
	return t.Columns[0].Len()
}

// Column returns the column of that name, or nil.
func (t *Table) Column(name string) *Column {
	i := slices.IndexFunc(t.Columns, func(c *Column) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return t.Columns[i]
}

// Concat joins columns of one kind end to end. Name and words are the first one's.
func Concat(parts ...*Column) *Column {
	c := *parts[0]
	c.Bools, c.Ints, c.Floats, c.Codes, c.Dict, c.Null = nil, nil, nil, nil, nil, nil
	c.Repeats = slices.ContainsFunc(parts, func(p *Column) bool { return p.Repeats })
	code := make(map[string]int32)
	for _, p := range parts {
		c.Bools = append(c.Bools, p.Bools...)
		c.Ints = append(c.Ints, p.Ints...)
		c.Floats = append(c.Floats, p.Floats...)
		c.Codes = append(c.Codes, p.recode(&c, code)...)
		if c.Null != nil || p.Null != nil {
			c.Null = append(c.Null, make([]bool, c.Len()-p.Len()-len(c.Null))...)
			for i := range p.Len() {
				c.Null = append(c.Null, p.IsNull(i))
			}
		}
	}
	return &c
}

// recode gives p's texts the codes that they have in c, whose dictionary grows. Where words
// may be there several times anyway none is looked up.
func (p *Column) recode(c *Column, code map[string]int32) []int32 {
	if c.Repeats {
		return p.follow(c)
	}
	translate := make([]int32, len(p.Dict))
	for i, word := range p.Dict {
		k, ok := code[word]
		if !ok {
			k = int32(len(c.Dict))
			code[word] = k
			c.Dict = append(c.Dict, word)
		}
		translate[i] = k
	}
	codes := make([]int32, len(p.Codes))
	for i, k := range p.Codes {
		if !p.IsNull(i) {
			codes[i] = translate[k]
		}
	}
	return codes
}

// follow puts p's words behind those of c.
func (p *Column) follow(c *Column) []int32 {
	before := int32(len(c.Dict))
	c.Dict = append(c.Dict, p.Dict...)
	codes := make([]int32, len(p.Codes))
	for i, k := range p.Codes {
		codes[i] = before + k
	}
	return codes
}

// Stack lays tables with the same columns under one another.
func Stack(parts []*Table) *Table {
	if len(parts) == 1 {
		return parts[0]
	}
	all := &Table{Meta: parts[0].Meta}
	for k := range parts[0].Columns {
		columns := make([]*Column, len(parts))
		for i, p := range parts {
			columns[i] = p.Columns[k]
		}
		all.Add(Concat(columns...))
	}
	return all
}

// Pick makes a table of some rows, in this order; row -1 is null.
func (t *Table) Pick(rows []int) *Table {
	some := &Table{Meta: t.Meta}
	for _, c := range t.Columns {
		some.Add(c.Pick(rows))
	}
	return some
}

// Pick makes a column of some rows, in this order; row -1 is null.
func (c *Column) Pick(rows []int) *Column {
	p := *c
	p.Bools, p.Ints, p.Floats, p.Codes, p.Null = nil, nil, nil, nil, make([]bool, len(rows))
	p.Required = false
	for i, r := range rows {
		if p.Null[i] = r < 0 || c.IsNull(r); p.Null[i] {
			r = 0
		}
		switch {
		case c.Len() == 0:
			p.grow()
		case c.Kind == Bool:
			p.Bools = append(p.Bools, c.Bools[r])
		case c.Kind == String:
			p.Codes = append(p.Codes, c.Codes[r])
		case c.Kind == Float32 || c.Kind == Float64:
			p.Floats = append(p.Floats, c.Floats[r])
		default:
			p.Ints = append(p.Ints, c.Ints[r])
		}
	}
	return &p
}

// grow appends a value that stands for none.
func (c *Column) grow() {
	switch c.Kind {
	case Bool:
		c.Bools = append(c.Bools, false)
	case String:
		c.Codes = append(c.Codes, 0)
	case Float32, Float64:
		c.Floats = append(c.Floats, 0)
	default:
		c.Ints = append(c.Ints, 0)
	}
}

// Add appends a column.
func (t *Table) Add(c *Column) { t.Columns = append(t.Columns, c) }
