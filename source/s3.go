package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// A Store is an S3-compatible object store.
type Store struct {
	Endpoint string // such as https://minio.example:9000; empty: Amazon's
	Region   string // empty: us-east-1
	Key      string // empty: nobody in particular asks
	Secret   string
	Token    string
}

// An Object is a file in a store, as it was when it was listed.
type Object struct {
	store        *minio.Core
	ctx          context.Context
	bucket, key  string
	size         int64
	ETag         string
	LastModified time.Time
}

// tries is how often a read is tried, with longer and longer waits between.
const tries = 5

// List lists the objects that an address stands for, in order of their names:
// s3://bucket/key, a folder, or a pattern such as s3://bucket/sales/*/part-*.parquet.
// Names that begin with a dot or an underscore are other programs' notes.
func (s Store) List(ctx context.Context, address string) ([]*Object, error) {
	bucket, pattern, ok := strings.Cut(strings.TrimPrefix(address, "s3://"), "/")
	if !strings.HasPrefix(address, "s3://") || bucket == "" || !ok && pattern != "" {
		return nil, fmt.Errorf("%s: want s3://bucket/key", address)
	}
	if _, err := path.Match(pattern, ""); err != nil {
		return nil, fmt.Errorf("%s: %w", address, err)
	}
	core, err := s.core()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", address, err)
	}
	var found []*Object
	for o := range core.Client.ListObjects(ctx, bucket, minio.ListObjectsOptions{Prefix: fixed(pattern), Recursive: true}) {
		if o.Err != nil {
			return nil, fmt.Errorf("%s: listing: %w", address, plain(o.Err))
		}
		if meant(pattern, o.Key) && o.Size > 0 {
			found = append(found, &Object{store: core, ctx: ctx, bucket: bucket, key: o.Key, size: o.Size, ETag: strings.Trim(o.ETag, `"`), LastModified: o.LastModified})
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%s: no object is called so", address)
	}
	slices.SortFunc(found, func(a, b *Object) int { return cmp.Compare(a.key, b.key) })
	return found, nil
}

// fixed is the part of a pattern before the first wildcard.
func fixed(pattern string) string {
	if i := strings.IndexAny(pattern, `*?[\`); i >= 0 {
		return pattern[:i]
	}
	return pattern
}

// meant reports whether a pattern means a key: the object itself, what lies below it, or
// what matches.
func meant(pattern, key string) bool {
	for _, part := range strings.Split(strings.TrimPrefix(key, fixed(pattern)), "/") {
		if strings.HasPrefix(part, "_") || strings.HasPrefix(part, ".") {
			return false
		}
	}
	folder := strings.TrimSuffix(pattern, "/")
	if key == pattern || fixed(pattern) == pattern && (folder == "" || strings.HasPrefix(key, folder+"/")) {
		return true
	}
	ok, _ := path.Match(pattern, key)
	return ok
}

func (s Store) core() (*minio.Core, error) {
	endpoint, secure, lookup := "s3.amazonaws.com", true, minio.BucketLookupAuto
	if s.Endpoint != "" {
		host, ok := strings.CutPrefix(s.Endpoint, "http://")
		endpoint, secure, lookup = strings.TrimSuffix(strings.TrimPrefix(host, "https://"), "/"), !ok, minio.BucketLookupPath
	}
	who := credentials.NewStaticV4(s.Key, s.Secret, s.Token)
	if s.Key == "" {
		who = credentials.NewStatic("", "", "", credentials.SignatureAnonymous)
	}
	return minio.NewCore(endpoint, &minio.Options{Creds: who, Secure: secure, Region: cmp.Or(s.Region, "us-east-1"), BucketLookup: lookup, MaxRetries: tries})
}

// Name is the object's address.
func (o *Object) Name() string { return "s3://" + o.bucket + "/" + o.key }

// Size is its length in bytes.
func (o *Object) Size() int64 { return o.size }

// Close does nothing: every read is a request of its own.
func (o *Object) Close() error { return nil }

// ReadAt reads part of the object, and of no later version of it.
func (o *Object) ReadAt(b []byte, at int64) (n int, err error) {
	want := b[:max(0, min(int64(len(b)), o.size-at))]
	for try := 0; n < len(want); try++ {
		var some int
		some, err = o.part(want[n:], at+int64(n))
		if n += some; err == nil || n == len(want) {
			continue
		}
		if !again(err) || try+1 == tries {
			return n, fmt.Errorf("reading %d bytes at %d: %w", len(b), at, plain(err))
		}
		if err := wait(o.ctx, try); err != nil {
			return n, err
		}
	}
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

func (o *Object) part(b []byte, at int64) (int, error) {
	r, err := o.get(at, at+int64(len(b))-1)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	return io.ReadFull(r, b)
}

func (o *Object) get(from, to int64) (io.ReadCloser, error) {
	var opts minio.GetObjectOptions
	if err := opts.SetRange(from, to); err != nil {
		return nil, err
	}
	if err := opts.SetMatchETag(o.ETag); err != nil {
		return nil, err
	}
	r, info, _, err := o.store.GetObject(o.ctx, o.bucket, o.key, opts)
	if err == nil && strings.Trim(info.ETag, `"`) != o.ETag { // a store that doesn't know If-Match
		r.Close()
		return nil, errChanged
	}
	return r, err
}

var errChanged = errors.New("it has changed since it was listed")

// Stream reads the object from its beginning to its end, and goes on where a connection
// broke.
func (o *Object) Stream() (io.ReadCloser, error) { return &stream{of: o}, nil }

type stream struct {
	of   *Object
	at   int64
	try  int
	body io.ReadCloser
}

func (s *stream) Read(b []byte) (n int, err error) {
	for {
		if s.at == s.of.size {
			return 0, io.EOF
		}
		if s.body == nil {
			s.body, err = s.of.get(s.at, s.of.size-1)
		}
		if err == nil {
			n, err = s.body.Read(b)
		}
		if s.at += int64(n); n > 0 {
			s.try = 0
			return n, nil
		}
		if err == nil {
			continue
		}
		s.Close()
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if s.try++; !again(err) || s.try == tries {
			return 0, fmt.Errorf("reading at %d: %w", s.at, plain(err))
		}
		if err := wait(s.of.ctx, s.try); err != nil {
			return 0, err
		}
	}
}

func (s *stream) Close() error {
	if s.body != nil {
		s.body.Close()
		s.body = nil
	}
	return nil
}

// again reports whether what went wrong may go right the next time: a connection, or a
// server that says so.
func again(err error) bool {
	var answer minio.ErrorResponse
	if errors.Is(err, errChanged) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	return !errors.As(err, &answer) || answer.StatusCode >= 500 || answer.StatusCode == 429
}

func wait(ctx context.Context, try int) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(50 * time.Millisecond << (2 * try)):
		return nil
	}
}

// plain says a store's answer in words.
func plain(err error) error {
	var answer minio.ErrorResponse
	if !errors.As(err, &answer) {
		return err
	}
	switch {
	case answer.StatusCode == 0:
		return errors.New(answer.Message)
	case answer.StatusCode == 412:
		return errChanged
	case answer.Code == "AccessDenied" || answer.StatusCode == 403:
		return fmt.Errorf("the store refuses: %s; are the keys right?", cmp.Or(answer.Message, answer.Code))
	case answer.Code == "NoSuchBucket":
		return errors.New("there is no such bucket")
	}
	return fmt.Errorf("the store answered %d %s: %s", answer.StatusCode, answer.Code, answer.Message)
}
