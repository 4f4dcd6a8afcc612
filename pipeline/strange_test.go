package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"segmenta/pipeline"
	"segmenta/table"
)

// Data at the edge of having nothing to say give a sound run without scores, and the
// reason, or one clear line. (BATTERY D7)
func TestDegenerate(t *testing.T) {
	day := func(n int) string { return time.Date(2024, 1, 1+n, 12, 0, 0, 0, time.UTC).Format(time.DateTime) }
	equal, faithful := "customer_id,time,amount\n", "customer_id,time,amount\n"
	for c := range 300 {
		for d := 0; d < 700; d += 100 {
			equal += fmt.Sprintf("e%d,%s,10\n", c, day(d))
		}
		for d := c % 20; d < 700; d += 20 {
			faithful += fmt.Sprintf("f%d,%s,%d\n", c, day(d), 1+c%9)
		}
	}
	for _, c := range []struct {
		name, text string
		more       string // of the configuration
		refused    string // the error; empty: it runs
		without    string // what the run leaves out, with the reason
	}{
		{name: "empty file", refused: "is empty"},
		{name: "header only", text: "customer_id,time,amount\n", refused: "no row"},
		{name: "one row", text: "customer_id,time,amount\na,2025-01-01,10\n", without: "no outcome"},
		{name: "one customer", text: "customer_id,time,amount\n" + strings.Join([]string{"a," + day(0) + ",1", "a," + day(90) + ",2", "a," + day(400) + ",3"}, "\n"), without: "too little data"},
		{name: "one class", text: faithful, without: "have the outcome"},
		{name: "all customers equal", text: equal, without: "have the outcome"},
		{name: "more groups than customers", text: lines(7, 30, ""), more: "clusters: {min: 20, max: 30}\n", without: "can't be told apart"},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := project(t, c.more+"sources: {transactions: {path: t.csv}}\n")
			if err := os.WriteFile(j.Config.Path("t.csv"), []byte(c.text), 0o644); err != nil {
				t.Fatal(err)
			}
			if c.refused != "" {
				if _, err := j.Train(context.Background(), ""); err == nil || !strings.Contains(err.Error(), c.refused) {
					t.Errorf("%v, want %q", err, c.refused)
				}
				return
			}
			_, s := trainAndRun(t, j)
			done, err := j.Run(context.Background(), "")
			if err != nil || !done.Unchanged || s.Rows() != done.Customers {
				t.Fatalf("%+v, %v", done, err)
			}
			var said []string
			for _, o := range done.Off {
				said = append(said, o.Why.En)
			}
			if !strings.Contains(strings.Join(said, "\n"), c.without) {
				t.Errorf("left out: %q, want %q", said, c.without)
			}
		})
	}
}

