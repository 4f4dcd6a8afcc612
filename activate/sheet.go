package activate

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
)

// sheetSettings say how rows are written to a file, wherever the file lies.
type sheetSettings struct {
	Format    string `yaml:"format" jsonschema:"enum=csv,enum=jsonl" jsonschema_description:"csv, or jsonl: one JSON object a line (default: as the name ends)"`
	Delimiter string `yaml:"delimiter" jsonschema_description:"of a CSV file (default , and ; where the decimal sign is a comma)"`
	Decimal   string `yaml:"decimal" jsonschema:"enum=.,enum=\\," jsonschema_description:"the decimal sign of a CSV file (default .)"`
	Headers   string `yaml:"headers" jsonschema:"enum=names,enum=labels" jsonschema_description:"the first line of a CSV file: the fields' names, or their labels in the configuration's language (default names)"`
	Formulas  string `yaml:"formulas" jsonschema:"enum=neutralise,enum=keep" jsonschema_description:"what becomes of text that a spreadsheet would run: an apostrophe goes before it, or it stays (default neutralise)"`
}

// A sheet writes rows.
type sheet struct {
	sheetSettings
	id       string // what the column of the external ids is called
	language string
	comma    byte
}

func (s sheetSettings) sheet(name string, o Opening) (*sheet, error) {
	if s.Format == "" {
		s.Format = "csv"
		if strings.HasSuffix(name, ".jsonl") || strings.HasSuffix(name, ".ndjson") || strings.HasSuffix(name, ".json") {
			s.Format = "jsonl"
		}
	}
	sh := &sheet{s, o.ID, o.Language, ','}
	switch {
	case s.Format != "csv" && s.Format != "jsonl":
		return nil, fmt.Errorf("format is %q, want csv or jsonl", s.Format)
	case s.Decimal != "" && s.Decimal != "." && s.Decimal != ",":
		return nil, fmt.Errorf("decimal is %q, want . or ,", s.Decimal)
	case s.Headers != "" && s.Headers != "names" && s.Headers != "labels":
		return nil, fmt.Errorf("headers is %q, want names or labels", s.Headers)
	case s.Formulas != "" && s.Formulas != "neutralise" && s.Formulas != "keep":
		return nil, fmt.Errorf("formulas is %q, want neutralise or keep", s.Formulas)
	case len(s.Delimiter) > 1:
		return nil, fmt.Errorf("delimiter is %q, want one character", s.Delimiter)
	case s.Delimiter != "":
		sh.comma = s.Delimiter[0]
	case s.Decimal == ",":
		sh.comma = ';'
	}
	if sh.comma == '"' || sh.comma == '\n' || sh.comma == '\r' || s.Decimal == "," && sh.comma == ',' {
		return nil, fmt.Errorf("delimiter: %q parts nothing", string(sh.comma))
	}
	return sh, nil
}

// write writes a batch: a line for each operation, its columns those of the first.
func (s *sheet) write(to io.Writer, fields []Field, batch []Operation) error {
	w := bufio.NewWriter(to)
	if s.Format == "jsonl" {
		return s.lines(w, batch)
	}
	row := []string{s.quote(s.id)}
	for _, f := range fields {
		name := f.Name
		if s.Headers == "labels" {
			name = f.Label.In(s.language)
		}
		row = append(row, s.quote(name))
	}
	s.row(w, row)
	for i := range batch {
		row = append(row[:0], s.quote(batch[i].ID))
		for _, v := range batch[i].Values {
			row = append(row, s.cell(v))
		}
		s.row(w, row)
	}
	return w.Flush()
}

func (s *sheet) row(w *bufio.Writer, cells []string) {
	w.WriteString(strings.Join(cells, string(s.comma)))
	w.WriteString("\r\n") // RFC 4180
}

// cell is a value as a CSV file has it: text always in quotes, so that no reader parts it
// elsewhere; numbers, dates and booleans bare.
func (s *sheet) cell(v Value) string {
	switch v.Field.Parse(v.New).(type) {
	case nil:
		return ""
	case float64:
		return strings.Replace(v.Field.Format(v.New), ".", s.decimal(), 1)
	case bool, time.Time:
		return v.Field.Format(v.New)
	}
	return s.quote(v.Field.Format(v.New))
}

