package features_test

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"segmenta/features"
	"segmenta/table"
)

// A million categories, and a customer with a million events, are counted right and take no
// more memory than their rows. Seconds are told, not judged. (BATTERY D6)
func TestMany(t *testing.T) {
	if testing.Short() {
		t.Skip("millions of rows take seconds")
	}
	const rows = 1_000_000
	at := time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name                  string
		customers, categories int
	}{{"a hundred categories", 10_000, 100}, {"a million categories", 10_000, rows}, {"one customer", 1, 100}} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "t.parquet")
			if err := table.WriteFile(path, manyRows(rows, c.customers, c.categories)); err != nil {
				t.Fatal(err)
			}
			runtime.GC()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			h, err := features.Load(context.Background(), features.Inputs{Transactions: &features.Source{Paths: []string{path}}, Threads: 2})
			if err != nil {
				t.Fatal(err)
			}
			s := compute(t, h, at)
			took := time.Since(start)
			runtime.GC()
			runtime.ReadMemStats(&after)
			t.Logf("%v, %d MB held", took.Round(time.Millisecond), (int64(after.HeapAlloc)-int64(before.HeapAlloc))>>20)
			orders, kinds := 0.0, 0.0
			for i := range s.Customers {
				orders += s.Table.Column("orders_all").Number(i)
				kinds = max(kinds, s.Table.Column("categories_365d").Number(i))
			}
			if want := float64(min(c.categories, rows/c.customers)); len(s.Customers) != c.customers || orders != rows || kinds != want {
				t.Errorf("%d customers, %v orders, %v categories of one; want %d, %d, %v", len(s.Customers), orders, kinds, c.customers, rows, want)
			}
			if held := int64(after.HeapAlloc) - int64(before.HeapAlloc); held > 600<<20 {
				t.Errorf("%d MB are held", held>>20)
			}
			runtime.KeepAlive(h)
		})
	}
}

// manyRows is rows in the year before June 2024, a second apart.
func manyRows(rows, customers, categories int) *table.Table {
	ids, words := make([]string, customers), make([]string, categories)
	for i := range ids {
		ids[i] = fmt.Sprintf("c%07d", i)
	}
	for i := range words {
		words[i] = fmt.Sprintf("category-%07d", i)
	}
	id := &table.Column{Name: "customer_id", Kind: table.String, Dict: ids}
	word := &table.Column{Name: "category", Kind: table.String, Dict: words}
	at := &table.Column{Name: "time", Kind: table.Time}
	amount := &table.Column{Name: "amount", Kind: table.Float64}
	first := time.Date(2023, 7, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
	for i := range rows {
		id.Codes, word.Codes = append(id.Codes, int32(i%customers)), append(word.Codes, int32(categoryOf(i, customers, categories)))
		at.Ints, amount.Floats = append(at.Ints, first+int64(i)*20_000_000), append(amount.Floats, float64(i%100))
	}
	return &table.Table{Columns: []*table.Column{id, at, amount, word}}
}

// categoryOf lets every customer buy in as many categories as there are, or every row in
// one of its own.
func categoryOf(i, customers, categories int) int {
	if categories > customers {
		return i % categories
	}
	return (i/customers + i%customers) % categories
}
