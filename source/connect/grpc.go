package connect

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
)

// A Refusal is what the server answered instead of what was asked for.
type Refusal struct {
	Code    int // of gRPC
	Message string
}

func (r *Refusal) Error() string { return r.Message }

// The codes of gRPC that are told apart here.
const (
	codeUnavailable = 14
	codeInternal    = 13
)

// largest is the largest message that is believed to be one.
const largest = 256 << 20

// call sends messages to a method and hands each answer to say. Every call is one
// HTTP/2 request: length-prefixed messages there and back, the verdict in the trailer.
//
// gRPC over HTTP2. github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
func (s *Session) call(ctx context.Context, method string, send io.Reader, say func([]byte) error) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.base+"/spark.connect.SparkConnectService/"+method, send)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/grpc")
	req.Header.Set("TE", "trailers")
	req.Header.Set("User-Agent", s.agent)
	for name, value := range s.headers {
		req.Header.Set(name, value)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err
		}
		return fmt.Errorf("%s: %w", s.host, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s; is it a Spark Connect server?", s.host, resp.Status)
	}
	if err := frames(bufio.NewReader(resp.Body), say); err != nil {
		return err
	}
	return verdict(resp)
}

// verdict is what the trailer says, or the header where there was nothing to answer.
func verdict(resp *http.Response) error {
	from := resp.Trailer
	if from.Get("Grpc-Status") == "" {
		from = resp.Header
	}
	code, err := strconv.Atoi(from.Get("Grpc-Status"))
	if err != nil {
		return &Refusal{codeUnavailable, "the server broke off without a verdict"}
	}
	if code == 0 {
		return nil
	}
	text, err := url.PathUnescape(from.Get("Grpc-Message"))
	if err != nil {
		text = from.Get("Grpc-Message")
	}
	return &Refusal{code, text}
}

// frames reads length-prefixed messages.
func frames(r *bufio.Reader, say func([]byte) error) error {
	var head [5]byte
	for {
		if _, err := io.ReadFull(r, head[:]); err == io.EOF {
			return nil
		} else if err != nil {
			return &Refusal{codeUnavailable, "the connection broke: " + err.Error()}
		}
		size := binary.BigEndian.Uint32(head[1:])
		if head[0] != 0 || size > largest {
			return fmt.Errorf("the server answered with a message of %d bytes, packed as %d", size, head[0])
		}
		m, err := io.ReadAll(io.LimitReader(r, int64(size))) // as it comes: the length is not believed
		if err == nil && len(m) < int(size) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return &Refusal{codeUnavailable, "the connection broke: " + err.Error()}
		}
		if err := say(m); err != nil {
			return err
		}
	}
}

// framed is a message with its length in front.
func framed(m message) []byte {
	out := make([]byte, 5, 5+len(m))
	binary.BigEndian.PutUint32(out[1:], uint32(len(m)))
	return append(out, m...)
}
