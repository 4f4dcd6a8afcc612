package table

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/google/renameio/v2"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// groupRows is how many rows one row group holds: enough for the encodings to pay,
// few enough for readers to work on several at once.
const groupRows = 128 << 10

// WriteFile writes a table as a Parquet file, which appears whole or not at all and
// is on disk when WriteFile returns.
func WriteFile(path string, t *Table) error {
	w, err := Create(path)
	if err != nil {
		return err
	}
	defer w.Abort()
	if err := w.Append(t); err != nil {
		return err
	}
	return w.Close()
}

// A FileWriter writes a Parquet file table by table, each below the one before; all
// must have the columns of the first. The file appears once it is closed.
type FileWriter struct {
	path string
	file *renameio.PendingFile
	w    *Writer // nil before the first table
}

// Create begins a file.
func Create(path string) (*FileWriter, error) {
	f, err := renameio.NewPendingFile(path, renameio.WithPermissions(0o644), renameio.WithExistingPermissions())
	if err != nil {
		return nil, fmt.Errorf("writing %s: %w", path, err)
	}
	return &FileWriter{path: path, file: f}, nil
}

// Append writes a table.
func (f *FileWriter) Append(t *Table) (err error) {
	if f.w == nil {
		f.w, err = NewWriter(f.file, t)
	}
	if err == nil {
		err = f.w.Append(t)
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", f.path, err)
	}
	return nil
}

// Close ends the file and lets it appear.
func (f *FileWriter) Close() error {
	if f.w == nil {
		return fmt.Errorf("writing %s: there is no table", f.path)
	}
	err := f.w.Close()
	if err == nil {
		err = f.file.CloseAtomicallyReplace()
	}
	if err == nil {
		err = syncFolder(filepath.Dir(f.path))
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", f.path, err)
	}
	return nil
}

// Abort removes what was written, unless it was closed.
func (f *FileWriter) Abort() { f.file.Cleanup() }

// syncFolder brings a renamed file's new name to disk.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// Write writes a table as Parquet: packed, with checksums on every page, words and units in
// the metadata as en:COLUMN, es:COLUMN and unit:COLUMN. The same table makes the same
// bytes. Every column may hold nulls but those that are Required.
func Write(to io.Writer, t *Table) error {
	w, err := NewWriter(to, t)
	if err != nil {
		return err
	}
	if err := w.Append(t); err != nil {
		return err
	}
	return w.Close()
}

// A Writer writes a table that comes in pieces, so that no more than one is in memory.
// Columns are laid out on as many threads as Go may use; see Apache Parquet, File
// Format.
type Writer struct {
	to    *bufio.Writer
	at    int64 // bytes written
	first *Table
	rooms [][]byte // that the last group's chunks were laid out in
	meta  format.FileMetaData
}

const magic = "PAR1"

// NewWriter writes the columns that t has; its rows are not written yet.
func NewWriter(to io.Writer, t *Table) (*Writer, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	w := &Writer{to: bufio.NewWriterSize(to, 64<<10)}
	w.begin(t)
	w.put([]byte(magic))
	return w, nil
}

// put writes; the buffer keeps the first error for Close.
func (w *Writer) put(b []byte) {
	n, _ := w.to.Write(b)
	w.at += int64(n)
}

// Append writes rows: of the same columns, in the same order.
func (w *Writer) Append(t *Table) error {
	if err := t.check(); err != nil {
		return err
	}
	if err := w.same(t); err != nil {
		return err
	}
	for from := 0; from < t.Rows(); from += groupRows {
		w.group(t, from, min(from+groupRows, t.Rows()))
	}
	_, err := w.to.Write(nil)
	return err
}

