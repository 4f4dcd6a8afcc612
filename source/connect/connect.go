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
	"fmt"
	"net/http"
	"net/url"
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

// Close ends the session: what it holds on the server goes.
func (s *Session) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err := s.call(ctx, "ReleaseSession", bytes.NewReader(framed(s.request(3))), nothing)
	s.client.CloseIdleConnections()
	return err
}
