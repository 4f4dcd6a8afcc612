// Package models keeps what was learned: a folder for each version of each model, never
// changed once written, and the name of the one that is used, the champion.
//
//	TARGET/VERSION/…        a version's files, and SHA256SUMS over them
//	TARGET/champions        the versions that were champion, the newest last
//	TARGET/history          a line for each decision about a version, the newest last
package models

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

var (
	// ErrNone reports a target without a champion.
	ErrNone = errors.New("no champion")
	// ErrUnknown reports a version that the store doesn't hold.
	ErrUnknown = errors.New("no such version")
	// ErrDamaged reports a file that is not as it was written.
	ErrDamaged = errors.New("damaged")
)

const (
	sums      = "SHA256SUMS"
	champions = "champions"
	history   = "history"
)

// plain is what a target or a version may be called: no path can be made of it.
var plain = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$`)

// A Store is a folder of models.
type Store struct{ dir string }

// Open opens a store, which need not exist yet.
func Open(dir string) (*Store, error) { return &Store{dir}, nil }

// An Entry is a version of a model.
type Entry struct {
	Target   string `json:"target"`
	Version  string `json:"version"`
	Champion bool   `json:"champion"`
}

// Add writes a version, which is named by the moment it was learned at and by its
// content: the same files are the same version, and are not written again.
func (s *Store) Add(target string, files map[string][]byte, asOf string) (version string, err error) {
	list := sumsOf(files)
	version = asOf + "-" + mark([]byte(list))
	final, err := s.path(target, version)
	if err != nil {
		return "", err
	}
	if _, err := s.Get(target, version); err == nil {
		return version, nil
	}
	if err := os.MkdirAll(filepath.Dir(final), 0o755); err != nil {
		return "", fmt.Errorf("storing %s: %w", target, err)
	}
	draft, err := os.MkdirTemp(filepath.Dir(final), ".unfinished-")
	if err != nil {
		return "", fmt.Errorf("storing %s: %w", target, err)
	}
	defer os.RemoveAll(draft)
	if err := fill(draft, files, list); err != nil {
		return "", fmt.Errorf("storing %s: %w", target, err)
	}
	if err := os.RemoveAll(final); err != nil { // a damaged one
		return "", fmt.Errorf("storing %s: %w", target, err)
	}
	if err := os.Rename(draft, final); err != nil {
		return "", fmt.Errorf("storing %s: %w", target, err)
	}
	return version, sync(filepath.Dir(final))
}

func fill(dir string, files map[string][]byte, list string) error {
	if err := os.Chmod(dir, 0o755); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := write(filepath.Join(dir, name), files[name]); err != nil {
			return err
		}
	}
	if err := write(filepath.Join(dir, sums), []byte(list)); err != nil {
		return err
	}
	return sync(dir)
}

func write(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Write(data); err != nil {
		return err
	}
	return f.Sync()
}

func sync(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// mark is what a version's name says of its content.
func mark(list []byte) string {
	whole := sha256.Sum256(list)
	return hex.EncodeToString(whole[:4])
}

// Version names the version that Add would write.
func Version(files map[string][]byte, asOf string) string {
	return asOf + "-" + mark([]byte(sumsOf(files)))
}

// sumsOf lists the files' hashes as sha256sum does.
func sumsOf(files map[string][]byte) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(&b, "%x  %s\n", sha256.Sum256(files[name]), name)
	}
	return b.String()
}

func (s *Store) path(target, version string) (string, error) {
	if !plain.MatchString(target) || !plain.MatchString(version) {
		return "", fmt.Errorf("%w: %s %s", ErrUnknown, target, version)
	}
	return filepath.Join(s.dir, target, version), nil
}

// Get reads a version's files and checks every one against its hash.
func (s *Store) Get(target, version string) (map[string][]byte, error) {
	dir, err := s.path(target, version)
	if err != nil {
		return nil, err
	}
	list, err := os.ReadFile(filepath.Join(dir, sums))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s %s", ErrUnknown, target, version)
	}
	if err != nil {
		return nil, err
	}
	if !strings.HasSuffix(version, "-"+mark(list)) {
		return nil, fmt.Errorf("%s: %w: not the list of files that the version is named after; train again, or roll back", filepath.Join(dir, sums), ErrDamaged)
	}
	files := make(map[string][]byte)
	for line := range strings.Lines(string(list)) {
		hash, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		if !ok || !plain.MatchString(name) {
			return nil, fmt.Errorf("%s: %w", filepath.Join(dir, sums), ErrDamaged)
		}
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, fmt.Errorf("%s: %w: %w", filepath.Join(dir, name), ErrDamaged, err)
		}
		if fmt.Sprintf("%x", sha256.Sum256(data)) != hash {
			return nil, fmt.Errorf("%s: %w: not the file that was stored; train again, or roll back", filepath.Join(dir, name), ErrDamaged)
		}
		files[name] = data
	}
	return files, nil
}

// Champion is the version that is used.
func (s *Store) Champion(target string) (string, error) {
	line, err := s.line(target)
	if err != nil || len(line) == 0 {
		return "", first(err, fmt.Errorf("%w: %s", ErrNone, target))
	}
	return line[len(line)-1], nil
}

func first(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// line is the succession of champions, the newest last.
func (s *Store) line(target string) ([]string, error) {
	path, err := s.path(target, champions)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	return strings.Fields(string(text)), err
}

// Promote makes a version the champion.
func (s *Store) Promote(target, version string) error {
	if _, err := s.Get(target, version); err != nil {
		return err
	}
	line, err := s.line(target)
	if err != nil {
		return err
	}
	if len(line) > 0 && line[len(line)-1] == version {
		return nil
	}
	return s.succeed(target, append(line, version))
}

// Rollback goes back to the champion before this one.
func (s *Store) Rollback(target string) error {
	line, err := s.line(target)
	if err != nil {
		return err
	}
	if len(line) < 2 {
		return fmt.Errorf("%s has had %d champions: there is none to go back to", target, len(line))
	}
	if _, err := s.Get(target, line[len(line)-2]); err != nil {
		return err
	}
	return s.succeed(target, line[:len(line)-1])
}

// Record adds a line to what was decided about a target's versions.
func (s *Store) Record(target string, line []byte) error {
	path, err := s.path(target, history)
	if err != nil {
		return err
	}
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return s.replace(path, append(old, append(slices.Clone(line), '\n')...))
}

// History are the lines recorded about a target, the oldest first.
func (s *Store) History(target string) (lines [][]byte, err error) {
	path, err := s.path(target, history)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	for line := range strings.Lines(string(text)) {
		lines = append(lines, []byte(strings.TrimSuffix(line, "\n")))
	}
	return lines, err
}

func (s *Store) succeed(target string, line []string) error {
	path, err := s.path(target, champions)
	if err != nil {
		return err
	}
	return s.replace(path, []byte(strings.Join(line, "\n")+"\n"))
}

// replace puts a file in the place of another, whole or not at all.
func (s *Store) replace(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	draft := filepath.Join(filepath.Dir(path), ".unfinished-"+filepath.Base(path))
	if err := write(draft, data); err != nil {
		return err
	}
	if err := os.Rename(draft, path); err != nil {
		return err
	}
	return sync(filepath.Dir(path))
}

// List lists every version of every model.
func (s *Store) List() (list []Entry, err error) {
	targets, err := os.ReadDir(s.dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	for _, t := range targets {
		if !t.IsDir() || !plain.MatchString(t.Name()) {
			continue
		}
		champion, _ := s.Champion(t.Name())
		versions, err := os.ReadDir(filepath.Join(s.dir, t.Name()))
		if err != nil {
			return nil, err
		}
		for _, v := range versions {
			if v.IsDir() && plain.MatchString(v.Name()) {
				list = append(list, Entry{t.Name(), v.Name(), v.Name() == champion})
			}
		}
	}
	return list, err
}
