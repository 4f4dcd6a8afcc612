package pipeline_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"segmenta/pipeline"
)

// A configuration made to do harm is refused where it stands, before it costs memory.
// (BATTERY S3)
func TestHostileConfiguration(t *testing.T) {
	bomb := "a: &a [x, x, x, x, x, x, x, x, x]\n"
	for i := range 12 {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", 'b'+i, 'b'+i, strings.Repeat(fmt.Sprintf("*%c, ", 'a'+i), 9))
	}
	var keys strings.Builder
	for i := range 1_000_000 {
		fmt.Fprintf(&keys, "k%d: 1\n", i)
	}
	for _, c := range []struct{ name, text, says string }{
		{"aliases that multiply", bomb, ":1:4: anchors"},
		{"100,000 deep lists", "a: " + strings.Repeat("[", 100_000), "nested more than 64 deep"},
		{"100,000 deep maps", "a: " + strings.Repeat("{a: ", 100_000), "nested more than 64 deep"},
		{"100 MB", "name: x\n" + strings.Repeat("#"+strings.Repeat("x", 99)+"\n", 1_000_000), "more than the 1048576 bytes"},
		{"a million keys", keys.String(), "more than the 1048576 bytes"},
		{"a key twice", "name: a\nname: b\n", ":2:1: "},
		{"an unknown key", "nmae: a\n", `did you mean "name"`},
		{"not text", "\x00\x01\x02", ""},
	} {
		file := filepath.Join(t.TempDir(), "segmenta.yaml")
		if err := os.WriteFile(file, []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := pipeline.LoadConfig(file)
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), c.says) || !strings.HasPrefix(err.Error(), file) {
			t.Errorf("%s: %v, want %q", c.name, err, c.says)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 100<<20 {
			t.Errorf("%s: %d MB were allocated", c.name, used>>20)
		}
	}
}

// What the clock of the machine shows changes nothing once the moment is given.
// (BATTERY R10)
func TestClock(t *testing.T) {
	var want map[string]string
	for _, year := range []int{2025, 2026, 2038} {
		j := project(t, "as_of: 2025-03-01\nname: shop\nsources: {transactions: {path: t.csv}}\n")
		j.Now = func() time.Time { return time.Date(year, 6, 1, 0, 0, 0, 0, time.UTC) }
		if err := os.WriteFile(j.Config.Path("t.csv"), []byte(lines(80, 40, "c1,2025-12-01,9\nc1,2030-01-01,9\n")), 0o644); err != nil {
			t.Fatal(err)
		}
		trainAndRun(t, j)
		got := published(t, filepath.Join(j.Config.Path("workspace"), "runs", "2025-03-01"))
		for name := range got {
			if want != nil && got[name] != want[name] {
				t.Errorf("%d: other bytes in %s", year, name)
			}
		}
		want = got
	}
}

// A Parquet file that was cut is refused by name; nothing of it is used.
func TestCutParquet(t *testing.T) {
	whole, err := os.ReadFile("../testdata/cdnow/transactions.parquet")
	if err != nil {
		t.Fatal(err)
	}
	for _, left := range []int{0, 3, 100, len(whole) / 2, len(whole) - 1} {
		j := project(t, "sources: {transactions: {path: t.parquet}}\n")
		if err := os.WriteFile(j.Config.Path("t.parquet"), whole[:left], 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := j.Check(context.Background()); err == nil || !strings.Contains(err.Error(), "t.parquet") {
			t.Errorf("%d bytes: %v", left, err)
		}
	}
}
