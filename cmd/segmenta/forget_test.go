package main

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Whenever forget is killed, every run stays whole and readable; asked again, it ends what
// it began, and the name is in no file. Rows 214.
func forgets(t *testing.T, command, dir string) {
	for _, day := range []string{"2025-12-01", "2026-01-01"} {
		done(t, command, dir, "run", "--as-of", day, "--force")
	}
	whole := filepath.Join(t.TempDir(), "whole")
	if err := os.CopyFS(whole, os.DirFS(filepath.Join(dir, "workspace"))); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	done(t, command, dir, "forget", "C0000007", "--json")
	takes, random, ended := time.Since(start), rand.New(rand.NewPCG(2, 2)), 0
	for range 4 {
		os.RemoveAll(filepath.Join(dir, "workspace"))
		if err := os.CopyFS(filepath.Join(dir, "workspace"), os.DirFS(whole)); err != nil {
			t.Fatal(err)
		}
		c := exec.Command(command, "forget", "C0000007")
		c.Dir = dir
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(random.Int64N(int64(takes))))
		c.Process.Kill()
		if c.Wait() != nil {
			ended++
		}
		runs, _ := filepath.Glob(filepath.Join(dir, "workspace/runs/2*"))
		if len(runs) != 2 {
			t.Fatalf("%d runs, want 2", len(runs))
		}
		for _, run := range runs {
			readable(t, run)
		}
		out, err := answerOf(command, dir, "forget", "C0000007", "--json", "-q")
		var said struct {
			Proof struct{ Left []string }
		}
		if err != nil || json.Unmarshal(out, &said) != nil || len(said.Proof.Left) > 0 || bytes.Contains(out, []byte("C0000007")) {
			t.Fatalf("asked again: %v\n%s", err, out)
		}
		for _, run := range runs {
			readable(t, run)
		}
	}
	if ended < 1 {
		t.Errorf("%d of 4 were killed: the test shows nothing", ended)
	}
}

func answerOf(command, dir string, words ...string) ([]byte, error) {
	c := exec.Command(command, words...)
	c.Dir = dir
	return c.Output()
}
