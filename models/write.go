package models

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

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
