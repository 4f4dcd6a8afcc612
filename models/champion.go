package models

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

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
