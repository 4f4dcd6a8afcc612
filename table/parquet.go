package table

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"github.com/parquet-go/parquet-go/format"
)

// A parquetFile reads a Parquet file by column pages; see Apache Parquet, File Format.
//
// Pages are decoded here and not by parquet-go, which on damaged files panics, hangs
// and dies of memory that no recover brings back (of 140,296 mutated files: 3,943, 1
// and 41). Here every length is held against the bytes that are there before it is
// believed, and a page's checksum, where it has one, before it is decoded.
type parquetFile struct {
	blob    Blob
	meta    map[string]string
	fields  []Field
	leaf    []*leaf // of each field; nil for an odd one
	groups  []format.RowGroup
	first   []int64 // row before each row group
	repeats bool    // as Format says
}

// A Blob is the bytes of one file, wherever it lies.
type Blob interface {
	io.ReaderAt
	io.Closer
	Name() string
	Size() int64
}

// OpenParquet opens a blob that holds Parquet, whatever its name.
func OpenParquet(blob Blob) (Source, error) { return openParquet(blob, Format{}) }

func openParquet(blob Blob, f Format) (Source, error) {
	p := &parquetFile{blob: blob, repeats: f.Repeats}
	if err := p.open(); err != nil {
		return nil, fmt.Errorf("%s: not a whole Parquet file: %w", blob.Name(), err)
	}
	return p, nil
}

func (p *parquetFile) open() error {
	m, err := readFooter(p.blob)
	if err != nil {
		return err
	}
	p.meta = make(map[string]string)
	for _, kv := range m.KeyValueMetadata {
		p.meta[kv.Key] = kv.Value
	}
	d := describer{schema: m.Schema, spark: strings.HasPrefix(m.CreatedBy, "parquet-mr")}
	if err := d.describe(); err != nil {
		return err
	}
	p.fields, p.leaf, p.groups = d.fields, d.leaf, m.RowGroups
	rows := int64(0)
	for i := range p.groups {
		if err := p.checkGroup(i, d.leaves); err != nil {
			return fmt.Errorf("row group %d: %w", i+1, err)
		}
		p.first = append(p.first, rows)
		rows += p.groups[i].NumRows
	}
	if rows != m.NumRows {
		return fmt.Errorf("its row groups hold %d rows, and it claims %d", rows, m.NumRows)
	}
	return nil
}

// maxFooter is more than the metadata of any file takes that is read here.
const maxFooter = 256 << 20

// readFooter reads the metadata at the end of a file.
func readFooter(b Blob) (*format.FileMetaData, error) {
	size := b.Size()
	if size < 12 {
		return nil, fmt.Errorf("it has %d bytes", size)
	}
	tail := make([]byte, min(size, 64<<10)) // most footers are shorter: one read
	if _, err := b.ReadAt(tail, size-int64(len(tail))); err != nil && err != io.EOF {
		return nil, err
	}
	end := tail[len(tail)-8:]
	if string(end[4:]) == "PARE" {
		return nil, fmt.Errorf("it is encrypted, which is not read")
	}
	if string(end[4:]) != "PAR1" {
		return nil, fmt.Errorf("it does not end as one; is it cut short?")
	}
	n := int64(binary.LittleEndian.Uint32(end))
	if n > size-12 || n > maxFooter {
		return nil, fmt.Errorf("its footer claims %d bytes of %d", n, size)
	}
	if n+8 > int64(len(tail)) {
		tail = make([]byte, n+8)
		if _, err := b.ReadAt(tail, size-n-8); err != nil && err != io.EOF {
			return nil, err
		}
	}
	m := new(format.FileMetaData)
	err := recovered(func() error {
		_, err := decodeThrift(tail[int64(len(tail))-8-n:len(tail)-8], m)
		return err
	})
	return m, err
}

// recovered turns a panic of a library into an error.
func recovered(work func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	return work()
}

// mostRows is how many rows a row group of so many bytes may claim: damaged metadata
// can't ask for more memory than this many values take. Writers make groups of up to a
// few million rows; a column of one value repeated takes next to no bytes.
func mostRows(size int64) int64 { return 1<<24 + 64*size }

// checkGroup holds what a row group claims against the file's size.
func (p *parquetFile) checkGroup(i, leaves int) error {
	g, size := &p.groups[i], p.blob.Size()
	if g.NumRows < 0 || g.NumRows > mostRows(size) {
		return fmt.Errorf("%d rows in a file of %d bytes", g.NumRows, size)
	}
	if len(g.Columns) != leaves {
		return fmt.Errorf("%d columns, and the schema has %d", len(g.Columns), leaves)
	}
	for k := range g.Columns {
		m := &g.Columns[k].MetaData
		start, length := extent(m)
		if start < 4 || length < 0 || length > size || start > size-length {
			return fmt.Errorf("column %s claims %d bytes at %d of %d", strings.Join(m.PathInSchema, "."), length, start, size)
		}
	}
	return nil
}

// extent is where a column chunk lies: from its dictionary, if it has one, on.
func extent(m *format.ColumnMetaData) (start, length int64) {
	start = m.DataPageOffset
	if d := m.DictionaryPageOffset; d > 0 && d < start {
		start = d
	}
	return start, m.TotalCompressedSize
}

func (p *parquetFile) Name() string             { return p.blob.Name() }
func (p *parquetFile) Fields() []Field          { return p.fields }
func (p *parquetFile) Blocks() int              { return len(p.groups) }
func (p *parquetFile) FirstRow(block int) int64 { return p.first[block] + 1 }
func (p *parquetFile) Close() error             { return p.blob.Close() }

func (p *parquetFile) Read(block int, names []string) (*Table, error) {
	at, err := find(p.Name(), p.fields, names)
	if err != nil {
		return nil, err
	}
	t := &Table{Meta: p.meta}
	for _, k := range at {
		f := p.fields[k]
		c := &Column{Name: f.Name, Kind: f.Kind, Local: f.Local}
		c.Unit, c.En, c.Es = p.meta["unit:"+f.Name], p.meta["en:"+f.Name], p.meta["es:"+f.Name]
		if block < len(p.groups) {
			if err := p.readColumn(c, p.leaf[k], block); err != nil {
				return nil, fmt.Errorf("%s: column %s, row group %d: damaged: %w", p.Name(), f.Name, block+1, err)
			}
		}
		t.Add(c)
	}
	return t, nil
}

// readColumn reads a column chunk in one go, and decodes its pages.
func (p *parquetFile) readColumn(c *Column, l *leaf, block int) error {
	g := &p.groups[block]
	m := &g.Columns[l.index].MetaData
	if m.Type != l.physical {
		return fmt.Errorf("it is stored as %v, and the schema says %v", m.Type, l.physical)
	}
	if m.NumValues != g.NumRows {
		return fmt.Errorf("%d values for %d rows", m.NumValues, g.NumRows)
	}
	start, length := extent(m)
	in := rooms.Get().(*room)
	defer rooms.Put(in)
	in.packed = sizedTo(in.packed, int(length))
	if n, err := p.blob.ReadAt(in.packed, start); int64(n) < length {
		return fmt.Errorf("read %d of %d bytes at %d: %w", n, length, start, err)
	}
	return recovered(func() error { return readChunk(c, l, m.Codec, in.packed, int(g.NumRows), p.repeats, in) })
}
