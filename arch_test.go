package segmenta_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// below says which rooms a room may use; table and strict are the floor that all stand
// on. A new arrow is a decision: a line here, its reason in the commit.
var below = map[string][]string{
	"cmd":      {"pipeline"},
	"pipeline": {"source", "features", "cluster", "predict", "models", "segment", "report", "activate", "testdata"},
	"activate": {}, "source": {}, "features": {}, "cluster": {}, "predict": {}, "models": {}, "segment": {}, "report": {},
	"table": {}, "strict": {}, "testdata": {},
	"bench": {"features", "cluster", "predict", "segment", "activate"},
}

var floor = []string{"table", "strict"}

// homes says where each outside library lives.
var homes = map[string][]string{
	"github.com/parquet-go/parquet-go": {"table"},
	"github.com/klauspost/compress":    {"table"},
	"github.com/andybalholm/brotli":    {"table"},
	"github.com/pierrec/lz4":           {"table"},
	"github.com/tidwall/gjson":         {"table"},
	"github.com/jackc/pgx":             {"source", "activate"},
	"github.com/minio/minio-go":        {"source", "activate"},
	"github.com/cenkalti/backoff":      {"activate"},
	"golang.org/x/time":                {"activate"},
	"code.dny.dev/ssrf":                {"activate"},
	"github.com/google/renameio":       {"table"},
	"golang.org/x/text":                {"table", "features"},
	"go.yaml.in/yaml":                  {"strict"},
	"github.com/dmitryikh/leaves":      {"predict"},
	"github.com/sjwhitworth/golearn":   {"predict"},
	"gonum.org/v1/gonum":               {"predict", "cluster", "segment"},
	"github.com/rs/zerolog":            {"pipeline"},
	"github.com/gofrs/flock":           {"pipeline"},
	"github.com/invopop/jsonschema":    {"pipeline"},
	"golang.org/x/sys":                 {"pipeline", "cluster", "predict"},
	"github.com/spf13/cobra":           {"cmd"},
	"github.com/schollz/progressbar":   {"cmd"},
	"golang.org/x/term":                {"cmd"},
	"net/http":                         {"activate", "bench", "source"},
	"golang.org/x/sync":                {"table", "features", "cluster", "predict", "pipeline", "activate"},
}

func TestArchitecture(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, "./...").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		room := roomOf(words[0])
		for _, used := range words[1:] {
			if other := roomOf(used); other != "" && other != room && !slices.Contains(below[room], other) && (!slices.Contains(floor, other) || slices.Contains(floor, room) || room == "cmd") {
				t.Errorf("%s uses %s: no arrow goes from %s to %s", words[0], used, room, other)
			}
			for library, rooms := range homes {
				if (used == library || strings.HasPrefix(used, library+"/")) && !slices.Contains(rooms, room) {
					t.Errorf("%s uses %s, whose home is %v", words[0], used, rooms)
				}
			}
			if slices.Contains([]string{"source", "features", "cluster", "predict", "models", "segment", "report", "activate"}, room) && (used == "log" || used == "log/slog") {
				t.Errorf("%s uses %s: only jobs log", words[0], used)
			}
		}
	}
}

// roomOf is the first folder of one of our packages, empty for others.
func roomOf(path string) string {
	rest, ours := strings.CutPrefix(path, "segmenta/")
	if !ours {
		return ""
	}
	room, _, _ := strings.Cut(rest, "/")
	return room
}
