package table

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/format"
	"github.com/pierrec/lz4/v4"
)

// swell is the most bytes that so many packed ones can stand for.
func swell(codec format.CompressionCodec, packed int64) int64 {
	ratio := int64(1) << 20 // brotli and zstd repeat without end
	switch codec {
	case format.Uncompressed:
		ratio = 1
	case format.Snappy:
		ratio = 64
	case format.Gzip:
		ratio = 1100
	case format.Lz4, format.Lz4Raw:
		ratio = 300
	case format.Zstd:
		ratio = 40_000
	}
	return packed*ratio + 1024
}

// unpackers lists the codecs that are read. Each fills to, and no more.
var unpackers = map[format.CompressionCodec]func(to, packed []byte) (int, error){
	format.Uncompressed: func(to, packed []byte) (int, error) { return copy(to, packed), nil },
	format.Snappy:       unpackSnappy,
	format.Gzip:         unpackGzip,
	format.Brotli:       func(to, packed []byte) (int, error) { return fill(to, brotli.NewReader(bytes.NewReader(packed))) },
	format.Lz4Raw:       func(to, packed []byte) (int, error) { return lz4.UncompressBlock(packed, to) },
	format.Lz4:          unpackHadoop,
	format.Zstd:         unpackZstd,
}

// unpack fills to with what packed stands for, which has that length.
func unpack(codec format.CompressionCodec, packed, to []byte) ([]byte, error) {
	if len(to) == 0 {
		return to, nil
	}
	work, known := unpackers[codec]
	if !known {
		return nil, fmt.Errorf("packed by %v, which is not read", codec)
	}
	n, err := work(to, packed)
	if err != nil {
		return nil, fmt.Errorf("unpacking by %v: %w", codec, err)
	}
	if n != len(to) {
		return nil, fmt.Errorf("it unpacks to %d bytes, and claims %d", n, len(to))
	}
	return to, nil
}

// fill reads until to is full, and wants the end there.
func fill(to []byte, r io.Reader) (int, error) {
	n, err := io.ReadFull(r, to)
	if err == io.ErrUnexpectedEOF || err == io.EOF {
		return n, nil
	}
	return n, err
}

func unpackSnappy(to, packed []byte) (int, error) {
	if n, err := snappy.DecodedLen(packed); err != nil || n > len(to) {
		return n, err
	}
	out, err := snappy.Decode(to, packed)
	return len(out), err
}

var gzips sync.Pool

func unpackGzip(to, packed []byte) (n int, err error) {
	z, ok := gzips.Get().(*gzip.Reader)
	if !ok {
		z = new(gzip.Reader)
	}
	if err := z.Reset(bytes.NewReader(packed)); err != nil {
		return 0, err
	}
	n, err = fill(to, z)
	gzips.Put(z)
	return n, err
}

var zstds = sync.OnceValue(func() *zstd.Decoder {
	z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(maxPage), zstd.WithDecodeAllCapLimit(true))
	if err != nil {
		panic(err) // only wrong options are refused
	}
	return z
})

func unpackZstd(to, packed []byte) (int, error) {
	out, err := zstds().DecodeAll(packed, to[:0:len(to)])
	return len(out), err
}

// unpackHadoop reads LZ4 as Hadoop frames it: pieces, each after its two lengths. Some
// writers leave the frame out.
func unpackHadoop(to, packed []byte) (done int, err error) {
	whole := packed
	for len(packed) >= 8 && done < len(to) {
		size, length := binary.BigEndian.Uint32(packed), binary.BigEndian.Uint32(packed[4:])
		if uint64(length) > uint64(len(packed)-8) || uint64(size) > uint64(len(to)-done) {
			break
		}
		n, err := lz4.UncompressBlock(packed[8:8+length], to[done:done+int(size)])
		if err != nil || n != int(size) {
			break
		}
		done, packed = done+n, packed[8+length:]
	}
	if done == len(to) {
		return done, nil
	}
	return lz4.UncompressBlock(whole, to)
}
