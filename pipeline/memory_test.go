package pipeline

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestSize(t *testing.T) {
	for _, c := range []struct {
		text string
		want Size
		ok   bool
	}{
		{"512MB", 512e6, true}, {"4GB", 4e9, true}, {"2GiB", 2 << 30, true}, {"1.5 kB", 1500, true}, {"100B", 100, true}, {"7", 7, true}, {"3G", 3e9, true},
		{"", 0, false}, {"-1GB", 0, false}, {"4GBs", 0, false}, {"lots", 0, false}, {"1e9", 0, false},
	} {
		var s Size
		if err := s.UnmarshalText([]byte(c.text)); (err == nil) != c.ok || s != c.want {
			t.Errorf("%q: %d, %v; want %d", c.text, s, err, c.want)
		}
	}
}

// A process has what the machine has, or less where a control group says so, be it
// the group's own limit or that of one above it.
func TestMachineMemory(t *testing.T) {
	machine := map[string]string{"proc/meminfo": "MemFree:  7 kB\nMemTotal:       8000 kB\nCached: 1 kB\n"}
	with := func(more ...string) map[string]string {
		all := map[string]string{}
		for k, v := range machine {
			all[k] = v
		}
		for i := 0; i < len(more); i += 2 {
			all[more[i]] = more[i+1]
		}
		return all
	}
	for name, c := range map[string]struct {
		files map[string]string
		want  int64
	}{
		"machine":       {machine, 8000 << 10},
		"nothing known": {nil, 0},
		"version 2": {with("proc/self/cgroup", "0::/jobs/mine\n", "sys/fs/cgroup/jobs/mine/memory.max", "max\n",
			"sys/fs/cgroup/jobs/memory.max", "4096000\n"), 4096000},
		"version 2, in a container": {with("proc/self/cgroup", "0::/\n", "sys/fs/cgroup/memory.max", "1024000\n"), 1024000},
		"version 1": {with("proc/self/cgroup", "5:cpu:/a\n4:memory,x:/b\n", "sys/fs/cgroup/memory/b/memory.limit_in_bytes", "2048000\n",
			"sys/fs/cgroup/memory/a/memory.limit_in_bytes", "1\n"), 2048000},
		"version 1, without a limit": {with("proc/self/cgroup", "4:memory:/b\n", "sys/fs/cgroup/memory/b/memory.limit_in_bytes", "9223372036854771712\n"), 8000 << 10},
	} {
		root := t.TempDir()
		for path, text := range c.files {
			path = filepath.Join(root, path)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got := machineMemory(root); got != c.want {
			t.Errorf("%s: %d bytes, want %d", name, got, c.want)
		}
	}
}

// What a killed process left on disk goes at the next start; what a living one has
// there stays.
func TestSweep(t *testing.T) {
	t.Setenv("TMPDIR", "")
	dir := t.TempDir()
	j := &Job{Config: &Config{dir: dir, Workspace: "workspace"}}
	gone := exec.Command("true")
	if err := gone.Run(); err != nil {
		t.Skipf("no process can be started and waited for here: %v", err)
	}
	f, err := j.spill()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	stale := filepath.Join(dir, "workspace", fmt.Sprintf("%s%d-1", spilled, gone.Process.Pid))
	alive := filepath.Join(dir, "workspace", fmt.Sprintf("%s%d-1", spilled, os.Getpid()))
	for _, path := range []string{stale, alive} {
		if err := os.WriteFile(path, []byte("rows"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	j.sweep()
	if _, err := os.Stat(stale); err == nil {
		t.Error("what a dead process left is still there")
	}
	if _, err := os.Stat(alive); err != nil {
		t.Error("what a living process has is gone")
	}
	if _, err := f.WriteAt([]byte("x"), 10); err != nil {
		t.Errorf("the file without a name can't be written: %v", err)
	}
}
