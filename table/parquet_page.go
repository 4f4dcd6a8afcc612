package table

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"github.com/parquet-go/parquet-go/format"
)

// A chunkReader decodes the pages of one column chunk into a column.
type chunkReader struct {
	leaf  *leaf
	codec format.CompressionCodec
	rows  int
	to    *Column

	repeats bool // Dict may hold a word several times
	loose   bool // and does, since words are rare
	dict    dictionary
	code    map[string]int32 // of to.Dict; made when a page holds texts in full
	*room
}

// maxPage is the most that a page may unpack to. Writers keep to a few megabytes; one of
// a thousand texts of a megabyte each still passes.
const maxPage = 1 << 30

// readChunk decodes a column chunk of so many rows, page by page.
func readChunk(c *Column, l *leaf, codec format.CompressionCodec, data []byte, rows int, repeats bool, in *room) error {
	r := &chunkReader{leaf: l, codec: codec, rows: rows, to: c, repeats: repeats, room: in}
	c.reserve(min(rows, 1024+8*len(data))) // more only where one value stands for many
	for page := 1; c.Len() < rows; page++ {
		if len(data) == 0 {
			return fmt.Errorf("%d values for %d rows", c.Len(), rows)
		}
		used, err := r.page(data)
		if err != nil {
			return fmt.Errorf("page %d: %w", page, err)
		}
		data = data[used:]
	}
	return nil
}

// page decodes the page that data begins with, and returns its length.
func (r *chunkReader) page(data []byte) (used int, err error) {
	var h format.PageHeader
	n, err := decodeThrift(data, &h)
	if err != nil {
		return 0, fmt.Errorf("its header: %w", err)
	}
	packed, unpacked := int64(h.CompressedPageSize), int64(h.UncompressedPageSize)
	if packed < 0 || packed > int64(len(data)-n) {
		return 0, fmt.Errorf("it claims %d bytes, and %d are left", packed, len(data)-n)
	}
	if unpacked < 0 || unpacked > min(maxPage, swell(r.codec, packed)) {
		return 0, fmt.Errorf("it claims to unpack from %d to %d bytes", packed, unpacked)
	}
	body := data[n : n+int(packed)]
	if h.CRC != 0 && crc32.ChecksumIEEE(body) != uint32(h.CRC) {
		return 0, fmt.Errorf("its checksum is wrong")
	}
	used = n + int(packed)
	switch {
	case h.Type == format.DictionaryPage && h.DictionaryPageHeader.Valid:
		return used, r.dictionaryPage(&h.DictionaryPageHeader.V, body, int(unpacked))
	case h.Type == format.DataPage && h.DataPageHeader.Valid:
		return used, r.dataPage(&h.DataPageHeader.V, body, int(unpacked))
	case h.Type == format.DataPageV2 && h.DataPageHeaderV2.Valid:
		return used, r.dataPageV2(&h.DataPageHeaderV2.V, body, int(unpacked))
	case h.Type == format.IndexPage:
		return used, nil
	}
	return 0, fmt.Errorf("it is of the unknown kind %d", h.Type)
}

func (r *chunkReader) dictionaryPage(h *format.DictionaryPageHeader, body []byte, size int) error {
	if h.Encoding != format.Plain && h.Encoding != plainDictionary {
		return fmt.Errorf("a dictionary encoded as %v", h.Encoding)
	}
	if r.dict.made {
		return fmt.Errorf("a second dictionary")
	}
	data, err := r.unpacked(body, size)
	if err != nil {
		return err
	}
	return r.makeDictionary(data, int(h.NumValues))
}

// dataPage decodes a page of version 1: levels and values are packed together.
func (r *chunkReader) dataPage(h *format.DataPageHeader, body []byte, size int) error {
	n := int(h.NumValues)
	if n < 0 || n > r.rows-r.to.Len() {
		return fmt.Errorf("%d values, and %d rows are left", n, r.rows-r.to.Len())
	}
	data, err := r.unpacked(body, size)
	if err != nil {
		return err
	}
	levels := []byte(nil)
	if r.leaf.optional {
		if h.DefinitionLevelEncoding != format.RLE {
			return fmt.Errorf("levels encoded as %v, which is not read", h.DefinitionLevelEncoding)
		}
		if levels, data, err = sized(data); err != nil {
			return err
		}
	}
	return r.values(n, levels, h.Encoding, data)
}

