// Package connect speaks Spark Connect: it runs SQL on a cluster, asks which columns a
// query has, and sends files there.
//
// It is a small client for the few calls that are needed. The official one for Go brings
// gRPC, Arrow and what these bring; docs/scale.md has the figures.
package connect

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// A Session is one session on the server. Temporary views, settings and files live
// as long as it does.
type Session struct {
	base, host string
	id, user   string
	agent      string
	headers    map[string]string
	client     *http.Client
}

// usualPort is where Spark Connect listens unless somebody says otherwise.
const usualPort = "15002"

// Open reads an address such as sc://host:15002/;token=…;user_id=…. It connects with
// the first call.
//
// Spark Connect: connection string. github.com/apache/spark/blob/master/sql/connect/docs/client-connection-string.md
func Open(address, agent string) (*Session, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "sc" || u.Hostname() == "" {
		return nil, fmt.Errorf("%q is no address of Spark Connect; they look like sc://host:15002", hideToken(address))
	}
	path, given, _ := strings.Cut(u.Path, ";")
	if strings.Trim(path, "/") != "" {
		return nil, fmt.Errorf("%q: after the port come only parameters, as in sc://host:15002/;use_ssl=true", hideToken(address))
	}
	s := &Session{id: newID(), user: "segmenta", agent: agent, headers: map[string]string{}, host: u.Host}
	if u.Port() == "" {
		s.host += ":" + usualPort
	}
	secure := false
	for part := range strings.SplitSeq(given, ";") {
		name, value, ok := strings.Cut(part, "=")
		if part == "" {
			continue
		}
		if !ok || name == "" {
			return nil, fmt.Errorf("%q: parameters look like ;name=value", hideToken(address))
		}
		switch name {
		case "use_ssl":
			secure = secure || value == "true"
		case "token":
			secure = true
			s.headers["Authorization"] = "Bearer " + value
		case "user_id":
			s.user = value
		case "session_id":
			s.id = value
		case "user_agent":
			s.agent = value + " " + agent
		default:
			s.headers[name] = value
		}
	}
	s.dial(secure)
	return s, nil
}

// hideToken keeps a token out of messages.
func hideToken(address string) string {
	address, _, _ = strings.Cut(address, ";")
	return address
}

// dial chooses HTTP/2 with or without encryption.
func (s *Session) dial(secure bool) {
	t := &http.Transport{Protocols: new(http.Protocols), TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}, HTTP2: &http.HTTP2Config{SendPingTimeout: 30 * time.Second, PingTimeout: 30 * time.Second}}
	t.Protocols.SetHTTP2(secure)
	t.Protocols.SetUnencryptedHTTP2(!secure)
	s.base = "http://" + s.host
	if secure {
		s.base = "https://" + s.host
	}
	s.client = &http.Client{Transport: t}
}

