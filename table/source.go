package table

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
)

// A Field is a column of a file.
type Field struct {
	Name  string
	Kind  Kind
	Scale int    // digits after the point, of a decimal column
	Local bool   // of Kind Time: wall-clock time of a zone that the file doesn't name
	Odd   string // why it can't be read, such as "a list"; empty where it can
}

// A Source is a file that is read block by block. Read may be called from several
// goroutines at once.
type Source interface {
	Name() string
	Fields() []Field
	Blocks() int
	// FirstRow is the number of a block's first row in the file, from 1.
	FirstRow(block int) int64
	// Read reads the columns of these names, in this order; all where none is named. The
	// table is the caller's, who may release it.
	Read(block int, names []string) (*Table, error)
	Close() error
}

// A Format says how a text file is written. The zero value finds it out.
type Format struct {
	Delimiter    rune   // , ; tab or |
	DecimalComma bool   // 1.234,56
	Encoding     string // utf-8, latin-1, windows-1252 or utf-16
	Repeats      bool   // a text column's Dict may hold a word several times, which saves looking rare ones up
}

// formats lists the file formats by the endings of their names. Those of text may be
// followed by .gz or .zst.
var formats = []struct {
	ending string
	packed bool
	open   func(blob Blob, f Format) (Source, error)
}{
	{".parquet", false, openParquet}, {".pq", false, openParquet},
	{".csv", true, openCSV}, {".tsv", true, openCSV}, {".txt", true, openCSV},
	{".jsonl", true, openJSON}, {".ndjson", true, openJSON}, {".json", true, openJSON},
}

// Open opens a file by the ending of its name. Folders of the form key=value on the way
// to it are columns too.
func Open(path string, f Format) (Source, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return nil, err
	}
	return OpenBlob(local{file, info.Size()}, f)
}

// A local file is a Blob of the machine's own disk.
type local struct {
	*os.File
	size int64
}

func (l local) Size() int64 { return l.size }

// OpenBlob opens what a blob holds by the ending of its name, and closes it with the
// source, or at once where it can't be opened.
func OpenBlob(blob Blob, f Format) (Source, error) {
	s, err := openBlob(blob, f)
	if err != nil {
		blob.Close()
		return nil, err
	}
	return partitioned(s), nil
}

func openBlob(blob Blob, f Format) (Source, error) {
	if blob.Size() == 0 {
		return nil, fmt.Errorf("%s is empty", blob.Name())
	}
	var known []string
	name, packed := unpackedName(blob.Name())
	for _, format := range formats {
		if strings.HasSuffix(name, format.ending) && (format.packed || !packed) {
			return format.open(blob, f)
		}
		known = append(known, format.ending)
	}
	return nil, fmt.Errorf("%s: unknown kind of file; known are %s, and .gz and .zst of those of text", blob.Name(), strings.Join(known, ", "))
}

// unpackedName is a file's name in small letters, without the ending of a packer.
func unpackedName(path string) (name string, packed bool) {
	name = strings.ToLower(path)
	for _, ending := range []string{".gz", ".zst"} {
		if bare, ok := strings.CutSuffix(name, ending); ok {
			return bare, true
		}
	}
	return name, false
}

// ReadFile reads a whole file: the columns of these names, or all that can be read.
func ReadFile(path string, names ...string) (*Table, error) {
	s, err := Open(path, Format{})
	if err != nil {
		return nil, err
	}
	defer s.Close()
	return ReadAll(s, names...)
}

// ReadBut reads the whole file at path without one column. Its columns may be such that
// Repeat.
func ReadBut(path, column string) (*Table, error) {
	s, err := Open(path, Format{Repeats: true})
	if err != nil {
		return nil, err
	}
	defer s.Close()
	return ReadAll(s, slices.DeleteFunc(readable(s), func(name string) bool { return name == column })...)
}

// readable names the columns that can be read.
func readable(s Source) (names []string) {
	for _, f := range s.Fields() {
		if f.Odd == "" {
			names = append(names, f.Name)
		}
	}
	return names
}

// ReadAll reads a whole source, several blocks at a time: the columns of these names, or
// all that can be read.
func ReadAll(s Source, names ...string) (*Table, error) {
	if len(names) == 0 {
		names = readable(s)
	}
	parts := make([]*Table, max(1, s.Blocks()))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for b := range parts {
		parts[b] = &Table{Columns: make([]*Column, len(names))}
		for from, some := range runs(s, names) {
			g.Go(func() error {
				t, err := s.Read(b, some)
				if err != nil {
					return err
				}
				copy(parts[b].Columns[from:], t.Columns)
				if from == 0 {
					parts[b].Meta = t.Meta
				}
				return nil
			})
		}
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return Stack(parts), nil
}

// runs are the columns that are read at a time, by the place of the first: one of Parquet,
// whose columns stand apart, all of a text.
func runs(s Source, names []string) map[int][]string {
	if _, apart := s.(*parquetFile); !apart {
		return map[int][]string{0: names}
	}
	all := make(map[int][]string, len(names))
	for k := range names {
		all[k] = names[k : k+1]
	}
	return all
}

// find returns the places of the named columns among the fields.
func find(file string, fields []Field, names []string) ([]int, error) {
	at := make([]int, len(names))
	for i, name := range names {
		at[i] = -1
		for k, f := range fields {
			if f.Name == name {
				at[i] = k
			}
		}
		if at[i] < 0 {
			return nil, fmt.Errorf("%s has no column %q", file, name)
		}
		if odd := fields[at[i]].Odd; odd != "" {
			return nil, fmt.Errorf("%s: column %s is %s, which is not read", file, name, odd)
		}
	}
	return at, nil
}
