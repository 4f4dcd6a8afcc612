package table_test

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"segmenta/table"
)

func sample() *table.Table {
	t := &table.Table{Meta: map[string]string{"b": "2", "a": "1"}}
	id := table.Strings("customer_id", []string{"001", "1", "ñandú", "👩‍👩‍👧", ""})
	id.Required = true
	t.Add(id.Says("", "the customer", "el cliente"))
	t.Add(table.OptionalStrings("stage", []string{"lead", "", "lead", "customer", ""}))
	t.Add(table.Floats("z", []float64{1.5, math.NaN(), -0.25, math.MaxFloat64, 0}).Says("EUR", "spent", "gastado"))
	t.Add(table.Ints("n", table.Int32, []int64{1, -2, 3, math.MaxInt32, 0}))
	t.Add(table.Ints("big", table.Int64, []int64{1, -2, 3, math.MaxInt64, 0}))
	t.Add(table.Bools("vip", []bool{true, false, true, true, false}))
	wall := table.Times("wall", []time.Time{time.UnixMicro(1), {}, time.UnixMicro(2), {}, time.UnixMicro(3)})
	wall.Local = true
	t.Add(wall)
	t.Add(table.Times("at", []time.Time{time.UnixMicro(1), {}, time.UnixMicro(-5), time.UnixMicro(7), time.UnixMicro(0)}))
	return t
}

func TestWrittenIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.parquet")
	if err := table.WriteFile(path, sample()); err != nil {
		t.Fatal(err)
	}
	got, err := table.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := sample()
	for k, w := range want.Columns {
		g := got.Columns[k]
		if g.Name != w.Name || g.Kind != w.Kind || g.Local != w.Local || g.En != w.En || g.Es != w.Es || g.Unit != w.Unit {
			t.Errorf("column %d is %s %v %q, want %s %v %q", k, g.Name, g.Kind, g.En, w.Name, w.Kind, w.En)
		}
		for i := range w.Len() {
			if g.IsNull(i) != w.IsNull(i) || g.Format(i) != w.Format(i) {
				t.Errorf("%s[%d] = %v (null %v), want %v (null %v)", w.Name, i, g.Format(i), g.IsNull(i), w.Format(i), w.IsNull(i))
			}
		}
	}
	if diff := cmp.Diff("1", got.Meta["a"]); diff != "" {
		t.Error(diff)
	}
}

func TestSameTableSameBytes(t *testing.T) {
	var first bytes.Buffer
	for range 20 {
		var b bytes.Buffer
		if err := table.Write(&b, sample()); err != nil {
			t.Fatal(err)
		}
		if first.Len() == 0 {
			first = b
		} else if !bytes.Equal(first.Bytes(), b.Bytes()) {
			t.Fatal("two writes differ")
		}
	}
}

func TestTextFiles(t *testing.T) {
	tests := []struct {
		name, file, text string
		want             string // column b of the second row, or what the error says
	}{
		{"commas", "x.csv", "a,b\n1,2\n3,4\n", "4"},
		{"semicolons", "x.csv", "a;b\n1;2,5\n3;4,5\n", "4,5"},
		{"tabs", "x.tsv", "a\tb\n1\t2\n3\tx y\n", "x y"},
		{"quoted newline and comma", "x.csv", "a,b\n1,2\n3,\"x,\ny\"\n", "x,\ny"},
		{"byte order mark", "x.csv", "\xef\xbb\xbfa,b\n1,2\n3,4\n", "4"},
		{"Windows-1252", "x.csv", "a,b\n1,2\n3,ni\xf1o\n", "niño"},
		{"ragged", "x.csv", "a,b\n1,2\n3\n", "x.csv:3: 1 fields, and the header has 2"},
		{"open quote", "x.csv", "a,b\n1,2\n3,\"x\n", "x.csv:"},
		{"same name twice", "x.csv", "b,b\n1,2\n", "column b is there twice under one name"},
		{"empty", "x.csv", "", "x.csv is empty"},
		{"blank", "x.csv", "\n\n", "x.csv is empty"},
		{"unknown kind", "x.xlsx", "PK", "unknown kind of file"},
		{"not Parquet", "x.parquet", "PAR1 but not for long", "not a whole Parquet file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), tt.file)
			if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := table.ReadFile(path, "b")
			if err != nil {
				if !strings.Contains(err.Error(), tt.want) {
					t.Errorf("error %q, want %q in it", err, tt.want)
				}
				return
			}
			if got.Column("b").Text(1) != tt.want {
				t.Errorf("b = %q, want %q", got.Column("b").Text(1), tt.want)
			}
		})
	}
}

func TestHeaderOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.csv")
	os.WriteFile(path, []byte("a,b\n"), 0o600)
	got, err := table.ReadFile(path)
	if err != nil || got.Rows() != 0 || len(got.Columns) != 2 {
		t.Errorf("%v, %v: want two columns without rows", got, err)
	}
}
