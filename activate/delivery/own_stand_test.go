package delivery_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"segmenta/testdata/servers"
)

// readSheet is what a CSV or JSONL file says, by id.
func readSheet(name string, text []byte) map[string]map[string]any {
	rows := make(map[string]map[string]any)
	if strings.HasSuffix(name, ".jsonl") {
		for line := range bytes.Lines(text) {
			m := make(map[string]any)
			json.Unmarshal(line, &m)
			rows[fmt.Sprint(m["customer_id"])] = m
		}
		return rows
	}
	all, _ := csv.NewReader(bytes.NewReader(text)).ReadAll()
	for i := 1; i < len(all); i++ {
		m := make(map[string]any)
		for k, name := range all[0] {
			m[name] = all[i][k]
		}
		rows[all[i][0]] = m
	}
	return rows
}

// sheetStand is a file that get reads: its name, and what it holds.
func sheetStand(settings, name string, list func() []string, get func(name string) []byte, writes func() int) *stand {
	held := func(id string) map[string]any { return readSheet(name, get(name))[id] }
	return &stand{
		settings: settings, env: map[string]string{},
		id:      func(i int) string { return fmt.Sprintf("c%05d", i) },
		held:    held,
		applied: func(id string) int { return map[bool]int{true: 1}[held(id) != nil] },
		events: func(id string) (n int) {
			for _, file := range list() {
				if strings.Contains(file, "-events-") {
					n += strings.Count(string(get(file)), id)
				}
			}
			return n
		},
		writes: writes,
	}
}

func fileStand(t *testing.T) *stand {
	dir := t.TempDir()
	name := "out.csv"
	return sheetStand("{path: "+filepath.Join(dir, name)+"}", name, func() (names []string) {
		all, _ := os.ReadDir(dir)
		for _, e := range all {
			names = append(names, e.Name())
		}
		return names
	}, func(name string) []byte { b, _ := os.ReadFile(filepath.Join(dir, name)); return b },
		func() int { // a file that is written is another file
			info, err := os.Stat(filepath.Join(dir, name))
			if err != nil {
				return 0
			}
			return int(info.ModTime().UnixNano())
		})
}

// objectStand is an S3-compatible store, with trouble before it.
func objectStand(t *testing.T) *stand {
	backend := s3mem.New()
	if err := backend.CreateBucket("lake"); err != nil {
		t.Fatal(err)
	}
	inner := gofakes3.New(backend, gofakes3.WithLogger(gofakes3.DiscardLog())).Server()
	var mu sync.Mutex
	puts, share, random := 0, 0.0, rand.New(rand.NewPCG(3, 3))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		if r.Method == http.MethodPut {
			puts++
		}
		trouble, kind := random.Float64() < share, random.IntN(5)
		mu.Unlock()
		troubled(w, r, inner, trouble, kind)
	}))
	t.Cleanup(server.Close)
	s := sheetStand("{path: 's3://lake/segments/out.jsonl', endpoint: '"+server.URL+"', access_key: $(S3_KEY), secret_key: $(S3_SECRET)}", "segments/out.jsonl", func() (names []string) {
		found, _ := backend.ListBucket("lake", nil, gofakes3.ListBucketPage{})
		for _, o := range found.Contents {
			names = append(names, o.Key)
		}
		return names
	}, func(name string) []byte {
		o, err := backend.GetObject("lake", name, nil)
		if err != nil {
			return nil
		}
		defer o.Contents.Close()
		b, _ := io.ReadAll(o.Contents)
		return b
	}, func() int { mu.Lock(); defer mu.Unlock(); return puts })
	s.env = map[string]string{"S3_KEY": "access-c4n4ry", "S3_SECRET": "secret-c4n4ry"}
	s.faults = func(to float64) { mu.Lock(); defer mu.Unlock(); share = to }
	return s
}

var database = sync.OnceValue(servers.Postgres)

func TestMain(m *testing.M) {
	if child() {
		return
	}
	code := m.Run()
	for _, stop := range stops {
		stop()
	}
	os.Exit(code)
}

// stops are what ends the servers that were started.
var stops = make(map[string]func())

func stopLater(name string, stop func()) { stops[name] = stop }

// postgresStand is a real PostgreSQL, with a table for each test. A trigger counts what
// was applied.
func postgresStand(t *testing.T) *stand {
	if testing.Short() {
		t.Skip("starting a PostgreSQL takes seconds")
	}
	server := database()
	if server.Why != "" {
		t.Skip(server.Why)
	}
	stopLater("postgres", server.Stop)
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, server.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(ctx) })
	table := fmt.Sprintf("t%d", rand.Int64())
	exec := func(sql string, args ...any) {
		t.Helper()
		if _, err := conn.Exec(ctx, sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec("CREATE TABLE " + table + " (customer_id text PRIMARY KEY, own text DEFAULT 'theirs')")
	exec("CREATE TABLE " + table + "_log (id text)")
	exec("CREATE TABLE " + table + "_bad (id text)")
	exec("CREATE FUNCTION " + table + "_note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF EXISTS (SELECT FROM " + table + "_bad WHERE id = NEW.customer_id) THEN RAISE EXCEPTION 'not this one' USING ERRCODE = '23514'; END IF; INSERT INTO " + table + "_log VALUES (NEW.customer_id); RETURN NEW; END $$")
	exec("CREATE TRIGGER noted BEFORE INSERT OR UPDATE ON " + table + " FOR EACH ROW EXECUTE FUNCTION " + table + "_note()")
	number := func(sql string, args ...any) (n int) {
		conn.QueryRow(ctx, sql, args...).Scan(&n) // no events yet: no table
		return n
	}
	address := strings.Replace(server.URL, "c4n4ry%20p%40ss%2Fword", "$(PGPASS)", 1)
	return &stand{
		settings: "{url: '" + address + "', table: public." + table + ", events_table: " + table + "_events, batch: 20}",
		env:      map[string]string{"PGPASS": "c4n4ry%20p%40ss%2Fword"},
		id:       func(i int) string { return fmt.Sprintf("c%05d", i) },
		held: func(id string) map[string]any {
			rows, err := conn.Query(ctx, "SELECT * FROM "+table+" WHERE customer_id = $1", pgx.QueryExecModeDescribeExec, id)
			if err != nil {
				t.Fatal(err)
			}
			m, err := pgx.CollectExactlyOneRow(rows, pgx.RowToMap)
			if err != nil {
				return nil
			}
			if m["own"] != "theirs" {
				t.Errorf("%s: their own column is %v", id, m["own"])
			}
			return m
		},
		applied: func(id string) int { return number("SELECT count(*) FROM "+table+"_log WHERE id = $1", id) },
		events:  func(id string) int { return number("SELECT count(*) FROM "+table+"_events WHERE id = $1", id) },
		writes:  func() int { return number("SELECT count(*) FROM " + table + "_log") },
		refuse: func(id string) {
			exec("DELETE FROM " + table + "_bad")
			exec("INSERT INTO "+table+"_bad VALUES ($1)", id)
		},
	}
}
