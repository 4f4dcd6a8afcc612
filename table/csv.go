package table

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
)

// A csvFile is a text file of values, read whole when it is opened: every column is
// text, and an empty value is null.
type csvFile struct {
	path   string
	fields []Field
	blocks []*Table
	first  []int64
}

// blockRows is how many rows of a text file one block holds.
const blockRows = 64 << 10

func openCSV(path string, f Format) (Source, error) {
	text, err := contents(path)
	if err != nil {
		return nil, err
	}
	text, err = decoded(text, f.Encoding)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, fmt.Errorf("%s is empty", path)
	}
	c := &csvFile{path: path}
	if err := c.parse(text, f.Delimiter); err != nil {
		return nil, err
	}
	return c, nil
}

// maxText is the most that a packed text file may hold, against files that swell.
const maxText = 16 << 30

// contents reads a file, unpacked.
func contents(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var r io.Reader = bufio.NewReaderSize(file, 1<<20)
	switch lower := strings.ToLower(path); {
	case strings.HasSuffix(lower, ".gz"):
		if r, err = gzip.NewReader(r); err != nil {
			return nil, fmt.Errorf("%s: not a whole gzip file: %w", path, err)
		}
	case strings.HasSuffix(lower, ".zst"):
		z, err := zstd.NewReader(r)
		if err != nil {
			return nil, fmt.Errorf("%s: not a whole zstd file: %w", path, err)
		}
		defer z.Close()
		r = z
	}
	text, err := io.ReadAll(io.LimitReader(r, maxText))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return text, nil
}

// encodings lists what a text may be written in besides UTF-8.
var encodings = map[string]encoding.Encoding{
	"latin-1": charmap.ISO8859_1, "iso-8859-1": charmap.ISO8859_1, "windows-1252": charmap.Windows1252, "cp1252": charmap.Windows1252,
}

// decoded makes UTF-8 of a text. Without an encoding, what isn't UTF-8 is taken for
// Windows-1252, which holds Latin-1's letters.
func decoded(text []byte, name string) ([]byte, error) {
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	switch e, known := encodings[strings.ToLower(name)]; {
	case known:
		return e.NewDecoder().Bytes(text)
	case name != "" && !strings.EqualFold(name, "utf-8") && !strings.EqualFold(name, "utf8"):
		return nil, fmt.Errorf("unknown encoding %q; known are utf-8, latin-1 and windows-1252", name)
	case !utf8.Valid(text) && name == "":
		return charmap.Windows1252.NewDecoder().Bytes(text)
	case !utf8.Valid(text):
		return nil, errors.New("it is not UTF-8; say encoding: latin-1 or windows-1252")
	}
	return text, nil
}

// delimiterOf is the likeliest delimiter of a text: the one that its first line has
// most of, outside quotes.
func delimiterOf(text []byte) rune {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	best, most := ',', 0
	for _, d := range ",;\t|" {
		n, quoted := 0, false
		for _, r := range string(line) {
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

func (c *csvFile) parse(text []byte, delimiter rune) error {
	if delimiter == 0 {
		delimiter = delimiterOf(text)
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma, r.ReuseRecord, r.FieldsPerRecord = delimiter, true, -1
	header, err := r.Read()
	if err != nil {
		return c.broken(err)
	}
	if err := c.head(header); err != nil {
		return err
	}
	b := newTextBlock(c.fields)
	rows := int64(0)
	for {
		record, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return c.broken(err)
		}
		if len(record) != len(c.fields) {
			line, _ := r.FieldPos(0)
			return fmt.Errorf("%s:%d: %d fields, and the header has %d", c.path, line, len(record), len(c.fields))
		}
		b.add(record)
		if rows++; b.rows == blockRows {
			c.keep(b, rows)
			b = newTextBlock(c.fields)
		}
	}
	if b.rows > 0 {
		c.keep(b, rows)
	}
	return nil
}

func (c *csvFile) head(names []string) error {
	seen := make(map[string]bool)
	for i, name := range names {
		name = strings.TrimSpace(name)
		if seen[name] {
			return fmt.Errorf("%s:1: the column %q stands twice", c.path, name)
		}
		if name == "" {
			name = fmt.Sprintf("column_%d", i+1)
		}
		seen[name] = true
		c.fields = append(c.fields, Field{Name: name, Kind: String})
	}
	return nil
}

func (c *csvFile) broken(err error) error {
	var p *csv.ParseError
	if errors.As(err, &p) {
		return fmt.Errorf("%s:%d:%d: %w", c.path, p.Line, p.Column, p.Err)
	}
	return fmt.Errorf("%s: %w", c.path, err)
}

func (c *csvFile) keep(b *textBlock, rows int64) {
	c.blocks = append(c.blocks, b.table)
	c.first = append(c.first, rows-int64(b.rows)+1)
}

func (c *csvFile) Name() string             { return c.path }
func (c *csvFile) Fields() []Field          { return c.fields }
func (c *csvFile) Blocks() int              { return len(c.blocks) }
func (c *csvFile) FirstRow(block int) int64 { return c.first[block] }
func (c *csvFile) Close() error             { return nil }

func (c *csvFile) Read(block int, names []string) (*Table, error) {
	at, err := find(c.path, c.fields, names)
	if err != nil {
		return nil, err
	}
	t := new(Table)
	for _, k := range at {
		if block < len(c.blocks) {
			t.Add(c.blocks[block].Columns[k])
		} else {
			t.Add(&Column{Name: c.fields[k].Name, Kind: String})
		}
	}
	return t, nil
}

// A textBlock is a block of a text file that is being read.
type textBlock struct {
	table *Table
	code  []map[string]int32
	rows  int
}

func newTextBlock(fields []Field) *textBlock {
	b := &textBlock{table: new(Table)}
	for _, f := range fields {
		b.table.Add(&Column{Name: f.Name, Kind: String})
		b.code = append(b.code, make(map[string]int32))
	}
	return b
}

func (b *textBlock) add(record []string) {
	for k, c := range b.table.Columns {
		word := record[k]
		code, ok := b.code[k][word]
		if !ok {
			code = int32(len(c.Dict))
			word = strings.Clone(word)
			b.code[k][word] = code
			c.Dict = append(c.Dict, word)
		}
		c.Codes = append(c.Codes, code)
		if word == "" && c.Null == nil {
			c.Null = make([]bool, b.rows, blockRows)
		}
		if c.Null != nil {
			c.Null = append(c.Null, word == "")
		}
	}
	b.rows++
}
