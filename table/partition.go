package table

import (
	"net/url"
	"path/filepath"
	"strings"
)

// A partition is a file whose folders say what all of its rows have in common, as in
// .../year=2025/month=03/part-0.parquet. Those are columns of text; see Apache Hive.
type partition struct {
	Source
	fields []Field
	value  map[string]string // of each column that the folders name
	null   map[string]bool
}

// hiveNull is how Hive and Spark name the folder of rows without a value.
const hiveNull = "__HIVE_DEFAULT_PARTITION__"

// partitioned adds the columns that a file's folders name. The file's own come first.
func partitioned(s Source) Source {
	p := &partition{Source: s, fields: s.Fields(), value: map[string]string{}, null: map[string]bool{}}
	own := map[string]bool{}
	for _, f := range p.fields {
		own[f.Name] = true
	}
	for _, folder := range strings.Split(filepath.ToSlash(filepath.Dir(s.Name())), "/") {
		name, value, found := strings.Cut(folder, "=")
		if name = unescaped(name); !found || name == "" || own[name] {
			continue
		}
		if _, again := p.value[name]; !again {
			p.fields = append(p.fields[:len(p.fields):len(p.fields)], Field{Name: name, Kind: String})
		}
		p.value[name], p.null[name] = unescaped(value), value == hiveNull
	}
	if len(p.value) == 0 {
		return s
	}
	return p
}

func unescaped(s string) string {
	if plain, err := url.PathUnescape(s); err == nil {
		return plain
	}
	return s
}

func (p *partition) Fields() []Field { return p.fields }

func (p *partition) Read(block int, names []string) (*Table, error) {
	var own []string
	for _, name := range names {
		if _, constant := p.value[name]; !constant {
			own = append(own, name)
		}
	}
	if len(own) == 0 { // one column, to know how many rows there are
		for _, f := range p.Source.Fields() {
			if f.Odd == "" {
				own = []string{f.Name}
				break
			}
		}
	}
	read, err := p.Source.Read(block, own)
	if err != nil {
		return nil, err
	}
	t := &Table{Meta: read.Meta}
	for _, name := range names {
		if c := read.Column(name); c != nil {
			t.Add(c)
			continue
		}
		t.Add(p.column(name, read.Rows()))
	}
	return t, nil
}

func (p *partition) column(name string, rows int) *Column {
	c := &Column{Name: name, Kind: String, Codes: make([]int32, rows), Dict: []string{p.value[name]}}
	if p.null[name] {
		c.Null = make([]bool, rows)
		for i := range c.Null {
			c.Null[i] = true
		}
	}
	return c
}
