package pipeline

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"segmenta/table"
)

// A Forgetting is whom to forget.
type Forgetting struct {
	IDs    []string
	DryRun bool
}

// Forgotten says what was erased, and proves it. It names nobody.
type Forgotten struct {
	DryRun  bool             `json:"dry_run"`
	Asked   int              `json:"asked"`
	Names   int              `json:"names"` // ids, addresses and numbers that were looked for
	Files   []Erased         `json:"files"`
	Runs    []string         `json:"runs"` // published anew
	Sources map[string]int64 `json:"still_in_sources,omitempty"`
	Proof   *Searched        `json:"proof,omitempty"`

	language string
}

// A Searched workspace is what was read to be sure.
type Searched struct {
	Files  int      `json:"files"`
	Bytes  int64    `json:"bytes"`
	Values int64    `json:"table_values"`
	Left   []string `json:"left"`
}

// Forget erases people from everything in the workspace. The tombstones go to disk first,
// so that whoever was to be forgotten stays so whatever happens next; then each run is
// published anew without them, whole or not at all, and every other file is replaced in
// one step. A job that was cut short is ended by asking again, and the same question
// twice changes nothing. Without ids, those whose tombstones are there are looked for.
func (j *Job) Forget(ctx context.Context, q Forgetting) (*Forgotten, error) {
	w, err := openWorkspace(j.Config.Path(j.Config.Workspace))
	if err != nil {
		return nil, err
	}
	defer w.close()
	g := &goner{names: make(map[string]bool)}
	if g.stone, err = w.tombstones(); err == nil && g.stone == nil {
		g.stone, err = newTombstones()
	}
	if err != nil {
		return nil, err
	}
	f := &Forgotten{DryRun: q.DryRun, Asked: len(q.IDs), language: j.Config.Language}
	if err := j.namesOf(ctx, w, q.IDs, g); err != nil {
		return nil, err
	}
	if err := w.learnHandles(g); err != nil {
		return nil, err
	}
	f.Names = len(g.names)
	if !q.DryRun && len(q.IDs) > 0 {
		for _, name := range slices.Sorted(maps.Keys(g.names)) {
			g.stone.add(name)
		}
		if err := g.stone.save(w); err != nil {
			return nil, err
		}
	}
	if err := j.erase(ctx, w, g, f); err != nil {
		return nil, err
	}
	if f.Sources, err = j.stillThere(ctx, g); err != nil {
		return nil, err
	}
	if q.DryRun {
		return f, nil
	}
	if f.Proof, err = g.prove(w); err != nil {
		return nil, err
	}
	j.Log.Info().Int("asked", f.Asked).Int("files", len(f.Files)).Int("left", len(f.Proof.Left)).Msg("forgotten")
	if len(f.Proof.Left) > 0 {
		return f, fmt.Errorf("still named in %s: not one of segmenta's own tables, or a model; remove them by hand", strings.Join(f.Proof.Left, ", "))
	}
	return f, nil
}

// erase takes them out of every file, or says which hold them.
func (j *Job) erase(ctx context.Context, w *workspace, g *goner, f *Forgotten) error {
	rewritten := make(map[string]string) // hash of memberships before: and after
	runs, err := os.ReadDir(filepath.Join(w.dir, "runs"))
	if err != nil {
		return err
	}
	for k, run := range runs {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		j.progress("forgetting", int64(k), int64(len(runs)))
		if run.IsDir() {
			if err := w.eraseRun(run.Name(), g, f, rewritten); err != nil {
				return fmt.Errorf("runs/%s: %w", run.Name(), err)
			}
		}
	}
	return w.walk(func(path, name string) error {
		if strings.HasPrefix(name, "runs/") {
			return nil
		}
		return w.eraseFile(path, name, g, f)
	})
}

// isPlan reports a plan of an activation. It is held to its hash: without somebody it is no
// plan any more.
func isPlan(name string) bool {
	return strings.HasPrefix(name, "activation/") && filepath.Base(name) == "plan.parquet"
}

// eraseFile takes them out of a file that stands alone.
func (w *workspace) eraseFile(path, name string, g *goner, f *Forgotten) error {
	e, write, err := g.change(path)
	if err != nil || e == nil {
		return err
	}
	e.File = name
	switch {
	case strings.HasPrefix(name, "models/"):
		return nil // a model is named after its content; the proof says so
	case isPlan(name):
		e.Whole, write = true, os.Remove
	}
	f.Files = append(f.Files, *e)
	if f.DryRun {
		return nil
	}
	return write(path)
}

// change is what a file is without them: what to report, and how to write it to a path.
func (g *goner) change(path string) (*Erased, func(to string) error, error) {
	if isParquet(path) {
		t, e, err := g.inParquet(path, nil)
		return e, func(to string) error { return table.WriteFile(to, t) }, err
	}
	text, e, err := g.inText(path)
	return e, func(to string) error {
		mode := os.FileMode(0o644)
		if info, err := os.Stat(path); err == nil {
			mode = info.Mode().Perm()
		}
		return writeWhole(to, text, mode)
	}, err
}

// Tell says it to people.
func (f *Forgotten) Tell(w io.Writer) {
	say := func(en, es string) string { return words{en, es}.in(f.language) }
	rows := 0
	for _, e := range f.Files {
		rows += e.Rows
		what := fmt.Sprintf(say("%d rows", "%d filas"), e.Rows)
		if e.Whole {
			what = say("the whole file", "el fichero entero")
		}
		fmt.Fprintf(w, "  %s  %s\n", pad(e.File, 52), what)
	}
	if f.DryRun {
		fmt.Fprintf(w, say("Nothing was changed. %d rows in %d files would go.\n", "No se ha cambiado nada. Se irían %d filas de %d ficheros.\n"), rows, len(f.Files))
	} else {
		fmt.Fprintf(w, say("%d rows of %d files are gone, and %d runs were published anew.\n", "Se han ido %d filas de %d ficheros, y se han publicado de nuevo %d ejecuciones.\n"), rows, len(f.Files), len(f.Runs))
		fmt.Fprintf(w, say("Proof: %d files, %d bytes and %d values of tables were read, and %d hold one of %d names.\n", "Prueba: se han leído %d ficheros, %d bytes y %d valores de tablas, y %d contienen uno de %d nombres.\n"), f.Proof.Files, f.Proof.Bytes, f.Proof.Values, len(f.Proof.Left), f.Names)
	}
	for _, name := range slices.Sorted(maps.Keys(f.Sources)) {
		fmt.Fprintf(w, say("Your own data still hold them: %d rows of %s. segmenta passes these over from now on; erase them there too.\n", "Sus propios datos aún los contienen: %d filas de %s. segmenta las omitirá desde ahora; bórrelas también allí.\n"), f.Sources[name], name)
	}
}
