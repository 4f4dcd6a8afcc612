package pipeline_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"segmenta/pipeline"
)

// A project is proposed from whatever the purchases are written in.
func TestStartFrom(t *testing.T) {
	for _, c := range []struct{ name, file, text, data, says string }{
		{"CSV", "p.csv", "Fecha;Cliente;Importe\n2025-01-01;a;1\n", "p.csv", "customer_id: Cliente"},
		{"JSON lines", "p.jsonl", `{"user":"a","ts":"2025-01-01","total":1,"items":[1]}` + "\n", "p.jsonl", "customer_id: user"},
		{"a folder", "exports/_SUCCESS", "", "exports", "holds no files"},
		{"a partitioned folder", "lake/channel=web/p.csv", "customer_id,date,amount\na,2025-01-01,1\n", "lake", "channel: channel"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, c.file)), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, c.file), []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := pipeline.Start(pipeline.Starter{Dir: filepath.Join(dir, "shop"), Data: filepath.Join(dir, c.data), Language: "en", Currency: "EUR", Timezone: "UTC"})
			if err != nil {
				if !strings.Contains(err.Error(), c.says) {
					t.Errorf("%v, want %q", err, c.says)
				}
				return
			}
			text, err := os.ReadFile(filepath.Join(dir, "shop", "segmenta.yaml"))
			if err != nil || !strings.Contains(string(text), c.says) || !strings.Contains(string(text), "path: ../"+c.data) {
				t.Errorf("%v, want %q in\n%s", err, c.says, text)
			}
		})
	}
}
