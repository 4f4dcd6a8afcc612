package table

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/encoding"
	"github.com/parquet-go/parquet-go/format"
)

// A parquetFile reads a Parquet file by column pages, which is several times faster
// than by rows; see Apache Parquet, File Format.
type parquetFile struct {
	path   string
	file   *os.File
	pq     *parquet.File
	fields []Field
	leaf   []*leaf // of each field; nil for an odd one
	first  []int64 // row before each row group
}

// A leaf says how a column's stored values become ours.
type leaf struct {
	index int     // among the file's leaves
	scale float64 // of decimals: what one unit is worth; 0 otherwise
	micro func(int64) int64
	flat  bool // required: no definition levels
}

func openParquet(path string, _ Format) (_ Source, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	p := &parquetFile{path: path, file: f}
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	if err := p.guard("", p.open); err != nil {
		return nil, err
	}
	return p, nil
}

// guard runs work on bytes from outside: a panic of the library becomes an error that
// names the file and the column.
func (p *parquetFile) guard(column string, work func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
		if err != nil && column != "" {
			err = fmt.Errorf("%s: column %s: damaged: %w", p.path, column, err)
		} else if err != nil {
			err = fmt.Errorf("%s: not a whole Parquet file: %w", p.path, err)
		}
	}()
	return work()
}

func (p *parquetFile) open() error {
	info, err := p.file.Stat()
	if err != nil {
		return err
	}
	if err := checkFooter(p.file, info.Size()); err != nil {
		return err
	}
	p.pq, err = parquet.OpenFile(p.file, info.Size(), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true), parquet.ReadBufferSize(1<<20))
	if err != nil {
		return err
	}
	rows := int64(0)
	for _, g := range p.pq.RowGroups() {
		if n := g.NumRows(); n < 0 || n > math.MaxInt32 {
			return fmt.Errorf("a row group of %d rows", n)
		}
		p.first = append(p.first, rows)
		rows += g.NumRows()
	}
	p.describe()
	return p.checkChunks(info.Size())
}

// checkFooter refuses a file whose end is not as Parquet's: length and magic.
func checkFooter(f io.ReaderAt, size int64) error {
	var tail [8]byte
	if size < 12 {
		return fmt.Errorf("it has %d bytes", size)
	}
	if _, err := f.ReadAt(tail[:], size-8); err != nil {
		return err
	}
	if string(tail[4:]) != "PAR1" {
		return fmt.Errorf("it does not end as one; is it cut short?")
	}
	if n := int64(binary.LittleEndian.Uint32(tail[:4])); n > size-12 {
		return fmt.Errorf("its footer claims %d bytes of %d", n, size)
	}
	return nil
}

// checkChunks holds every column chunk against the size of the file, so that damaged
// metadata can't ask for more memory than the file could fill. 1,000 is more than any
// codec in use packs.
func (p *parquetFile) checkChunks(size int64) error {
	for _, g := range p.pq.Metadata().RowGroups {
		for _, c := range g.Columns {
			m := c.MetaData
			if m.TotalCompressedSize < 0 || m.TotalCompressedSize > size || m.TotalUncompressedSize < 0 || m.TotalUncompressedSize > 1000*size+1<<20 ||
				m.DataPageOffset < 0 || m.DataPageOffset > size || m.NumValues < 0 || m.NumValues > math.MaxInt32 {
				return fmt.Errorf("a column chunk claims more than the file holds")
			}
		}
	}
	return nil
}

// describe lists the file's columns. What is nested is odd, and named so.
func (p *parquetFile) describe() {
	index := 0
	for _, f := range p.pq.Root().Columns() {
		field := Field{Name: f.Name()}
		var l *leaf
		switch {
		case !f.Leaf():
			field.Odd = "nested"
		case f.Repeated():
			field.Odd = "a list"
		default:
			l = &leaf{index: index, flat: f.Required()}
			field.Odd = l.understand(f.Type(), &field)
		}
		if field.Odd != "" {
			l = nil
		}
		p.fields, p.leaf = append(p.fields, field), append(p.leaf, l)
		index += leaves(f)
	}
}

func leaves(c *parquet.Column) (n int) {
	if c.Leaf() {
		return 1
	}
	for _, child := range c.Columns() {
		n += leaves(child)
	}
	return n
}

