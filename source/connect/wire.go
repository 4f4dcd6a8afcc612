package connect

import (
	"encoding/binary"
	"errors"
)

// A message is a protobuf message under construction: fields, one after another. Only
// the two wire types that Spark Connect's requests need are written, a number and bytes.
//
// Protocol Buffers: encoding. protobuf.dev/programming-guides/encoding.
type message []byte

const (
	varintType = 0
	bytesType  = 2
)

func (m message) number(field int, n uint64) message {
	return binary.AppendUvarint(binary.AppendUvarint(m, uint64(field)<<3|varintType), n)
}

func (m message) bytes(field int, b []byte) message {
	m = binary.AppendUvarint(binary.AppendUvarint(m, uint64(field)<<3|bytesType), uint64(len(b)))
	return append(m, b...)
}

func (m message) text(field int, s string) message {
	if s == "" {
		return m
	}
	return m.bytes(field, []byte(s))
}

// errWire reports bytes that are no message.
var errWire = errors.New("the answer is no protobuf message")

// each visits the fields of a message: numbers as n, texts and messages as b.
func each(m []byte, visit func(field int, n uint64, b []byte) error) error {
	for len(m) > 0 {
		key, k := binary.Uvarint(m)
		if k <= 0 || key>>3 == 0 || key>>3 > 1<<29 {
			return errWire
		}
		m = m[k:]
		var n uint64
		var b []byte
		switch key & 7 {
		case varintType:
			if n, k = binary.Uvarint(m); k <= 0 {
				return errWire
			}
			m = m[k:]
		case bytesType:
			size, k := binary.Uvarint(m)
			if k <= 0 || size > uint64(len(m)-k) {
				return errWire
			}
			b, m = m[k:k+int(size)], m[k+int(size):]
		case 1, 5: // eight or four bytes that nothing here reads
			size := 8
			if key&7 == 5 {
				size = 4
			}
			if len(m) < size {
				return errWire
			}
			m = m[size:]
			continue
		default:
			return errWire
		}
		if err := visit(int(key>>3), n, b); err != nil {
			return err
		}
	}
	return nil
}

// find is the message that stands under a path of fields, the last of several; nil
// where there is none.
func find(m []byte, path ...int) (found []byte) {
	found = m
	for _, want := range path {
		var inside []byte
		if each(found, func(field int, _ uint64, b []byte) error {
			if field == want {
				inside = b
			}
			return nil
		}) != nil {
			return nil
		}
		found = inside
	}
	return found
}
