package features

import (
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
)

// A store keeps packed rows and answers: in memory up to a limit, and past it in one
// temporary file.
type store struct {
	limit int64                    // bytes; 0: none
	begin func() (*os.File, error) // makes the file, once it is needed
	held  atomic.Int64             // bytes in memory

	mu   sync.Mutex
	file *os.File
	end  int64
}

// A blob is packed bytes: in memory, or in the store's file.
type blob struct {
	data []byte // with slack; nil where it is in the file
	at   int64
	size int // without slack
}

// keep takes bytes, slack behind them, into memory, or to the file where the limit
// is reached.
func (s *store) keep(data []byte) (blob, error) {
	n := len(data) - slack
	if s.held.Add(int64(n)) <= s.limit || s.limit <= 0 {
		return blob{data: data, size: n}, nil
	}
	s.held.Add(-int64(n))
	at, err := s.room(int64(n))
	if err != nil {
		return blob{}, fmt.Errorf("making room on disk: %w", err)
	}
	if _, err := s.file.WriteAt(data[:n], at); err != nil {
		return blob{}, fmt.Errorf("writing past the memory limit to disk: %w", err)
	}
	return blob{at: at, size: n}, nil
}

// room is where in the file so many bytes may go.
func (s *store) room(n int64) (at int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil {
		if s.file, err = s.begin(); err != nil {
			return 0, err
		}
	}
	at = s.end
	s.end += n
	return at, nil
}

// piece is a stretch of a blob, which must be let go with the others of it.
func (b blob) piece(from, n int) blob {
	if b.data == nil {
		return blob{at: b.at + int64(from), size: n}
	}
	return blob{data: b.data[from : from+n+slack], size: n}
}

// drop lets go of a blob.
func (s *store) drop(b *blob) {
	if b.data != nil {
		s.held.Add(-int64(b.size))
	}
	*b = blob{}
}

// read returns a stretch of a blob with slack behind, in buf where it comes from the file.
func (s *store) read(b *blob, from, n int, buf []byte) ([]byte, error) {
	if b.data != nil {
		return b.data[from : from+n+slack], nil
	}
	buf = slices.Grow(buf[:0], n+slack)[:n+slack]
	if _, err := s.file.ReadAt(buf[:n], b.at+int64(from)); err != nil {
		return nil, fmt.Errorf("reading back from disk: %w", err)
	}
	return buf, nil
}

// close removes the file.
func (s *store) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	if gone := os.Remove(s.file.Name()); gone != nil && !os.IsNotExist(gone) && err == nil {
		err = gone
	}
	s.file = nil
	return err
}
