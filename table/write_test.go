package table_test

import (
	"bytes"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"segmenta/table"
)

// many is a table with more rows than a row group, and columns of every shape that
// the encodings tell apart.
func many(n int) *table.Table {
	r := rand.New(rand.NewPCG(1, 2))
	t := &table.Table{}
	ids, words := make([]string, n), make([]string, n)
	counts, rare, wild, same := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	ints, yes := make([]int64, n), make([]bool, n)
	for i := range n {
		ids[i] = strings.Repeat("é", i%3) + string(rune('a'+i%26)) + strings.Repeat("x", i%7) + string(rune('0'+i%10))
		words[i] = []string{"", "web", "app", "shop"}[r.IntN(4)]
		counts[i], wild[i], rare[i], same[i] = float64(r.IntN(300)), r.NormFloat64(), math.NaN(), 7
		if r.IntN(1000) == 0 {
			rare[i] = r.Float64()
		}
		ints[i], yes[i] = int64(r.IntN(5))-2, r.IntN(2) == 0
	}
	id := table.Strings("id", ids)
	id.Required = true
	t.Add(id)
	t.Add(table.OptionalStrings("word", words))
	t.Add(table.Floats("count", counts))
	t.Add(table.Floats("rare", rare))
	t.Add(table.Floats("wild", wild))
	t.Add(table.Floats("same", same))
	t.Add(table.Ints("n", table.Int32, ints))
	t.Add(table.Bools("yes", yes))
	t.Add(table.Floats("none", fill(n, math.NaN())))
	f := *table.Floats("single", counts)
	f.Kind = table.Float32
	t.Add(&f)
	return t
}

func fill(n int, v float64) []float64 {
	all := make([]float64, n)
	for i := range all {
		all[i] = v
	}
	return all
}

// Whatever is written is read, of any number of rows.
func TestEveryShapeIsRead(t *testing.T) {
	for _, n := range []int{0, 1, 7, 8, 9, 1000, 140_000} {
		want := many(n)
		path := filepath.Join(t.TempDir(), "t.parquet")
		if err := table.WriteFile(path, want); err != nil {
			t.Fatal(err)
		}
		got, err := table.ReadFile(path)
		if err != nil {
			t.Fatalf("%d rows: %v", n, err)
		}
		for k, w := range want.Columns {
			g := got.Columns[k]
			if g.Len() != n || g.Kind != w.Kind {
				t.Fatalf("%s: %d rows of %v, want %d of %v", w.Name, g.Len(), g.Kind, n, w.Kind)
			}
			for i := range n {
				if g.IsNull(i) != w.IsNull(i) || g.Format(i) != w.Format(i) {
					t.Fatalf("%d rows: %s[%d] = %q, want %q", n, w.Name, i, g.Format(i), w.Format(i))
				}
			}
		}
	}
}

