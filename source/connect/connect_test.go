package connect

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"hash/crc32"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A server answers the calls of Spark Connect as these tests tell it.
type server struct {
	t        *testing.T
	got      map[string][][]byte // messages, by method
	headers  http.Header
	answers  map[string][]message
	refusals map[string][]string // of each call to a method, in order; "" for none
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	method := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	s.headers = r.Header
	if err := frames(bufio.NewReader(r.Body), func(m []byte) error { s.got[method] = append(s.got[method], m); return nil }); err != nil {
		s.t.Error(err)
	}
	w.Header().Set("Content-Type", "application/grpc")
	refusal := ""
	if all := s.refusals[method]; len(all) > 0 {
		refusal, s.refusals[method] = all[0], all[1:]
	}
	if refusal == "" {
		for _, m := range s.answers[method] {
			w.Write(framed(m))
		}
	}
	status := "0"
	if refusal != "" {
		status = refusal[:strings.IndexByte(refusal, ' ')]
		w.Header().Set(http.TrailerPrefix+"Grpc-Message", url.PathEscape(refusal[len(status)+1:]))
	}
	w.Header().Set(http.TrailerPrefix+"Grpc-Status", status)
}

// serve starts a server and opens a session with it.
func serve(t *testing.T) (*server, *Session) {
	s := &server{t: t, got: map[string][][]byte{}, answers: map[string][]message{}, refusals: map[string][]string{}}
	on := httptest.NewUnstartedServer(s)
	on.Config.Protocols = new(http.Protocols)
	on.Config.Protocols.SetUnencryptedHTTP2(true)
	on.Start()
	t.Cleanup(on.Close)
	session, err := Open("sc://"+on.Listener.Addr().(*net.TCPAddr).String()+"/;x-cluster=blue", "test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	return s, session
}

func TestOpen(t *testing.T) {
	for address, want := range map[string]string{
		"sc://host":                         "http://host:15002",
		"sc://host:443/;token=secret":       "https://host:443",
		"sc://host:1/;use_ssl=true;x=1":     "https://host:1",
		"sc://host/;user_id=ana;session_id": "", "http://host": "", "sc://": "", "sc://host/path": "",
	} {
		s, err := Open(address, "test")
		if (err == nil) != (want != "") || err == nil && s.base != want {
			t.Errorf("%s: %v, %+v; want %q", address, err, s, want)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%v tells the token", err)
		}
	}
	if _, err := Open("sc://host/x;token=secret", "test"); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("%v, want an error that keeps the token to itself", err)
	}
}

// A statement that ends at once, with its progress on the way.
func TestRun(t *testing.T) {
	s, session := serve(t)
	stage := message(nil).number(1, 4).number(2, 8).number(3, 5)
	s.answers["ExecutePlan"] = []message{message(nil).text(13, "r1").bytes(18, message(nil).bytes(1, stage)), message(nil).text(13, "r2").bytes(14, nil)}
	var done, total int64
	if err := session.Run(context.Background(), "SELECT 1", func(d, t int64) { done, total = d, t }); err != nil {
		t.Fatal(err)
	}
	if done != 5 || total != 8 {
		t.Errorf("%d of %d tasks done, want 5 of 8", done, total)
	}
	if sql := find(s.got["ExecutePlan"][0], 3, 2, 5, 1); string(sql) != "SELECT 1" {
		t.Errorf("the server got %q", sql)
	}
	if s.headers.Get("X-Cluster") != "blue" || s.headers.Get("Te") != "trailers" {
		t.Errorf("headers %v", s.headers)
	}
	if len(s.got["ReleaseExecute"]) != 1 {
		t.Error("the server was not told to forget the statement")
	}
}

