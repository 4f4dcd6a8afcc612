package features

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"strconv"
	"strings"

	"segmenta/table"
)

// A row comes to a worker as one line of UTF-8, its fields between tabs: a letter for
// the source, the source's fields in order, the customer's id first, and the CRC-32 of
// all before it. Within a field \t, \n, \r and \\ stand for what would be mistaken for
// the form, and \N alone for no value. Whole numbers are decimal, floats such that
// reading them gives the same bits, times whole microseconds since 1970 UTC.

// nothingThere is how no value is written.
const nothingThere = `\N`

var escaper = strings.NewReplacer("\\", `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`)

// escape writes a text as a field.
func escape(s string) string { return escaper.Replace(s) }

// unescape reads a field that is a text.
func unescape(s string) (string, error) {
	if strings.IndexByte(s, '\\') < 0 {
		return s, nil
	}
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			out.WriteByte(s[i])
			continue
		}
		i++
		if i == len(s) {
			return "", fmt.Errorf("%.100q ends within an escape", s)
		}
		k := strings.IndexByte(`\tnr`, s[i])
		if k < 0 {
			return "", fmt.Errorf("%.100q holds the escape \\%c, which stands for nothing", s, s[i])
		}
		out.WriteByte("\\\t\n\r"[k])
	}
	return out.String(), nil
}

// letters tell the sources of lines apart.
var letters = [files]byte{'t', 'e'}

// WriteLine appends the line of one row of a source's table, whose columns are those
// of Fields.
func (s *WorkSource) WriteLine(to []byte, t *table.Table, row int) []byte {
	start := len(to)
	to = append(to, s.Name[0])
	for _, c := range t.Columns {
		to = append(to, '\t')
		switch {
		case c.IsNull(row):
			to = append(to, nothingThere...)
		case c.Kind == table.String:
			to = append(to, escape(c.Dict[c.Codes[row]])...)
		case c.Kind == table.Float32 || c.Kind == table.Float64:
			to = strconv.AppendFloat(to, c.Floats[row], 'g', -1, 64)
		default:
			to = strconv.AppendInt(to, c.Ints[row], 10)
		}
	}
	sum := crc32.ChecksumIEEE(to[start:])
	return append(strconv.AppendUint(append(to, '\t'), uint64(sum), 10), '\n')
}

// checkLine holds a line without its end against its checksum, and returns what stands
// before that, and the checksum.
func checkLine(line []byte) (body []byte, sum uint32, err error) {
	at := bytes.LastIndexByte(line, '\t')
	if at < 0 {
		return nil, 0, fmt.Errorf("the line %.200q is no row: it has one field", line)
	}
	want, err := strconv.ParseUint(string(line[at+1:]), 10, 32)
	if err != nil {
		return nil, 0, fmt.Errorf("the line %.200q ends with no checksum", line)
	}
	body = line[:at]
	if got := crc32.ChecksumIEEE(body); got != uint32(want) {
		return nil, 0, fmt.Errorf("the line %.300q arrived changed: its CRC-32 is %d, and %d was sent (is some of its text no UTF-8?)", body, got, want)
	}
	return body, uint32(want), nil
}

// rawBlock is lines of one source, checked, as they came: in memory, or in a file.
type rawBlock struct {
	lines []byte // nil where they are in the file
	at    int64
	size  int
	rows  int
	first int64 // the first one's number
}

// A raw source is what came of one source, block by block. It is read like a file.
type rawSource struct {
	*WorkSource
	blocks []rawBlock
	came   int64

	limit int64 // bytes of lines to hold; a customer's may be more, and go to a file
	held  int64
	file  *os.File
	end   int64
}

func (s *rawSource) Name() string             { return s.WorkSource.Name }
func (s *rawSource) Blocks() int              { return len(s.blocks) }
func (s *rawSource) FirstRow(block int) int64 { return s.blocks[block].first }
func (s *rawSource) Close() error             { return nil }
func (s *rawSource) Fields() (all []table.Field) {
	for _, f := range s.WorkSource.Fields {
		all = append(all, table.Field{Name: f.Name, Kind: f.Kind, Local: f.Local})
	}
	return all
}

// add takes a line in.
func (s *rawSource) add(body []byte) (err error) {
	s.came++
	if n := len(s.blocks); n == 0 || s.blocks[n-1].rows == blockRows {
		if n > 0 {
			err = s.makeRoom(&s.blocks[n-1])
		}
		s.blocks = append(s.blocks, rawBlock{first: s.came})
	}
	b := &s.blocks[len(s.blocks)-1]
	b.lines = append(append(b.lines, body...), '\n')
	b.rows++
	return err
}

// makeRoom brings a full block to the file, where more is held than may be.
func (s *rawSource) makeRoom(b *rawBlock) (err error) {
	if s.held += int64(len(b.lines)); s.limit <= 0 || s.held <= s.limit {
		return nil
	}
	if s.file == nil {
		if s.file, err = os.CreateTemp("", "segmenta-*"); err != nil {
			return fmt.Errorf("making room on disk: %w", err)
		}
		os.Remove(s.file.Name()) // it goes with the process, however that ends
	}
	if _, err = s.file.WriteAt(b.lines, s.end); err != nil {
		return fmt.Errorf("making room on disk: %w", err)
	}
	s.held -= int64(len(b.lines))
	b.at, b.size, b.lines = s.end, len(b.lines), nil
	s.end += int64(b.size)
	return nil
}