// understand finds the kind of a column, or says why it has none.
func (l *leaf) understand(t parquet.Type, f *Field) (odd string) {
	if lt := t.LogicalType(); lt != nil {
		switch v := lt.Value.(type) {
		case *format.TimestampType:
			f.Kind, f.Local = Time, !v.IsAdjustedToUTC
			l.micro = microseconds(v.Unit)
			return ""
		case *format.DateType:
			f.Kind, f.Local = Time, true
			l.micro = func(d int64) int64 { return d * 86_400_000_000 }
			return ""
		case *format.DecimalType:
			f.Kind, l.scale = Float64, math.Pow10(-int(v.Scale))
			if t.Kind() == parquet.ByteArray {
				return "a decimal of any length"
			}
			return ""
		case *format.IntType:
			if !v.IsSigned && v.BitWidth == 64 {
				return "an unsigned 64-bit number"
			}
		case *format.TimeType:
			return "a time of day"
		case *format.UUIDType:
			return "a binary id"
		}
	}
	return l.physical(t, f)
}

func (l *leaf) physical(t parquet.Type, f *Field) (odd string) {
	switch t.Kind() {
	case parquet.Boolean:
		f.Kind = Bool
	case parquet.Int32:
		f.Kind = Int32
	case parquet.Int64:
		f.Kind = Int64
	case parquet.Int96:
		f.Kind, f.Local = Time, true
	case parquet.Float:
		f.Kind = Float32
	case parquet.Double:
		f.Kind = Float64
	case parquet.ByteArray:
		f.Kind = String
	default:
		return "of a fixed number of bytes"
	}
	return ""
}

