package table_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"segmenta/table"
)

// written puts a file into a folder of its own and opens it.
func written(t *testing.T, name, text string, f table.Format) (table.Source, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := table.Open(path, f)
	if err == nil {
		t.Cleanup(func() { s.Close() })
	}
	return s, err
}

func gzipped(text string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte(text))
	z.Close()
	return b.String()
}

func zstded(text string) string {
	z, _ := zstd.NewWriter(nil)
	return string(z.EncodeAll([]byte(text), nil))
}

// The shapes in which spreadsheets and shops export the same two rows. Row 67.
func TestShapesOfCSV(t *testing.T) {
	plain := "id;importe;fecha\n001;1.234,50;31/12/2024\nñ;-2,5;01/01/2025\n"
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(plain)
	if err != nil {
		t.Fatal(err)
	}
	latin, err := charmap.ISO8859_1.NewEncoder().String(plain)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, file, text string
		format           table.Format
	}{
		{"as it is", "x.csv", plain, table.Format{}},
		{"Windows' line breaks", "x.csv", strings.ReplaceAll(plain, "\n", "\r\n"), table.Format{}},
		{"no last line break", "x.csv", strings.TrimSpace(plain), table.Format{}},
		{"blank lines", "x.csv", "\n\r\n" + strings.ReplaceAll(plain, "\n", "\n\n\r\n"), table.Format{}},
		{"byte order mark", "x.csv", "\xef\xbb\xbf" + plain, table.Format{}},
		{"mark, and another encoding said", "x.csv", "\xef\xbb\xbf" + plain, table.Format{Encoding: "latin-1"}},
		{"Latin-1, found out", "x.csv", latin, table.Format{}},
		{"Latin-1, said", "x.csv", latin, table.Format{Encoding: "latin-1"}},
		{"UTF-16", "x.csv", utf16, table.Format{}},
		{"Excel's note", "x.csv", "sep=;\n" + plain, table.Format{}},
		{"quoted", "x.csv", "\"id\";\"importe\";\"fecha\"\n\"001\";\"1.234,50\";\"31/12/2024\"\n\"ñ\";\"-2,5\";\"01/01/2025\"\n", table.Format{}},
		{"tabs", "x.tsv", strings.ReplaceAll(plain, ";", "\t"), table.Format{}},
		{"bars, said", "x.txt", strings.ReplaceAll(plain, ";", "|"), table.Format{Delimiter: '|'}},
		{"gzip", "x.csv.gz", gzipped(plain), table.Format{}},
		{"two gzip members", "x.csv.gz", gzipped(plain[:20]) + gzipped(plain[20:]), table.Format{}},
		{"zstd", "x.csv.zst", zstded(plain), table.Format{}},
		{"zstd of Latin-1", "x.csv.zst", zstded(latin), table.Format{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := written(t, c.file, c.text, c.format)
			if err != nil {
				t.Fatal(err)
			}
			got, err := table.ReadAll(s)
			if err != nil {
				t.Fatal(err)
			}
			want := "[[id false 001 false ñ] [importe false 1.234,50 false -2,5] [fecha false 31/12/2024 false 01/01/2025]]"
			if said := fmt.Sprint(textOf(got)); said != want {
				t.Errorf("read %s, want %s", said, want)
			}
		})
	}
}

func TestTextRefused(t *testing.T) {
	for _, c := range []struct {
		name, file, text, encoding, says string
	}{
		{"cut gzip", "x.csv.gz", gzipped("a,b\n1,2\n")[:20], "", "x.csv.gz: unpacking: "},
		{"not gzip", "x.csv.gz", "a,b\n", "", "not a whole gzip file"},
		{"not zstd", "x.csv.zst", "a,b\n", "", "x.csv.zst: unpacking: "},
		{"not UTF-8 as said", "x.csv", "a,b\n1,\xf1\n", "utf-8", "byte 7 is not UTF-8; say encoding:"},
		{"unknown encoding", "x.csv", "a,b\n", "ebcdic", `unknown encoding "ebcdic"`},
		{"a swelling file", "x.csv.zst", zstded("a,b\n" + strings.Repeat("0", 80<<20)), "", "is a quote never closed?"},
		{"an open quote", "x.csv", "a,b\n1,\"" + strings.Repeat("2\n", 40<<20), "", "x.csv:2: a row of more than 64 MB; is a quote never closed?"},
		{"a list of objects", "x.json", "[{\"a\":1}]", "", "x.json:1: a JSON array, want one object a line"},
		{"half an object", "x.jsonl", "{\"a\":1}\n\n{\"a\":", "", "x.jsonl:3: not a JSON object on one line"},
		{"a number", "x.jsonl", "{\"a\":1}\n7\n", "", "x.jsonl:2: not a JSON object"},
		{"nested without end", "x.jsonl", "{\"a\":" + strings.Repeat("[", 1<<20), "", "x.jsonl:1: nested more than 100 deep"},
		{"no key", "x.jsonl", "{}\n", "", "x.jsonl is empty"},
	} {
		s, err := written(t, c.file, c.text, table.Format{Encoding: c.encoding})
		if err == nil {
			_, err = table.ReadAll(s)
		}
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", c.name, err, c.says)
		}
	}
}

