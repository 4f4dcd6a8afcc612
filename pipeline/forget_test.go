package pipeline_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"segmenta/pipeline"
	"segmenta/table"
)

// bytesOf is every file below a folder but for the lock.
func bytesOf(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	all := make(map[string][]byte)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || d.Name() == "lock" {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		all[name], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// named lists the files in which a name stands: in their bytes, or in a value, a word of a
// dictionary or the metadata of a table.
func named(t *testing.T, dir, name string) (files []string) {
	t.Helper()
	for file, text := range bytesOf(t, dir) {
		found := bytes.Contains(text, []byte(name))
		if strings.HasSuffix(file, ".parquet") {
			all, err := table.ReadFile(filepath.Join(dir, file))
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range all.Columns {
				found = found || slices.ContainsFunc(c.Dict, func(word string) bool { return strings.Contains(word, name) })
			}
			for k, v := range all.Meta {
				found = found || strings.Contains(k+v, name)
			}
		}
		if found {
			files = append(files, file)
		}
	}
	slices.Sort(files)
	return files
}

// leave writes what an activation leaves behind, naming a customer and another.
func leave(t *testing.T, dir, who, other string) {
	t.Helper()
	at := filepath.Join(dir, "activation", "crm")
	if err := os.MkdirAll(at, 0o755); err != nil {
		t.Fatal(err)
	}
	letters := new(table.Table)
	letters.Add(table.Strings("customer_id", []string{who, other}))
	letters.Add(table.Strings("remote_id", []string{"remote-77", "remote-78"}))
	letters.Add(table.Strings("reason", []string{"bad address " + who + "@example.com", "too long"}))
	told := new(table.Table) // names nobody, but by the destination's own id
	told.Add(table.Strings("remote_id", []string{"remote-77", "remote-78"}))
	told.Add(table.Strings("status", []string{"created", "created"}))
	for name, all := range map[string]*table.Table{"dead_letters.parquet": letters, "events.parquet": told, "plan.parquet": letters} {
		if err := table.WriteFile(filepath.Join(at, name), all); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{
		"log.jsonl":  `{"customer":"` + who + `","status":"created"}` + "\n" + `{"customer":"` + other + `","status":"created"}` + "\n",
		"emails.csv": "customer,email\n" + who + "," + who + "@example.com\n" + other + "," + other + "@example.com\n",
		"note.json":  `{"last": "` + who + `", "count": 2}`,
	} {
		if err := os.WriteFile(filepath.Join(at, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// Whoever is forgotten is in no byte of the workspace and in no value of a table, in any
// run; everybody else stays as they were; manifests hold; a dry run changes nothing; the
// next run does not bring them back though the sources still hold them, which is said; and
// no line of the log names them. Rows 61, 214.
func TestForget(t *testing.T) {
	j := simulated(t, measuredShop, 500, "2025-11-01")
	var log bytes.Buffer
	j.Log = zerolog.New(&log)
	first := tablesOf(t, j, "2025-11-01")
	tablesOf(t, j, "2025-12-01")
	dir := j.Config.Path("workspace")
	segments := first["segments"].Column("customer_id")
	who, other := "", segments.Text(1)
	for i := range segments.Len() {
		if m := first["memberships"].Column("customer_id"); slices.Contains(m.Dict, segments.Text(i)) && i != 1 {
			who = segments.Text(i)
		}
	}
	leave(t, dir, who, other)
	before := bytesOf(t, dir)
	held := named(t, dir, who)
	if len(held) < 10 {
		t.Fatalf("%s is in %v", who, held)
	}

	dry, err := j.Forget(t.Context(), pipeline.Forgetting{IDs: []string{who}, DryRun: true})
	if err != nil || len(dry.Files) < 10 || dry.Proof != nil {
		t.Fatalf("%v, %+v", err, dry)
	}
	if now := bytesOf(t, dir); !maps.EqualFunc(before, now, bytes.Equal) {
		t.Fatal("a dry run changed something")
	}

	done, err := j.Forget(t.Context(), pipeline.Forgetting{IDs: []string{who}})
	if err != nil {
		t.Fatal(err)
	}
	if len(done.Proof.Left) != 0 || done.Proof.Values < 1e5 || len(done.Runs) != 2 || done.Sources["transactions"] == 0 || done.Sources["customers"] != 1 {
		t.Errorf("%+v %+v", done, done.Proof)
	}
	if dry.Names != done.Names || len(dry.Files) != len(done.Files) {
		t.Errorf("the dry run said %d files, %d were changed", len(dry.Files), len(done.Files))
	}
	for _, name := range []string{who, who + "@example.com", "remote-77"} {
		if left := named(t, dir, name); len(left) > 0 {
			t.Errorf("%s is left in %v", name, left)
		}
	}
	text, err := json.Marshal(done)
	if err != nil || bytes.Contains(text, []byte(who)) || strings.Contains(log.String(), who) || strings.Contains(log.String(), "@") {
		t.Errorf("the answer or the log names them: %s %s", text, log.String())
	}
	othersStay(t, before, dir, who, dry)
	if left := named(t, dir, other); len(left) < 8 {
		t.Errorf("%s is in %v: others went too", other, left)
	}
	if _, err := os.Stat(filepath.Join(dir, "activation/crm/plan.parquet")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a plan is left that is none without them")
	}

	again, err := j.Forget(t.Context(), pipeline.Forgetting{})
	if err != nil || len(again.Files) != 0 {
		t.Errorf("the same again: %v, %+v", err, again)
	}
	later := tablesOf(t, j, "2025-12-20")
	if slices.Contains(later["segments"].Column("customer_id").Dict, who) {
		t.Error("a later run brought them back")
	}
	if left := named(t, dir, who); len(left) > 0 {
		t.Errorf("a later run wrote them into %v", left)
	}
}

// othersStay compares every table with what it was, without the rows that named them, and
// holds each run against its manifest.
func othersStay(t *testing.T, before map[string][]byte, dir, who string, dry *pipeline.Forgotten) {
	t.Helper()
	for _, e := range dry.Files {
		if !strings.HasSuffix(e.File, ".parquet") || e.Whole {
			continue
		}
		old := filepath.Join(t.TempDir(), "old.parquet")
		if err := os.WriteFile(old, before[filepath.FromSlash(e.File)], 0o644); err != nil {
			t.Fatal(err)
		}
		was, err := table.ReadFile(old)
		if err != nil {
			t.Fatal(err)
		}
		now, err := table.ReadFile(filepath.Join(dir, e.File))
		if err != nil {
			t.Fatal(err)
		}
		if now.Rows() != was.Rows()-e.Rows || len(now.Columns) != len(was.Columns) || !maps.Equal(was.Meta, now.Meta) {
			t.Fatalf("%s: %d rows of %d, %d columns of %d", e.File, now.Rows(), was.Rows(), len(now.Columns), len(was.Columns))
		}
		k := 0
		for i := range was.Rows() {
			theirs := false
			for _, c := range was.Columns {
				theirs = theirs || c.Kind == table.String && (c.Text(i) == who || c.Text(i) == "remote-77")
			}
			if theirs {
				continue
			}
			for c := range was.Columns {
				if a, b := was.Columns[c].Format(i), now.Columns[c].Format(k); a != b && !strings.Contains(a, who) || was.Columns[c].Kind != now.Columns[c].Kind {
					t.Fatalf("%s: %s of row %d was %s and is %s", e.File, was.Columns[c].Name, i, a, b)
				}
			}
			k++
		}
	}
	manifests, _ := filepath.Glob(filepath.Join(dir, "runs/*/manifest.json"))
	for _, path := range manifests {
		holds(t, path)
	}
}

// holds checks a run's files against its manifest.
func holds(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var m struct {
		Customers int
		Outputs   []struct{ Name, SHA256 string }
	}
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	for _, o := range m.Outputs {
		file, err := os.ReadFile(filepath.Join(filepath.Dir(path), o.Name))
		if err != nil || sha(file) != o.SHA256 {
			t.Errorf("%s: %s is not as the manifest says: %v", path, o.Name, err)
		}
	}
	if s, err := table.ReadFile(filepath.Join(filepath.Dir(path), "segments.parquet"), "customer_id"); err != nil || s.Rows() != m.Customers {
		t.Errorf("%s says %d customers, the table has %d (%v)", path, m.Customers, s.Rows(), err)
	}
}

// Ids that are figures are not mistaken for figures; a plan that is being applied is not
// torn; a damaged list of the forgotten stops a run; and an empty id is refused.
func TestForgetWithCare(t *testing.T) {
	j := written(t, "customer_id,time,amount\n12,2025-01-01,12\n12,2025-03-01,55\n555,2025-02-01,12\n7,2025-02-02,12\n", "workspace: workspace\n")
	if _, err := j.Train(t.Context(), "2025-04-01"); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Run(t.Context(), "2025-04-01"); err != nil {
		t.Fatal(err)
	}
	done, err := j.Forget(t.Context(), pipeline.Forgetting{IDs: []string{"555"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range done.Files {
		if strings.HasSuffix(e.File, ".json") || strings.HasSuffix(e.File, ".html") || strings.HasSuffix(e.File, "rfm_grid.parquet") {
			t.Errorf("%s was changed for a figure", e.File)
		}
	}
	runs, _ := filepath.Glob(j.Config.Path("workspace/runs/*/segments.parquet"))
	s, err := table.ReadFile(runs[0])
	if err != nil || s.Rows() != 2 {
		t.Fatalf("%v, %d rows", err, s.Rows())
	}
	dir := j.Config.Path("workspace")
	leave(t, dir, "Ana-1", "Eva-2")
	outbox := filepath.Join(dir, "activation/crm/outbox.log")
	if err := os.WriteFile(outbox, []byte("x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Forget(t.Context(), pipeline.Forgetting{IDs: []string{"Ana-1"}}); !errors.Is(err, pipeline.ErrGate) || !strings.Contains(err.Error(), "activate apply") {
		t.Errorf("%v, want a refusal while a plan is applied", err)
	}
	os.Remove(outbox)
	if done, err := j.Forget(t.Context(), pipeline.Forgetting{}); err != nil || len(done.Files) > 0 {
		t.Errorf("what was refused was begun all the same: %v %+v", err, done)
	}
	if _, err := j.Forget(t.Context(), pipeline.Forgetting{IDs: []string{" "}}); !errors.Is(err, pipeline.ErrConfig) {
		t.Errorf("%v, want a refusal of an empty id", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "forgotten.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Run(t.Context(), "2025-04-02"); err == nil || !strings.Contains(err.Error(), "forgotten.json") {
		t.Errorf("%v, want a refusal to run without the list", err)
	}
}

func sha(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
