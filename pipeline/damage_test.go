package pipeline_test

import (
	"bytes"
	"context"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// damage changes a file in one of the ways of disks and people.
func damage(r *rand.Rand, whole []byte) []byte {
	b := bytes.Clone(whole)
	if len(b) == 0 {
		return []byte{byte(r.Uint32())}
	}
	at := r.IntN(len(b))
	switch r.IntN(6) {
	case 0:
		b[at] ^= 1 << r.IntN(8)
	case 1:
		b = b[:at]
	case 2:
		b = append(b[:at:at], b[min(len(b), at+1+r.IntN(40)):]...)
	case 3:
		b = append(b[:at:at], append(bytes.Repeat([]byte{"0[{\",9\n"[r.IntN(7)]}, 1+r.IntN(200)), b[at:]...)...)
	case 4:
		clear(b[at:min(len(b), at+1+r.IntN(256))])
	case 5:
		b[at] = byte(r.Uint32())
	}
	return b
}

// filesOf reads every file of a folder.
func filesOf(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		all[path] = text
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Whatever happens to a manifest, a table, a model or what the store remembers: a run ends
// with an error that names a file, or with the very bytes that it would have written. It
// never crashes, hangs, or goes on with something else. (BATTERY D1)
func TestDamagedState(t *testing.T) {
	n := 60 // SEGMENTA_MUTATIONS asks for more
	if testing.Short() {
		n = 15
	}
	if more, err := strconv.Atoi(os.Getenv("SEGMENTA_MUTATIONS")); err == nil {
		n = more
	}
	ctx := context.Background()
	j := project(t, "name: shop\nas_of: 2025-03-01\nsources: {transactions: {path: t.csv}}\ntraining: {rounds: 5, cutoffs: 2, min_positives: 5}\ntargets: {churn: {horizon: 14d}}\n")
	if err := os.WriteFile(j.Config.Path("t.csv"), []byte(lines(60, 40, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Train(ctx, ""); err != nil {
		t.Fatal(err)
	}
	done, err := j.Run(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	workspace := j.Config.Path("workspace")
	whole, want := filesOf(t, workspace), published(t, done.Dir)
	for _, kind := range []struct{ name, in string }{{"manifest", "manifest.json"}, {"state", "profile.json"}, {"table", "segments.parquet"}, {"model", "models/"}} {
		var paths []string
		for path := range whole {
			if strings.Contains(path, kind.in) {
				paths = append(paths, path)
			}
		}
		if len(paths) == 0 {
			t.Fatalf("there is no %s", kind.in)
		}
		slices.Sort(paths)
		r, refused, same := rand.New(rand.NewPCG(5, 6)), 0, 0
		for range n {
			path := paths[r.IntN(len(paths))]
			if err := os.WriteFile(path, damage(r, whole[path]), 0o600); err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			_, err := j.Run(ctx, "")
			if took := time.Since(start); took > time.Minute { // it hangs, however busy the machine is
				t.Errorf("%s: took %v", path, took)
			}
			switch {
			case err != nil && !names(err, workspace, path):
				t.Errorf("%s: %v doesn't say where", path, err)
			case err != nil:
				refused++
			default:
				same++
				for name, bytes := range published(t, done.Dir) {
					if want[name] != bytes {
						t.Errorf("%s damaged: %s differs, and nobody said so", path, name)
					}
				}
			}
			os.RemoveAll(workspace)
			restore(t, whole)
		}
		t.Logf("%s: %d damaged, %d refused by name, %d written anew as they were", kind.name, n, refused, same)
	}
}

// names reports whether an error says which file is damaged, or whose folder it lies in.
func names(err error, workspace, path string) bool {
	inside, _ := filepath.Rel(workspace, path)
	return slices.ContainsFunc(strings.Split(filepath.ToSlash(inside), "/"), func(part string) bool { return part != "models" && strings.Contains(err.Error(), part) })
}

func restore(t *testing.T, files map[string][]byte) {
	t.Helper()
	for path, text := range files {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