// Rows of any content, over many blocks, are read as they were written, and each block
// knows its first row. Row 68.
func TestBlocksOfCSV(t *testing.T) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	r := rand.New(rand.NewPCG(1, 1))
	want := [][]string{{"n", "word"}}
	w.Write(want[0])
	pieces := []string{"", "a", "\"", "\n", "\r\n", ",", "ñ", " ", "\x00"}
	for i := range 200_000 {
		word := pieces[r.IntN(len(pieces))] + pieces[r.IntN(len(pieces))] + pieces[r.IntN(len(pieces))]
		want = append(want, []string{fmt.Sprint(i + 1), word})
		w.Write(want[i+1])
	}
	w.Flush()
	s, err := written(t, "x.csv", b.String(), table.Format{})
	if err != nil {
		t.Fatal(err)
	}
	if s.Blocks() < 3 {
		t.Fatalf("%d blocks", s.Blocks())
	}
	row := 1
	for k := range s.Blocks() {
		got, err := s.Read(k, []string{"word", "n"})
		if err != nil {
			t.Fatal(err)
		}
		if s.FirstRow(k) != int64(row) {
			t.Fatalf("block %d begins with row %d, want %d", k, s.FirstRow(k), row)
		}
		for i := range got.Rows() {
			if got.Columns[1].Text(i) != want[row][0] || got.Columns[0].Text(i) != want[row][1] {
				t.Fatalf("row %d is %q, %q, want %q", row, got.Columns[1].Text(i), got.Columns[0].Text(i), want[row])
			}
			row++
		}
	}
	if row != len(want) {
		t.Errorf("%d rows, want %d", row-1, len(want)-1)
	}
}

// What JSON lines hold is read as the standard library reads it.
func TestJSONLines(t *testing.T) {
	text := `{"id":"001","n":1,"x":1,"yes":true,"mixed":1,"late":null,"list":[1],"far":9223372036854775807}
{"id":"1e5","n":-5,"x":2.5,"yes":false,"mixed":"a","new":"é😀\n\"","big":1e400}

{"id":"a","id":"b","n":null,"x":-0,"mixed":true,"far":1}
`
	s, err := written(t, "x.jsonl", text, table.Format{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := table.ReadAll(s)
	if err != nil {
		t.Fatal(err)
	}
	want := `[[id false 001 false 1e5 false b] [n false 1 false -5 true ] [x false 1 false 2.5 false -0] [yes false true false false true ] ` +
		`[mixed false 1 false a false true] [late true  true  true ] [far false 9223372036854775807 true  false 1] [new true  false é😀` + "\n\"" + ` true ] [big true  false +Inf true ]]`
	if said := fmt.Sprint(textOf(got)); said != want {
		t.Errorf("read\n%s, want\n%s", said, want)
	}
	kinds := ""
	for _, f := range s.Fields() {
		kinds += fmt.Sprintf("%s %v %s, ", f.Name, f.Kind, f.Odd)
	}
	if want := "id string , n int64 , x float64 , yes bool , mixed string , late string , list string nested, far int64 , new string , big float64 , "; kinds != want {
		t.Errorf("kinds %s, want %s", kinds, want)
	}
	for i, line := range strings.Split(strings.ReplaceAll(text, "\n\n", "\n"), "\n")[:3] {
		var v struct{ ID, New string }
		if err := json.Unmarshal([]byte(line), &v); err != nil && !strings.Contains(err.Error(), "cannot unmarshal") {
			t.Fatal(err)
		}
		if got.Column("id").Text(i) != v.ID || got.Column("new").Text(i) != v.New {
			t.Errorf("row %d: %q and %q, want %q and %q", i+1, got.Column("id").Text(i), got.Column("new").Text(i), v.ID, v.New)
		}
	}
}

// What folders say is a column of their files; a file's own column of that name wins.
func TestPartitions(t *testing.T) {
	s, err := written(t, "year=2025/store=A%2FB/own=no/empty=__HIVE_DEFAULT_PARTITION__/x.csv", "id,own\n1,yes\n2,yes\n", table.Format{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := table.ReadAll(s)
	if err != nil {
		t.Fatal(err)
	}
	if said, want := fmt.Sprint(textOf(got)), "[[id false 1 false 2] [own false yes false yes] [year false 2025 false 2025] [store false A/B false A/B] [empty true  true ]]"; said != want {
		t.Errorf("read %s, want %s", said, want)
	}
	only, err := s.Read(0, []string{"year"})
	if err != nil || only.Rows() != 2 || only.Column("year").Text(1) != "2025" {
		t.Errorf("the year alone: %v, %v", only, err)
	}
}

// Words of a megabyte, and every odd text as an id, come back as they are. (BATTERY D8)
func TestOddTexts(t *testing.T) {
	odd := []string{"שלום", "👩‍👩‍👧", "é", "é", "a\x00b", "a\nb", "a\r\nb", "a\"b", "a\tb", strings.Repeat("x", 1<<20), "'; DROP TABLE customers; --", "001", "1", "1e5", "NULL", "true", "=1+1", " lead", "trail "}
	var c, j bytes.Buffer
	w := csv.NewWriter(&c)
	w.Write([]string{"id", "n"})
	for i, s := range odd {
		w.Write([]string{s, fmt.Sprint(i)})
		line, _ := json.Marshal(map[string]any{"id": s, "n": i})
		j.Write(append(line, '\n'))
	}
	w.Flush()
	var p bytes.Buffer
	columns := &table.Table{}
	columns.Add(table.Strings("id", odd))
	if err := table.Write(&p, columns); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"x.csv": c.String(), "x.jsonl": j.String(), "x.parquet": p.String(), "x.csv.gz": gzipped(c.String())} {
		s, err := written(t, name, text, table.Format{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := table.ReadAll(s, "id")
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range odd {
			if got.Columns[0].Text(i) != want {
				t.Errorf("%s: row %d is %.40q, want %.40q", name, i+1, got.Columns[0].Text(i), want)
			}
		}
	}
}
