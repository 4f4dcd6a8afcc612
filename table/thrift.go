package table

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/parquet-go/parquet-go/encoding/thrift"
)

// Parquet's metadata is Thrift in its compact form, which says how long its lists and
// texts are. A decoder that believes it allocates whatever a damaged byte asks for, so
// lengths are held against the bytes that are there before anything is decoded; see
// Apache Thrift, thrift-compact-protocol.

// deepest is how many structures may stand in one another; Parquet's own stand in 7.
const deepest = 24

var (
	errShort = errors.New("metadata ends too early")
	errDeep  = errors.New("metadata is nested too deep")
)

// decodeThrift decodes the structure that b begins with, and returns its length.
func decodeThrift(b []byte, into any) (length int, err error) {
	rest, err := skipStruct(b, 0)
	if err != nil {
		return 0, err
	}
	length = len(b) - len(rest)
	return length, thrift.Unmarshal(new(thrift.CompactProtocol), b[:length], into)
}

// skipStruct returns what follows a structure.
func skipStruct(b []byte, depth int) ([]byte, error) {
	if depth > deepest {
		return nil, errDeep
	}
	for {
		if len(b) == 0 {
			return nil, errShort
		}
		head := b[0]
		b = b[1:]
		if head == 0 {
			return b, nil
		}
		if head>>4 == 0 { // the field's number follows
			_, n := binary.Uvarint(b)
			if n <= 0 {
				return nil, errShort
			}
			b = b[n:]
		}
		var err error
		if b, err = skipThrift(b, head&15, false, depth); err != nil {
			return nil, err
		}
	}
}

// skipThrift returns what follows a value. A yes or no takes a byte only in a list.
func skipThrift(b []byte, kind byte, listed bool, depth int) ([]byte, error) {
	switch kind {
	case 1, 2:
		return skipBytes(b, uint64(boolInt(listed)))
	case 3:
		return skipBytes(b, 1)
	case 4, 5, 6:
		_, n := binary.Uvarint(b)
		if n <= 0 {
			return nil, errShort
		}
		return b[n:], nil
	case 7:
		return skipBytes(b, 8)
	case 8:
		size, n := binary.Uvarint(b)
		if n <= 0 {
			return nil, errShort
		}
		return skipBytes(b[n:], size)
	case 9, 10:
		return skipList(b, depth)
	case 12:
		return skipStruct(b, depth+1)
	}
	return nil, fmt.Errorf("metadata holds a value of the unknown kind %d", kind)
}

func skipBytes(b []byte, n uint64) ([]byte, error) {
	if n > uint64(len(b)) {
		return nil, errShort
	}
	return b[n:], nil
}

// skipList returns what follows a list. Every structure of Parquet's lists takes at
// least 3 bytes, and in memory up to some hundred times that.
func skipList(b []byte, depth int) ([]byte, error) {
	if len(b) == 0 {
		return nil, errShort
	}
	kind, size := b[0]&15, uint64(b[0]>>4)
	b = b[1:]
	if size == 15 {
		n := 0
		if size, n = binary.Uvarint(b); n <= 0 {
			return nil, errShort
		}
		b = b[n:]
	}
	least := uint64(1)
	if kind == 12 {
		least = 3
	}
	if size > uint64(len(b))/least {
		return nil, fmt.Errorf("metadata claims a list of %d in %d bytes", size, len(b))
	}
	var err error
	for range size {
		if b, err = skipThrift(b, kind, true, depth+1); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
