//go:build !linux

package pipeline

import "os"

// maxrssUnit is what the system counts peak memory in: bytes on Darwin.
const maxrssUnit = 1

// swap exchanges two names. Between its steps, which take microseconds, b is away.
func swap(a, b string) error {
	away := b + ".away"
	if err := os.Rename(b, away); err != nil {
		return err
	}
	if err := os.Rename(a, b); err != nil {
		return os.Rename(away, b)
	}
	return os.Rename(away, a)
}
