package table_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"segmenta/table"
)

// python runs a script with the interpreter that SEGMENTA_PYTHON names.
func python(t *testing.T, args ...string) {
	t.Helper()
	program := os.Getenv("SEGMENTA_PYTHON")
	if program == "" {
		t.Skip("SEGMENTA_PYTHON names no Python with pyarrow, DuckDB and Polars")
	}
	if out, err := exec.Command(program, args...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// Every writer's files, in every codec, page version and encoding, hold what was written.
func TestWriters(t *testing.T) {
	dir := t.TempDir()
	python(t, "testdata/writers.py", dir)
	want := expected(t, filepath.Join(dir, "expected.json"))
	files, err := filepath.Glob(filepath.Join(dir, "*.parquet"))
	if err != nil || len(files) < 50 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	cells := 0
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			cells += holds(t, file, want)
		})
	}
	t.Run("nested", func(t *testing.T) { nestedColumns(t, dir) })
	t.Logf("%d files of pyarrow, DuckDB and Polars, %d columns, %d values equal", len(files), len(want), cells)
}

// A file of Spark 4.0.1, written by testdata/spark.py.
func TestSpark(t *testing.T) {
	want := expected(t, "testdata/spark.json")
	files, err := filepath.Glob("testdata/spark-*.parquet")
	if err != nil || len(files) < 4 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		holds(t, file, want)
		s, err := table.Open(file, table.Format{})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range s.Fields() {
			if f.Kind == table.Time && f.Local != (f.Name == "day" || f.Name == "wall") {
				t.Errorf("%s: %s is wall-clock time: %v", file, f.Name, f.Local)
			}
		}
		s.Close()
	}
}

func expected(t *testing.T, file string) map[string][]*string {
	t.Helper()
	var want map[string][]*string
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &want)
	}
	if err != nil {
		t.Fatal(err)
	}
	return want
}

// holds compares every value of a file, and counts them.
func holds(t *testing.T, file string, want map[string][]*string) (cells int) {
	t.Helper()
	got, err := table.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range want {
		c := got.Column(name)
		if c == nil || c.Len() != len(values) {
			t.Fatalf("%s: column %s is not read whole", file, name)
		}
		for i, v := range values {
			if same := sameValue(c, i, v); !same {
				t.Fatalf("%s: %s (%v), row %d = %s, want %s", file, name, c.Kind, i+1, said(c, i), show(v))
			}
		}
		cells += c.Len()
	}
	return cells
}

func sameValue(c *table.Column, i int, want *string) bool {
	if want == nil || c.IsNull(i) {
		return want == nil && c.IsNull(i)
	}
	if c.Kind == table.Float64 || c.Kind == table.Float32 {
		v, err := strconv.ParseFloat(*want, 64)
		return err == nil && v == c.Floats[i]
	}
	return said(c, i) == *want
}

func said(c *table.Column, i int) string {
	if c.Kind == table.Time && !c.IsNull(i) {
		return strconv.FormatInt(c.Ints[i], 10)
	}
	return c.Format(i)
}

func show(v *string) string {
	if v == nil {
		return "null"
	}
	return *v
}

// A file that we wrote has a checksum on every page: one flipped bit of its data is an
// error, never another value. (BATTERY D1)
func TestChecksums(t *testing.T) {
	var whole bytes.Buffer
	if err := table.Write(&whole, sample()); err != nil {
		t.Fatal(err)
	}
	footer := whole.Len() - 8 - int(binary.LittleEndian.Uint32(whole.Bytes()[whole.Len()-8:]))
	want, refused := fmt.Sprint(tableText(t, whole.Bytes())), 0
	for at := 4; at < footer; at++ {
		damaged := bytes.Clone(whole.Bytes())
		damaged[at] ^= 1 << (at % 8)
		got, err := readBytes(damaged)
		if err != nil {
			refused++
		} else if fmt.Sprint(textOf(got)) != want {
			t.Errorf("byte %d of %d flipped: other values", at, whole.Len())
		}
	}
	t.Logf("%d bytes of pages flipped one by one: %d refused, the others change no value", footer-4, refused)
	if refused < footer/2 {
		t.Errorf("%d of %d refused", refused, footer-4)
	}
}

// Lists, maps and structures are refused by name; what stands after them is read.
func nestedColumns(t *testing.T, dir string) {
	file := filepath.Join(dir, "nested.parquet")
	if err := os.Rename(filepath.Join(dir, "nested.odd"), file); err != nil {
		t.Fatal(err)
	}
	for name, odd := range map[string]string{"list": "a list", "map": "a map", "struct": "nested", "clock": "a time of day"} {
		if _, err := table.ReadFile(file, name); err == nil || !strings.Contains(err.Error(), "column "+name+" is "+odd) {
			t.Errorf("%s: %v, want %q", name, err, odd)
		}
	}
	got, err := table.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if after := got.Column("after"); after.Text(0) != "still" || after.Text(1) != "read" {
		t.Errorf("the column after nested ones holds %q, %q", after.Text(0), after.Text(1))
	}
}

func tableText(t *testing.T, data []byte) [][]string {
	t.Helper()
	got, err := readBytes(data)
	if err != nil {
		t.Fatal(err)
	}
	return textOf(got)
}

// textOf is what a table's columns hold, as text.
func textOf(t *table.Table) (all [][]string) {
	for _, c := range t.Columns {
		column := []string{c.Name}
		for i := range c.Len() {
			column = append(column, fmt.Sprintf("%v %s", c.IsNull(i), c.Format(i)))
		}
		all = append(all, column)
	}
	return all
}

// A memory blob holds its bytes itself.
type memory struct {
	*bytes.Reader
	name string
}

func (m memory) Name() string { return m.name }
func (m memory) Close() error { return nil }

func readBytes(data []byte) (*table.Table, error) {
	s, err := table.OpenBlob(memory{bytes.NewReader(data), "x.parquet"}, table.Format{})
	if err != nil {
		return nil, err
	}
	defer s.Close()
	return table.ReadAll(s)
}
