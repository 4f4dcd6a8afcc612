package source_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"segmenta/source"
	"segmenta/table"
)

// A shop is an S3-compatible store on this machine (gofakes3, which is what an S3 server
// is but for checking signatures), with a gate before it that counts and breaks things.
type shop struct {
	source.Store
	backend gofakes3.Backend
	bytes   atomic.Int64
	gets    atomic.Int64
	spoil   func(n int64, w http.ResponseWriter, r *http.Request) bool // true: it has answered
}

func openShop(t *testing.T, objects map[string][]byte) *shop {
	t.Helper()
	s := &shop{backend: s3mem.New()}
	inner := gofakes3.New(s.backend, gofakes3.WithLogger(gofakes3.DiscardLog())).Server()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && strings.Count(strings.Trim(r.URL.Path, "/"), "/") > 0 {
			n := s.gets.Add(1)
			if s.spoil != nil && s.spoil(n, w, r) {
				return
			}
		}
		inner.ServeHTTP(&counting{w, &s.bytes}, r)
	}))
	t.Cleanup(server.Close)
	s.Store = source.Store{Endpoint: server.URL, Key: "key", Secret: "c4n4ry-secret"}
	if err := s.backend.CreateBucket("lake"); err != nil {
		t.Fatal(err)
	}
	for key, data := range objects {
		s.put(t, key, data)
	}
	return s
}

func (s *shop) put(t *testing.T, key string, data []byte) {
	t.Helper()
	if _, err := s.backend.PutObject("lake", key, map[string]string{"Last-Modified": time.Now().UTC().Format(http.TimeFormat)}, bytes.NewReader(data), int64(len(data)), nil); err != nil {
		t.Fatal(err)
	}
}

type counting struct {
	http.ResponseWriter
	n *atomic.Int64
}

func (c *counting) Write(b []byte) (int, error) {
	c.n.Add(int64(len(b)))
	return c.ResponseWriter.Write(b)
}

func (s *shop) list(t *testing.T, address string) []*source.Object {
	t.Helper()
	found, err := s.List(context.Background(), address)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestList(t *testing.T) {
	s := openShop(t, map[string][]byte{
		"sales/2024/a.parquet": []byte("x"), "sales/2025/b.parquet": []byte("x"), "sales/2025/_SUCCESS": []byte("x"), "sales/2025/.crc": []byte("x"),
		"sales/2025/deep/c.csv": []byte("x"), "sales.csv": []byte("x"), "sales/_temporary/d.parquet": []byte("x"), "salesmen/e.parquet": []byte("x"), "sales/dir/": nil,
	})
	for address, want := range map[string]string{
		"s3://lake/sales.csv":              "sales.csv",
		"s3://lake/sales":                  "sales/2024/a.parquet sales/2025/b.parquet sales/2025/deep/c.csv",
		"s3://lake/sales/":                 "sales/2024/a.parquet sales/2025/b.parquet sales/2025/deep/c.csv",
		"s3://lake/sales/*/*.parquet":      "sales/2024/a.parquet sales/2025/b.parquet",
		"s3://lake/sales/202[5]/?.parquet": "sales/2025/b.parquet",
	} {
		var names []string
		for _, o := range s.list(t, address) {
			names = append(names, strings.TrimPrefix(o.Name(), "s3://lake/"))
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s = %s, want %s", address, got, want)
		}
	}
	for address, says := range map[string]string{
		"s3://lake/nothing/*.csv": "no object is called so", "s3://empty/x": "there is no such bucket", "s3://": "want s3://bucket/key", "s3://lake/[": "syntax error",
	} {
		if _, err := s.List(context.Background(), address); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", address, err, says)
		}
	}
}

