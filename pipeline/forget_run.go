package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"segmenta/features"
	"segmenta/table"
)

// eraseRun publishes a run anew without them. Files that hold nobody are linked, not
// copied; the manifest gets the new hashes, and keeps those of files that were damaged
// before.
func (w *workspace) eraseRun(run string, g *goner, f *Forgotten, rewritten map[string]string) error {
	dir := w.run(run)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var held []Erased
	writes := make(map[string]func(to string) error)
	for _, e := range entries {
		if !e.Type().IsRegular() || e.Name() == manifestFile {
			continue
		}
		erased, write, err := g.change(filepath.Join(dir, e.Name()))
		if err != nil {
			return err
		}
		if erased != nil {
			erased.File = "runs/" + run + "/" + e.Name()
			held, writes[e.Name()] = append(held, *erased), write
		}
	}
	manifest, err := rawManifest(dir)
	if err != nil {
		return err
	}
	moved := manifest != nil && manifest.Before != nil && rewritten[manifest.Before.Memberships] != ""
	if len(held) == 0 && !moved {
		return nil
	}
	f.Files, f.Runs = append(f.Files, held...), append(f.Runs, run)
	if f.DryRun {
		return nil
	}
	return w.publish(run, func(draft string) error {
		for _, e := range entries {
			from, to := filepath.Join(dir, e.Name()), filepath.Join(draft, e.Name())
			switch write := writes[e.Name()]; {
			case e.Name() == manifestFile:
			case write != nil:
				if err := write(to); err != nil {
					return err
				}
			case e.Type().IsRegular():
				if err := os.Link(from, to); err != nil {
					return err
				}
			}
		}
		if manifest == nil {
			return nil
		}
		if err := manifest.rehash(draft, writes, rewritten); err != nil {
			return err
		}
		return writeJSON(filepath.Join(draft, manifestFile), manifest)
	})
}

// rawManifest reads a run's manifest without holding its files against it, nil where there
// is none.
func rawManifest(dir string) (*Manifest, error) {
	text, err := os.ReadFile(filepath.Join(dir, manifestFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	m := new(Manifest)
	if err == nil {
		err = json.Unmarshal(text, m)
	}
	return m, err
}

// rehash gives the manifest the hashes of the files that were written anew.
func (m *Manifest) rehash(draft string, writes map[string]func(string) error, rewritten map[string]string) error {
	for i, old := range m.Outputs {
		if writes[old.Name] == nil {
			continue
		}
		now, err := hashFile(filepath.Join(draft, old.Name), old.Name)
		if err != nil {
			return err
		}
		if old.Name == "memberships.parquet" {
			rewritten[old.SHA256] = now.SHA256
		}
		m.Outputs[i] = now
	}
	if m.Before != nil && rewritten[m.Before.Memberships] != "" {
		m.Before.Memberships = rewritten[m.Before.Memberships]
	}
	if writes["segments.parquet"] != nil {
		t, err := table.ReadFile(filepath.Join(draft, "segments.parquet"), "customer_id")
		if err != nil {
			return err
		}
		m.Customers = t.Rows()
	}
	return nil
}

// stillThere counts the rows that the user's own data still hold of them.
func (j *Job) stillThere(ctx context.Context, g *goner) (map[string]int64, error) {
	found, err := j.gather(ctx, false)
	if err != nil {
		return nil, err
	}
	defer found.close()
	in := j.inputs(found, j.now())
	in.Forgotten, in.MaxRejected = g.is, 1
	if in.Transactions.Rates, err = j.rates(found); err != nil {
		return nil, err
	}
	h, err := features.Load(ctx, in)
	if err != nil {
		return nil, fmt.Errorf("looking whether the sources still hold them: %w", err)
	}
	defer h.Close()
	left := make(map[string]int64)
	for _, s := range h.Quality().Sources {
		if n := s.Rows("forgotten"); n > 0 {
			left[s.Name] = n
		}
	}
	return left, nil
}

// suppressed is who is not to be read: those with a tombstone in the workspace; nil where
// there are none.
func (j *Job) suppressed() (func(id string) bool, error) {
	s, err := (&workspace{dir: j.Config.Path(j.Config.Workspace)}).tombstones()
	if err != nil || s == nil || len(s.People) == 0 {
		return nil, err
	}
	return s.holds, nil
}