// dataPageV2 decodes a page of version 2: levels stand in front, not packed.
func (r *chunkReader) dataPageV2(h *format.DataPageHeaderV2, body []byte, size int) error {
	n, levels, repeated := int(h.NumValues), int(h.DefinitionLevelsByteLength), int(h.RepetitionLevelsByteLength)
	if n < 0 || n > r.rows-r.to.Len() {
		return fmt.Errorf("%d values, and %d rows are left", n, r.rows-r.to.Len())
	}
	if levels < 0 || repeated != 0 || levels > len(body) || levels > size {
		return fmt.Errorf("levels of %d and %d bytes in %d", repeated, levels, len(body))
	}
	data := body[levels:]
	if !h.IsCompressed.Valid || h.IsCompressed.V {
		var err error
		if data, err = r.unpacked(data, size-levels); err != nil {
			return err
		}
	}
	if !r.leaf.optional {
		return r.values(n, nil, h.Encoding, data)
	}
	return r.values(n, body[:levels], h.Encoding, data)
}

func (r *chunkReader) unpacked(body []byte, size int) ([]byte, error) {
	if r.codec == format.Uncompressed && len(body) == size {
		return body, nil
	}
	r.plain = sizedTo(r.plain, size)
	return unpack(r.codec, body, r.plain)
}

// sized splits off what a four-byte length announces.
func sized(data []byte) (head, rest []byte, err error) {
	if len(data) < 4 {
		return nil, nil, errTruncated
	}
	n := binary.LittleEndian.Uint32(data)
	if uint64(n) > uint64(len(data)-4) {
		return nil, nil, errTruncated
	}
	return data[4 : 4+n], data[4+n:], nil
}

// values appends a page's values, with nulls where the levels say so.
func (r *chunkReader) values(n int, levels []byte, e format.Encoding, data []byte) error {
	if n == 0 {
		return nil
	}
	c, before := r.to, r.to.Len()
	nulls, err := r.nullsOf(n, levels)
	if err != nil {
		return fmt.Errorf("its levels: %w", err)
	}
	if err := r.append(n-nulls, e, data); err != nil {
		return err
	}
	if nulls > 0 {
		c.spread(before, r.nulls[:n])
	}
	if nulls > 0 || c.Null != nil {
		if c.Null == nil {
			c.Null = make([]bool, before, r.rows)
		}
		if nulls == 0 {
			clear(r.nullRoom(n))
		}
		c.Null = append(c.Null, r.nulls[:n]...)
	}
	return nil
}

// nullsOf reads which of n values are null, and counts them.
func (r *chunkReader) nullsOf(n int, levels []byte) (nulls int, err error) {
	if levels == nil || allOne(levels, n) {
		return 0, nil
	}
	null := r.nullRoom(n)
	index := r.indexes(n)
	if err := hybrid(index, levels, 1); err != nil {
		return 0, err
	}
	for i, level := range index {
		null[i] = level == 0
		nulls += 1 - int(level)
	}
	return nulls, nil
}

// spread moves the values from row before on to the places that aren't null.
func (c *Column) spread(before int, null []bool) {
	switch c.Kind {
	case Bool:
		c.Bools = spread(c.Bools, before, null)
	case Float32, Float64:
		c.Floats = spread(c.Floats, before, null)
	case String:
		c.Codes = spread(c.Codes, before, null)
	default:
		c.Ints = spread(c.Ints, before, null)
	}
}

func spread[T any](v []T, before int, null []bool) []T {
	from := len(v) - 1
	v = append(v, make([]T, before+len(null)-len(v))...)
	var none T
	for i := len(null) - 1; i >= 0; i-- {
		if null[i] {
			v[before+i] = none
			continue
		}
		v[before+i] = v[from]
		from--
	}
	return v
}
