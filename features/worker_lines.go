package features

import (
	"bytes"
	"fmt"
	"hash/crc32"
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
