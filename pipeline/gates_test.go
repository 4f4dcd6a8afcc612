package pipeline_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"segmenta/pipeline"
)

// lines is a file of purchases: n customers, each on so many days.
func lines(customers, days int, spoil string) string {
	var b strings.Builder
	b.WriteString("customer_id,time,amount\n")
	for c := range customers {
		for d := range days {
			fmt.Fprintf(&b, "c%d,2025-%02d-%02d,%d\n", c, 1+d/28, 1+d%28, 5+c%7)
		}
	}
	return b.String() + spoil
}

// gated is the verdict of a gate in a run's manifest.
func gated(t *testing.T, done *pipeline.Done, name string) pipeline.Gate {
	t.Helper()
	var m pipeline.Manifest
	text, err := os.ReadFile(filepath.Join(done.Dir, "manifest.json"))
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range m.Gates {
		if g.Name == name {
			return g
		}
	}
	t.Fatalf("the manifest names no gate %s: %+v", name, m.Gates)
	return pipeline.Gate{}
}

// A gate stops a run before it publishes anything, says why and how to go on, and what
// was forced stands in the manifest. The run before stays. Rows 65, 186.
func TestGates(t *testing.T) {
	ctx := context.Background()
	j := project(t, "as_of: 2025-02-10\nsources: {transactions: {path: t.csv}}\n")
	write := func(name, text string) {
		if err := os.WriteFile(j.Config.Path(name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("t.csv", lines(40, 30, ""))
	if _, err := j.Train(ctx, ""); err != nil {
		t.Fatal(err)
	}
	first, err := j.Run(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"rejected_rows", "volume"} {
		if g := gated(t, first, name); !g.Passed || g.Verdict.En == "" || g.Verdict.Es == "" {
			t.Errorf("%+v", g)
		}
	}
	for _, c := range []struct{ gate, text, says string }{
		{"volume", lines(4, 30, ""), "120 rows, and 1200 in the run of 2025-02-10"},
		{"volume", lines(130, 30, ""), "3900 rows, and 1200"},
		{"rejected_rows", lines(40, 30, strings.Repeat("c1,someday,1\n", 100)), "100 of 1300 rows can't be used"},
	} {
		write("t.csv", c.text)
		j.Force = false
		_, err := j.Run(ctx, "2025-02-11")
		if !errors.Is(err, pipeline.ErrGate) || !strings.Contains(err.Error(), "--force") || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q and --force", c.gate, err, c.says)
		}
		if _, err := os.Stat(filepath.Join(filepath.Dir(first.Dir), "2025-02-11")); err == nil {
			t.Fatalf("%s: a run was published", c.gate)
		}
		j.Force = true
		forced, err := j.Run(ctx, "2025-02-11")
		if err != nil {
			t.Fatal(err)
		}
		if g := gated(t, forced, c.gate); g.Passed || !g.Forced {
			t.Errorf("forced: %+v", g)
		}
		os.RemoveAll(forced.Dir)
	}
}

// None at all may be wrong, where the configuration says so.
func TestNoneRejected(t *testing.T) {
	j := project(t, "quality: {max_rejected: 0}\nsources: {transactions: {path: t.csv}}\n")
	os.WriteFile(j.Config.Path("t.csv"), []byte(lines(9, 9, "c1,someday,1\n")), 0o644)
	if _, err := j.Check(context.Background()); !errors.Is(err, pipeline.ErrGate) {
		t.Errorf("%v, want a gate", err)
	}
}
