package delivery

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"segmenta/activate"
)

// An outbox is the file that says what leaves before it leaves. It is only ever appended
// to; each line carries a checksum, and a line that a dying process tore is no line. It
// holds numbers of rows of the plan, and nothing of a customer but the destination's own
// ids.
type outbox struct {
	file disk

	mu      sync.Mutex
	written int64 // bytes

	syncing sync.Mutex
	synced  int64
}

// A disk is a file that can be told to be safe.
type disk interface {
	io.WriteCloser
	Sync() error
}

// An entry is one line.
type entry struct {
	Plan string    `json:"plan,omitempty"` // the first line's
	At   time.Time `json:"at,omitzero"`
	Send []span    `json:"send,omitempty"` // these rows are about to leave, together
	Back []span    `json:"back,omitempty"` // they have surely not been applied
	Done []span    `json:"done,omitempty"` // they came to these ends
	As   []result  `json:"as,omitempty"`
}

// A span is rows from, to (without to).
type span [2]int

// A result is the outcome of so many rows one after another.
type result struct {
	N      int             `json:"n"`
	Status activate.Status `json:"s"`
	Remote string          `json:"id,omitempty"`
	HTTP   int             `json:"h,omitempty"`
	Code   string          `json:"c,omitempty"`
	Reason string          `json:"r,omitempty"`
}

// spans writes rows down as ranges.
func spans(rows []int) (list []span) {
	for _, r := range rows {
		if n := len(list); n > 0 && list[n-1][1] == r {
			list[n-1][1]++
		} else {
			list = append(list, span{r, r + 1})
		}
	}
	return list
}

func rowsOf(list []span) (rows []int) {
	for _, s := range list {
		for r := s[0]; r < s[1]; r++ {
			rows = append(rows, r)
		}
	}
	return rows
}

func results(outs []activate.Outcome) (list []result) {
	for _, o := range outs {
		r := result{1, o.Status, o.Remote, o.HTTP, o.Code, o.Reason}
		if n := len(list); n > 0 {
			if same := list[n-1]; r == (result{1, same.Status, same.Remote, same.HTTP, same.Code, same.Reason}) {
				list[n-1].N++
				continue
			}
		}
		list = append(list, r)
	}
	return list
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// line is an entry with its checksum.
func (e entry) line() []byte {
	text, _ := json.Marshal(e)
	return fmt.Appendf(nil, "%08x %s\n", crc32.Checksum(text, castagnoli), text)
}

func readLine(line []byte) (e entry, ok bool) {
	var sum uint32
	if len(line) < 10 {
		return e, false
	}
	if _, err := fmt.Sscanf(string(line[:8]), "%08x", &sum); err != nil || crc32.Checksum(line[9:], castagnoli) != sum {
		return e, false
	}
	return e, json.Unmarshal(line[9:], &e) == nil && e.sound()
}

// mostRows is more rows than any plan has.
const mostRows = 1 << 28

// sound refuses ranges that no plan has.
func (e entry) sound() bool {
	for _, list := range [][]span{e.Send, e.Back, e.Done} {
		at := 0
		for _, s := range list {
			if s[0] < at || s[1] <= s[0] || s[1] > mostRows {
				return false
			}
			at = s[1]
		}
	}
	n := 0
	for _, a := range e.As {
		if a.N < 1 || a.N > mostRows-n {
			return false
		}
		n += a.N
	}
	for _, s := range e.Done {
		n -= s[1] - s[0]
	}
	return n == 0
}

// readOutbox reads what was sent. Where the last line is torn, whole is where it begins.
func readOutbox(path string) (entries []entry, whole int64, err error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	for n := 1; len(text) > 0; n++ {
		line, rest, ended := bytes.Cut(text, []byte("\n"))
		e, ok := readLine(line)
		if !ok && len(rest) > 0 {
			return nil, 0, fmt.Errorf("%s: line %d is damaged, and more lines follow: restore the file, or move it away and plan again (what it says was sent will be looked up at the destination)", path, n)
		}
		if !ok || !ended {
			break
		}
		entries, whole, text = append(entries, e), whole+int64(len(line))+1, rest
	}
	return entries, whole, nil
}

// openOutbox opens the file to append to, behind its last whole line.
func openOutbox(path string, whole int64) (*outbox, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(f.Truncate(whole), activate.SyncFolder(filepath.Dir(path))); err != nil {
		f.Close()
		return nil, err
	}
	if _, err := f.Seek(whole, 0); err != nil {
		f.Close()
		return nil, err
	}
	return &outbox{file: f, written: whole}, nil
}

// append writes an entry; with safe it is on disk when append returns. Those who wait for
// the disk at the same time wait for it together.
func (b *outbox) append(e entry, safe bool) error {
	line := e.line()
	b.mu.Lock()
	_, err := b.file.Write(line)
	b.written += int64(len(line))
	mine := b.written
	b.mu.Unlock()
	if err != nil || !safe {
		return err
	}
	b.syncing.Lock()
	defer b.syncing.Unlock()
	if b.synced >= mine {
		return nil
	}
	b.mu.Lock()
	upTo := b.written
	b.mu.Unlock()
	if err := b.file.Sync(); err != nil {
		return fmt.Errorf("writing down what leaves: %w", err)
	}
	b.synced = upTo
	return nil
}

func (b *outbox) close() error { return errors.Join(b.file.Sync(), b.file.Close()) }

// A history is what the outbox says of every row.
type history struct {
	plan    string
	at      time.Time
	outcome map[int]activate.Outcome
	doubt   [][]int // rows that left together and of which nobody knows
	attempt map[int]int
}

// replay reads the entries in order.
func replay(entries []entry) (h history) {
	h.outcome, h.attempt = make(map[int]activate.Outcome), make(map[int]int)
	in := make(map[int]int) // row: which chunk it last left in
	var chunks [][]int
	for _, e := range entries {
		if e.Plan != "" {
			h.plan, h.at = e.Plan, e.At
		}
		if e.Send != nil {
			rows := rowsOf(e.Send)
			for _, r := range rows {
				in[r] = len(chunks)
				h.attempt[r]++
			}
			chunks = append(chunks, rows)
		}
		for _, r := range rowsOf(e.Back) {
			delete(in, r)
		}
		done, k := rowsOf(e.Done), 0
		for _, a := range e.As {
			for range a.N {
				if k < len(done) {
					h.outcome[done[k]] = activate.Outcome{Status: a.Status, Remote: a.Remote, HTTP: a.HTTP, Code: a.Code, Reason: a.Reason}
					delete(in, done[k])
					k++
				}
			}
		}
	}
	for c, rows := range chunks {
		var left []int
		for _, r := range rows {
			if at, there := in[r]; there && at == c {
				left = append(left, r)
			}
		}
		if left != nil {
			h.doubt = append(h.doubt, left)
		}
	}
	return h
}
