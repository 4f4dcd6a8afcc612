package source_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"segmenta/pipeline"
	"segmenta/table"
)

// history is purchases of a few customers, as a table and as SQL.
func history(customers int) (*table.Table, []string) {
	r := rand.New(rand.NewPCG(3, 4))
	var ids []string
	var at []time.Time
	var amounts []float64
	sql := []string{`DROP TABLE IF EXISTS purchases`, `CREATE TABLE purchases (buyer text, at timestamptz, total numeric(10,2))`}
	values := ""
	for c := range customers {
		for d := 0; d < 700; d += 1 + r.IntN(90) {
			id, when, cents := fmt.Sprintf("%03d", c), time.Date(2024, 1, 1, 12, 0, 0, 0, time.UTC).AddDate(0, 0, d), r.IntN(9999)
			ids, at, amounts = append(ids, id), append(at, when), append(amounts, float64(cents)/100)
			values += fmt.Sprintf(",('%s','%s',%d.%02d)", id, when.Format(time.RFC3339), cents/100, cents%100)
		}
	}
	t := &table.Table{}
	t.Add(table.Strings("buyer", ids))
	t.Add(table.Times("at", at))
	t.Add(table.Floats("total", amounts))
	return t, append(sql, "INSERT INTO purchases VALUES "+values[1:])
}

const columns = "columns: {customer_id: buyer, time: at, amount: total}"

// project runs a configuration, and returns what a run published.
func project(t *testing.T, sources string) (*pipeline.Job, string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "segmenta.yaml")
	text := "name: shop\nas_of: 2025-12-01\ntargets: {}\nsources:\n" + sources
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := pipeline.LoadConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	return &pipeline.Job{Config: c, Threads: 2}, filepath.Join(filepath.Dir(file), "workspace", "runs", "2025-12-01")
}

func run(t *testing.T, j *pipeline.Job) *pipeline.Done {
	t.Helper()
	if _, err := j.Train(context.Background(), ""); err != nil {
		t.Fatal(err)
	}
	done, err := j.Run(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// The same history in a file, in a database and in a store gives the same tables, byte by
// byte. A run again changes nothing until what it reads has changed. No password is in what
// a run leaves behind.
func TestSameFromEverywhere(t *testing.T) {
	rows, sql := history(60)
	var file bytes.Buffer
	if err := table.Write(&file, rows); err != nil {
		t.Fatal(err)
	}
	url := database(t, sql...)
	shop := openShop(t, map[string][]byte{"sales/year=2025/a.parquet": file.Bytes()})
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.parquet"), file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PG_URL", url)
	t.Setenv("S3_SECRET", "c4n4ry-secret")
	want := ""
	for _, c := range []struct{ name, sources string }{
		{"file", "  transactions:\n    path: " + dir + "\n    " + columns},
		{"table", "  transactions:\n    path: ${PG_URL}\n    table: purchases\n    " + columns},
		{"query", "  transactions:\n    path: ${PG_URL}\n    query: SELECT * FROM purchases ORDER BY random()\n    timeout: 1m\n    " + columns},
		{"store", "  s3: {endpoint: '" + shop.Endpoint + "', access_key: key, secret_key: '${S3_SECRET}'}\n  transactions:\n    path: s3://lake/sales/*/*.parquet\n    " + columns},
	} {
		t.Run(c.name, func(t *testing.T) {
			j, dir := project(t, c.sources)
			if done := run(t, j); done.Unchanged {
				t.Error("the first run changed nothing")
			}
			segments, err := os.ReadFile(filepath.Join(dir, "segments.parquet"))
			if err != nil {
				t.Fatal(err)
			}
			if want == "" {
				want = string(segments)
			} else if string(segments) != want {
				t.Error("segments.parquet differs from the one made of a file")
			}
			if again, err := j.Run(context.Background(), ""); err != nil || !again.Unchanged {
				t.Errorf("again: %+v, %v", again, err)
			}
			everything(t, filepath.Dir(filepath.Dir(dir)))
			switch c.name {
			case "table":
				database(t, "UPDATE purchases SET total = total + 1 WHERE buyer = '007'")
				t.Cleanup(func() { database(t, "UPDATE purchases SET total = total - 1 WHERE buyer = '007'") })
			case "store":
				rows.Column("total").Floats[0]++
				var other bytes.Buffer
				if err := table.Write(&other, rows); err != nil {
					t.Fatal(err)
				}
				shop.put(t, "sales/year=2025/a.parquet", other.Bytes())
			default:
				return
			}
			if after, err := j.Run(context.Background(), ""); err != nil || after.Unchanged {
				t.Errorf("after a change: %+v, %v", after, err)
			}
		})
	}
}

// everything that a workspace holds is without a password, and its manifests say what
// they were made of.
func everything(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if strings.Contains(string(text), "c4n4ry") {
			t.Errorf("a password is in %s", path)
		}
		if filepath.Base(path) == "manifest.json" {
			var m pipeline.Manifest
			if err := json.Unmarshal(text, &m); err != nil {
				t.Error(err)
			}
			for _, i := range m.Inputs {
				if i.SHA256 == "" && i.ETag == "" || i.Bytes == 0 {
					t.Errorf("the manifest doesn't say what was in %s", i.Name)
				}
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Wrong configurations are refused before any source is asked.
func TestConfigured(t *testing.T) {
	for sources, says := range map[string]string{
		"  transactions: {path: 'postgres://u@127.0.0.1/x'}":                    "a database needs either query or table",
		"  transactions: {path: ['postgres://u@127.0.0.1/x', a.csv], table: x}": "a database stands alone",
		"  transactions: {path: a.csv, query: SELECT 1}":                        "query, table and timeout are for a path such as postgres://",
		"  transactions: {path: 'postgres://u@h/x', table: x, timeout: never}":  `timeout is "never"; write 90s, 30m or 2h`,
		"  transactions: {path: 'ftp://h/x.csv'}":                               "path ftp://…: known are files, s3:// and postgres://",
		"  transactions: {path: a.csv}\n  rates: {}":                            "sources.rates: path is missing",
	} {
		file := filepath.Join(t.TempDir(), "segmenta.yaml")
		c, err := pipeline.ParseConfig(file, []byte("sources:\n"+sources+"\n"))
		if err == nil { // a cluster may know other paths: they are refused where this machine is to read them
			_, err = (&pipeline.Job{Config: c}).Check(t.Context())
		}
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", sources, err, says)
		}
	}
}
