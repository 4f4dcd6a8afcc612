package delivery_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"segmenta/table"
)

// everything is all that a folder says: its files as they are, and every value of the
// tables among them.
func everything(t *testing.T, dir string) string {
	var b strings.Builder
	filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return nil
		}
		text, _ := os.ReadFile(path)
		b.Write(text)
		if strings.HasSuffix(path, ".parquet") {
			all, err := table.ReadFile(path)
			if err != nil {
				t.Error(err)
				return nil
			}
			for _, c := range all.Columns {
				for i := range c.Len() {
					b.WriteString(c.Format(i))
					b.WriteByte('\n')
				}
			}
			for k, v := range all.Meta {
				b.WriteString(k + v)
			}
		}
		return nil
	})
	return b.String()
}
