package table

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"math/bits"
	"slices"
	"sync"
	"unsafe"

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

// mostWords is the largest dictionary that numbers get: one that stays in cache.
const mostWords = 4096

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

// numbers lays numbers out, and reports whether as a dictionary, which may be so large.
func (e *encoder) numbers(k *encodedChunk, c *Column, from, to, most int) (repeats bool) {
	if c.Numbers != nil {
		if repeats = e.repeat(c, from, to, most); repeats {
			for i, code := range e.dict {
				e.dict[i] = math.Float64bits(c.Numbers[code])
			}
			e.bits = append(e.bits[:0], e.dict...)
		}
	}
	if !repeats {
		e.collect(c, from, to)
		repeats = c.Numbers == nil && e.lookUp(most)
	}
	k.meta.Statistics.MinValue, k.meta.Statistics.MaxValue = e.bounds(c.Kind)
	if !repeats {
		e.page = appendBits(e.page, e.bits, c.Kind)
	}
	return repeats
}

// levels says which rows have a value: their definition levels, one bit each. It returns
// how many have none.
func (e *encoder) levels(c *Column, from, to int) (nulls int) {
	if c.Null != nil {
		e.present, nulls = presence(e.present[:0], c.Null[from:to])
	}
	if c.Required {
		return nulls
	}
	at := len(e.page)
	e.page = append(e.page, 0, 0, 0, 0)
	if nulls == 0 {
		e.page = append(binary.AppendUvarint(e.page, uint64(to-from)<<1), 1)
	} else {
		e.page = append(binary.AppendUvarint(e.page, uint64(len(e.present))<<1|1), e.present...)
	}
	binary.LittleEndian.PutUint32(e.page[at:], uint32(len(e.page)-at-4))
	return nulls
}

// presence appends a bit for each row that has a value, and counts those that have none.
func presence(to []byte, null []bool) (bitmap []byte, nulls int) {
	for ; len(null) >= 8; null = null[8:] {
		// Eight bytes that are 0 or 1 become eight bits.
		eight := binary.LittleEndian.Uint64(unsafe.Slice((*byte)(unsafe.Pointer(&null[0])), 8))
		absent := byte(eight * 0x0102040810204080 >> 56)
		to, nulls = append(to, ^absent), nulls+bits.OnesCount8(absent)
	}
	if len(null) == 0 {
		return to, nulls
	}
	last := byte(0)
	for i, absent := range null {
		if absent {
			nulls++
		} else {
			last |= 1 << i
		}
	}
	return append(to, last), nulls
}

// collect gathers the numbers that are there, as they are stored.
func (e *encoder) collect(c *Column, from, to int) {
	e.bits = sizedTo(e.bits, to-from)
	switch c.Kind {
	case Float64:
		e.doubles(c, from, to)
	case Float32:
		for i, v := range c.Floats[from:to] {
			e.bits[i] = uint64(math.Float32bits(float32(v)))
		}
	default:
		for i, v := range c.Ints[from:to] {
			e.bits[i] = uint64(v)
		}
	}
	if c.Null == nil {
		return
	}
	n := 0
	for i, null := range c.Null[from:to] {
		e.bits[n] = e.bits[i]
		if !null {
			n++
		}
	}
	e.bits = e.bits[:n]
}

func (e *encoder) doubles(c *Column, from, to int) {
	if c.Numbers != nil {
		for i, k := range c.Codes[from:to] {
			e.bits[i] = math.Float64bits(c.Numbers[k])
		}
		return
	}
	for i, v := range c.Floats[from:to] {
		e.bits[i] = math.Float64bits(v)
	}
}