// newID is a random UUID.
func newID() string {
	b := make([]byte, 16)
	rand.Read(b)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// request begins a request: which session, whose, from whom. The field of the last
// differs by kind of request.
func (s *Session) request(agentField int) message {
	return message(nil).text(1, s.id).bytes(2, message(nil).text(1, s.user).text(2, s.user)).text(agentField, s.agent)
}

// query is a plan that reads what a SELECT says.
func query(sql string) message {
	return message(nil).bytes(1, relation(sql))
}

func relation(sql string) message { return message(nil).bytes(10, message(nil).text(1, sql)) }

// Columns says which columns a query has: names and Spark's words for their types.
func (s *Session) Columns(ctx context.Context, sql string) (names, types []string, err error) {
	tree := message(nil).bytes(1, query(sql)).number(2, 1)
	var answer []byte
	err = s.call(ctx, "AnalyzePlan", bytes.NewReader(framed(s.request(3).bytes(6, tree))), func(m []byte) error {
		answer = m
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	return treeColumns(string(find(answer, 4, 1)))
}

// treeColumns reads a schema as Spark draws it:
//
//	root
//	 |-- customer_id: string (nullable = true)
func treeColumns(tree string) (names, types []string, err error) {
	lines := strings.Split(strings.TrimSpace(tree), "\n")
	if lines[0] != "root" {
		return nil, nil, fmt.Errorf("the server drew its columns as %q", tree)
	}
	for _, line := range lines[1:] {
		rest, ok := strings.CutPrefix(line, " |-- ")
		if !ok {
			continue // the rest of a name with a line break, or what is inside a column
		}
		rest, _, _ = strings.Cut(rest, " (nullable = ")
		at := strings.LastIndex(rest, ": ")
		if at < 0 {
			return nil, nil, fmt.Errorf("the server drew a column as %q", line)
		}
		names, types = append(names, rest[:at]), append(types, rest[at+2:])
	}
	return names, types, nil
}

// Progress says how many tasks of how many are done.
type Progress func(done, total int64)

// Run executes one statement and waits for its end. Where the connection breaks on the
// way it goes on listening on a new one: the statement runs on the server meanwhile.
func (s *Session) Run(ctx context.Context, sql string, progress Progress) error {
	op := newID()
	plan := message(nil).bytes(2, message(nil).bytes(5, message(nil).text(1, sql).bytes(6, relation(sql))))
	reattachable := message(nil).bytes(1, message(nil).number(1, 1))
	first := s.request(4).bytes(3, plan).bytes(5, reattachable).text(6, op)
	r := &running{progress: progress}
	err := s.call(ctx, "ExecutePlan", bytes.NewReader(framed(first)), r.hear)
	for tries := 0; !r.complete && ctx.Err() == nil && (err == nil || broken(err)) && tries < 20; tries++ {
		if err != nil {
			select {
			case <-ctx.Done():
			case <-time.After(time.Duration(tries) * 500 * time.Millisecond):
			}
		}
		heard := r.last
		err = s.call(ctx, "ReattachExecute", bytes.NewReader(framed(s.request(4).text(3, op).text(5, r.last))), r.hear)
		if r.last != heard {
			tries = 0
		}
	}
	if ctx.Err() != nil {
		s.interrupt(op)
		return context.Cause(ctx)
	}
	if err == nil && !r.complete {
		return fmt.Errorf("%s: the statement's end was never heard of", s.host)
	}
	if err != nil {
		return err
	}
	s.release(ctx, op)
	return nil
}

// broken reports a connection that may be tried again.
func broken(err error) bool {
	var r *Refusal
	return errors.As(err, &r) && (r.Code == codeUnavailable || r.Code == codeInternal && strings.Contains(r.Message, "RST_STREAM"))
}

// running is what was heard of a statement so far.
type running struct {
	progress Progress
	last     string // answer's id
	complete bool
}

func (r *running) hear(m []byte) error {
	return each(m, func(field int, _ uint64, b []byte) error {
		switch field {
		case 13:
			r.last = string(b)
		case 14:
			r.complete = true
		case 18:
			r.report(b)
		}
		return nil
	})
}

func (r *running) report(b []byte) {
	var done, total uint64
	each(b, func(field int, _ uint64, stage []byte) error {
		if field != 1 {
			return nil
		}
		return each(stage, func(field int, n uint64, _ []byte) error {
			switch field {
			case 2:
				total += n
			case 3:
				done += n
			}
			return nil
		})
	})
	if r.progress != nil && total > 0 {
		r.progress(int64(done), int64(total))
	}
}

// release lets the server forget a statement that is done. That it doesn't matters to
// nobody.
func (s *Session) release(ctx context.Context, op string) {
	s.call(ctx, "ReleaseExecute", bytes.NewReader(framed(s.request(4).text(3, op).bytes(5, nil))), nothing)
}

func nothing([]byte) error { return nil }

// interrupt stops a statement whose caller has gone.
func (s *Session) interrupt(op string) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	s.call(ctx, "Interrupt", bytes.NewReader(framed(s.request(3).number(4, 3).text(6, op))), nothing)
}

// Close ends the session: what it holds on the server goes.
func (s *Session) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err := s.call(ctx, "ReleaseSession", bytes.NewReader(framed(s.request(3))), nothing)
	s.client.CloseIdleConnections()
	return err
}

// chunk is how much of a file goes into one message.
const chunk = 32 << 10

// Upload sends a file to the server, which hands it to every executor under its name.
func (s *Session) Upload(ctx context.Context, name, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	from, to := io.Pipe()
	go func() { to.CloseWithError(s.artifact(to, f, "files/"+name, info.Size())) }()
	defer from.Close()
	sound := false
	err = s.call(ctx, "AddArtifacts", from, func(m []byte) error {
		return each(find(m, 1), func(field int, n uint64, _ []byte) error {
			sound = sound || field == 2 && n == 1
			return nil
		})
	})
	var r *Refusal
	if errors.As(err, &r) && strings.Contains(r.Message, "ARTIFACT_ALREADY_EXISTS") {
		return nil
	}
	if err == nil && !sound {
		return fmt.Errorf("%s: %s arrived damaged", s.host, name)
	}
	return err
}

// artifact writes a file as a sequence of requests.
func (s *Session) artifact(to io.Writer, from io.Reader, name string, size int64) error {
	buf := make([]byte, chunk)
	for at := int64(0); at < size || at == 0; at += chunk {
		n, err := io.ReadFull(from, buf[:min(chunk, size-at)])
		if err != nil {
			return err
		}
		part := message(nil).bytes(1, buf[:n]).number(2, uint64(crc32.ChecksumIEEE(buf[:n])))
		req := s.request(6)
		switch {
		case size <= chunk:
			req = req.bytes(3, message(nil).bytes(1, message(nil).text(1, name).bytes(2, part)))
		case at > 0:
			req = req.bytes(5, part)
		default:
			req = req.bytes(4, message(nil).text(1, name).number(2, uint64(size)).number(3, uint64((size+chunk-1)/chunk)).bytes(4, part))
		}
		if _, err := to.Write(framed(req)); err != nil {
			return err
		}
	}
	return nil
}
