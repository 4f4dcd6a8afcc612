package delivery

import (
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"testing"

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
