package features_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"segmenta/features"
)

// A definition has the same values whether its columns alone were read or all.
func TestProjection(t *testing.T) {
	defs := catalogue(t)
	h := load(t, tinyInputs(t), tinyTransactions, tinyEvents)
	whole, err := h.Compute(defs, []time.Time{tinyMoment}, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i := range defs {
		one := defs[i : i+1]
		in := tinyInputs(t)
		in.Definitions = one
		some, err := load(t, in, tinyTransactions, tinyEvents).Compute(one, []time.Time{tinyMoment}, 1)
		if err != nil {
			t.Fatal(err)
		}
		want, got := whole[0].Table.Columns[i], some[0].Table.Columns[0]
		for row := range want.Len() {
			if math.Abs(got.Number(row)-want.Number(row)) > 1e-9 || got.IsNull(row) != want.IsNull(row) || defs[i].Text() && got.Text(row) != want.Text(row) {
				t.Errorf("%s of row %d = %v alone, %v among all", defs[i].Name, row, got.Format(row), want.Format(row))
			}
		}
	}
}

// What was not loaded for is refused by name.
func TestNotProjected(t *testing.T) {
	c, err := features.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	some, err := c.Select([]string{"orders_30d"})
	if err != nil {
		t.Fatal(err)
	}
	h := load(t, features.Inputs{Definitions: some}, tinyTransactions, "")
	more, err := c.Select([]string{"items_30d"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Compute(more, []time.Time{tinyMoment}, 1); err == nil || !strings.Contains(err.Error(), "transactions.quantity was not loaded") {
		t.Errorf("%v, want it to say that transactions.quantity was not loaded", err)
	}
}
