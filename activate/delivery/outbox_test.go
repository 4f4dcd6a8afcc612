package delivery

import (
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"segmenta/activate"
)

// What is written is read, with ranges for rows and runs for outcomes.
func TestOutboxLines(t *testing.T) {
	rows := []int{3, 4, 5, 9}
	e := entry{Done: spans(rows), As: results([]activate.Outcome{{Status: activate.Created}, {Status: activate.Created}, {Status: activate.Rejected, Reason: "no\n\"such\""}, {Status: activate.Created}})}
	line := e.line()
	got, ok := readLine(line[:len(line)-1])
	if !ok || !slices.Equal(rowsOf(got.Done), rows) || len(got.As) != 3 || got.As[1].Reason != "no\n\"such\"" {
		t.Errorf("%s is read as %+v, %v", line, got, ok)
	}
	for _, bad := range []string{`{"send":[[5,3]]}`, `{"send":[[0,99999999999]]}`, `{"send":[[3,5],[1,2]]}`, `{"done":[[0,3]],"as":[{"n":2,"s":"created"}]}`, `{"as":[{"n":-1}]}`, `[]`} {
		if e, ok := readLine(fmt.Appendf(nil, "%08x %s", crc32.Checksum([]byte(bad), castagnoli), bad)); ok {
			t.Errorf("%s passes as %+v", bad, e)
		}
	}
}

// A slowDisk remembers what was written, and what of it was safe when Sync returned.
type slowDisk struct {
	mu            sync.Mutex
	written, safe int
	syncs         int
}

func (d *slowDisk) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.written += len(p)
	return len(p), nil
}

func (d *slowDisk) Sync() error {
	d.mu.Lock()
	upTo := d.written
	d.mu.Unlock()
	time.Sleep(time.Millisecond)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.safe, d.syncs = max(d.safe, upTo), d.syncs+1
	return nil
}

func (d *slowDisk) Close() error { return nil }

// What leaves is on disk before it leaves, and those who wait for the disk together wait
// once.
func TestOnDiskBeforeItLeaves(t *testing.T) {
	d := new(slowDisk)
	b := &outbox{file: d}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for k := range 20 {
				e := entry{Send: []span{{100*i + k, 100*i + k + 1}}}
				if err := b.append(e, true); err != nil {
					t.Error(err)
				}
				b.mu.Lock()
				d.mu.Lock()
				if d.safe == 0 || d.written-d.safe > 7*40 { // each of the others may have written a line since
					t.Errorf("%d of %d bytes are safe", d.safe, d.written)
				}
				d.mu.Unlock()
				b.mu.Unlock()
			}
		})
	}
	wg.Wait()
	if d.safe != d.written || d.syncs >= 160 {
		t.Errorf("%d of %d bytes are safe after %d waits for 160 lines", d.safe, d.written, d.syncs)
	}
}

// FuzzOutbox reads whatever stands in the file, with its checksums put right.
func FuzzOutbox(f *testing.F) {
	for _, e := range []entry{{Plan: "p"}, {Send: []span{{0, 10}}}, {Back: []span{{0, 5}}}, {Done: []span{{5, 10}}, As: []result{{N: 5, Status: activate.Created}}}} {
		f.Add(string(e.line()[9:]), "x")
	}
	f.Fuzz(func(t *testing.T, one, rest string) {
		path := filepath.Join(t.TempDir(), "outbox.log")
		text := fmt.Appendf(nil, "%08x %s\n%s", crc32.Checksum([]byte(one), castagnoli), one, rest)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		entries, whole, err := readOutbox(path)
		if err == nil && whole > int64(len(text)) {
			t.Errorf("%d of %d bytes are whole", whole, len(text))
		}
		for _, e := range entries {
			for _, s := range slices.Concat(e.Send, e.Back, e.Done) {
				if s[1] > 1<<20 {
					return // sound, and larger than this test wants
				}
			}
		}
		replay(entries)
	})
}
