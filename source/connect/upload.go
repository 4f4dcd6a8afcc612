package connect

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"strings"
)

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
