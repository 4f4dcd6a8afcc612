package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// processes are tests that end the command from outside, or watch what it leaves.
var processes = map[string]func(t *testing.T, command, dir string){
	"killed": killed, "same bytes": sameBytes, "two runs": twoRuns, "stale lock": staleLock, "signals": signals, "unchanged": unchanged, "spilled": spilled, "forgets": forgets,
}

// TestProcesses gives each a shop of its own, trained once.
func TestProcesses(t *testing.T) {
	if testing.Short() {
		t.Skip("whole processes are started and killed, which takes a minute: not with -short")
	}
	command := binary(t)
	trained := shop(t, command)
	for name, test := range processes {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(trained)); err != nil {
				t.Fatal(err)
			}
			test(t, command, dir)
		})
	}
}

// binary builds the command once.
func binary(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "segmenta")
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// shop simulates a small shop and trains on it.
func shop(t *testing.T, command string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	done(t, command, dir, "simulate", "-o", "data", "--customers", "1200", "--days", "500", "--seed", "3", "--dirty", "0.01")
	config := `timezone: Europe/Madrid
as_of: 2026-01-01
sources:
  transactions: {path: data/transactions}
  events: {path: data/events}
  customers: {path: data/customers}
`
	if err := os.WriteFile(filepath.Join(dir, "segmenta.yaml"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	done(t, command, dir, "train")
	return dir
}

func done(t *testing.T, command, dir string, words ...string) {
	t.Helper()
	c := exec.Command(command, words...)
	c.Dir = dir
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", words, err, out)
	}
}

// hashes is every published file and its hash, without the timings.
func hashes(t *testing.T, run string) string {
	t.Helper()
	entries, err := os.ReadDir(run)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		if e.Name() == "timings.json" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(run, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(text)
		all = append(all, e.Name()+" "+hex.EncodeToString(sum[:]))
	}
	return strings.Join(all, "\n")
}

// Whenever training or a run is killed, the run that was there before stays whole and
// readable, and the next jobs do their work and leave nothing of the killed ones
// behind. (BATTERY R1; SEGMENTA_KILLS=200 for more than 20)
func killed(t *testing.T, command, dir string) {
	kills, _ := strconv.Atoi(cmp.Or(os.Getenv("SEGMENTA_KILLS"), "20"))
	run := filepath.Join(dir, "workspace", "runs", "2026-01-01")
	jobs := []struct {
		name  string
		takes time.Duration
	}{{"train", 0}, {"run", 0}}
	for k := range jobs {
		start := time.Now()
		done(t, command, dir, jobs[k].name)
		jobs[k].takes = time.Since(start)
	}
	want := hashes(t, run)
	random := rand.New(rand.NewPCG(1, 1))
	config := filepath.Join(dir, "segmenta.yaml")
	text, _ := os.ReadFile(config)
	ended := 0
	for i := range kills {
		another(t, dir, i) // so that there is something to do
		job := jobs[i%2]
		c, _ := started(t, command, dir, job.name)
		time.Sleep(time.Duration(random.Int64N(int64(job.takes))))
		c.Process.Kill()
		if c.Wait() != nil {
			ended++
		}
		readable(t, run)
	}
	if ended < kills/4 {
		t.Errorf("%d of %d jobs were killed: the test shows nothing", ended, kills)
	}
	if err := os.WriteFile(config, text, 0o644); err != nil {
		t.Fatal(err)
	}
	done(t, command, dir, "train")
	done(t, command, dir, "run")
	if got := hashes(t, run); got != want {
		t.Errorf("after the killed jobs:\n%s\nwant\n%s", got, want)
	}
	for _, unfinished := range []string{"runs/.*", "models/.*", "models/*/.*"} {
		if left, _ := filepath.Glob(filepath.Join(dir, "workspace", unfinished)); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
}

// readable checks a run against its manifest.
func readable(t *testing.T, run string) {
	t.Helper()
	var m struct {
		Outputs []struct{ Name, SHA256 string }
	}
	text, err := os.ReadFile(filepath.Join(run, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	for _, f := range m.Outputs {
		text, err := os.ReadFile(filepath.Join(run, f.Name))
		sum := sha256.Sum256(text)
		if err != nil || hex.EncodeToString(sum[:]) != f.SHA256 {
			t.Fatalf("%s is not as the manifest says: %v", f.Name, err)
		}
	}
	if len(m.Outputs) < 8 {
		t.Fatalf("the manifest names %d files", len(m.Outputs))
	}
}

// The same inputs make the same bytes: on one thread and two, in any zone and language
// of the machine, from any folder, in any order of the rows.
func sameBytes(t *testing.T, command, dir string) {
	run := filepath.Join(dir, "workspace", "runs", "2026-01-01")
	var want string
	for i, v := range []struct {
		threads string
		env     []string
	}{{"1", nil}, {"2", nil}, {"4", []string{"TZ=Asia/Tokyo", "LANG=tr_TR.UTF-8"}}, {"2", []string{"TZ=America/Lima", "GOGC=20"}}} {
		if err := os.RemoveAll(filepath.Join(dir, "workspace")); err != nil {
			t.Fatal(err)
		}
		for _, job := range []string{"train", "run"} {
			c := exec.Command(command, job, "-c", filepath.Join(dir, "segmenta.yaml"), "--threads", v.threads)
			c.Env, c.Dir = append(os.Environ(), v.env...), os.TempDir()
			if out, err := c.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
		}
		if got := hashes(t, run); i == 0 {
			want = got
		} else if got != want {
			t.Errorf("%s threads, %v:\n%s\nwant\n%s", v.threads, v.env, got, want)
		}
	}
}

// However a job ends that had put rows on disk, the next one finds nothing of them and
// leaves nothing itself.
func spilled(t *testing.T, command, dir string) {
	words := []string{"features", "--memory", "300kB", "-o", "f.parquet"}
	start := time.Now()
	done(t, command, dir, words...)
	takes := time.Since(start)
	want, err := os.ReadFile(filepath.Join(dir, "f.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	for k := range 10 {
		c := exec.Command(command, words...)
		c.Dir = dir
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(takes * time.Duration(k) / 10)
		c.Process.Kill()
		c.Wait()
	}
	done(t, command, dir, words...)
	if got, err := os.ReadFile(filepath.Join(dir, "f.parquet")); err != nil || string(got) != string(want) {
		t.Errorf("after kills the features are others (%v)", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "workspace", "segmenta-spill-*")); len(left) > 0 {
		t.Errorf("%v is left behind", left)
	}
}