// Where the connection breaks, the statement is listened to on a new one, from where it
// was heard last.
func TestRunGoesOn(t *testing.T) {
	s, session := serve(t)
	s.answers["ExecutePlan"] = []message{message(nil).text(13, "r1")}
	s.answers["ReattachExecute"] = []message{message(nil).text(13, "r2").bytes(14, nil)}
	s.refusals["ReattachExecute"] = []string{"14 the proxy went away"}
	if err := session.Run(context.Background(), "SELECT 1", nil); err != nil {
		t.Fatal(err)
	}
	got := s.got["ReattachExecute"]
	if len(got) != 2 || string(find(got[1], 5)) != "r1" || !bytes.Equal(find(got[1], 3), find(s.got["ExecutePlan"][0], 6)) {
		t.Errorf("it was asked again %d times: %q", len(got), got)
	}
}

func TestRunFails(t *testing.T) {
	s, session := serve(t)
	s.refusals["ExecutePlan"] = []string{"13 [TABLE_OR_VIEW_NOT_FOUND] `niño` is nowhere\nline 1"}
	err := session.Run(context.Background(), "SELECT 1", nil)
	var r *Refusal
	if !errors.As(err, &r) || r.Code != 13 || r.Message != "[TABLE_OR_VIEW_NOT_FOUND] `niño` is nowhere\nline 1" {
		t.Errorf("%#v", err)
	}
}

func TestColumns(t *testing.T) {
	s, session := serve(t)
	tree := "root\n |-- customer_id: string (nullable = true)\n |-- odd: name: decimal(10,2) (nullable = false)\n |-- tags: array (nullable = true)\n"
	s.answers["AnalyzePlan"] = []message{message(nil).bytes(4, message(nil).text(1, tree))}
	names, types, err := session.Columns(context.Background(), "SELECT 1")
	if err != nil || !slices.Equal(names, []string{"customer_id", "odd: name", "tags"}) || !slices.Equal(types, []string{"string", "decimal(10,2)", "array"}) {
		t.Errorf("%q %q %v", names, types, err)
	}
}

// A file arrives in pieces, each with its checksum.
func TestUpload(t *testing.T) {
	for _, size := range []int{10, chunk, chunk + 1, 3*chunk + 7} {
		s, session := serve(t)
		data := bytes.Repeat([]byte("segmenta "), size/9+1)[:size]
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		s.answers["AddArtifacts"] = []message{message(nil).bytes(1, message(nil).text(1, "files/w").number(2, 1))}
		if err := session.Upload(context.Background(), "w", path); err != nil {
			t.Fatal(err)
		}
		var got []byte
		for _, m := range s.got["AddArtifacts"] {
			part := find(m, 5)
			if begin := find(m, 4); begin != nil {
				part = find(begin, 4)
			}
			if batch := find(m, 3, 1); batch != nil {
				part = find(batch, 2)
			}
			piece := find(part, 1)
			each(part, func(field int, n uint64, _ []byte) error {
				if field == 2 && uint32(n) != crc32.ChecksumIEEE(piece) {
					t.Errorf("a piece of %d bytes has checksum %d", len(piece), n)
				}
				return nil
			})
			got = append(got, piece...)
		}
		if !bytes.Equal(got, data) {
			t.Errorf("%d bytes arrived of %d", len(got), len(data))
		}
		s.answers["AddArtifacts"] = []message{message(nil).bytes(1, message(nil).text(1, "files/w"))}
		if err := session.Upload(context.Background(), "w", path); err == nil {
			t.Error("a file that arrived damaged passes")
		}
	}
}

// FuzzEach reads any bytes as a message.
func FuzzEach(f *testing.F) {
	f.Add([]byte(message(nil).text(1, "a").number(2, 300)))
	f.Fuzz(func(t *testing.T, m []byte) {
		each(m, func(int, uint64, []byte) error { return nil })
		find(m, 1, 2, 3)
		treeColumns(string(m))
		frames(bufio.NewReader(io.LimitReader(bytes.NewReader(m), 1<<16)), func([]byte) error { return nil })
	})
}
