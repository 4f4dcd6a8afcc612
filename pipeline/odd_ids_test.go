package pipeline_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"segmenta/table"
)

// oddIDs are what customers' ids are in other people's systems.
var oddIDs = []string{
	"שלום עולם", "\u200fمرحبا", "👩‍👩‍👧", "🏳️‍🌈", "\u00e9", "e\u0301", "a\x00b", "a\nb", "a\r\nb", "a\"b", "a\tb", "a,b;c|d", strings.Repeat("x", 1<<20),
	"'; DROP TABLE customers; --", "001", "1", "01", "1e5", "100000", "NULL", "null", "true", "NaN", "-0", "=1+1", "@SUM(A1)", " lead", "trail ", "\ufeffmark", "\\N", "../../etc/passwd", "<script>",
}

// Ids of every kind go through a whole run as they are, whatever the file: none is taken
// for another, and all files give the same bytes. (BATTERY D8)
func TestOddIDs(t *testing.T) {
	ctx := context.Background()
	var c, j bytes.Buffer
	var ids []string
	var at []time.Time
	var amounts []float64
	w := csv.NewWriter(&c)
	w.Write([]string{"customer_id", "time", "amount"})
	for i, id := range oddIDs {
		for d := range 3 + i%4 {
			when := time.Date(2025, 1, 1+d*3+i%3, 0, 0, 0, 0, time.UTC)
			ids, at, amounts = append(ids, id), append(at, when), append(amounts, float64(1+i))
			w.Write([]string{id, when.Format(time.DateTime), fmt.Sprint(1 + i)})
			line, _ := json.Marshal(map[string]any{"customer_id": id, "time": when.Format(time.DateTime), "amount": 1 + i})
			j.Write(append(line, '\n'))
		}
	}
	w.Flush()
	rows := &table.Table{}
	rows.Add(table.Strings("customer_id", ids))
	rows.Add(table.Times("time", at))
	rows.Add(table.Floats("amount", amounts))
	var p bytes.Buffer
	if err := table.Write(&p, rows); err != nil {
		t.Fatal(err)
	}
	want := slices.Sorted(slices.Values(oddIDs))
	first := ""
	for _, file := range []struct {
		name string
		text []byte
	}{{"t.csv", c.Bytes()}, {"t.jsonl", j.Bytes()}, {"t.parquet", p.Bytes()}} {
		job := shop(t, "name: shop\nas_of: 2025-02-01\nsources: {transactions: {path: "+file.name+"}}\n", map[string]string{file.name: string(file.text)})
		if _, err := job.Train(ctx, ""); err != nil {
			t.Fatal(err)
		}
		done, err := job.Run(ctx, "")
		if err != nil {
			t.Fatal(err)
		}
		segments, err := table.ReadFile(filepath.Join(done.Dir, "segments.parquet"))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i := range segments.Rows() {
			got = append(got, segments.Column("customer_id").Text(i))
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %d ids, want %d", file.name, len(got), len(want))
		}
		text, err := os.ReadFile(filepath.Join(done.Dir, "segments.parquet"))
		if err != nil {
			t.Fatal(err)
		}
		if first == "" {
			first = string(text)
		} else if string(text) != first {
			t.Errorf("%s: other bytes than of CSV", file.name)
		}
	}
}
