package pipeline

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// unfinished begins the name of a run's folder until it is published.
const unfinished = ".unfinished-"

// publish makes a run appear whole or not at all: fill writes its files into a
// folder that nobody looks at, and once they are safely on disk the folder takes
// the run's name in one step. A run of that name that was there before stays
// readable until that step.
func (w *workspace) publish(name string, fill func(dir string) error) error {
	return w.publishIn("runs", name, fill)
}

// publishIn does so in another folder of the workspace.
func (w *workspace) publishIn(folder, name string, fill func(dir string) error) error {
	final := filepath.Join(w.dir, folder, name)
	draft, err := os.MkdirTemp(filepath.Join(w.dir, folder), unfinished)
	if err != nil {
		return fmt.Errorf("publishing: %w", err)
	}
	defer os.RemoveAll(draft)
	if err := os.Chmod(draft, 0o755); err != nil {
		return fmt.Errorf("publishing: %w", err)
	}
	if err := fill(draft); err != nil {
		return err
	}
	if err := syncFolder(draft); err != nil {
		return fmt.Errorf("publishing: %w", err)
	}
	if err := replace(draft, final); err != nil {
		return fmt.Errorf("publishing %s: %w", final, err)
	}
	return syncFolder(filepath.Join(w.dir, folder))
}

// replace gives draft the name of final. Where final exists, the two swap names,
// and draft is then the old run, to be removed.
func replace(draft, final string) error {
	if _, err := os.Lstat(final); os.IsNotExist(err) {
		return os.Rename(draft, final)
	}
	return swap(draft, final)
}

// swapByThree exchanges two names in three steps. Between the first two, which take
// microseconds, b is away.
func swapByThree(a, b string) error {
	away := a + ".away"
	if err := os.Rename(b, away); err != nil {
		return err
	}
	if err := os.Rename(a, b); err != nil {
		return errors.Join(err, os.Rename(away, b))
	}
	return os.Rename(away, a)
}

// syncFolder brings the names in a folder to disk, and its files' bytes.
func syncFolder(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Type().IsRegular() {
			if err := sync(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return sync(dir)
}

func sync(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
