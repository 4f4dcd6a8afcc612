package models_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"segmenta/models"
)

// No change of a stored file goes unseen: a byte more, less or other, in the model, its
// card or the list of hashes, and nothing is read.
func TestNoSilentChange(t *testing.T) {
	dir := t.TempDir()
	s, err := models.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	model, err := os.ReadFile("../predict/testdata/categorical.txt")
	if err != nil {
		t.Fatal(err)
	}
	version, err := s.Add("churn", map[string][]byte{"model.txt": model, "card.json": []byte(`{"target": "churn"}`)}, "2026-01-01")
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(6, 6))
	for _, name := range []string{"model.txt", "card.json", "SHA256SUMS"} {
		path := filepath.Join(dir, "churn", version, name)
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for range 400 {
			m := slices.Clone(whole)
			at := random.IntN(len(m))
			switch random.IntN(4) {
			case 0:
				m[at] ^= 1 << random.IntN(8)
			case 1:
				m = m[:at]
			case 2:
				m = slices.Insert(m, at, byte(random.IntN(256)))
			case 3:
				m = slices.Delete(m, at, min(len(m), at+1+random.IntN(9)))
			}
			if slices.Equal(m, whole) {
				continue
			}
			if err := os.WriteFile(path, m, 0o644); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Get("churn", version); !errors.Is(err, models.ErrDamaged) {
				t.Fatalf("%s, byte %d: %v, want ErrDamaged", name, at, err)
			}
		}
		if err := os.WriteFile(path, whole, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Get("churn", version); err != nil {
		t.Errorf("put back as it was: %v", err)
	}
}
