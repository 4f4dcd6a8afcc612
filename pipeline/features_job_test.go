package pipeline_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"segmenta/pipeline"
	"segmenta/table"
)

// The table of features is the same bytes on any number of threads, and whether rows
// were on disk on the way or not.
func TestFeaturesAlike(t *testing.T) {
	var want []byte
	for _, way := range []struct {
		threads int
		memory  pipeline.Size
	}{{1, 0}, {3, 0}, {2, 1000}, {1, 200_000}} {
		j := project(t, "sources: {transactions: {path: t.csv}}\n")
		if err := os.WriteFile(j.Config.Path("t.csv"), []byte(lines(300, 40, "")), 0o644); err != nil {
			t.Fatal(err)
		}
		j.Threads, j.Memory = way.threads, way.memory
		out := filepath.Join(t.TempDir(), "f.parquet")
		done, err := j.Features(context.Background(), []string{"2025-01-20", "2025-02-01"}, nil, out)
		if err != nil {
			t.Fatal(err)
		}
		if done.Customers != 300 || done.Rows != 600 {
			t.Errorf("%d customers, %d rows, want 300 and 600", done.Customers, done.Rows)
		}
		got, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = got
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%d threads in %v: other bytes", way.threads, way.memory)
		}
		if left, _ := filepath.Glob(j.Config.Path("workspace/*")); len(left) > 0 {
			t.Errorf("%v is left behind", left)
		}
	}
}

func TestOnly(t *testing.T) {
	j := project(t, "sources: {transactions: {path: t.csv}}\n")
	if err := os.WriteFile(j.Config.Path("t.csv"), []byte(lines(5, 5, "")), 0o644); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "f.parquet")
	if _, err := j.Features(context.Background(), []string{"2025-02-01"}, []string{"recency_days", "orders_*d"}, out); err != nil {
		t.Fatal(err)
	}
	f, err := table.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range f.Columns[2:] {
		if c.Name != "recency_days" && !strings.HasPrefix(c.Name, "orders_") {
			t.Errorf("%s was not asked for", c.Name)
		}
	}
	if f.Column("orders_30d") == nil || f.Column("recency_days") == nil {
		t.Error("what was asked for is not there")
	}
	for name, want := range map[string]string{"recency_day": "did you mean recency_days?", "items_30d": "no column is mapped to transactions.quantity"} {
		if _, err := j.Features(context.Background(), []string{"2025-02-01"}, []string{name}, out); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want it to say %s", name, err, want)
		}
	}
}
