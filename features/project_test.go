package features_test

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"segmenta/features"
	"segmenta/table"
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

// A block that holds nothing but the future is not even read: bytes that are damaged
// there go unnoticed, and the features are the same.
func TestPruned(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, at time.Time) string {
		path := filepath.Join(dir, name)
		rows := &table.Table{}
		rows.Add(table.Strings("customer_id", []string{"ana", "ben"}))
		rows.Add(table.Times("time", []time.Time{at, at.AddDate(0, 0, 3)}))
		rows.Add(table.Floats("amount", []float64{5, 7}))
		if err := table.WriteFile(path, rows); err != nil {
			t.Fatal(err)
		}
		return path
	}
	past, future := write("a.parquet", tinyMoment.AddDate(0, 0, -2)), write("b.parquet", tinyMoment)
	f, err := os.OpenFile(future, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte("damaged"), 30); err != nil {
		t.Fatal(err)
	}
	for _, prune := range []bool{false, true} {
		h, err := features.Load(context.Background(), features.Inputs{
			Transactions: &features.Source{Paths: []string{past, future}}, Until: tinyMoment, Prune: prune,
		})
		if !prune {
			if err == nil {
				t.Error("damaged bytes are read: no error")
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		// Half of the first file is in the future too, and counted as before.
		if q := h.Quality().Source("transactions"); q.Read != 2 || q.Accepted != 1 || h.Customers() != 1 {
			t.Errorf("read %d, accepted %d of %d customers, want 2, 1 and 1", q.Read, q.Accepted, h.Customers())
		}
	}
}