// Tables written one below the other are one table.
func TestAppended(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.parquet")
	w, err := table.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	for _, n := range []int{10, 0, 300} {
		if err := w.Append(many(n)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Append(sample()); err == nil {
		t.Error("a table of other columns: no error")
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the file is there before it is whole")
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := table.ReadFile(path); err != nil || got.Rows() != 310 {
		t.Errorf("%v, %v; want 310 rows", got, err)
	}
}

// Numbers by their codes are the same numbers, and make the same file.
func TestCoded(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 3))
	for _, few := range []int{1, 2, 300, 4000, 60_000} {
		for _, n := range []int{0, 1, 9, 1000, 140_000} {
			for _, gaps := range []bool{false, true} {
				numbers, codes, values := make([]float64, few+1), make([]int32, n), make([]float64, n)
				for i := range numbers {
					numbers[i] = float64(i-10) / 100
				}
				numbers[few] = math.NaN()
				for i := range codes {
					codes[i] = int32(r.IntN(few + boolInt(gaps)))
					values[i] = numbers[codes[i]]
				}
				plain, coded := table.Floats("x", values), table.Coded("x", codes, numbers)
				for i := range values {
					if coded.Len() != n || coded.IsNull(i) != plain.IsNull(i) || coded.Format(i) != plain.Format(i) || !coded.IsNull(i) && coded.Number(i) != values[i] {
						t.Fatalf("%d of %d: row %d is %q, want %q", few, n, i, coded.Format(i), plain.Format(i))
					}
				}
				if !bytes.Equal(bytesOf(t, coded), bytesOf(t, plain)) {
					t.Errorf("%d numbers in %d rows, gaps %v: the codes make another file", few, n, gaps)
				}
			}
		}
	}
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func bytesOf(t *testing.T, c *table.Column) []byte {
	t.Helper()
	var b bytes.Buffer
	one := &table.Table{}
	one.Add(c)
	if err := table.Write(&b, one); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Numbers that repeat take few bytes.
func TestSmall(t *testing.T) {
	var b bytes.Buffer
	one := &table.Table{}
	one.Add(many(100_000).Column("count"))
	if err := table.Write(&b, one); err != nil {
		t.Fatal(err)
	}
	if b.Len() > 150_000 {
		t.Errorf("100,000 numbers below 300 take %d bytes", b.Len())
	}
}

// Other programs read what we write: values, nulls, statistics.
func TestOthersRead(t *testing.T) {
	python := os.Getenv("SEGMENTA_PYTHON")
	if python == "" {
		t.Skip("SEGMENTA_PYTHON names no Python with pyarrow, duckdb and polars")
	}
	path := filepath.Join(t.TempDir(), "t.parquet")
	if err := table.WriteFile(path, many(140_000)); err != nil {
		t.Fatal(err)
	}
	script := `
import sys, duckdb, polars, pyarrow.parquet as pq
p = sys.argv[1]
t = pq.ParquetFile(p, page_checksum_verification=True).read()
for c in t.column_names:
    x = t[c].to_pylist()
    assert polars.read_parquet(p)[c].to_list() == x, ("polars", c)
    assert [r[0] for r in duckdb.sql(f'select "{c}" from read_parquet(\'{p}\')').fetchall()] == x, ("duckdb", c)
m = pq.ParquetFile(p).metadata
for g in range(m.num_row_groups):
    for k in range(m.num_columns):
        c = m.row_group(g).column(k); s = c.statistics
        v = t.slice(g * 131072, m.row_group(g).num_rows)[c.path_in_schema]
        assert s.null_count == v.null_count, c
        if s.has_min_max:
            import pyarrow.compute as pc
            assert s.min == pc.min(v).as_py() and s.max == pc.max(v).as_py(), c
print("count", pq.ParquetFile(p).metadata.row_group(0).column(2).statistics.max)
`
	out, err := exec.Command(python, "-c", script, path).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "count 299") {
		t.Errorf("%v\n%s", err, out)
	}
}

// Columns laid under one another keep their texts, whether their words are told apart or not,
// and what is missing.
func TestConcatTexts(t *testing.T) {
	a, b := table.Strings("id", []string{"x", "y", "x"}), table.Strings("id", []string{"y", "z"})
	b.Null = []bool{true, false}
	for _, repeats := range []bool{false, true} {
		b.Repeats = repeats
		c := table.Concat(a, b, a)
		var got []string
		for i := range c.Len() {
			if got = append(got, c.Text(i)); c.IsNull(i) {
				got[i] = "none"
			}
		}
		if want := []string{"x", "y", "x", "none", "z", "x", "y", "x"}; !slices.Equal(got, want) || c.Repeats != repeats || repeats != (len(c.Dict) > 3) {
			t.Errorf("repeats %v: %q of words %q, want %q", repeats, got, c.Dict, want)
		}
	}
}

// Texts that hardly repeat are read as they stand where a column may hold a word
// several times: the same texts, without a look-up each.
func TestRareTexts(t *testing.T) {
	ids := make([]string, 20_000)
	for i := range ids {
		ids[i] = strings.Repeat("c", i%5) + strconv.Itoa(i)
		if i%10 == 9 {
			ids[i] = ids[i-5]
		}
	}
	path := filepath.Join(t.TempDir(), "t.parquet")
	want := &table.Table{}
	want.Add(table.Strings("id", ids))
	if err := table.WriteFile(path, want); err != nil {
		t.Fatal(err)
	}
	for _, repeats := range []bool{false, true} {
		s, err := table.Open(path, table.Format{Repeats: repeats})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		got, err := s.Read(0, []string{"id"})
		if err != nil {
			t.Fatal(err)
		}
		c := got.Columns[0]
		for i := range ids {
			if c.Text(i) != ids[i] {
				t.Fatalf("repeats %v: row %d is %q, want %q", repeats, i, c.Text(i), ids[i])
			}
		}
		seen := map[string]bool{}
		for _, w := range c.Dict {
			seen[w] = true
		}
		if twice := len(seen) < len(c.Dict); twice != repeats {
			t.Errorf("repeats %v: some word twice: %v", repeats, twice)
		}
	}
}
