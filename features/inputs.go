package features

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"segmenta/table"
)

// Inputs says where the histories are and how their columns are called.
type Inputs struct {
	Transactions *Source
	Events       *Source // may be nil
	Customers    *Source // may be nil
	Features     []Brought

	Zone        *time.Location    // nil: UTC
	EventTypes  map[string]string // the user's word for a type of event → ours
	MaxRejected float64           // share of the rows with an id past which Load refuses; 0: 0.05
	Duplicates  string            // what to do with equal rows: keep (the default) or drop; they are counted in any case
	Until       time.Time         // rows at or after it are counted as future and not loaded; zero: none are
	Since       time.Time         // rows before it are counted as older; zero: none are
	Threads     int               // 0: one

	Identity []string // columns of the customers file that tell that two ids are one person: email, phone; nil: ids are never joined

	Forgotten func(id string) bool // whose rows are counted and not read; nil: nobody's

	Definitions []Definition // the features that will be asked for, so that no other column is decoded and kept; nil: any
	Targets     []Target     // and the targets

	Memory int64                    // bytes of rows and answers to hold in memory at most; the rest goes to a temporary file; 0: no limit
	Spill  func() (*os.File, error) // makes that file, which Close removes; nil: in the system's folder for such files

	Prune bool // blocks that lie wholly at or after Until are not even read, nor counted

	Elsewhere Elsewhere // keeps the rows of transactions and events, of which this machine knows the columns alone; nil: they are read here

	Progress func(stage string, done, total int64) // called as blocks are read; may be nil
}

// A Source is one kind of file, and the names of its columns.
type Source struct {
	Paths      []string                       // files, globs or folders
	Open       func() ([]table.Source, error) // opens what is read instead of Paths; Load closes it
	Columns    map[string]string              // ours → theirs: a column, 'a constant' or an expression such as "Quantity * UnitPrice"
	Format     table.Format                   // of CSV files
	Rates      *Rates                         // of transactions with a currency: what their amounts were worth; nil: amounts are taken as they are
	TimeLayout string                         // empty: ISO 8601; else e.g. dd/mm/yyyy hh:mm, unix, unix_ms, or local: file times are wall-clock times in Zone
}

// required lists the columns that a source must have, by our names.
var required = map[string][]string{
	"transactions": {"customer_id", "time", "amount"},
	"events":       {"customer_id", "time", "type"},
	"customers":    {"customer_id"},
}

// ours lists our names of a source's columns, required ones first.
func ours(source string) []string {
	all := slices.Clone(required[source])
	file := slices.Index(fileNames[:], source)
	if file < 0 {
		return append(all, "created_at")
	}
	for _, f := range fields {
		if name := f.column[file]; name != "" && !strings.HasPrefix(name, slotMark) && !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return append(all, "known_at")
}

// open opens the source's files, all or none.
func (s *Source) open(source string) (opened []table.Source, err error) {
	if s.Open != nil {
		opened, err = s.Open()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", source, err)
		}
		return opened, nil
	}
	files, err := s.files(source)
	if err != nil {
		return nil, err
	}
	for _, path := range files {
		file, err := table.Open(path, s.Format)
		if err != nil {
			closeAll(opened)
			return nil, fmt.Errorf("%s: %w", source, err)
		}
		opened = append(opened, file)
	}
	return opened, nil
}

func closeAll(files []table.Source) {
	for _, f := range files {
		f.Close()
	}
}

// files lists what the source's paths name, each file once, in order of name.
func (s *Source) files(source string) ([]string, error) {
	var all []string
	for _, path := range s.Paths {
		some, err := expand(path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", source, err)
		}
		all = append(all, some...)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: no file is given", source)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// expand lists the files that one path, glob or folder stands for.
func expand(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err == nil && !info.IsDir() {
		return []string{path}, nil
	}
	if err == nil {
		return folder(path)
	}
	found, globErr := filepath.Glob(path)
	if globErr != nil {
		return nil, fmt.Errorf("%s: %w", path, globErr)
	}
	if len(found) == 0 && strings.ContainsAny(path, "*?[") {
		return nil, fmt.Errorf("%s: no file matches", path)
	}
	if len(found) == 0 {
		return nil, err
	}
	return found, nil
}

// folder lists the data files below dir. Files whose names start with a dot or
// an underscore are the marks that other engines leave.
func folder(dir string) ([]string, error) {
	var all []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && !strings.HasPrefix(d.Name(), ".") && !strings.HasPrefix(d.Name(), "_") {
			all = append(all, path)
		}
		return err
	})
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("%s: the folder holds no file", dir)
	}
	return all, err
}