// wide is a file of many columns, of which a reader needs two.
func wide(t *testing.T, rows int) []byte {
	t.Helper()
	columns := &table.Table{}
	for k := range 20 {
		values := make([]float64, rows)
		for i := range values {
			values[i] = float64((i*7919+k*104729)%1000003) / 7
		}
		columns.Add(table.Floats(fmt.Sprintf("c%d", k), values))
	}
	var b bytes.Buffer
	if err := table.Write(&b, columns); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Of a Parquet file only the columns that are asked for are fetched.
func TestRangedReads(t *testing.T) {
	data := wide(t, 30_000)
	s := openShop(t, map[string][]byte{"wide.parquet": data})
	f, err := table.OpenBlob(s.list(t, "s3://lake/wide.parquet")[0], table.Format{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := table.ReadAll(f, "c3", "c11")
	if err != nil {
		t.Fatal(err)
	}
	want, err := readLocal(t, "wide.parquet", data, "c3", "c11")
	if err != nil {
		t.Fatal(err)
	}
	for k := range want.Columns {
		for i, v := range want.Columns[k].Floats {
			if got.Columns[k].Floats[i] != v {
				t.Fatalf("column %d, row %d = %v, want %v", k, i+1, got.Columns[k].Floats[i], v)
			}
		}
	}
	fetched := s.bytes.Load()
	t.Logf("%d of %d bytes fetched, in %d requests", fetched, len(data), s.gets.Load())
	if fetched > int64(len(data))/8+200<<10 || s.gets.Load() > 4 {
		t.Errorf("%d of %d bytes fetched, in %d requests", fetched, len(data), s.gets.Load())
	}
}

func readLocal(t *testing.T, name string, data []byte, columns ...string) (*table.Table, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return table.ReadFile(path, columns...)
}

// Text is fetched once, from its beginning to its end, whatever breaks on the way; a store
// that refuses is not asked again and again.
func TestFaults(t *testing.T) {
	text := "id,n\n" + strings.Repeat("001,1\n", 100_000)
	cut := func(n int64, w http.ResponseWriter, r *http.Request) bool {
		switch n % 4 {
		case 1:
			w.WriteHeader(http.StatusServiceUnavailable)
		case 2: // half of what was announced, then the connection is gone
			w.Header().Set("Content-Length", "400000")
			w.Header().Set("Last-Modified", time.Now().UTC().Format(http.TimeFormat))
			w.Header().Set("ETag", r.Header.Get("If-Match"))
			w.WriteHeader(http.StatusPartialContent)
			w.Write([]byte(text[:1000]))
			hijacked, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				hijacked.Close()
			}
		default:
			return false
		}
		return true
	}
	s := openShop(t, map[string][]byte{"t.csv": []byte(text), "w.parquet": wide(t, 1000)})
	s.spoil = func(n int64, w http.ResponseWriter, r *http.Request) bool {
		if n%4 == 2 && r.Header.Get("Range") != "" && !strings.HasPrefix(r.Header.Get("Range"), "bytes=0-") {
			w.WriteHeader(http.StatusInternalServerError)
			return true
		}
		return cut(n, w, r)
	}
	f, err := table.OpenBlob(s.list(t, "s3://lake/t.csv")[0], table.Format{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := table.ReadAll(f)
	if err != nil || got.Rows() != 100_000 || got.Column("id").Text(99_999) != "001" {
		t.Errorf("%v rows, %v", got.Rows(), err)
	}
	f.Close()

	s.spoil = func(_ int64, w http.ResponseWriter, r *http.Request) bool {
		w.WriteHeader(http.StatusForbidden)
		io.WriteString(w, `<Error><Code>AccessDenied</Code><Message>no</Message></Error>`)
		return true
	}
	before := s.gets.Load()
	_, err = table.OpenBlob(s.list(t, "s3://lake/w.parquet")[0], table.Format{})
	if err == nil || !strings.Contains(err.Error(), "are the keys right?") || !strings.Contains(err.Error(), "s3://lake/w.parquet") || strings.Contains(err.Error(), "c4n4ry") {
		t.Errorf("refused: %v", err)
	}
	if n := s.gets.Load() - before; n > 1 {
		t.Errorf("asked %d times", n)
	}
}

// An object that is replaced between its listing and its reading is refused, not mixed.
func TestReplaced(t *testing.T) {
	s := openShop(t, map[string][]byte{"a.csv": []byte("id,n\n1,1\n")})
	o := s.list(t, "s3://lake/a.csv")[0]
	s.put(t, "a.csv", []byte("id,n\n2,2\n"))
	if again := s.list(t, "s3://lake/a.csv")[0]; again.ETag == o.ETag || o.ETag == "" {
		t.Errorf("etags %q and %q", o.ETag, again.ETag)
	}
	if _, err := table.OpenBlob(o, table.Format{}); err == nil || !strings.Contains(err.Error(), "it has changed since it was listed") {
		t.Errorf("%v, want a refusal", err)
	}
}
