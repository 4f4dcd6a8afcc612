package simulate_test

import (
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"segmenta/pipeline/simulate"
	"segmenta/table"
)

var usual = simulate.Options{Customers: 3000, Days: 720, End: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Seed: 1, Threads: 2}

func shop(t *testing.T, o simulate.Options) (string, *simulate.Count) {
	t.Helper()
	dir := t.TempDir()
	n, err := simulate.Shop(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return dir, n
}

// files reads every file under a folder.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := make(map[string]string)
	found, _ := filepath.Glob(filepath.Join(dir, "*", "*"))
	for _, f := range found {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		name, _ := filepath.Rel(dir, f)
		all[name] = string(text)
	}
	if len(all) < 4 {
		t.Fatalf("%d files", len(all))
	}
	return all
}

// A seed makes one shop, on any number of threads; another seed another shop.
func TestSeed(t *testing.T) {
	o := usual
	o.Customers, o.Days = 45_000, 60 // three files, that threads can share
	one, _ := shop(t, o)
	o.Threads = 4
	four, _ := shop(t, o)
	o.Seed = 2
	other, _ := shop(t, o)
	want, got, differs := files(t, one), files(t, four), files(t, other)
	for name := range want {
		if want[name] != got[name] {
			t.Errorf("%s: other bytes on four threads", name)
		}
		if want[name] == differs[name] {
			t.Errorf("%s: the same bytes for another seed", name)
		}
	}
}

func read(t *testing.T, dir, name string) *table.Table {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, name, "*"))
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: %v, %v", name, found, err)
	}
	f, err := table.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// The truth aside is what the tables show, as far as tables can show it.
func TestTruth(t *testing.T) {
	dir, n := shop(t, usual)
	truth, bought := read(t, dir, "truth"), read(t, dir, "transactions")
	if n.Customers != usual.Customers || n.Transactions != bought.Rows() || n.Spoiled != 0 {
		t.Errorf("%+v; %d rows", n, bought.Rows())
	}
	orders := make(map[string]map[string]bool)
	last := make(map[string]time.Time)
	open := usual.End.AddDate(0, 0, -usual.Days)
	for i := range bought.Rows() {
		who, at := bought.Column("customer_id").Text(i), when(bought.Column("time"), i)
		if at.Before(open) || !at.Before(usual.End) {
			t.Fatalf("row %d: %v is not in the history", i, at)
		}
		if bought.Column("amount").Number(i) <= 0 {
			continue // a refund comes after its order
		}
		if orders[who] == nil {
			orders[who] = make(map[string]bool)
		}
		orders[who][bought.Column("order_id").Text(i)] = true
		if at.After(last[who]) {
			last[who] = at
		}
	}
	alive, spread := 0, []float64{}
	for i := range truth.Rows() {
		who := truth.Column("customer_id").Text(i)
		if got, want := len(orders[who]), int(truth.Column("orders").Number(i)); got != want {
			t.Fatalf("%s: %d orders, and the truth says %d", who, got, want)
		}
		if left := truth.Column("left_at"); !left.IsNull(i) && last[who].After(when(left, i).AddDate(0, 0, 1)) {
			t.Errorf("%s bought on %v and had left on %v", who, last[who], when(left, i))
		}
		if left := truth.Column("left_at"); left.IsNull(i) {
			alive++
		}
		spread = append(spread, truth.Column("rate").Number(i))
	}
	if share := float64(alive) / float64(truth.Rows()); share < 0.1 || share > 0.9 {
		t.Errorf("%.2f have not left", share)
	}
	if cv := spreadOf(spread); cv < 0.8 {
		t.Errorf("rates of purchase vary by %.2f: a shop's customers differ more", cv)
	}
}

// spreadOf is the coefficient of variation.
func spreadOf(v []float64) float64 {
	mean, square := 0.0, 0.0
	for _, x := range v {
		mean += x / float64(len(v))
	}
	for _, x := range v {
		square += (x - mean) * (x - mean) / float64(len(v))
	}
	return math.Sqrt(square) / mean
}

// Asked for dirt, it spoils about that share of the purchase lines.
func TestDirty(t *testing.T) {
	o := usual
	o.Dirty = 0.05
	_, n := shop(t, o)
	if share := float64(n.Spoiled) / float64(n.Transactions); math.Abs(share-0.05) > 0.01 {
		t.Errorf("%.3f of the lines are spoilt, want 0.05", share)
	}
	for _, o := range []simulate.Options{{Customers: 0, Days: 60}, {Customers: 5, Days: 3}, {Customers: 5, Days: 60, Dirty: 0.9}} {
		if _, err := simulate.Shop(t.TempDir(), o); err == nil {
			t.Errorf("%+v was made", o)
		}
	}
}

// when is a time of a column: microseconds since 1970.
func when(c *table.Column, i int) time.Time { return time.UnixMicro(int64(c.Number(i))).UTC() }