// bounds are the least and the greatest number, as statistics store them: none where
// one is NaN, and zeros as −0 and +0.
func (e *encoder) bounds(k Kind) (least, greatest []byte) {
	if len(e.bits) == 0 {
		return nil, nil
	}
	if k != Float32 && k != Float64 {
		low, high := int64(e.bits[0]), int64(e.bits[0])
		for _, b := range e.bits {
			low, high = min(low, int64(b)), max(high, int64(b))
		}
		return appendBits(nil, []uint64{uint64(low)}, k), appendBits(nil, []uint64{uint64(high)}, k)
	}
	low, high := e.ends(k)
	switch {
	case low != low:
		return nil, nil
	case low == 0:
		low = math.Copysign(0, -1)
	}
	high += 0 // of −0 it makes 0
	if k == Float32 {
		return appendBits(nil, []uint64{uint64(math.Float32bits(float32(low)))}, k), appendBits(nil, []uint64{uint64(math.Float32bits(float32(high)))}, k)
	}
	return appendBits(nil, []uint64{math.Float64bits(low)}, k), appendBits(nil, []uint64{math.Float64bits(high)}, k)
}

// ends are the least and the greatest float, NaN where one is.
func (e *encoder) ends(k Kind) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	odd := false
	for _, b := range e.bits {
		v := math.Float64frombits(b)
		if k == Float32 {
			v = float64(math.Float32frombits(uint32(b)))
		}
		if v < low {
			low = v
		}
		if v > high {
			high = v
		}
		odd = odd || v != v
	}
	if odd {
		return math.NaN(), math.NaN()
	}
	return low, high
}

// lookUp numbers the values, unless they are too many to repeat enough.
func (e *encoder) lookUp(most int) bool {
	e.index, e.dict = e.index[:0], e.dict[:0]
	clear(e.slots)
	mask := uint64(len(e.slots) - 1)
	for _, b := range e.bits {
		at := (b * 0x9E3779B97F4A7C15) >> 40 & mask
		for e.slots[at] != 0 && e.dict[e.slots[at]-1] != b {
			at = (at + 1) & mask
		}
		if e.slots[at] == 0 {
			if len(e.dict) == most {
				return false
			}
			e.dict = append(e.dict, b)
			e.slots[at] = uint32(len(e.dict))
		}
		e.index = append(e.index, e.slots[at]-1)
	}
	return len(e.dict) > 0
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

func (e *encoder) bools(c *Column, from, to int) {
	n, at := 0, len(e.page)
	for i := from; i < to; i++ {
		if c.Null != nil && c.Null[i] {
			continue
		}
		if n%8 == 0 {
			e.page = append(e.page, 0)
		}
		if c.Bools[i] {
			e.page[at+n/8] |= 1 << (n % 8)
		}
		n++
	}
}

func appendText(to []byte, s string) []byte {
	to = binary.LittleEndian.AppendUint32(to, uint32(len(s)))
	return append(to, s...)
}

// appendBits writes numbers in the size of their kind.
func appendBits(to []byte, bits []uint64, k Kind) []byte {
	size := 8
	if k == Int32 || k == Float32 {
		size = 4
	}
	at := len(to)
	to = slices.Grow(to, len(bits)*size)[:at+len(bits)*size]
	if size == 4 {
		for i, b := range bits {
			binary.LittleEndian.PutUint32(to[at+4*i:], uint32(b))
		}
		return to
	}
	for i, b := range bits {
		binary.LittleEndian.PutUint64(to[at+8*i:], b)
	}
	return to
}

// appendIndexes writes indexes into a dictionary in as many bits as its size needs.
func appendIndexes(to []byte, index []uint32, size int) []byte {
	width := 0
	for 1<<width < size {
		width++
	}
	to = append(to, byte(width))
	if width == 0 {
		return binary.AppendUvarint(to, uint64(len(index))<<1)
	}
	to = binary.AppendUvarint(to, uint64((len(index)+7)/8)<<1|1)
	end := len(to) + (len(index)+7)/8*width // the last group of eight stands in full
	bits, n := uint64(0), 0
	for _, i := range index {
		bits |= uint64(i) << n
		if n += width; n >= 32 {
			to = binary.LittleEndian.AppendUint32(to, uint32(bits))
			bits, n = bits>>32, n-32
		}
	}
	for len(to) < end {
		to = append(to, byte(bits))
		bits >>= 8
	}
	return to
}
