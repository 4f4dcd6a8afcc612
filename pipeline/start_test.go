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

// uncommented takes the first signs of a comment off, up to the first empty line.
func uncommented(text string) string {
	block, rest, _ := strings.Cut(text, "\n\n")
	return "\n" + strings.TrimPrefix(strings.ReplaceAll("\n"+block, "\n# ", "\n"), "\n") + "\n\n" + rest
}

// A project can begin with the CRM: it says what must be asked of everybody, and each
// CRM's lines are a configuration that stands, with the secret left in the environment;
// without its comments it asks for each piece of information. Rows 20, 177.
func TestStartWithCRM(t *testing.T) {
	if got := strings.Join(pipeline.CRMs(), " "); got != "bigin bitrix24 file hubspot monday salesforce zoho" {
		t.Errorf("there are %s", got)
	}
	for _, crm := range pipeline.CRMs() {
		t.Run(crm, func(t *testing.T) {
			dir := t.TempDir()
			done, err := pipeline.Start(pipeline.Starter{Dir: dir, Language: "es", Currency: "EUR", Timezone: "UTC", CRM: crm})
			if err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(filepath.Join(dir, "segmenta.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			before, commented, _ := strings.Cut(string(text), "where one of these is missing.\n")
			c, err := pipeline.ParseConfig(filepath.Join(dir, "segmenta.yaml"), []byte(before+uncommented(commented)))
			if err != nil {
				t.Fatal(err)
			}
			if e := c.Quality.Expect["customers"]; len(e) < 6 || !e["email"].Required || !e["consent_profiling"].Required {
				t.Errorf("asks for %v", e)
			}
			if len(c.Destinations) != 1 {
				t.Errorf("%d destinations", len(c.Destinations))
			}
			var said strings.Builder
			if done.Tell(&said); !strings.Contains(said.String(), "activate plan") {
				t.Errorf("says\n%s", said.String())
			}
		})
	}
	if _, err := pipeline.Start(pipeline.Starter{Dir: t.TempDir(), CRM: "hubspo"}); err == nil || !strings.Contains(err.Error(), `did you mean hubspot`) {
		t.Errorf("%v", err)
	}
}
