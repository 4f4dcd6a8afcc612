package pipeline

import (
	"math"
	"slices"
	"testing"

	"segmenta/table"
)

// Groups of few show no figure; of a kind that parts all customers a second one goes too,
// so that the first can't be worked out; names stay. Rows 214.
func TestSmallGroupsAreHidden(t *testing.T) {
	summary := func() *table.Table {
		t := new(table.Table)
		t.Add(table.Strings("kind", []string{"rfm", "rfm", "rfm", "rule", "rule", "value", "value", "value"}))
		t.Add(table.Strings("segment", []string{"a", "b", "c", "d", "e", "f", "g", "h"}))
		t.Add(table.Ints("customers", table.Int64, []int64{3, 40, 50, 4, 60, 20, 0, 30}))
		t.Add(table.Floats("value", []float64{1, 2, 3, 4, 5, 6, 7, 8}))
		return t
	}
	parts := func(kind string) bool { return kind != "rule" }
	for _, tt := range []struct {
		least  int
		hidden []bool
	}{{0, make([]bool, 8)}, {5, []bool{true, true, false, true, false, false, false, false}}, {25, []bool{true, true, false, true, false, true, false, true}}} {
		s := summary()
		n := hideFew(s, tt.least, "kind", parts)
		var got []bool
		for i := range s.Rows() {
			got = append(got, math.IsNaN(s.Column("value").Number(i)))
			if s.Column("customers").IsNull(i) != got[i] || s.Column("segment").IsNull(i) {
				t.Errorf("row %d is hidden in part, or has lost its name", i)
			}
		}
		want := 0
		for _, h := range tt.hidden {
			if h {
				want++
			}
		}
		if !slices.Equal(got, tt.hidden) || n != want {
			t.Errorf("of at least %d: %v are hidden, want %v", tt.least, got, tt.hidden)
		}
	}
}
