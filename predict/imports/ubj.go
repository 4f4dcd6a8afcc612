package imports

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
)

// ubj reads Universal Binary JSON, draft 12, in which XGBoost saves models. Numbers
// become float64, lists of one type of numbers []float64. No length is trusted before
// the bytes that it speaks of are there.
func ubj(data []byte) (any, error) {
	r := &ubjReader{data: data}
	v, err := r.value(0)
	if err == nil && r.at < len(data) {
		err = fmt.Errorf("%d bytes after the end", len(data)-r.at)
	}
	return v, err
}

type ubjReader struct {
	data []byte
	at   int
}

// maxNested bounds how deep a document nests.
const maxNested = 64

func (r *ubjReader) take(n int) ([]byte, error) {
	if n < 0 || n > len(r.data)-r.at {
		return nil, io.ErrUnexpectedEOF
	}
	r.at += n
	return r.data[r.at-n : r.at], nil
}

func (r *ubjReader) marker() (byte, error) {
	for {
		b, err := r.take(1)
		if err != nil {
			return 0, err
		}
		if b[0] != 'N' { // no operation
			return b[0], nil
		}
	}
}

func (r *ubjReader) value(depth int) (any, error) {
	m, err := r.marker()
	if err != nil {
		return nil, err
	}
	return r.typed(m, depth)
}

var ubjSizes = map[byte]int{'i': 1, 'U': 1, 'I': 2, 'l': 4, 'L': 8, 'd': 4, 'D': 8, 'C': 1}

func (r *ubjReader) typed(m byte, depth int) (any, error) {
	if depth > maxNested {
		return nil, errors.New("nested too deep")
	}
	if n, ok := ubjSizes[m]; ok {
		b, err := r.take(n)
		if err != nil {
			return nil, err
		}
		return ubjNumber(m, b), nil
	}
	switch m {
	case 'Z':
		return nil, nil
	case 'T', 'F':
		return m == 'T', nil
	case 'S', 'H':
		s, err := r.text()
		if m == 'H' && err == nil {
			return strconv.ParseFloat(s, 64)
		}
		return s, err
	case '[':
		return r.list(depth + 1)
	case '{':
		return r.object(depth + 1)
	}
	return nil, fmt.Errorf("type %q at byte %d", m, r.at-1)
}

func ubjNumber(m byte, b []byte) float64 {
	switch m {
	case 'i':
		return float64(int8(b[0]))
	case 'I':
		return float64(int16(binary.BigEndian.Uint16(b)))
	case 'l':
		return float64(int32(binary.BigEndian.Uint32(b)))
	case 'L':
		return float64(int64(binary.BigEndian.Uint64(b)))
	case 'd':
		return float64(math.Float32frombits(binary.BigEndian.Uint32(b)))
	case 'D':
		return math.Float64frombits(binary.BigEndian.Uint64(b))
	}
	return float64(b[0])
}

// length reads a count of what follows, each of at least size bytes.
func (r *ubjReader) length(size int) (int, error) {
	m, err := r.marker()
	if err != nil {
		return 0, err
	}
	if n, ok := ubjSizes[m]; ok && m != 'd' && m != 'D' && m != 'C' {
		b, err := r.take(n)
		if err != nil {
			return 0, err
		}
		if v := ubjNumber(m, b); v >= 0 && v <= float64((len(r.data)-r.at)/max(1, size)) {
			return int(v), nil
		}
		return 0, fmt.Errorf("a length at byte %d is more than the file holds", r.at)
	}
	return 0, fmt.Errorf("a length of type %q at byte %d", m, r.at-1)
}

func (r *ubjReader) text() (string, error) {
	n, err := r.length(1)
	if err != nil {
		return "", err
	}
	b, err := r.take(n)
	return string(b), err
}

// sized reads the optional type and count of a container; count is -1 where it ends
// with a mark.
func (r *ubjReader) sized() (kind byte, count int, err error) {
	count = -1
	if r.at < len(r.data) && r.data[r.at] == '$' {
		b, err := r.take(2)
		if err != nil {
			return 0, 0, err
		}
		kind = b[1]
	}
	if r.at < len(r.data) && r.data[r.at] == '#' {
		r.at++
		count, err = r.length(max(1, ubjSizes[kind])) // what takes no bytes is counted as if it took one
	} else if kind != 0 {
		err = fmt.Errorf("a type without a count at byte %d", r.at)
	}
	return kind, count, err
}

func (r *ubjReader) list(depth int) (any, error) {
	kind, count, err := r.sized()
	if err != nil {
		return nil, err
	}
	if n := ubjSizes[kind]; n > 0 {
		b, err := r.take(n * count)
		if err != nil {
			return nil, err
		}
		out := make([]float64, count)
		for i := range out {
			out[i] = ubjNumber(kind, b[i*n:])
		}
		return out, nil
	}
	out := []any{}
	for i := 0; count < 0 || i < count; i++ {
		m := kind
		if kind == 0 {
			if m, err = r.marker(); err != nil {
				return nil, err
			}
			if count < 0 && m == ']' {
				break
			}
		}
		v, err := r.typed(m, depth)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func (r *ubjReader) object(depth int) (any, error) {
	kind, count, err := r.sized()
	if err != nil {
		return nil, err
	}
	out := make(map[string]any)
	for i := 0; count < 0 || i < count; i++ {
		if count < 0 && r.at < len(r.data) && r.data[r.at] == '}' {
			r.at++
			break
		}
		key, err := r.text()
		if err != nil {
			return nil, err
		}
		m := kind
		if kind == 0 {
			if m, err = r.marker(); err != nil {
				return nil, err
			}
		}
		if out[key], err = r.typed(m, depth); err != nil {
			return nil, err
		}
	}
	return out, nil
}