// read is the lines of a block.
func (s *rawSource) read(b *rawBlock) ([]byte, error) {
	if b.lines != nil || b.size == 0 {
		return b.lines, nil
	}
	lines := make([]byte, b.size)
	if _, err := s.file.ReadAt(lines, b.at); err != nil {
		return nil, fmt.Errorf("reading back from disk: %w", err)
	}
	return lines, nil
}

// blockRows is how many rows are parsed at a time.
const blockRows = 1 << 15

// renew forgets the rows, but not how many came.
func (s *rawSource) renew() { s.blocks, s.held, s.end = s.blocks[:0], 0, 0 }

// Read parses the columns of these names.
func (s *rawSource) Read(block int, names []string) (*table.Table, error) {
	t := &table.Table{}
	fields := s.WorkSource.Fields
	parse := make([]*fieldParser, len(fields))
	for _, name := range names {
		for k, f := range fields {
			if f.Name == name {
				parse[k] = &fieldParser{c: &table.Column{Name: name, Kind: f.Kind, Local: f.Local}, codes: map[string]int32{}}
				t.Add(parse[k].c)
			}
		}
	}
	rest, err := s.read(&s.blocks[block])
	if err != nil {
		return nil, err
	}
	row := s.blocks[block].first
	for ; len(rest) > 0; row++ {
		end := bytes.IndexByte(rest, '\n')
		line := rest[:end]
		rest = rest[end+1:]
		if err := s.parse(line, parse); err != nil {
			return nil, fmt.Errorf("row %d that came, of customer %s: %w; the row is %.500q", row, idOf(line), err, line)
		}
	}
	for _, p := range parse {
		if p != nil {
			p.end()
		}
	}
	return t, nil
}

// parse reads one line's fields into their columns.
func (s *rawSource) parse(line []byte, parse []*fieldParser) error {
	line = line[min(2, len(line)):]
	for k, p := range parse {
		last := k == len(parse)-1
		end := bytes.IndexByte(line, '\t')
		if last != (end < 0) {
			return fmt.Errorf("it has another number of fields than the %d of %s", len(parse), s.WorkSource.Name)
		}
		if last {
			end = len(line)
		}
		if p != nil {
			if err := p.add(line[:end]); err != nil {
				return fmt.Errorf("%s: %w", p.c.Name, err)
			}
		}
		if !last {
			line = line[end+1:]
		}
	}
	return nil
}

// idOf is the customer's id in a line, as it is written there.
func idOf(line []byte) []byte {
	if len(line) < 2 {
		return nil
	}
	id := line[2:]
	if end := bytes.IndexByte(id, '\t'); end >= 0 {
		id = id[:end]
	}
	return id
}

// A fieldParser fills a column with fields.
type fieldParser struct {
	c     *table.Column
	codes map[string]int32
	rows  int
	last  []byte // text, as it was written
}

func (p *fieldParser) add(field []byte) error {
	null := len(field) == 2 && field[0] == '\\' && field[1] == 'N'
	if null && p.c.Null == nil {
		p.c.Null = make([]bool, p.rows, blockRows)
	}
	p.rows++
	if p.c.Null != nil {
		p.c.Null = append(p.c.Null, null)
	}
	switch p.c.Kind {
	case table.String:
		return p.text(field, null)
	case table.Float32, table.Float64:
		v := 0.0
		if !null {
			var err error
			if v, err = strconv.ParseFloat(string(field), 64); err != nil && !math.IsInf(v, 0) {
				return fmt.Errorf("%.100q is no number", field)
			}
		}
		p.c.Floats = append(p.c.Floats, v)
	default:
		v := int64(0)
		if !null {
			var err error
			if v, err = strconv.ParseInt(string(field), 10, 64); err != nil {
				return fmt.Errorf("%.100q is no whole number", field)
			}
		}
		p.c.Ints = append(p.c.Ints, v)
	}
	return nil
}

// text adds a word; the one before often comes again.
func (p *fieldParser) text(field []byte, null bool) error {
	c := p.c
	if n := len(c.Codes); n > 0 && !null && !c.IsNull(n-1) && bytes.Equal(field, p.last) {
		c.Codes = append(c.Codes, c.Codes[n-1])
		return nil
	}
	if null {
		field = nil
	}
	code, met := p.codes[string(field)]
	if !met {
		word, err := unescape(string(field))
		if err != nil {
			return err
		}
		code = int32(len(c.Dict))
		c.Dict = append(c.Dict, word)
		p.codes[string(field)] = code
	}
	c.Codes = append(c.Codes, code)
	p.last = field
	return nil
}

// end gives a column without rows its form.
func (p *fieldParser) end() {
	if p.c.Kind == table.String && len(p.c.Dict) == 0 {
		p.c.Dict = []string{""}
	}
}
