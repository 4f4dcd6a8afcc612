package features_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"segmenta/features"
)

// BenchmarkHistory runs over a folder of transactions and events that
// SEGMENTA_BENCH_HISTORY names.
func BenchmarkHistory(b *testing.B) {
	dir := os.Getenv("SEGMENTA_BENCH_HISTORY")
	if dir == "" {
		b.Skip("SEGMENTA_BENCH_HISTORY names no folder with transactions and events")
	}
	c, err := features.Builtin()
	if err != nil {
		b.Fatal(err)
	}
	for _, moments := range []int{1, 12} {
		b.Run(fmt.Sprintf("%dmoments", moments), func(b *testing.B) { history(b, c, dir, moments) })
	}
}

func history(b *testing.B, c *features.Catalog, dir string, moments int) {
	var rows int64
	var load, work time.Duration
	for b.Loop() {
		start := time.Now()
		h, err := features.Load(context.Background(), features.Inputs{
			Transactions: &features.Source{Paths: []string{dir + "/transactions"}, Columns: map[string]string{"time": "ts"}},
			Events:       &features.Source{Paths: []string{dir + "/events"}, Columns: map[string]string{"time": "ts"}},
			EventTypes:   map[string]string{"support_ticket": "ticket"}, Threads: 2,
		})
		if err != nil {
			b.Fatal(err)
		}
		load += time.Since(start)
		start = time.Now()
		on, _ := h.Available(c.Definitions())
		var at []time.Time
		for m := range moments {
			at = append(at, time.Date(2024, time.Month(12-m), 1, 0, 0, 0, 0, time.UTC))
		}
		if _, err := h.Compute(on, at, 2); err != nil {
			b.Fatal(err)
		}
		work += time.Since(start)
		rows += h.Quality().Sources[0].Read + h.Quality().Sources[1].Read
	}
	b.ReportMetric(float64(rows)/(load+work).Seconds(), "rows/s")
	b.ReportMetric(load.Seconds()/float64(b.N), "s-load/op")
	b.ReportMetric(work.Seconds()/float64(b.N), "s-compute/op")
}
