package features

import (
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
)

// A store keeps packed rows and answers: in memory up to a limit, and past it in one
// temporary file. What goes there goes by part, the largest first, so that it is
// written and read in long stretches.
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
	data []byte // nil once it is in the file
	at   int64
	size int
}

// full reports whether more is held than the limit allows.
func (s *store) full() bool { return s.limit > 0 && s.held.Load() > s.limit }

// keep takes bytes into account and returns them as a blob.
func (s *store) keep(data []byte) blob {
	s.held.Add(int64(len(data)))
	return blob{data: data, size: len(data)}
}

// drop lets go of a blob.
func (s *store) drop(b *blob) {
	if b.data != nil {
		s.held.Add(-int64(b.size))
	}
	*b = blob{}
}

// spill writes blobs one after another to the file and lets go of their memory.
func (s *store) spill(blobs []*blob) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil {
		f, err := s.begin()
		if err != nil {
			return fmt.Errorf("making room on disk: %w", err)
		}
		s.file = f
	}
	var all []byte
	at := s.end
	for _, b := range blobs {
		if b.data != nil {
			all = append(all, b.data...)
		}
	}
	if _, err := s.file.WriteAt(all, s.end); err != nil {
		return fmt.Errorf("writing past the memory limit to disk: %w", err)
	}
	s.end += int64(len(all))
	for _, b := range blobs {
		if b.data != nil {
			b.at, b.data = at, nil
			at += int64(b.size)
		}
	}
	s.held.Add(-int64(len(all)))
	return nil
}

// read returns a stretch of a blob, in buf where it comes from the file.
func (s *store) read(b *blob, from, n int, buf []byte) ([]byte, error) {
	if b.data != nil || n == 0 {
		return b.data[from : from+n], nil
	}
	buf = slices.Grow(buf[:0], n)[:n]
	if _, err := s.file.ReadAt(buf, b.at+int64(from)); err != nil {
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