func (s *sheet) decimal() string {
	if s.Decimal == "," {
		return ","
	}
	return "."
}

// quote is a text in quotes, with nothing in it that a spreadsheet would run.
func (s *sheet) quote(text string) string {
	if s.Formulas != "keep" {
		text = neutral(text)
	}
	return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
}

// neutral puts an apostrophe before every line of a text that begins as a formula does:
// with = + - @ | % or their full-width twins, also after blanks that aren't seen, and with
// a tab or a return. See OWASP, CSV Injection.
func neutral(text string) string {
	var b bytes.Buffer
	for begin := true; text != ""; {
		n := strings.IndexAny(text, "\n\r\v\f\u0085\u2028\u2029")
		line, rest := text, ""
		if n >= 0 {
			end := n + 1
			for end < len(text) && text[end]&0xC0 == 0x80 { // the rest of a letter
				end++
			}
			line, rest = text[:end], text[end:]
		}
		if live(line, begin) {
			b.WriteByte('\'')
		}
		b.WriteString(line)
		text, begin = rest, false
	}
	return b.String()
}

// live reports whether a spreadsheet could take a line for a formula.
func live(line string, first bool) bool {
	if first && (strings.HasPrefix(line, "\t") || strings.HasPrefix(line, "\r") || strings.HasPrefix(line, "\n")) {
		return true
	}
	line = strings.TrimLeftFunc(line, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zs, r) || r == '"' || r == '\''
	})
	for _, r := range line {
		return strings.ContainsRune("=+-@|%＝＋－＠｜％﹢﹣﹦﹫−", r)
	}
	return false
}

// lines writes a JSON object for each operation, its keys in order.
func (s *sheet) lines(w *bufio.Writer, batch []Operation) error {
	for i := range batch {
		o := &batch[i]
		w.WriteByte('{')
		writeJSON(w, s.id, o.ID)
		for _, v := range o.Values {
			w.WriteByte(',')
			writeJSON(w, v.Field.Name, v.Field.JSON(v.New))
		}
		w.WriteString("}\n")
	}
	return w.Flush()
}

func writeJSON(w *bufio.Writer, key string, v any) {
	k, _ := json.Marshal(key)
	text, _ := json.Marshal(v)
	w.Write(k)
	w.WriteByte(':')
	w.Write(text)
}

// eventBatch is events as rows, so that they are written as values are.
func eventBatch(batch []Operation) (fields []Field, rows []Operation) {
	for _, name := range []string{"event", "kind", "segment", "label_en", "label_es", "at", "key"} {
		fields = append(fields, Field{Name: name, Type: Text, Label: Words{name, name}})
	}
	fields[5].Type = Moment
	for _, o := range batch {
		e, row := o.Event, Operation{ID: o.ID}
		for k, v := range []any{e.Name, e.Group, e.Segment, e.Label.En, e.Label.Es, e.At, o.Key} {
			row.Values = append(row.Values, Value{&fields[k], v})
		}
		rows = append(rows, row)
	}
	return fields, rows
}

// fieldsOf are the fields of a batch whose every row has all of them.
func fieldsOf(batch []Operation) (fields []Field) {
	if len(batch) > 0 {
		for _, v := range batch[0].Values {
			fields = append(fields, *v.Field)
		}
	}
	return fields
}

// eventsName is the file of events beside a file of values, one for each run.
func eventsName(path string, batch []Operation) string {
	var last time.Time
	for _, o := range batch {
		if o.Event.At.After(last) {
			last = o.Event.At
		}
	}
	at := strings.LastIndexByte(path, '.')
	if at <= strings.LastIndexByte(path, '/') {
		at = len(path)
	}
	return path[:at] + "-events-" + last.UTC().Format("2006-01-02T150405Z") + path[at:]
}

// written is the outcome of a batch that was written whole.
func written(batch []Operation, http int) []Outcome {
	out := make([]Outcome, len(batch))
	for i, o := range batch {
		out[i] = Outcome{Status: Updated, HTTP: http}
		if o.Remote == "" {
			out[i].Status = Created
		}
	}
	return out
}
