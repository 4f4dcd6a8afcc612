package source_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"segmenta/source"
	"segmenta/table"
	"segmenta/testdata/servers"
)

var postgres = sync.OnceValue(servers.Postgres)

func TestMain(m *testing.M) {
	code := m.Run()
	if s := postgres(); s.Stop != nil {
		s.Stop()
	}
	os.Exit(code)
}

// database starts the server, and fills it.
func database(t *testing.T, statements ...string) (url string) {
	t.Helper()
	s := postgres()
	if s.Why != "" {
		t.Skip(s.Why)
	}
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, s.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	for _, sql := range statements {
		if _, err := conn.Exec(ctx, sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	return s.URL
}

func fetch(t *testing.T, q source.Query) (*source.Answer, *table.Table) {
	t.Helper()
	a, err := q.Fetch(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	got, err := table.ReadAll(a)
	if err != nil {
		t.Fatal(err)
	}
	return a, got
}

// Every type is read as what it means, or named as one that isn't read.
func TestTypes(t *testing.T) {
	url := database(t, `DROP TYPE IF EXISTS mood CASCADE`, `CREATE TYPE mood AS ENUM ('sad', 'ok')`, `DROP TABLE IF EXISTS types`,
		`CREATE TABLE types (b boolean, i2 smallint, i4 integer, i8 bigint, f4 real, f8 double precision, n numeric(12,2), free numeric, t text, v varchar(9), c char(3),
			u uuid, m mood, d date, ts timestamp, tz timestamptz, j jsonb, a integer[], by bytea, iv interval)`,
		`INSERT INTO types VALUES (true, -2, 2147483647, -9223372036854775808, 0.1, 0.1, 19.99, 'NaN', 'ñ "x"', '', 'ab', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', 'ok',
			'1969-12-31', '2024-03-31 02:30:00.123456', '2024-03-31 02:30:00+02', '{}', '{1}', 'x', '1 day')`,
		`INSERT INTO types DEFAULT VALUES`,
		`INSERT INTO types (d, ts, tz, n, free) VALUES ('infinity', '-infinity', '9999-12-31 23:59:59+00', -0.01, 'Infinity')`)
	_, got := fetch(t, source.Query{URL: url, Table: "public.types"})
	want := map[string]string{
		"b": "bool true  ", "i2": "int32 -2  ", "i4": "int32 2147483647  ", "i8": "int64 -9223372036854775808  ",
		"f4": "float32 0.10000000149011612  ", "f8": "float64 0.1  ", "n": "float64 19.99  -0.01", "free": "float64 NaN  +Inf",
		"t": `string ñ "x"  `, "v": "string   ", "c": "string ab   ", "u": "string a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11  ", "m": "string ok  ",
		"d": "time 1969-12-31T00:00:00Z  294247-01-10T04:00:54.775807Z", "ts": "time 2024-03-31T02:30:00.123456Z  -290308-12-21T19:59:05.224192Z",
		"tz": "time 2024-03-31T00:30:00Z  9999-12-31T23:59:59Z",
	}
	for name, w := range want {
		c := got.Column(name)
		if c == nil {
			t.Errorf("%s is not read", name)
			continue
		}
		said := fmt.Sprintf("%v %s %s %s", c.Kind, c.Format(0), c.Format(1), c.Format(2))
		if said != w || !c.IsNull(1) || c.IsNull(0) {
			t.Errorf("%s = %q (null %v), want %q and null in the second row", name, said, c.IsNull(1), w)
		}
		if local := name == "d" || name == "ts"; c.Local != local {
			t.Errorf("%s is wall-clock time: %v", name, c.Local)
		}
	}
	a, _ := fetch(t, source.Query{URL: url, SQL: "SELECT * FROM types;"})
	for _, name := range []string{"j", "a", "by", "iv"} {
		if _, err := a.Read(0, []string{name}); err == nil || !strings.Contains(err.Error(), "column "+name+" is of the type ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, f := range a.Fields() {
		if f.Name == "n" && f.Scale != 2 {
			t.Errorf("numeric(12,2) has %d digits after the point", f.Scale)
		}
	}
}

// What the server refuses is said with the query and the place in it; nothing is written,
// nothing runs forever, and the password is in no message.
func TestRefusals(t *testing.T) {
	url := database(t, `DROP TABLE IF EXISTS orders`, `CREATE TABLE orders (id text, total numeric)`)
	wrong := strings.Replace(url, "c4n4ry", "c4n4ry-wrong", 1)
	for _, c := range []struct {
		name string
		q    source.Query
		says string
	}{
		{"a column that isn't there", source.Query{URL: url, SQL: "SELECT id, totl FROM orders"}, `column "totl" does not exist at "totl FROM orders"`},
		{"a table that isn't there", source.Query{URL: url, Table: "orderz"}, `relation "orderz" does not exist`},
		{"a table's name that is SQL", source.Query{URL: url, Table: `orders"; DROP TABLE orders; --`}, "does not exist"},
		{"writing", source.Query{URL: url, SQL: "INSERT INTO orders VALUES ('a', 1) RETURNING id"}, "cannot execute INSERT in a read-only transaction"},
		{"two statements", source.Query{URL: url, SQL: "SELECT 1; DROP TABLE orders"}, "cannot insert multiple commands"},
		{"a parameter", source.Query{URL: url, SQL: "SELECT * FROM orders WHERE id = $1"}, "parameters such as $1"},
		{"a slow query", source.Query{URL: url, SQL: "SELECT pg_sleep(20)::text", Timeout: 200 * time.Millisecond}, "took longer than 200ms"},
		{"a wrong password", source.Query{URL: wrong, Table: "orders"}, "password authentication failed"},
		{"nobody there", source.Query{URL: "postgres://tester:c4n4ry@127.0.0.1:1/x?connect_timeout=2", Table: "orders"}, "connection refused"},
		{"no address", source.Query{URL: "postgres://c4n4ry:c4n4ry@[::x/", Table: "orders"}, "it looks like postgres://user:password@host"},
	} {
		_, err := c.q.Fetch(context.Background())
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", c.name, err, c.says)
		} else if strings.Contains(err.Error(), "c4n4ry") {
			t.Errorf("%s: the password is in %q", c.name, err)
		}
	}
	if _, got := fetch(t, source.Query{URL: url, Table: "orders"}); got.Rows() != 0 {
		t.Errorf("%d rows were written", got.Rows())
	}
}

// The hash is of the rows and not of their order.
func TestHash(t *testing.T) {
	url := database(t)
	hash := func(rows string) string {
		a, _ := fetch(t, source.Query{URL: url, SQL: "SELECT a::text, b::int FROM (VALUES " + rows + ") AS v(a, b)"})
		return a.SHA256
	}
	first := hash("('x', 1), ('y', 2), ('', NULL)")
	if other := hash("('', NULL), ('y', 2), ('x', 1)"); other != first {
		t.Error("another order, another hash")
	}
	for _, rows := range []string{"('x', 1), ('y', 3), ('', NULL)", "('x', 1), ('y', 2), (NULL, NULL)", "('x', 1), ('y', 2)", "('x', 1), ('y', 2), ('y', 2), ('', NULL)"} {
		if hash(rows) == first {
			t.Errorf("%s has the same hash", rows)
		}
	}
}

// Ids and texts of every kind come back as they are. PostgreSQL itself holds no NUL.
// (BATTERY D8)
func TestOddTexts(t *testing.T) {
	odd := []string{"שלום", "👩‍👩‍👧", "\u00e9", "e\u0301", "a\nb", "a\"b", "a\tb", strings.Repeat("x", 1<<20), "'; DROP TABLE odd; --", "001", "1", "1e5", "NULL", "true", "\\N", " x "}
	url := database(t, `DROP TABLE IF EXISTS odd`, `CREATE TABLE odd (n int, id text)`)
	conn, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for i, s := range odd {
		if _, err := conn.Exec(context.Background(), "INSERT INTO odd VALUES ($1, $2)", i, s); err != nil {
			t.Fatal(err)
		}
	}
	_, got := fetch(t, source.Query{URL: url, SQL: "SELECT * FROM odd ORDER BY n"})
	for i, want := range odd {
		if got.Column("id").Text(i) != want {
			t.Errorf("row %d is %.40q, want %.40q", i+1, got.Column("id").Text(i), want)
		}
	}
}

// A million rows stream through little memory. Row 68.
func TestStreaming(t *testing.T) {
	if testing.Short() {
		t.Skip("a million rows take seconds")
	}
	url := database(t)
	defer debug.SetGCPercent(debug.SetGCPercent(20)) // so that the heap is what is held
	done, peak := make(chan bool), uint64(0)
	go func() {
		var m runtime.MemStats
		for {
			select {
			case <-done:
				done <- true
				return
			case <-time.After(20 * time.Millisecond):
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapInuse)
			}
		}
	}()
	a, err := source.Query{URL: url, SQL: "SELECT md5(i::text) || md5((i+1)::text) || md5((i+2)::text) AS id, i FROM generate_series(1, 1000000) AS i"}.Fetch(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	done <- true
	<-done
	t.Logf("%d rows, %d MB, at most %d MB of heap", a.Rows, a.Bytes>>20, peak>>20)
	if a.Rows != 1_000_000 || a.Blocks() < 10 || peak > 96<<20 {
		t.Errorf("%d rows in %d blocks, %d MB of heap", a.Rows, a.Blocks(), peak>>20)
	}
}
