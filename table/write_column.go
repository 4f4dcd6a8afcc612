package table

import (
	"encoding/binary"
	"hash/crc32"
	"sync"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// element says how a column is stored.
func (c *Column) element() format.SchemaElement {
	e := format.SchemaElement{Name: c.Name, Type: thrift.New(c.stored()), RepetitionType: thrift.New(format.Optional)}
	if c.Required {
		e.RepetitionType = thrift.New(format.Required)
	}
	switch c.Kind {
	case Int32:
		e.ConvertedType = thrift.New(deprecated.Int32)
		e.LogicalType = format.LogicalType{Value: &format.IntType{BitWidth: 32, IsSigned: true}}
	case Int64:
		e.ConvertedType = thrift.New(deprecated.Int64)
		e.LogicalType = format.LogicalType{Value: &format.IntType{BitWidth: 64, IsSigned: true}}
	case String:
		e.ConvertedType = thrift.New(deprecated.UTF8)
		e.LogicalType = format.LogicalType{Value: &format.StringType{}}
	case Time:
		if !c.Local { // the older name knows no wall-clock times
			e.ConvertedType = thrift.New(deprecated.TimestampMicros)
		}
		e.LogicalType = format.LogicalType{Value: &format.TimestampType{IsAdjustedToUTC: !c.Local, Unit: format.TimeUnit{Value: &format.MicroSeconds{}}}}
	}
	return e
}

func (c *Column) stored() format.Type {
	return [...]format.Type{Bool: format.Boolean, Int32: format.Int32, Int64: format.Int64, Float32: format.Float, Float64: format.Double,
		String: format.ByteArray, Time: format.Int64}[c.Kind]
}

// An encodedChunk is a column of one row group as bytes.
type encodedChunk struct {
	bytes      []byte
	dictionary int64 // how many of them are the dictionary's page
	meta       format.ColumnMetaData
}

// An encoder lays columns out, reusing its memory.
type encoder struct {
	zstd    *zstd.Encoder
	present []byte   // a bit for each row that has a value
	bits    []uint64 // the values that are there, as they are stored
	index   []uint32 // of each, in the dictionary
	dict    []uint64
	slots   []uint32
	number  []uint32 // of each code, in the dictionary, from 1 on
	words   []byte   // the dictionary's page
	page    []byte
	packed  [2][]byte
}

// encoders are reused: their tables take long to make. The fastest level packs
// nearly as well as the next and takes half the time.
var encoders = sync.Pool{New: func() any {
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(false))
	if err != nil {
		panic(err) // the options are ours
	}
	return &encoder{zstd: z, slots: make([]uint32, 4*mostWords)}
}}

// chunk lays out some rows of a column, in room where it is large enough: a dictionary
// where values repeat, and a page.
func (e *encoder) chunk(c *Column, from, to int, room []byte) encodedChunk {
	k := encodedChunk{bytes: room[:0], meta: format.ColumnMetaData{
		Type: c.stored(), PathInSchema: []string{c.Name}, NumValues: int64(to - from),
		Encoding: []format.Encoding{format.Plain, format.RLE},
	}}
	encoding := e.values(&k, c, from, to)
	head := format.PageHeader{Type: format.DataPage, DataPageHeader: thrift.New(format.DataPageHeader{
		NumValues: int32(to - from), Encoding: encoding, DefinitionLevelEncoding: format.RLE, RepetitionLevelEncoding: format.RLE,
	})}
	if encoding == format.Plain {
		e.finish(&k, head, e.page, e.pack(&k, c.Kind == String, e.page)[0])
	} else {
		packed := e.pack(&k, c.Kind == String, e.words, e.page)
		e.finish(&k, format.PageHeader{Type: format.DictionaryPage, DictionaryPageHeader: thrift.New(format.DictionaryPageHeader{
			NumValues: int32(len(e.dict)), Encoding: format.Plain,
		})}, e.words, packed[0])
		k.dictionary = int64(len(k.bytes))
		e.finish(&k, head, e.page, packed[1])
	}
	k.meta.TotalCompressedSize = int64(len(k.bytes))
	return k
}