// Each odd number has its policy: accepted rows and rejected rows make all rows, and
// nothing that isn't a number reaches what is published. (BATTERY D4)
func TestOddNumbers(t *testing.T) {
	j := project(t, "as_of: 2025-03-01\nquality: {max_rejected: 0.5}\nsources: {transactions: {path: t.csv}}\n")
	odd := []struct{ amount, reason string }{
		{"NaN", "infinite_amount"}, {"Inf", "infinite_amount"}, {"-Infinity", "infinite_amount"}, {"1e400", "infinite_amount"}, {"9e12", "huge_amount"},
		{"", "no_amount"}, {"ten", "bad_amount"}, {"0", "zero_amount"}, {"-0", "zero_amount"}, {"-3.5", "negative_amount"}, {"-1000", "negative_amount"},
	}
	text := lines(60, 30, "")
	for i, o := range odd {
		text += fmt.Sprintf("c%d,2025-02-05,%s\n", i, o.amount)
	}
	if err := os.WriteFile(j.Config.Path("t.csv"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	c, err := j.Check(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	s := c.Sources[0]
	if s.Rows != 60*30+int64(len(odd)) || s.Accepted+s.Rejected != s.Rows {
		t.Errorf("%d rows, %d accepted, %d rejected", s.Rows, s.Accepted, s.Rejected)
	}
	want := map[string]int64{}
	for _, o := range odd {
		want[o.reason]++
	}
	for _, r := range s.Reasons {
		if n, ok := want[r.Name]; ok && n != r.Rows {
			t.Errorf("%s: %d rows, want %d", r.Name, r.Rows, n)
		}
		delete(want, r.Name)
	}
	if len(want) > 0 {
		t.Errorf("never noticed: %v; noticed: %+v", want, s.Reasons)
	}
	_, segments := trainAndRun(t, j) // which looks at every number of the segment table
	dir := filepath.Join(j.Config.Path("workspace"), "runs", "2025-03-01")
	for _, name := range []string{"features", "segment_summary", "clusters", "rfm_grid"} {
		finite(t, dir, name)
	}
	if segments.Rows() != 60 {
		t.Errorf("%d customers", segments.Rows())
	}
}

func finite(t *testing.T, dir, name string) {
	t.Helper()
	f, err := table.ReadFile(filepath.Join(dir, name+".parquet"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range f.Columns {
		for i := range c.Len() {
			if v := c.Number(i); c.Kind == table.Float64 && !c.IsNull(i) && v-v != 0 {
				t.Errorf("%s: column %s, row %d: %v", name, c.Name, i, v)
			}
		}
	}
}

// Rows that are wrong differ in every class; the same data in another order give the
// same tables. (BATTERY R10)
func TestOrderOfRows(t *testing.T) {
	text := strings.Split(strings.TrimSpace(lines(80, 40, "c1,2025-01-03,12\nc1,2025-01-03,12\nc2,2025-01-03,-4")), "\n")
	learned := func(j *pipeline.Job) map[string]string { // all but the card, which names the files learned from
		files := make(map[string]string)
		found, err := filepath.Glob(filepath.Join(j.Config.Path("workspace"), "models/*/*/*"))
		if err != nil || len(found) == 0 {
			t.Fatal(found, err)
		}
		for _, f := range found {
			if text, err := os.ReadFile(f); err == nil && filepath.Base(f) != "card.json" && filepath.Base(f) != "SHA256SUMS" {
				files[filepath.Base(filepath.Dir(filepath.Dir(f)))+" "+filepath.Base(f)] = string(text)
			}
		}
		return files
	}
	var first *pipeline.Job
	publish := func(rows []string) map[string]string {
		j := project(t, "as_of: 2025-03-01\nname: shop\nquality: {duplicates: drop}\nsources: {transactions: {path: t.csv}}\n")
		if err := os.WriteFile(j.Config.Path("t.csv"), []byte(strings.Join(rows, "\n")), 0o644); err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = j
			trainAndRun(t, j)
			return published(t, filepath.Join(j.Config.Path("workspace"), "runs", "2025-03-01"))
		}
		if _, err := j.Train(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(learned(first), learned(j)); diff != "" {
			t.Errorf("other order of rows, other models: %s", diff)
		}
		models := filepath.Join(j.Config.Path("workspace"), "models")
		if err := errors.Join(os.RemoveAll(models), os.CopyFS(models, os.DirFS(filepath.Join(first.Config.Path("workspace"), "models")))); err != nil {
			t.Fatal(err)
		}
		if _, err := j.Run(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
		return published(t, filepath.Join(j.Config.Path("workspace"), "runs", "2025-03-01"))
	}
	want := publish(text)
	other := []string{text[0]}
	for i := range len(text) - 1 { // 997 has no divisor in common with the number of rows
		other = append(other, text[1+i*997%(len(text)-1)])
	}
	got := publish(other)
	for name, bytes := range want {
		if name != "quality_samples.parquet" && got[name] != bytes { // which names rows by where they stand
			t.Errorf("%s: other bytes for other order of rows", name)
		}
	}
}

// published reads the files of a run that say nothing of the input files themselves.
func published(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := make(map[string]string)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".json") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = string(text)
	}
	if len(files) < 7 {
		t.Fatalf("%d files in %s", len(files), dir)
	}
	return files
}
