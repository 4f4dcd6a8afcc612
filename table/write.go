package table

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"

	"github.com/google/renameio/v2"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
)

// groupRows is how many rows one row group holds: enough for the encodings to pay,
// few enough for readers to work on several at once.
const groupRows = 128 << 10

// WriteFile writes a table as a Parquet file, which appears whole or not at all and
// is on disk when WriteFile returns.
func WriteFile(path string, t *Table) error {
	f, err := renameio.NewPendingFile(path, renameio.WithPermissions(0o644), renameio.WithExistingPermissions())
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	defer f.Cleanup()
	if err := Write(f, t); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	if err := f.CloseAtomicallyReplace(); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder brings a renamed file's new name to disk.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// Write writes a table as Parquet: zstd, checksums on every page, words and units in
// the metadata as en:COLUMN, es:COLUMN and unit:COLUMN. The same table makes the same
// bytes. Every column may hold nulls but those that are Required.
func Write(w io.Writer, t *Table) error {
	pw, err := NewWriter(w, t)
	if err != nil {
		return err
	}
	if err := pw.Append(t); err != nil {
		return err
	}
	return pw.Close()
}

// A Writer writes a table that comes in pieces, so that no more than one is in memory.
type Writer struct {
	parquet *parquet.GenericWriter[any]
	columns []*Column
}

// NewWriter writes the columns that t has; its rows are not written yet.
func NewWriter(w io.Writer, t *Table) (*Writer, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	options := []parquet.WriterOption{schemaOf(t), parquet.CreatedBy("segmenta", "1", ""), parquet.DataPageStatistics(true)}
	meta := t.meta()
	for _, key := range slices.Sorted(maps.Keys(meta)) {
		options = append(options, parquet.KeyValueMetadata(key, meta[key]))
	}
	return &Writer{parquet.NewGenericWriter[any](w, options...), t.Columns}, nil
}

// Append writes rows: of the same columns, in the same order.
func (w *Writer) Append(t *Table) error {
	if err := t.check(); err != nil {
		return err
	}
	for k, c := range w.columns {
		if k >= len(t.Columns) || t.Columns[k].Name != c.Name || t.Columns[k].Kind != c.Kind {
			return fmt.Errorf("column %s: not as in the rows before", c.Name)
		}
	}
	for from := 0; from < t.Rows(); from += groupRows {
		if err := writeGroup(w.parquet, t, from, min(from+groupRows, t.Rows())); err != nil {
			return err
		}
	}
	return nil
}

// Close writes the metadata. It doesn't close what is written to.
func (w *Writer) Close() error { return w.parquet.Close() }

func writeGroup(pw *parquet.GenericWriter[any], t *Table, from, to int) error {
	values := make([]parquet.Value, 0, 4096)
	for k, cw := range pw.ColumnWriters() {
		c := t.Columns[k]
		for at := from; at < to; at += cap(values) {
			values = c.values(values[:0], k, at, min(at+cap(values), to))
			if _, err := cw.WriteRowValues(values); err != nil {
				return fmt.Errorf("column %s: %w", c.Name, err)
			}
		}
	}
	return pw.Flush()
}

// values appends rows from to to as Parquet's values of column k.
func (c *Column) values(values []parquet.Value, k, from, to int) []parquet.Value {
	defined := 1
	if c.Required {
		defined = 0
	}
	for i := from; i < to; i++ {
		v := parquet.NullValue()
		if !c.IsNull(i) {
			v = c.value(i).Level(0, defined, k)
		} else {
			v = v.Level(0, 0, k)
		}
		values = append(values, v)
	}
	return values
}

func (c *Column) value(i int) parquet.Value {
	switch c.Kind {
	case Bool:
		return parquet.BooleanValue(c.Bools[i])
	case Int32:
		return parquet.Int32Value(int32(c.Ints[i]))
	case Float32:
		return parquet.FloatValue(float32(c.Floats[i]))
	case Float64:
		return parquet.DoubleValue(c.Floats[i])
	case String:
		return parquet.ByteArrayValue([]byte(c.Dict[c.Codes[i]]))
	}
	return parquet.Int64Value(c.Ints[i])
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

// ordered is a group whose fields stay in our order; parquet.Group sorts them.
type ordered struct {
	parquet.Group
	fields []parquet.Field
	goType reflect.Type
}

func (o *ordered) Fields() []parquet.Field { return o.fields }
func (o *ordered) GoType() reflect.Type    { return o.goType }

func schemaOf(t *Table) *parquet.Schema {
	group := make(parquet.Group)
	for _, c := range t.Columns {
		group[c.Name] = c.node()
	}
	byName := make(map[string]parquet.Field)
	for _, f := range group.Fields() {
		byName[f.Name()] = f
	}
	o := &ordered{Group: group, goType: group.GoType()}
	for _, c := range t.Columns {
		o.fields = append(o.fields, byName[c.Name])
	}
	return parquet.NewSchema("segmenta", o)
}

func (c *Column) node() parquet.Node {
	var n parquet.Node
	switch c.Kind {
	case Bool:
		n = parquet.Leaf(parquet.BooleanType)
	case Int32:
		n = parquet.Int(32)
	case Int64:
		n = parquet.Int(64)
	case Float32:
		n = parquet.Leaf(parquet.FloatType)
	case Float64:
		n = parquet.Leaf(parquet.DoubleType)
	case String:
		n = parquet.Encoded(parquet.String(), &parquet.RLEDictionary)
	case Time:
		n = parquet.TimestampAdjusted(parquet.Microsecond, !c.Local)
	}
	if !c.Required {
		n = parquet.Optional(n)
	}
	return parquet.Compressed(n, &zstd.Codec{Level: zstd.SpeedDefault})
}
