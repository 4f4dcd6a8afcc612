package pipeline

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"segmenta/strict"
	"segmenta/table"
)

// A Table is a plain table that a stage works on alone: an id, and numbers.
type Table struct {
	File string
	ID   string // names the row; never an input
}

// A plainTable is a table in memory, its numbers apart from its id.
type plainTable struct {
	file    string
	all     *table.Table  // as it was read
	id      *table.Column // nil where there is none
	names   []string
	columns [][]float64
	rows    int
	seconds float64 // that reading took
}

// read reads the id and every column of numbers.
func (t Table) read() (*plainTable, error) { return t.readBut("") }

// readNumbers reads every column of numbers, and no id, which takes longer than ten of them.
func (t Table) readNumbers() (*plainTable, error) { return t.readBut(t.ID) }

func (t Table) readBut(column string) (*plainTable, error) {
	start := time.Now()
	all, err := table.ReadBut(t.File, column)
	if err != nil {
		return nil, mark(ErrConfig, err)
	}
	p := &plainTable{file: t.File, all: all, id: all.Column(t.ID), rows: all.Rows()}
	var rest table.Table
	for _, c := range all.Columns {
		if c != p.id {
			rest.Add(asNumbers(c))
		}
	}
	p.names, p.columns = numbers(&rest)
	p.seconds = time.Since(start).Seconds()
	return p, nil
}

// asNumbers is a column of text, as a CSV file has it, whose every value is a number or
// nothing; any other column as it is.
func asNumbers(c *table.Column) *table.Column {
	if c.Kind != table.String {
		return c
	}
	values := repeated(math.NaN(), c.Len())
	for i := range values {
		text := strings.TrimSpace(c.Text(i))
		if text == "" {
			continue
		}
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return c
		}
		values[i] = v
	}
	return table.Floats(c.Name, values)
}

// take removes a column and returns it.
func (p *plainTable) take(name string) ([]float64, error) {
	for i, n := range p.names {
		if n == name {
			values := p.columns[i]
			p.names = append(p.names[:i:i], p.names[i+1:]...)
			p.columns = append(p.columns[:i:i], p.columns[i+1:]...)
			return values, nil
		}
	}
	return nil, p.lacks(name)
}

// pick returns the columns of these names, in this order.
func (p *plainTable) pick(names []string) ([][]float64, error) {
	at := make(map[string]int, len(p.names))
	for i, n := range p.names {
		at[n] = i
	}
	picked := make([][]float64, len(names))
	for i, n := range names {
		k, ok := at[n]
		if !ok {
			return nil, p.lacks(n)
		}
		picked[i] = p.columns[k]
	}
	return picked, nil
}

func (p *plainTable) lacks(name string) error {
	hint := ""
	if near := strict.Nearest(name, p.names); near != "" {
		hint = fmt.Sprintf("; did you mean %q?", near)
	}
	return mark(ErrConfig, fmt.Errorf("%s has no column of numbers called %q%s", p.file, name, hint))
}

// write writes columns beside the id of the rows that they belong to.
func (p *plainTable) write(file string, columns ...*table.Column) (seconds float64, err error) {
	start := time.Now()
	var out table.Table
	if p.id != nil {
		out.Add(p.id)
	}
	for _, c := range columns {
		out.Add(c)
	}
	err = table.WriteFile(file, &out)
	return time.Since(start).Seconds(), err
}

// tell prints a line of names and values.
func tell(w io.Writer, pairs ...any) {
	for i := 0; i+1 < len(pairs); i += 2 {
		fmt.Fprintf(w, "%-20s %v\n", pairs[i], pairs[i+1])
	}
}
