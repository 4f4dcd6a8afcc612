package features

import (
	"bytes"
	"fmt"
	"os"

	"segmenta/table"
)

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

func (s *rawSource) Name() string { return s.WorkSource.Name }

func (s *rawSource) Blocks() int { return len(s.blocks) }

func (s *rawSource) FirstRow(block int) int64 { return s.blocks[block].first }

func (s *rawSource) Close() error { return nil }

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
