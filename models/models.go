// Package models keeps what was learned: a folder for each version of each model, never
// changed once written, and the name of the one that is used, the champion.
//
//	TARGET/VERSION/…        a version's files, and SHA256SUMS over them
//	TARGET/champions        the versions that were champion, the newest last
//	TARGET/history          a line for each decision about a version, the newest last
package models

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
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
