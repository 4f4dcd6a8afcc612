package pipeline

import (
	"bytes"
	"os"
	"path/filepath"
	"time"

	"segmenta/segment"
)

// registers are the record of the segments in each language, and the file of each.
var registers = []struct{ language, file string }{{"en", "SEGMENTS.md"}, {"es", "SEGMENTOS.md"}}

// register writes how and why each segment is defined.
func (r *running) register(dir string) error {
	for _, f := range registers {
		var page bytes.Buffer
		if err := segment.Registry(&page, f.language, r.past.asOf.Format(time.DateOnly), r.rules); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, f.file), page.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}
