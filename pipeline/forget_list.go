package pipeline

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// forgottenFile keeps who is to be forgotten: not their names, but what a secret of this
// workspace and their names hash to. Who has the file and an id can tell whether it is
// there, and nobody can read the ids from it.
const forgottenFile = "forgotten.json"

// tombstones are what is kept of those who were forgotten, so that a later run does not
// bring them back.
type tombstones struct {
	Salt   string   `json:"salt"`
	People []string `json:"forgotten_sha256"` // of ids, addresses and numbers, in order

	key  []byte
	have map[string]bool
}

// tombstones reads the list, nil where nobody was forgotten.
func (w *workspace) tombstones() (*tombstones, error) {
	path := filepath.Join(w.dir, forgottenFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	s := new(tombstones)
	if err := json.Unmarshal(text, s); err != nil {
		return nil, fmt.Errorf("%s: %w: restore it from a copy, for without it those who were forgotten come back", path, err)
	}
	return s, s.index()
}

func (s *tombstones) index() (err error) {
	s.have = make(map[string]bool, len(s.People))
	for _, p := range s.People {
		s.have[p] = true
	}
	if s.key, err = hex.DecodeString(s.Salt); err != nil || len(s.key) < 16 {
		return fmt.Errorf("%s: the salt is damaged", forgottenFile)
	}
	return nil
}

// newTombstones begins a list with a salt of its own.
func newTombstones() (*tombstones, error) {
	salt := make([]byte, 32)
	if _, err := io.ReadFull(rand.Reader, salt); err != nil {
		return nil, err
	}
	s := &tombstones{Salt: hex.EncodeToString(salt)}
	return s, s.index()
}

func (s *tombstones) of(name string) string {
	h := hmac.New(sha256.New, s.key)
	io.WriteString(h, name)
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// holds reports whether a name is to be forgotten.
func (s *tombstones) holds(name string) bool { return s != nil && s.have[s.of(name)] }

func (s *tombstones) add(name string) {
	if p := s.of(name); !s.have[p] {
		s.have[p] = true
		at, _ := slices.BinarySearch(s.People, p)
		s.People = slices.Insert(s.People, at, p)
	}
}

// digest tells one list from another, empty of nobody.
func (s *tombstones) digest() string {
	if s == nil {
		return ""
	}
	return hashText(must(encodeJSON(s.People)))
}

func (s *tombstones) save(w *workspace) error {
	text, err := encodeJSON(s)
	if err != nil {
		return err
	}
	return writeWhole(filepath.Join(w.dir, forgottenFile), text, 0o600)
}

// writeWhole puts a file in the place of another, whole or not at all.
func writeWhole(path string, text []byte, mode fs.FileMode) error {
	draft, err := os.CreateTemp(filepath.Dir(path), unfinished)
	if err != nil {
		return err
	}
	defer os.Remove(draft.Name())
	_, err = io.Copy(draft, bytes.NewReader(text))
	if err = errors.Join(err, draft.Chmod(mode), draft.Sync(), draft.Close()); err != nil {
		return err
	}
	if err := os.Rename(draft.Name(), path); err != nil {
		return err
	}
	return sync(filepath.Dir(path))
}

// A goner is what is to be erased: names as they were given, and those of which only the
// tombstone is left.
type goner struct {
	names map[string]bool // ids, addresses, numbers, keys of events
	stone *tombstones
}

// is reports whether a whole text is one of the names.
func (g *goner) is(text string) bool { return g.names[text] || g.stone.holds(text) }

// telling reports whether a name is one that stands for nothing else: with a letter or a
// sign in it and some length, and no figure or code that other columns hold too.
func telling(name string) bool {
	if len(name) < 4 {
		return false
	}
	for _, r := range name {
		if r < '0' || r > '9' {
			return true
		}
	}
	return len(name) >= 9
}

// inWord reports a byte that ids, addresses and numbers are made of: a name counts as
// found only where it stands apart.
func inWord(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b == '_' || b >= 0x80
}

// find looks for the names in a text, apart from what stands beside them.
func (g *goner) find(text []byte) bool {
	for name := range g.names {
		if telling(name) && standsIn(text, name) {
			return true
		}
	}
	return false
}

// standsIn reports whether a name stands in a text, apart.
func standsIn(text []byte, name string) bool {
	for at := 0; ; {
		k := bytes.Index(text[at:], []byte(name))
		if k < 0 {
			return false
		}
		from, to := at+k, at+k+len(name)
		if (from == 0 || !inWord(text[from-1])) && (to == len(text) || !inWord(text[to])) {
			return true
		}
		at = from + 1
	}
}

// cut takes the names out of a text.
func (g *goner) cut(text []byte) []byte {
	for name := range g.names {
		if telling(name) && standsIn(text, name) {
			var out []byte
			for at := 0; at < len(text); {
				k := bytes.Index(text[at:], []byte(name))
				if k < 0 {
					out = append(out, text[at:]...)
					break
				}
				from, to := at+k, at+k+len(name)
				out = append(out, text[at:from]...)
				if (from > 0 && inWord(text[from-1])) || (to < len(text) && inWord(text[to])) {
					out = append(out, name...)
				} else {
					out = append(out, forgottenMark...)
				}
				at = to
			}
			text = out
		}
	}
	return text
}

// forgottenMark stands in texts where somebody's name stood.
const forgottenMark = "[forgotten]"

// inList takes the names out of a list with commas between; same is false where one was in.
func (g *goner) inList(text string) (left string, same bool) {
	var keep []string
	parts := strings.Split(text, ", ")
	for _, p := range parts {
		if !g.is(p) {
			keep = append(keep, p)
		}
	}
	return strings.Join(keep, ", "), len(keep) == len(parts)
}
