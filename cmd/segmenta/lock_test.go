package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// another makes the shop's configuration another one, so that a run has something to do.
func another(t *testing.T, dir string, i int) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(dir, "segmenta.yaml"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := fmt.Fprintf(f, "# %d\n", i); err != nil {
		t.Fatal(err)
	}
}

// started starts a job in dir, and collects what it says.
func started(t *testing.T, command, dir string, words ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	c, out := exec.Command(command, words...), new(bytes.Buffer)
	c.Dir, c.Stdout, c.Stderr = dir, out, out
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return c, out
}

// untilLocked waits until a job holds the workspace.
func untilLocked(t *testing.T, dir string, pid int) {
	t.Helper()
	for range 10_000 {
		text, _ := os.ReadFile(filepath.Join(dir, "workspace", "lock"))
		if bytes.Contains(text, fmt.Appendf(nil, `"pid":%d,`, pid)) {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatal("the job never took the lock")
}

// Of two runs that start together at least one publishes, and another that finds it at
// work ends with the lock's exit code and says who is. (BATTERY R8)
func twoRuns(t *testing.T, command, dir string) {
	done(t, command, dir, "run")
	refused := 0
	for i := range 50 {
		another(t, dir, i)
		first, said1 := started(t, command, dir, "run")
		second, said2 := started(t, command, dir, "run")
		first.Wait()
		second.Wait()
		codes := [2]int{first.ProcessState.ExitCode(), second.ProcessState.ExitCode()}
		switch codes {
		case [2]int{0, 5}, [2]int{5, 0}:
			refused++
			pid, said := first.Process.Pid, said2
			if codes[0] == 5 {
				pid, said = second.Process.Pid, said1
			}
			if !bytes.Contains(said.Bytes(), fmt.Appendf(nil, "process %d on ", pid)) {
				t.Errorf("who is at work is not said:\n%s", said)
			}
		case [2]int{0, 0}: // one after the other
		default:
			t.Fatalf("exit codes %v\n%s\n%s", codes, said1, said2)
		}
		readable(t, filepath.Join(dir, "workspace", "runs", "2026-01-01"))
	}
	if refused < 10 {
		t.Errorf("%d of 50 pairs met: the test shows nothing", refused)
	}
}

// A job that was killed while it held the lock leaves nothing in the way. (BATTERY R8)
func staleLock(t *testing.T, command, dir string) {
	c, _ := started(t, command, dir, "train")
	untilLocked(t, dir, c.Process.Pid)
	c.Process.Kill()
	c.Wait()
	done(t, command, dir, "run")
}

// A signal ends a job soon, with its exit code, and the next run does its work.
// (BATTERY R9)
func signals(t *testing.T, command, dir string) {
	for i := range 12 {
		signal, want := syscall.SIGTERM, 143
		if i%2 == 0 {
			signal, want = syscall.SIGINT, 130
		}
		c, said := started(t, command, dir, "train")
		untilLocked(t, dir, c.Process.Pid)
		time.Sleep(time.Duration(i*i) * 5 * time.Millisecond)
		c.Process.Signal(signal)
		ended := make(chan error, 1)
		go func() { ended <- c.Wait() }()
		select {
		case err := <-ended:
			var exit *exec.ExitError
			if errors.As(err, &exit) && exit.ExitCode() != want {
				t.Errorf("signal %v: exit code %d, want %d\n%s", signal, exit.ExitCode(), want, said)
			}
		case <-time.After(10 * time.Second):
			c.Process.Kill()
			t.Fatalf("signal %v: still at work after 10 s", signal)
		}
	}
	done(t, command, dir, "run")
}

// A run whose inputs, configuration and models have not changed writes nothing.
// (BATTERY R11)
func unchanged(t *testing.T, command, dir string) {
	done(t, command, dir, "run")
	run := filepath.Join(dir, "workspace", "runs", "2026-01-01")
	before := written(t, run)
	done(t, command, dir, "run")
	if after := written(t, run); after != before {
		t.Errorf("written again:\n%s\nwas\n%s", after, before)
	}
}

// written is when each file was last written, and which file it is.
func written(t *testing.T, dir string) (all string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		i, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		all += fmt.Sprintln(e.Name(), i.ModTime().UnixNano(), i.Sys().(*syscall.Stat_t).Ino)
	}
	return all
}
