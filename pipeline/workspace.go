package pipeline

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"golang.org/x/sys/unix"

	"segmenta/models"
)

// A workspace is the folder that holds what segmenta has made.
//
//	runs/AS_OF/             a run's tables, its report and its manifest
//	measures/AS_OF/         what came of it, once measured
//	activation/             plans, logs and dead letters of what was sent
//	forgotten.json          tombstones of who was forgotten
//	models/TARGET/VERSION/  what was learned
//	lock                    who is at work here
type workspace struct {
	dir  string
	lock *flock.Flock
}

// holder is what the lock file says of whoever holds it.
type holder struct {
	PID   int       `json:"pid"`
	Host  string    `json:"host"`
	Since time.Time `json:"since"`
}

// openWorkspace takes the workspace for this process alone, and clears away what a
// job that was killed left behind. The system frees the lock of a dead process, so
// a stale lock never blocks.
func openWorkspace(dir string) (*workspace, error) {
	if err := os.MkdirAll(filepath.Join(dir, "runs"), 0o755); err != nil {
		return nil, fmt.Errorf("making the workspace: %w", err)
	}
	w := &workspace{dir: dir, lock: flock.New(filepath.Join(dir, "lock"))}
	held, err := w.lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("locking the workspace: %w", err)
	}
	if !held {
		return nil, w.locked()
	}
	host, _ := os.Hostname()
	me, _ := json.Marshal(holder{os.Getpid(), host, time.Now().UTC().Truncate(time.Second)})
	if err := os.WriteFile(w.lock.Path(), me, 0o644); err != nil {
		return nil, fmt.Errorf("locking the workspace: %w", err)
	}
	return w, w.clean()
}

func (w *workspace) locked() error {
	by, known := w.holder()
	if !known {
		return mark(ErrLocked, fmt.Errorf("another job is at work in %s; try again when it has ended", w.dir))
	}
	return mark(ErrLocked, fmt.Errorf("another job (process %d on %s, since %s) is at work in %s; try again when it has ended",
		by.PID, by.Host, by.Since.Format(time.RFC3339), w.dir))
}

// holder reads who holds the lock. Whoever has just taken it may not have said so yet,
// and what a job that was killed said still stands until then: half a second is time
// enough for a living process to sign.
func (w *workspace) holder() (by holder, known bool) {
	host, _ := os.Hostname()
	for range 100 {
		text, _ := os.ReadFile(w.lock.Path())
		if json.Unmarshal(text, &by) == nil && (by.Host != host || alive(by.PID)) {
			return by, true
		}
		time.Sleep(5 * time.Millisecond)
	}
	return holder{}, false
}

// close frees the workspace, and takes the name off the lock first.
func (w *workspace) close() {
	os.Truncate(w.lock.Path(), 0)
	w.lock.Unlock()
}

// clean removes what unfinished jobs left.
func (w *workspace) clean() error {
	for _, folder := range []string{"runs", "measures"} {
		entries, err := os.ReadDir(filepath.Join(w.dir, folder))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), unfinished) {
				if err := os.RemoveAll(filepath.Join(w.dir, folder, e.Name())); err != nil {
					return fmt.Errorf("clearing away an unfinished job: %w", err)
				}
			}
		}
	}
	return nil
}

func (w *workspace) store() (*models.Store, error) {
	return models.Open(filepath.Join(w.dir, "models"))
}

func (w *workspace) run(name string) string { return filepath.Join(w.dir, "runs", name) }

// alive reports whether a process of this machine lives.
func alive(pid int) bool {
	err := unix.Kill(pid, 0)
	return err == nil || errors.Is(err, unix.EPERM)
}
