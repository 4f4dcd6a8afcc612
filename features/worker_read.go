package features

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"segmenta/table"
)

// lines takes lines in until there are enough of whole customers, and works on them.
func (k *worker) lines(ctx context.Context, in *bufio.Reader) error {
	most := cmp.Or(k.Rows, 500_000)
	var whose []byte
	rows := 0
	for {
		line, err := fullLine(in)
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		body, crc, err := checkLine(line)
		if err != nil {
			return fmt.Errorf("row %d that came: %w", k.note.Sum.Rows+1, err)
		}
		id := idOf(body)
		if k.Grouped() && string(id) == nothingThere {
			return fmt.Errorf("row %d that came has no customer, where only rows with one are to come", k.note.Sum.Rows+1)
		}
		if rows >= most && (!k.Grouped() || !bytes.Equal(id, whose)) {
			if err := k.work(ctx); err != nil {
				return err
			}
			rows = 0
		}
		if !bytes.Equal(id, whose) {
			whose = append(whose[:0], id...)
		}
		s := k.source(body)
		if s == nil {
			return fmt.Errorf("the line %.200q is of no source that the work names", body)
		}
		if err := s.add(body); err != nil {
			return err
		}
		rows++
		if string(id) != nothingThere {
			k.note.Sum.plus(sum{1, uint64(crc)})
		}
	}
	return k.work(ctx)
}

// fullLine is the next line without its end.
func fullLine(in *bufio.Reader) ([]byte, error) {
	line, err := in.ReadSlice('\n')
	if err == nil {
		return line[:len(line)-1], nil
	}
	if err == bufio.ErrBufferFull {
		whole := slices.Clone(line)
		for err == bufio.ErrBufferFull {
			line, err = in.ReadSlice('\n')
			whole = append(whole, line...)
		}
		line = whole
		if err == nil {
			return line[:len(line)-1], nil
		}
	}
	if err == io.EOF && len(line) > 0 {
		return nil, fmt.Errorf("the last line breaks off: %.200q", line)
	}
	return nil, err
}

func (k *worker) source(body []byte) *rawSource {
	if len(body) < 2 || body[1] != '\t' {
		return nil
	}
	for file, letter := range letters {
		if body[0] == letter {
			return k.raw[file]
		}
	}
	return nil
}

// locate says of a sample whose row it is: where a row stood in a table nobody can say.
func (s *rawSource) locate(at *Sample) {
	for i := range s.blocks {
		b := &s.blocks[i]
		if at.Row < b.first || at.Row >= b.first+int64(b.rows) {
			continue
		}
		rest, err := s.read(b)
		if err != nil {
			return
		}
		for range at.Row - b.first {
			rest = rest[bytes.IndexByte(rest, '\n')+1:]
		}
		line := string(rest[:bytes.IndexByte(rest, '\n')])
		at.File = fmt.Sprintf("%s of customer %s", s.WorkSource.Name, idOf([]byte(line)))
		var cells []string
		for i, cell := range strings.Split(line, "\t")[1:] {
			if i < len(s.WorkSource.Fields) {
				cells = append(cells, s.WorkSource.Fields[i].Name+" "+cell)
			}
		}
		at.Value = strings.TrimSpace(at.Value + " in " + strings.Join(cells, ", "))
		at.Value = at.Value[:min(len(at.Value), 400)]
		return
	}
}

// keep is the fields of ours that a source's rows carry.
func (s *rawSource) keep() (all []int, err error) {
	for _, name := range s.Keep {
		k := fieldAt(name)
		if k < 0 {
			return nil, fmt.Errorf("%w: rows are to carry %q, which is not known", ErrOther, name)
		}
		all = append(all, k)
	}
	return all, nil
}

// opened is the source, to be read like a file.
func (s *rawSource) opened() *Source {
	return &Source{Open: func() ([]table.Source, error) { return []table.Source{s}, nil }, Columns: s.Columns, TimeLayout: s.TimeLayout, Format: table.Format{DecimalComma: s.Comma}}
}