func microseconds(u format.TimeUnit) func(int64) int64 {
	switch u.Value.(type) {
	case *format.MilliSeconds:
		return func(v int64) int64 { return v * 1000 }
	case *format.NanoSeconds:
		return func(v int64) int64 { return floorDiv(v, 1000) }
	}
	return nil
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func (p *parquetFile) Name() string             { return p.path }
func (p *parquetFile) Fields() []Field          { return p.fields }
func (p *parquetFile) Blocks() int              { return len(p.first) }
func (p *parquetFile) FirstRow(block int) int64 { return p.first[block] + 1 }
func (p *parquetFile) Close() error             { return p.file.Close() }

func (p *parquetFile) Read(block int, names []string) (*Table, error) {
	at, err := find(p.path, p.fields, names)
	if err != nil {
		return nil, err
	}
	t := &Table{Meta: make(map[string]string)}
	for _, kv := range p.pq.Metadata().KeyValueMetadata {
		t.Meta[kv.Key] = kv.Value
	}
	for _, k := range at {
		f, l := p.fields[k], p.leaf[k]
		c := &Column{Name: f.Name, Kind: f.Kind, Local: f.Local}
		c.Unit, c.En, c.Es = t.Meta["unit:"+f.Name], t.Meta["en:"+f.Name], t.Meta["es:"+f.Name]
		if block < len(p.first) {
			g := p.pq.RowGroups()[block]
			if err := p.guard(f.Name, func() error { return l.read(c, g.ColumnChunks()[l.index], int(g.NumRows())) }); err != nil {
				return nil, err
			}
		}
		t.Add(c)
	}
	return t, nil
}

// read appends a column chunk, page by page.
func (l *leaf) read(c *Column, chunk parquet.ColumnChunk, rows int) error {
	pages := chunk.Pages()
	defer pages.Close()
	code := make(map[string]int32)
	for {
		page, err := pages.ReadPage()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if int(page.NumValues()) > rows-c.Len() {
			return fmt.Errorf("more values than the %d rows", rows)
		}
		l.page(c, page, code)
		parquet.Release(page)
	}
	if c.Len() != rows {
		return fmt.Errorf("%d values for %d rows", c.Len(), rows)
	}
	return nil
}

// page appends a page: its values where they are defined, nulls elsewhere.
func (l *leaf) page(c *Column, page parquet.Page, code map[string]int32) {
	n, before := int(page.NumValues()), c.Len()
	var defined []byte
	if !l.flat && page.NumNulls() > 0 {
		defined = page.DefinitionLevels()
	}
	values, index := page.Data(), []int32(nil)
	if dict := page.Dictionary(); dict != nil {
		index = values.Int32()
		values = dict.Page().Data()
	}
	l.fill(c, n, values, index, defined, code)
	if defined != nil || c.Null != nil {
		c.Null = append(c.Null, make([]bool, before-len(c.Null)+n)...)
		for i, d := range defined {
			c.Null[before+i] = d == 0
		}
	}
}

// fill appends the values of a page to the slice that its kind is held in.
func (l *leaf) fill(c *Column, n int, v encoding.Values, index []int32, defined []byte, code map[string]int32) {
	switch v.Kind() {
	case encoding.Boolean:
		bits := v.Boolean()
		c.Bools = spread(c.Bools, n, index, defined, func(i int) bool { return bits[i/8]>>(i%8)&1 == 1 })
	case encoding.Int32:
		ints := v.Int32()
		l.whole(c, n, index, defined, func(i int) int64 { return int64(ints[i]) })
	case encoding.Int64:
		ints := v.Int64()
		l.whole(c, n, index, defined, func(i int) int64 { return ints[i] })
	case encoding.Int96:
		old := v.Int96()
		c.Ints = spread(c.Ints, n, index, defined, func(i int) int64 { return sparkTime(old[i]) })
	case encoding.Float:
		floats := v.Float()
		c.Floats = spread(c.Floats, n, index, defined, func(i int) float64 { return float64(floats[i]) })
	case encoding.Double:
		floats := v.Double()
		c.Floats = spread(c.Floats, n, index, defined, func(i int) float64 { return floats[i] })
	case encoding.ByteArray:
		l.text(c, n, v, index, defined, code)
	case encoding.FixedLenByteArray:
		data, size := v.FixedLenByteArray()
		c.Floats = spread(c.Floats, n, index, defined, func(i int) float64 { return bigEndian(data[i*size:(i+1)*size]) * l.scale })
	}
}

// whole appends whole numbers: as they are, as times, or as decimals.
func (l *leaf) whole(c *Column, n int, index []int32, defined []byte, at func(int) int64) {
	switch {
	case l.scale != 0:
		c.Floats = spread(c.Floats, n, index, defined, func(i int) float64 { return float64(at(i)) * l.scale })
	case l.micro != nil:
		c.Ints = spread(c.Ints, n, index, defined, func(i int) int64 { return l.micro(at(i)) })
	default:
		c.Ints = spread(c.Ints, n, index, defined, at)
	}
}

// text appends texts as codes; a page's dictionary is looked up once a word.
func (l *leaf) text(c *Column, n int, v encoding.Values, index []int32, defined []byte, code map[string]int32) {
	data, offsets := v.ByteArray()
	codes := make([]int32, max(0, len(offsets)-1))
	for i := range codes {
		word := data[offsets[i]:offsets[i+1]]
		k, ok := code[string(word)]
		if !ok {
			k = int32(len(c.Dict))
			code[string(word)] = k
			c.Dict = append(c.Dict, string(word))
		}
		codes[i] = k
	}
	c.Codes = spread(c.Codes, n, index, defined, func(i int) int32 { return codes[i] })
}

// spread appends n values: at of each stored value, or of the one that an index
// points to, in the places where they are defined.
func spread[T any](to []T, n int, index []int32, defined []byte, at func(int) T) []T {
	next := 0
	for i := range n {
		var v T
		if defined == nil || defined[i] != 0 {
			if index != nil {
				v = at(int(index[next]))
			} else {
				v = at(next)
			}
			next++
		}
		to = append(to, v)
	}
	return to
}

// sparkTime reads the 12-byte timestamps of old Spark and Hive: nanoseconds of the
// day, and the Julian day.
func sparkTime(v deprecated.Int96) int64 {
	const unixDay = 2_440_588 // Julian day of 1970-01-01
	return (int64(v[2])-unixDay)*86_400_000_000 + (int64(v[1])<<32|int64(v[0]))/1000
}

// bigEndian reads a two's complement number of up to 16 bytes, as decimals are stored.
func bigEndian(b []byte) float64 {
	v := 0.0
	for i, x := range b {
		if i == 0 {
			v = float64(int8(x))
			continue
		}
		v = v*256 + float64(x)
	}
	return v
}