// values lays the page out, and the dictionary's where values repeat.
func (e *encoder) values(k *encodedChunk, c *Column, from, to int) format.Encoding {
	e.page = e.page[:0]
	nulls := e.levels(c, from, to)
	k.meta.Statistics.NullCount = int64(nulls)
	repeats := false
	switch {
	case c.Kind == String:
		if repeats = e.repeat(c, from, to, (to-from-nulls)/2); !repeats {
			e.plainTexts(c, from, to)
		}
	case c.Kind == Bool:
		e.bools(c, from, to)
	default:
		repeats = e.numbers(k, c, from, to, min(mostWords, (to-from-nulls)/4))
	}
	if !repeats {
		return format.Plain
	}
	k.meta.Encoding = append(k.meta.Encoding, format.RLEDictionary)
	e.dictionary(c)
	e.page = appendIndexes(e.page, e.index, len(e.dict))
	return format.RLEDictionary
}

// repeat numbers the words that occur, in order of first appearance, unless they are more
// than most.
func (e *encoder) repeat(c *Column, from, to, most int) bool {
	e.number = sizedTo(e.number, max(len(c.Dict), len(c.Numbers)))
	clear(e.number)
	e.index, e.dict = sizedTo(e.index, to-from), e.dict[:0]
	n := 0
	for i, k := range c.Codes[from:to] {
		if c.Null != nil && c.Null[from+i] {
			continue
		}
		if e.number[k] == 0 {
			if len(e.dict) == most {
				return false
			}
			e.dict = append(e.dict, uint64(k))
			e.number[k] = uint32(len(e.dict))
		}
		e.index[n] = e.number[k] - 1
		n++
	}
	e.index = e.index[:n]
	return n > 0
}

// dictionary lays the dictionary's page out.
func (e *encoder) dictionary(c *Column) {
	e.words = e.words[:0]
	if c.Kind != String {
		e.words = appendBits(e.words, e.dict, c.Kind)
		return
	}
	for _, word := range e.dict {
		e.words = appendText(e.words, c.Dict[word])
	}
}

// gain is what share of a chunk packing must save to pay: numbers such as times hardly
// shrink.
const gain = 0.1

// pack packs a chunk's pages, unless they hardly shrink.
func (e *encoder) pack(k *encodedChunk, texts bool, pages ...[]byte) [][]byte {
	k.meta.Codec = format.Snappy
	if texts {
		k.meta.Codec = format.Zstd
	}
	before, after := 0, 0
	for i, page := range pages {
		e.packed[i] = e.packPage(e.packed[i], page, texts)
		before, after = before+len(page), after+len(e.packed[i])
	}
	if float64(after) > (1-gain)*float64(before) {
		k.meta.Codec = format.Uncompressed
		return pages
	}
	return e.packed[:]
}

// packPage packs texts by zstd, and numbers by Snappy, which takes a third of the time for a
// tenth more bytes.
func (e *encoder) packPage(to, page []byte, texts bool) []byte {
	if texts {
		return e.zstd.EncodeAll(page, to[:0])
	}
	return s2.EncodeSnappy(to[:cap(to)], page)
}

// finish writes a page, packed or not, behind its header.
func (e *encoder) finish(k *encodedChunk, head format.PageHeader, page, packed []byte) {
	head.UncompressedPageSize, head.CompressedPageSize = int32(len(page)), int32(len(packed))
	head.CRC = int32(crc32.ChecksumIEEE(packed))
	b, err := thrift.Marshal(new(thrift.CompactProtocol), &head)
	if err != nil {
		panic(err) // the header is ours
	}
	k.bytes = append(append(k.bytes, b...), packed...)
	k.meta.TotalUncompressedSize += int64(len(b) + len(page))
}

func (e *encoder) plainTexts(c *Column, from, to int) {
	for i := from; i < to; i++ {
		if c.Null == nil || !c.Null[i] {
			e.page = appendText(e.page, c.Dict[c.Codes[i]])
		}
	}
}

func appendText(to []byte, s string) []byte {
	to = binary.LittleEndian.AppendUint32(to, uint32(len(s)))
	return append(to, s...)
}
