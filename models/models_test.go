package models_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"segmenta/models"
)

func TestStore(t *testing.T) {
	dir := t.TempDir()
	s, err := models.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Champion("churn"); !errors.Is(err, models.ErrNone) {
		t.Errorf("empty store: %v, want ErrNone", err)
	}
	one, err := s.Add("churn", map[string][]byte{"model.txt": []byte("1"), "card.json": []byte("{}")}, "2026-01-01")
	if err != nil {
		t.Fatal(err)
	}
	again, _ := s.Add("churn", map[string][]byte{"card.json": []byte("{}"), "model.txt": []byte("1")}, "2026-01-01")
	two, _ := s.Add("churn", map[string][]byte{"model.txt": []byte("2")}, "2026-01-01")
	if one != again || one == two {
		t.Errorf("versions %s, %s, %s: want the same content to be the same version, and other content another", one, again, two)
	}
	for _, v := range []string{one, two} {
		if err := s.Promote("churn", v); err != nil {
			t.Fatal(err)
		}
	}
	if v, _ := s.Champion("churn"); v != two {
		t.Errorf("champion %s, want %s", v, two)
	}
	if err := s.Rollback("churn"); err != nil {
		t.Fatal(err)
	}
	if v, _ := s.Champion("churn"); v != one {
		t.Errorf("champion after rollback %s, want %s", v, one)
	}
	if err := s.Rollback("churn"); err == nil {
		t.Error("rolled back beyond the first champion")
	}
	if list, _ := s.List(); len(list) != 2 {
		t.Errorf("%v, want two versions", list)
	}
}

func TestDamageIsSeen(t *testing.T) {
	dir := t.TempDir()
	s, _ := models.Open(dir)
	v, _ := s.Add("churn", map[string][]byte{"model.txt": []byte("trees")}, "2026-01-01")
	if err := os.WriteFile(filepath.Join(dir, "churn", v, "model.txt"), []byte("treez"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get("churn", v); !errors.Is(err, models.ErrDamaged) {
		t.Errorf("%v, want ErrDamaged", err)
	}
	if err := s.Promote("churn", v); !errors.Is(err, models.ErrDamaged) {
		t.Errorf("promoted a damaged version: %v", err)
	}
}

// A file and its hash changed together are seen too: a version is named after its hashes.
func TestForgedHashesAreSeen(t *testing.T) {
	dir := t.TempDir()
	s, _ := models.Open(dir)
	v, _ := s.Add("churn", map[string][]byte{"model.txt": []byte("trees")}, "2026-01-01")
	forged := []byte("treez")
	os.WriteFile(filepath.Join(dir, "churn", v, "model.txt"), forged, 0o644)
	os.WriteFile(filepath.Join(dir, "churn", v, "SHA256SUMS"), fmt.Appendf(nil, "%x  model.txt\n", sha256.Sum256(forged)), 0o644)
	if _, err := s.Get("churn", v); !errors.Is(err, models.ErrDamaged) {
		t.Errorf("%v, want ErrDamaged", err)
	}
}

func TestHistory(t *testing.T) {
	s, _ := models.Open(t.TempDir())
	for _, line := range []string{`{"a":1}`, `{"a":2}`} {
		if err := s.Record("churn", []byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	lines, err := s.History("churn")
	if err != nil || len(lines) != 2 || string(lines[1]) != `{"a":2}` {
		t.Errorf("%q, %v; want both lines in order", lines, err)
	}
	if none, err := s.History("other"); err != nil || none != nil {
		t.Errorf("%q, %v; want nothing", none, err)
	}
	if list, _ := s.List(); len(list) != 0 {
		t.Errorf("%v: a history is no version", list)
	}
}

func TestNamesAreNoPaths(t *testing.T) {
	s, _ := models.Open(t.TempDir())
	for _, name := range []string{"../x", "/etc", "a/b", "", ".", "..", "a\x00b"} {
		if _, err := s.Get(name, "v"); !errors.Is(err, models.ErrUnknown) {
			t.Errorf("target %q: %v, want ErrUnknown", name, err)
		}
		if _, err := s.Get("churn", name); !errors.Is(err, models.ErrUnknown) {
			t.Errorf("version %q: %v, want ErrUnknown", name, err)
		}
	}
}
