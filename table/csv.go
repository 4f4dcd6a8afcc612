package table

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
)

// A csvFile is a text file of values between delimiters: every column is text, and an
// empty value is null.
type csvFile struct {
	*textSource
	delimiter rune
}

func openCSV(blob Blob, f Format) (Source, error) {
	text, err := openText(blob, f.Encoding)
	if err != nil {
		return nil, err
	}
	c := &csvFile{&textSource{name: blob.Name(), text: text}, f.Delimiter}
	c.textSource.parse = c.rows
	if err := c.open(); err != nil {
		text.Close()
		return nil, err
	}
	return c, nil
}

func (c *csvFile) open() error {
	from, lines, err := c.header()
	if err != nil {
		return err
	}
	cut := cutter{name: c.name, quotes: true}
	if err := cut.cut(c.text, from, lines); err != nil {
		return err
	}
	c.blocks = cut.stretches
	return nil
}

// header reads the names of the columns, and returns where the rows begin.
func (c *csvFile) header() (from, lines int64, err error) {
	cut := cutter{name: c.name, quotes: true}
	buf := make([]byte, min(c.text.size-c.text.start, 1<<20))
	if n, err := c.text.ReadAt(buf, c.text.start); n < len(buf) {
		return 0, 0, fmt.Errorf("%s: %w", c.name, err)
	}
	used := 0
	for {
		n, more := cut.rowEnd(buf[used:])
		if n == 0 {
			n, more = len(buf)-used, 1
		}
		row := trimBreak(buf[used : used+n])
		used, lines = used+n, lines+more
		switch sep, ok := bytes.CutPrefix(row, []byte("sep=")); {
		case n == 0:
			return 0, 0, fmt.Errorf("%s is empty", c.name)
		case len(row) == 0:
			continue
		case ok && len(sep) == 1: // Excel's own note of the delimiter
			c.delimiter = rune(sep[0])
			continue
		}
		return c.text.start + int64(used), lines, c.head(row, lines-more)
	}
}

func (c *csvFile) head(row []byte, before int64) error {
	if c.delimiter == 0 {
		c.delimiter = delimiterOf(row)
	}
	names, err := c.reader(row).Read()
	if err != nil {
		return c.broken(err, before)
	}
	for i, name := range names {
		name = strings.Clone(strings.TrimSpace(name))
		if name == "" {
			name = fmt.Sprintf("column_%d", i+1)
		}
		c.fields = append(c.fields, Field{Name: name, Kind: String})
	}
	markTwins(c.fields)
	return nil
}

// delimiterOf is the likeliest delimiter of a row: the one that it has most of, outside
// quotes.
func delimiterOf(row []byte) rune {
	best, most := ',', 0
	for _, d := range ",;\t|" {
		n, quoted := 0, false
		for _, r := range string(row) {
			if r == '"' {
				quoted = !quoted
			} else if r == d && !quoted {
				n++
			}
		}
		if n > most {
			best, most = d, n
		}
	}
	return best
}

func (c *csvFile) reader(rows []byte) *csv.Reader {
	r := csv.NewReader(bytes.NewReader(rows))
	r.Comma, r.ReuseRecord, r.FieldsPerRecord = c.delimiter, true, -1
	return r
}

// rows parses a block.
func (c *csvFile) rows(s stretch, rows []byte, at []int) (*Table, error) {
	b := newTextBlock(c.fields, at, s.rows)
	r := c.reader(keepBreaks(rows))
	for {
		record, err := r.Read()
		if err == io.EOF {
			return b.table, nil
		}
		if err != nil {
			return nil, c.broken(err, s.line)
		}
		if len(record) != len(c.fields) {
			line, _ := r.FieldPos(0)
			return nil, fmt.Errorf("%s:%d: %d fields, and the header has %d", c.name, int64(line)+s.line, len(record), len(c.fields))
		}
		for i, k := range at {
			b.add(i, record[k], record[k] == "")
		}
	}
}

// keepBreaks doubles the carriage return of a line break within quotes. encoding/csv takes
// one away, and an id that holds one would become another id.
func keepBreaks(rows []byte) []byte {
	if !bytes.Contains(rows, []byte("\r\n")) || bytes.IndexByte(rows, '"') < 0 {
		return rows
	}
	kept, quoted := make([]byte, 0, len(rows)+len(rows)/64), false
	for line := range bytes.Lines(rows) {
		if bytes.Count(line, []byte{'"'})%2 == 1 {
			quoted = !quoted
		}
		kept = append(kept, line...)
		if quoted && bytes.HasSuffix(line, []byte("\r\n")) {
			kept = append(kept[:len(kept)-1], '\r', '\n')
		}
	}
	return kept
}

// broken says where a file isn't CSV; before is how many lines stand before what was read.
func (c *csvFile) broken(err error, before int64) error {
	var p *csv.ParseError
	if errors.As(err, &p) {
		return fmt.Errorf("%s:%d:%d: %w", c.name, int64(p.Line)+before, p.Column, p.Err)
	}
	return fmt.Errorf("%s: %w", c.name, err)
}

// A textBlock is a block of texts that is being read.
type textBlock struct {
	table *Table
	code  []map[string]int32
	rows  int
}

func newTextBlock(fields []Field, at []int, rows int) *textBlock {
	b := &textBlock{table: new(Table), rows: rows}
	for _, k := range at {
		b.table.Add(&Column{Name: fields[k].Name, Kind: String, Codes: make([]int32, 0, rows)})
		b.code = append(b.code, make(map[string]int32))
	}
	return b
}

// add appends a text to the i-th column.
func (b *textBlock) add(i int, word string, null bool) {
	c := b.table.Columns[i]
	code, ok := b.code[i][word]
	if !ok {
		code = int32(len(c.Dict))
		word = strings.Clone(word)
		b.code[i][word] = code
		c.Dict = append(c.Dict, word)
	}
	if null && c.Null == nil {
		c.Null = make([]bool, len(c.Codes), b.rows)
	}
	c.Codes = append(c.Codes, code)
	if c.Null != nil {
		c.Null = append(c.Null, null)
	}
}
