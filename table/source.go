package table

import (
	"fmt"
	"os"
	"strings"
)

// A Field is a column of a file.
type Field struct {
	Name  string
	Kind  Kind
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
	// Read reads the columns of these names, in this order; all where none is named.
	Read(block int, names []string) (*Table, error)
	Close() error
}

// A Format says how a text file is written. The zero value finds it out.
type Format struct {
	Delimiter    rune   // , ; tab or |
	DecimalComma bool   // 1.234,56
	Encoding     string // utf-8, latin-1 or windows-1252
}

// formats lists the file formats by the endings of their names.
var formats = []struct {
	ending string
	open   func(path string, f Format) (Source, error)
}{
	{".parquet", openParquet}, {".pq", openParquet},
	{".csv", openCSV}, {".csv.gz", openCSV}, {".csv.zst", openCSV},
	{".tsv", openCSV}, {".tsv.gz", openCSV}, {".tsv.zst", openCSV}, {".txt", openCSV},
}

// Open opens a file by the ending of its name.
func Open(path string, f Format) (Source, error) {
	var known []string
	for _, format := range formats {
		if strings.HasSuffix(strings.ToLower(path), format.ending) {
			if info, err := os.Stat(path); err != nil {
				return nil, err
			} else if info.Size() == 0 {
				return nil, fmt.Errorf("%s is empty", path)
			}
			return format.open(path, f)
		}
		known = append(known, format.ending)
	}
	return nil, fmt.Errorf("%s: unknown kind of file; known are %s", path, strings.Join(known, ", "))
}

// ReadFile reads a whole file: the columns of these names, or all that can be read.
func ReadFile(path string, names ...string) (*Table, error) {
	s, err := Open(path, Format{})
	if err != nil {
		return nil, err
	}
	defer s.Close()
	if len(names) == 0 {
		for _, f := range s.Fields() {
			if f.Odd == "" {
				names = append(names, f.Name)
			}
		}
	}
	parts := make([]*Table, max(1, s.Blocks()))
	for b := range parts {
		if parts[b], err = s.Read(b, names); err != nil {
			return nil, err
		}
	}
	return Stack(parts), nil
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
