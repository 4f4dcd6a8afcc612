package table_test

import (
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"segmenta/table"
)

// What was released is used again, and words that were to be kept stay what they are.
func TestReleased(t *testing.T) {
	ids, others, sums := make([]string, 5000), make([]string, 5000), make([]float64, 5000)
	for i := range ids {
		ids[i], others[i], sums[i] = "customer "+strconv.Itoa(i), "somebody "+strconv.Itoa(i), float64(i)/7
	}
	s, next := twoColumns(t, ids, sums), twoColumns(t, others, sums)
	var kept [][]string
	for range 5 {
		got, err := s.Read(0, []string{"id", "sum"})
		if err != nil {
			t.Fatal(err)
		}
		id, sum := got.Column("id"), got.Column("sum")
		for i := range ids {
			if id.Text(i) != ids[i] || sum.Floats[i] != sums[i] {
				t.Fatalf("row %d: %q, %v; want %q, %v", i, id.Text(i), sum.Floats[i], ids[i], sums[i])
			}
		}
		kept = append(kept, slices.Clone(id.Dict))
		got.Keep()
		got.Release()
		if got.Rows() != 0 || id.Len() != 0 {
			t.Error("a released table still has rows")
		}
		other, err := next.Read(0, []string{"id"})
		if err != nil {
			t.Fatal(err)
		}
		other.Release()
	}
	for _, words := range kept {
		if !slices.Equal(words, ids) {
			t.Fatal("kept words have changed")
		}
	}
}

// twoColumns is a file of two columns.
func twoColumns(t *testing.T, ids []string, sums []float64) table.Source {
	t.Helper()
	path := filepath.Join(t.TempDir(), "t.parquet")
	one := &table.Table{}
	one.Add(table.Strings("id", ids))
	one.Add(table.Floats("sum", sums))
	if err := table.WriteFile(path, one); err != nil {
		t.Fatal(err)
	}
	s, err := table.Open(path, table.Format{Repeats: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}
