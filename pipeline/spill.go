package pipeline

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// spilled begins the names of the files to which rows go for lack of memory; the
// process and something random follow.
const spilled = "segmenta-spill-"

// spill makes the file for rows and answers that memory doesn't hold: in the folder
// that TMPDIR names, else in the workspace, since /tmp is often memory itself. First
// it clears away what processes that were killed left there.
func (j *Job) spill() (*os.File, error) {
	dir := os.Getenv("TMPDIR")
	if dir == "" {
		dir = j.Config.Path(j.Config.Workspace)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(dir, fmt.Sprintf("%s%d-*", spilled, os.Getpid()))
	if err != nil {
		return nil, err
	}
	// An open file without a name is gone when its process is, however that ends. Where
	// the system needs the name, closing removes it, or the next start.
	os.Remove(f.Name())
	return f, nil
}

// sweep removes the spill files of processes of this machine that are no more.
func (j *Job) sweep() {
	for _, dir := range []string{os.Getenv("TMPDIR"), j.Config.Path(j.Config.Workspace)} {
		if dir == "" {
			continue
		}
		found, _ := filepath.Glob(filepath.Join(dir, spilled+"*"))
		for _, path := range found {
			pid, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(path), spilled), "-")
			if n, err := strconv.Atoi(pid); err == nil && !alive(n) {
				os.Remove(path)
			}
		}
	}
}
