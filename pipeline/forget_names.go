package pipeline

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"segmenta/table"
)

// namesOf finds every name of these people: their other ids, as runs joined them, and
// their addresses and numbers, as the customers file has them.
func (j *Job) namesOf(ctx context.Context, w *workspace, ids []string, g *goner) error {
	for _, id := range ids {
		if strings.TrimSpace(id) == "" {
			return mark(ErrConfig, fmt.Errorf("an id is empty"))
		}
		g.names[id] = true
	}
	var paths []string
	err := w.walk(func(path, _ string) error {
		if filepath.Base(path) == "identities.parquet" {
			paths = append(paths, path)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for more := true; more; {
		more = false
		for _, path := range paths {
			t, err := table.ReadFile(path, "customer_id", "is")
			if err != nil {
				return err
			}
			for i := range t.Rows() {
				a, b := t.Columns[0].Text(i), t.Columns[1].Text(i)
				if g.is(a) != g.is(b) {
					g.names[a], g.names[b], more = true, true, true
				}
			}
		}
	}
	return j.addressesOf(ctx, g)
}

// addressesOf adds the e-mail and the telephone of these people. An address that others
// have too is nobody's own, and left.
func (j *Job) addressesOf(ctx context.Context, g *goner) error {
	s := j.Config.Sources.Customers
	if s == nil {
		return nil
	}
	in, err := j.gather(ctx, false)
	if err != nil {
		return err
	}
	defer in.close()
	files, err := in.open("customers", table.Format{})
	if err != nil {
		return err
	}
	defer func() {
		for _, f := range files {
			f.Close()
		}
	}()
	theirs, others := make(map[string]bool), make(map[string]bool)
	for _, f := range files {
		var names []string
		for _, ours := range []string{"customer_id", "email", "phone"} {
			column := s.Columns[ours]
			if column == "" {
				column = ours
			}
			if slices.ContainsFunc(f.Fields(), func(x table.Field) bool { return x.Name == column && x.Odd == "" }) {
				names = append(names, column)
			} else if ours == "customer_id" {
				return nil // an expression: addresses can't be told from here
			}
		}
		for b := range max(1, f.Blocks()) {
			t, err := f.Read(b, names)
			if err != nil {
				return err
			}
			for i := range t.Rows() {
				to := others
				if g.is(t.Columns[0].Format(i)) {
					to = theirs
				}
				for _, c := range t.Columns[1:] {
					if v := c.Format(i); v != "" {
						to[v] = true
					}
				}
			}
		}
	}
	for v := range theirs {
		if !others[v] && telling(v) {
			g.names[v] = true
		}
	}
	return nil
}

// learnHandles finds what leads to these people besides their names: keys of their
// events, and the ids that destinations gave them.
func (w *workspace) learnHandles(g *goner) error {
	found := make(map[string]bool)
	err := w.walk(func(path, name string) error {
		if !isParquet(path) {
			return nil
		}
		_, e, err := g.inParquet(path, func(name string) { found[name] = telling(name) })
		if e != nil && isPlan(name) {
			if _, busy := os.Stat(filepath.Join(filepath.Dir(path), "outbox.log")); busy == nil {
				return mark(ErrGate, fmt.Errorf("the plan is being applied and holds somebody who is to be forgotten: finish it with segmenta activate apply, then forget"))
			}
		}
		return err
	})
	for name, tells := range found {
		if tells {
			g.names[name] = true
		}
	}
	return err
}
