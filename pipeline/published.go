package pipeline

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"segmenta/segment"
	"segmenta/strict"
	"segmenta/table"
)

// A shelf is one or more tables with the same rows, read a column at a time: a run's
// segments and features, or a table of the user's own.
type shelf struct {
	files []table.Source
}

// openShelf opens the tables.
func openShelf(paths ...string) (*shelf, error) {
	s := new(shelf)
	for _, path := range paths {
		f, err := table.Open(path, table.Format{})
		if err != nil {
			s.close()
			return nil, err
		}
		s.files = append(s.files, f)
	}
	return s, nil
}

func (s *shelf) close() {
	for _, f := range s.files {
		f.Close()
	}
}

// names lists the columns that can be read.
func (s *shelf) names() (all []string) {
	for _, f := range s.files {
		for _, field := range f.Fields() {
			if field.Odd == "" && !slices.Contains(all, field.Name) {
				all = append(all, field.Name)
			}
		}
	}
	return all
}

// read takes the columns of these names that are there, each from the first table that
// has it.
func (s *shelf) read(names []string) (*table.Table, error) {
	all := new(table.Table)
	for _, f := range s.files {
		var mine []string
		for _, field := range f.Fields() {
			if field.Odd == "" && slices.Contains(names, field.Name) && all.Column(field.Name) == nil {
				mine = append(mine, field.Name)
			}
		}
		if len(mine) == 0 {
			continue
		}
		parts := make([]*table.Table, max(1, f.Blocks()))
		for b := range parts {
			part, err := f.Read(b, mine)
			if err != nil {
				return nil, err
			}
			parts[b] = part
		}
		for _, c := range table.Stack(parts).Columns {
			if typeless(f.Name()) {
				c = asNumbers(c)
			}
			all.Add(c)
		}
	}
	return all, nil
}

// typeless reports a file whose every column is text.
func typeless(name string) bool {
	return !strings.HasSuffix(name, ".parquet") && !strings.HasSuffix(name, ".pq")
}

// forRules reads what rules ask of and some columns more. A rule that asks of a column
// that no table has gets the words of it.
func (s *shelf) forRules(rules []*segment.Rule, more ...string) (*table.Table, error) {
	have := s.names()
	names := slices.Clone(more)
	for _, r := range rules {
		for _, n := range r.Mentions() {
			if !slices.Contains(have, n.Column) && !r.Builtin {
				return nil, mark(ErrConfig, noColumn(n, have))
			}
			names = append(names, n.Column)
		}
	}
	return s.read(names)
}

func noColumn(m segment.Mention, have []string) error {
	problem := fmt.Sprintf("there is no column %q", m.Column)
	if near := strict.Nearest(m.Column, have); near != "" {
		problem += fmt.Sprintf("; did you mean %q?", near)
	}
	return m.At.Errorf("%s", problem)
}

// A published run is one that can be read.
type published struct {
	name, dir string
}

// published finds a run by its moment, the latest where none is named.
func (j *Job) published(name string) (*published, error) {
	runs := filepath.Join(j.Config.Path(j.Config.Workspace), "runs")
	entries, err := os.ReadDir(runs)
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if _, err := os.Stat(filepath.Join(runs, e.Name(), manifestFile)); err == nil && e.Name()[0] != '.' {
			names = append(names, e.Name())
		}
	}
	if len(names) == 0 {
		return nil, mark(ErrConfig, fmt.Errorf("nothing was published in %s yet; segmenta run does that", runs))
	}
	if name == "" {
		name = names[len(names)-1]
	}
	if !slices.Contains(names, name) {
		return nil, mark(ErrConfig, fmt.Errorf("there is no run %s in %s; there are %s to %s", name, runs, names[0], names[len(names)-1]))
	}
	return &published{name, filepath.Join(runs, name)}, nil
}

// shelf opens the run's tables.
func (p *published) shelf() (*shelf, error) {
	return openShelf(filepath.Join(p.dir, "segments.parquet"), filepath.Join(p.dir, "features.parquet"))
}
