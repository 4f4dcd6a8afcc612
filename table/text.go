package table

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// A text is a file of lines as UTF-8, of which any part can be read: the file itself
// where it is written so and lies on this machine's disk, else a temporary one. However
// large it is, no more than a block of it is ever in memory.
type text struct {
	io.ReaderAt
	size  int64
	start int64 // where it begins: after a byte order mark
	close []func() error
}

// maxSwell is how many bytes a packed one may stand for, against files made to swell.
const maxSwell = 40_000

func openText(blob Blob, name string) (*text, error) {
	t := &text{ReaderAt: blob, size: blob.Size(), close: []func() error{blob.Close}}
	r, done, err := stream(blob)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", blob.Name(), err)
	}
	defer done()
	if r != nil {
		if err := t.spool(io.LimitReader(r, blob.Size()*maxSwell+1<<20)); err != nil {
			if _, packed := unpackedName(blob.Name()); packed {
				err = fmt.Errorf("unpacking: %w", err)
			}
			return nil, fmt.Errorf("%s: %w", blob.Name(), err)
		}
	}
	if err := t.decode(strings.ToLower(name)); err != nil {
		t.Close()
		return nil, fmt.Errorf("%s: %w", blob.Name(), err)
	}
	return t, nil
}

// Close closes what the text was made from, and is made of.
func (t *text) Close() (err error) {
	for _, c := range t.close {
		if e := c(); e != nil && err == nil {
			err = e
		}
	}
	return err
}

// A Streamer is a blob that is better read from its beginning to its end than in parts.
type Streamer interface {
	Stream() (io.ReadCloser, error)
}

// stream reads a blob that has to be unpacked or fetched; it is nil for one that can be
// read as it lies.
func stream(blob Blob) (r io.Reader, done func(), err error) {
	done = func() {}
	if s, far := blob.(Streamer); far {
		body, err := s.Stream()
		if err != nil {
			return nil, done, err
		}
		r, done = body, func() { body.Close() }
	}
	packed := func() io.Reader {
		if r == nil {
			r = io.NewSectionReader(blob, 0, blob.Size())
		}
		return bufio.NewReaderSize(r, 1<<20)
	}
	close := done
	switch name := strings.ToLower(blob.Name()); {
	case strings.HasSuffix(name, ".gz"):
		z, err := gzip.NewReader(packed())
		if err != nil {
			return nil, close, fmt.Errorf("not a whole gzip file: %w", err)
		}
		return z, close, nil
	case strings.HasSuffix(name, ".zst"):
		z, err := zstd.NewReader(packed(), zstd.WithDecoderMaxMemory(1<<30), zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, close, fmt.Errorf("not a whole zstd file: %w", err)
		}
		return z, func() { z.Close(); close() }, nil
	}
	return r, close, nil
}

// spool writes what r holds to a temporary file that the system removes when it is
// closed or the process dies, and goes on with that.
func (t *text) spool(r io.Reader) error {
	f, err := os.CreateTemp("", "segmenta-*")
	if err != nil {
		return err
	}
	os.Remove(f.Name())
	t.close = append(t.close, f.Close)
	n, err := io.Copy(f, r)
	if err != nil {
		return err
	}
	t.ReaderAt, t.size, t.start = f, n, 0
	return nil
}

// encodings lists what a text may be written in besides UTF-8.
var encodings = map[string]encoding.Encoding{
	"latin-1": charmap.ISO8859_1, "iso-8859-1": charmap.ISO8859_1, "latin1": charmap.ISO8859_1,
	"windows-1252": charmap.Windows1252, "cp1252": charmap.Windows1252,
	"utf-16": unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), "utf16": unicode.UTF16(unicode.LittleEndian, unicode.UseBOM),
}

// decode makes UTF-8 of a text. Without an encoding, a byte order mark says it, and what
// isn't UTF-8 is taken for Windows-1252, which holds Latin-1's letters.
func (t *text) decode(name string) error {
	mark := make([]byte, 3)
	n, _ := t.ReadAt(mark, 0)
	mark = mark[:n]
	if bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		t.start = 3
	}
	wide := bytes.HasPrefix(mark, []byte("\xff\xfe")) || bytes.HasPrefix(mark, []byte("\xfe\xff"))
	e, known := encodings[name]
	switch {
	case known:
	case name != "" && name != "utf-8" && name != "utf8":
		return fmt.Errorf("unknown encoding %q; known are utf-8, latin-1, windows-1252 and utf-16", name)
	case wide && name == "":
		e = encodings["utf-16"]
	default:
		bad, err := t.notUTF8()
		switch {
		case err != nil:
			return err
		case bad < 0:
			return nil
		case name != "":
			return fmt.Errorf("byte %d is not UTF-8; say encoding: latin-1, windows-1252 or utf-16", bad+1)
		}
		e = charmap.Windows1252
	}
	if known && t.start == 3 {
		return nil // its mark says that it is UTF-8 all the same
	}
	r := io.NewSectionReader(t.ReaderAt, 0, t.size)
	return t.spool(transform.NewReader(bufio.NewReaderSize(r, 1<<20), e.NewDecoder()))
}

// notUTF8 is where the first byte lies that isn't UTF-8, −1 where all are.
func (t *text) notUTF8() (int64, error) {
	buf, at, kept := make([]byte, 1<<20), t.start, 0
	for at < t.size {
		n, err := t.ReadAt(buf[kept:min(int64(len(buf)), int64(kept)+t.size-at)], at)
		if n == 0 {
			return 0, err
		}
		all := buf[:kept+n]
		whole := all
		if at+int64(n) < t.size { // a letter may go on in the next piece
			whole = all[:wholeLetters(all)]
		}
		if !utf8.Valid(whole) {
			return at - int64(kept) + int64(firstBad(whole)), nil
		}
		at += int64(n)
		kept = copy(buf, all[len(whole):])
	}
	return -1, nil
}

// wholeLetters is the length of b without the letter that is cut off at its end.
func wholeLetters(b []byte) int {
	for i := 1; i <= min(3, len(b)); i++ {
		if c := b[len(b)-i]; utf8.RuneStart(c) {
			if c >= utf8.RuneSelf && !utf8.FullRune(b[len(b)-i:]) {
				return len(b) - i
			}
			break
		}
	}
	return len(b)
}

func firstBad(b []byte) int {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(b)
}
