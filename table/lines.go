package table

import (
	"bytes"
	"fmt"
	"io"
)

// blockRows is how many rows of a text file one block holds at most, and blockBytes how
// many bytes, but for one long row.
const (
	blockRows  = 64 << 10
	blockBytes = 8 << 20
)

// maxRow is how long a row may be: a quote that is never closed would make the rest of
// the file one row.
const maxRow = 64 << 20

// A stretch is a block of a text file: where its rows lie.
type stretch struct {
	from, to int64
	first    int64 // its first row, from 1
	line     int64 // of the file before it
	rows     int
}

// A cutter finds where rows end, and cuts a text into blocks.
type cutter struct {
	name   string
	quotes bool // a line break between quotes ends no row
	row    func(line []byte, at int64) error

	stretches []stretch
	now       stretch
	lines     int64 // before the row at hand
}

// cut reads a text from one place to its end. row, if there is one, is shown every row
// that isn't blank, with its line.
func (c *cutter) cut(t *text, from, lines int64) error {
	c.now, c.lines = stretch{from: from, to: from, first: 1, line: lines}, lines
	buf := make([]byte, 0, 1<<20)
	for at := from; ; {
		if len(buf) == cap(buf) {
			if len(buf) >= maxRow {
				return fmt.Errorf("%s:%d: a row of more than %d MB; is a quote never closed?", c.name, c.lines+1, maxRow>>20)
			}
			buf = append(make([]byte, 0, 2*cap(buf)), buf...)
		}
		n, err := t.ReadAt(buf[len(buf):cap(buf)], at)
		if err != nil && err != io.EOF {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		buf, at = buf[:len(buf)+n], at+int64(n)
		used, problem := c.take(buf, n == 0)
		if problem != nil {
			return problem
		}
		buf = buf[:copy(buf, buf[used:])]
		if n == 0 {
			break
		}
	}
	c.keep()
	return nil
}

// take takes the whole rows of buf, the last one too where nothing follows.
func (c *cutter) take(buf []byte, last bool) (used int, err error) {
	for used < len(buf) {
		n, lines := c.rowEnd(buf[used:])
		if n == 0 {
			if !last {
				break
			}
			n, lines = len(buf)-used, 1+int64(bytes.Count(buf[used:], []byte{'\n'}))
		}
		if err := c.one(buf[used:used+n], lines); err != nil {
			return used, err
		}
		used += n
	}
	return used, nil
}

// rowEnd is the length of the row that b begins with, with its line break, and how many
// lines it takes; 0 where it isn't whole.
func (c *cutter) rowEnd(b []byte) (n int, lines int64) {
	quoted := false
	for at := 0; ; {
		end := bytes.IndexByte(b[at:], '\n')
		if end < 0 {
			return 0, 0
		}
		lines++
		if c.quotes && bytes.Count(b[at:at+end], []byte{'"'})%2 == 1 {
			quoted = !quoted
		}
		if at += end + 1; !quoted {
			return at, lines
		}
	}
}

func (c *cutter) one(row []byte, lines int64) error {
	if content := trimBreak(row); len(content) > 0 {
		if c.row != nil {
			if err := c.row(content, c.lines+1); err != nil {
				return err
			}
		}
		c.now.rows++
	}
	c.now.to += int64(len(row))
	c.lines += lines
	if c.now.rows == blockRows || c.now.to-c.now.from >= blockBytes {
		c.keep()
	}
	return nil
}

// trimBreak takes the line break off a row.
func trimBreak(row []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(row, []byte{'\n'}), []byte{'\r'})
}

// keep ends a block.
func (c *cutter) keep() {
	if c.now.rows > 0 {
		c.stretches = append(c.stretches, c.now)
	}
	c.now = stretch{from: c.now.to, to: c.now.to, first: c.now.first + int64(c.now.rows), line: c.lines}
}

// A textSource is a text file of rows.
type textSource struct {
	name   string
	text   *text
	fields []Field
	blocks []stretch
	parse  func(s stretch, rows []byte, at []int) (*Table, error)
}

func (s *textSource) Name() string             { return s.name }
func (s *textSource) Fields() []Field          { return s.fields }
func (s *textSource) Blocks() int              { return len(s.blocks) }
func (s *textSource) FirstRow(block int) int64 { return s.blocks[block].first }
func (s *textSource) Close() error             { return s.text.Close() }

func (s *textSource) Read(block int, names []string) (*Table, error) {
	at, err := find(s.name, s.fields, names)
	if err != nil {
		return nil, err
	}
	b := stretch{}
	if block < len(s.blocks) {
		b = s.blocks[block]
	}
	rows := make([]byte, b.to-b.from)
	if n, err := s.text.ReadAt(rows, b.from); n < len(rows) {
		return nil, fmt.Errorf("%s: it has changed while it was read: %w", s.name, err)
	}
	t, err := s.parse(b, rows, at)
	if err != nil {
		return nil, err
	}
	if len(at) > 0 && t.Rows() != b.rows {
		return nil, fmt.Errorf("%s: %d rows after line %d, and there were %d; it has changed while it was read", s.name, t.Rows(), b.line, b.rows)
	}
	return t, nil
}
