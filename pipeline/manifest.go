package pipeline

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"segmenta/predict/metric"
)

// A Manifest says what went into a run and what came out of it. It holds nothing
// that differs from one run of the same to the next: seconds and memory are in
// timings.json beside it.
type Manifest struct {
	Segmenta  string                       `json:"segmenta"` // version of the binary
	AsOf      string                       `json:"as_of"`
	Config    string                       `json:"config_sha256"`
	Inputs    []File                       `json:"inputs"`
	Models    map[string]string            `json:"models"` // target: version
	Before    *Before                      `json:"run_before,omitempty"`
	Customers int                          `json:"customers"`
	Accepted  map[string]int64             `json:"accepted_rows"`              // of each source
	Off       []Off                        `json:"switched_off"`               // what this data can't support, and why
	Forgotten string                       `json:"forgotten_sha256,omitempty"` // of the tombstones of those passed over
	NotScored map[string]int               `json:"not_scored,omitempty"`       // customers without predictions, by reason
	Gates     []Gate                       `json:"gates"`
	Asks      map[string]string            `json:"asks"`                            // target: the whole question
	Drift     map[string]*Drift            `json:"drift,omitempty"`                 // of each target, since its model learned
	Estimated map[string]*metric.Estimated `json:"estimated_performance,omitempty"` // until the outcomes are over
	Matured   []Matured                    `json:"backtest,omitempty"`              // earlier runs whose outcomes are over
	Outputs   []File                       `json:"outputs"`
	Frozen    map[string]any               `json:"frozen"` // cuts and thresholds that this run fixed
}

// Before is the run that this one's changes are counted from.
type Before struct {
	Name        string `json:"name"`
	Memberships string `json:"memberships_sha256"`
}

// A File is a file and its hash.
type File struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256,omitempty"`
	ETag   string `json:"etag,omitempty"` // of an object in a store, in place of a hash
}

// Off is something that was left out, and why.
type Off struct {
	What words `json:"what"`
	Why  words `json:"why"`
}

func hashFile(path, name string) (File, error) {
	f, err := os.Open(path)
	if err != nil {
		return File{}, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	return File{Name: name, Bytes: n, SHA256: hex.EncodeToString(h.Sum(nil))}, err
}

func hashText(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// hashFolder hashes the files of a folder in order of their names, without the
// manifest and the timings.
func hashFolder(dir string) (files []File, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if e.Name() == manifestFile || e.Name() == timingsFile {
			continue
		}
		f, err := hashFile(filepath.Join(dir, e.Name()), e.Name())
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

const (
	manifestFile = "manifest.json"
	timingsFile  = "timings.json"
)

func writeJSON(path string, v any) error {
	text, err := encodeJSON(v)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, text, 0o644)
}

func encodeJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(v)
	return b.Bytes(), err
}

// readManifest reads a run's manifest and checks that its files are as it says.
func readManifest(dir string) (*Manifest, error) {
	text, err := os.ReadFile(filepath.Join(dir, manifestFile))
	if err != nil {
		return nil, err
	}
	m := new(Manifest)
	if err := json.Unmarshal(text, m); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(dir, manifestFile), err)
	}
	found, err := hashFolder(dir)
	if err != nil {
		return nil, err
	}
	if len(found) != len(m.Outputs) {
		return nil, fmt.Errorf("%s: %d files, and the manifest names %d", dir, len(found), len(m.Outputs))
	}
	for i, f := range found {
		if f != m.Outputs[i] {
			return nil, fmt.Errorf("%s: not the file that the manifest names", filepath.Join(dir, f.Name))
		}
	}
	return m, nil
}

// same reports whether a run with these inputs would write what m describes.
func (m *Manifest) same(now *Manifest) bool {
	key := func(m *Manifest) string {
		return string(must(encodeJSON([]any{m.Segmenta, m.AsOf, m.Config, m.Inputs, m.Models, m.Before, m.Forgotten})))
	}
	return key(m) == key(now)
}