// begin notes the columns and what is said of them.
func (w *Writer) begin(t *Table) {
	w.first, w.rooms = &Table{Columns: make([]*Column, len(t.Columns))}, make([][]byte, len(t.Columns))
	for i, c := range t.Columns {
		w.first.Columns[i] = &Column{Name: c.Name, Kind: c.Kind, Required: c.Required}
	}
	w.meta.Version, w.meta.CreatedBy = 1, "segmenta version 1"
	w.meta.Schema = append(w.meta.Schema, format.SchemaElement{Name: "segmenta", NumChildren: thrift.New(int32(len(t.Columns)))})
	for _, c := range t.Columns {
		w.meta.Schema = append(w.meta.Schema, c.element())
		w.meta.ColumnOrders = append(w.meta.ColumnOrders, format.ColumnOrder{Value: &format.TypeDefinedOrder{}})
	}
	meta := t.meta()
	for _, key := range slices.Sorted(maps.Keys(meta)) {
		w.meta.KeyValueMetadata = append(w.meta.KeyValueMetadata, format.KeyValue{Key: key, Value: meta[key]})
	}
}

// same refuses a table of other columns than the first one's.
func (w *Writer) same(t *Table) error {
	if len(t.Columns) != len(w.first.Columns) {
		return fmt.Errorf("%d columns below %d", len(t.Columns), len(w.first.Columns))
	}
	for i, c := range t.Columns {
		if f := w.first.Columns[i]; c.Name != f.Name || c.Kind != f.Kind || c.Required != f.Required {
			return fmt.Errorf("column %s below column %s", c.Name, f.Name)
		}
	}
	return nil
}

// group lays rows out column by column, several at once, and writes them in order.
func (w *Writer) group(t *Table, from, to int) {
	chunks := make([]encodedChunk, len(t.Columns))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			e := encoders.Get().(*encoder)
			defer encoders.Put(e)
			for i := int(next.Add(1)) - 1; i < len(chunks); i = int(next.Add(1)) - 1 {
				chunks[i] = e.chunk(t.Columns[i], from, to, w.rooms[i])
			}
		})
	}
	wg.Wait()
	g := format.RowGroup{NumRows: int64(to - from), FileOffset: w.at, Ordinal: int16(len(w.meta.RowGroups))}
	for i := range chunks {
		c := &chunks[i]
		c.meta.DataPageOffset = w.at + c.dictionary
		if c.dictionary > 0 {
			c.meta.DictionaryPageOffset = w.at
		}
		g.TotalByteSize += c.meta.TotalUncompressedSize
		g.TotalCompressedSize += c.meta.TotalCompressedSize
		g.Columns = append(g.Columns, format.ColumnChunk{MetaData: c.meta})
		w.put(c.bytes)
		w.rooms[i] = c.bytes
	}
	w.meta.RowGroups = append(w.meta.RowGroups, g)
	w.meta.NumRows += g.NumRows
}

// Close writes the metadata. It doesn't close what is written to.
func (w *Writer) Close() error {
	footer, err := thrift.Marshal(new(thrift.CompactProtocol), &w.meta)
	if err != nil {
		return err
	}
	w.put(footer)
	n := len(footer)
	w.put([]byte{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)})
	w.put([]byte(magic))
	return w.to.Flush()
}

// check refuses a table that no file can hold.
func (t *Table) check() error {
	seen := make(map[string]bool)
	for _, c := range t.Columns {
		switch {
		case c.Name == "" || seen[c.Name]:
			return fmt.Errorf("column %q: every column needs a name of its own", c.Name)
		case c.Len() != t.Rows():
			return fmt.Errorf("column %s has %d rows, the first has %d", c.Name, c.Len(), t.Rows())
		case c.Required && slices.Contains(c.Null, true):
			return fmt.Errorf("column %s: null in row %d, and it is required", c.Name, slices.Index(c.Null, true)+1)
		}
		seen[c.Name] = true
	}
	return nil
}

func (t *Table) meta() map[string]string {
	meta := maps.Clone(t.Meta)
	if meta == nil {
		meta = make(map[string]string)
	}
	for _, c := range t.Columns {
		for key, words := range map[string]string{"unit:": c.Unit, "en:": c.En, "es:": c.Es} {
			if words != "" {
				meta[key+c.Name] = words
			}
		}
	}
	return meta
}
