package activate

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"segmenta/activate/fault"
	"segmenta/activate/secret"
	"segmenta/activate/web"
)

// objectSettings are those of a file in an S3-compatible store.
type objectSettings struct {
	Path          string      `yaml:"path" jsonschema_description:"s3://bucket/key.csv, replaced whole by each delivery"`
	Endpoint      string      `yaml:"endpoint" jsonschema_description:"of the store, such as https://minio.example:9000 (default: Amazon's)"`
	Region        string      `yaml:"region" jsonschema_description:"default us-east-1"`
	AccessKey     secret.Text `yaml:"access_key" jsonschema_description:"as ${NAME} or file:path"`
	SecretKey     secret.Text `yaml:"secret_key" jsonschema_description:"as ${NAME} or file:path"`
	sheetSettings `yaml:",inline"`
}

// An object is a file in a store, and behaves as a file does: a store shows an object
// whole or not at all.
type object struct {
	store       *minio.Core
	bucket, key string
	sheet       *sheet
	o           web.Options
}

func openObject(s *objectSettings, o Opening) (Destination, error) {
	bucket, key, ok := strings.Cut(strings.TrimPrefix(s.Path, "s3://"), "/")
	if !strings.HasPrefix(s.Path, "s3://") || !ok || bucket == "" || key == "" {
		return nil, errors.New("path: want s3://bucket/key.csv")
	}
	sh, err := s.sheet(key, o)
	if err != nil {
		return nil, err
	}
	endpoint, secure, lookup := "s3.amazonaws.com", true, minio.BucketLookupAuto
	if s.Endpoint != "" {
		host, plain := strings.CutPrefix(s.Endpoint, "http://")
		endpoint, secure, lookup = strings.TrimSuffix(strings.TrimPrefix(host, "https://"), "/"), !plain, minio.BucketLookupPath
	}
	if !secure && !o.Web.AllowPrivate {
		return nil, errors.New("endpoint begins with http://, which everyone on the way can read; write https://")
	}
	way, err := o.Web.Transport()
	if err != nil {
		return nil, err
	}
	store, err := minio.NewCore(endpoint, &minio.Options{Creds: credentials.NewStaticV4(s.AccessKey.Reveal(), s.SecretKey.Reveal(), ""), Secure: secure, Region: cmp.Or(s.Region, "us-east-1"), BucketLookup: lookup, Transport: way, MaxRetries: 1})
	if err != nil {
		return nil, err
	}
	return &object{store, bucket, key, sh, o.Web}, nil
}

func (b *object) Limits() Limits { return snapshot }

// Ensure looks whether the store lets us in.
func (b *object) Ensure(ctx context.Context, _ []Field, _ bool) ([]string, error) {
	return nil, b.o.Retry(ctx, func(ctx context.Context) error {
		there, err := b.store.BucketExists(ctx, b.bucket)
		if err == nil && !there {
			return &fault.Fault{Class: fault.Auth, Host: b.bucket, Reason: "there is no such bucket"}
		}
		return b.fault(err)
	})
}

func (b *object) Read(context.Context, []string, []Field) (map[string]Record, error) {
	return nil, errors.New("an object isn't read back")
}

func (b *object) Send(ctx context.Context, batch []Operation) ([]Outcome, error) {
	key, fields := b.key, fieldsOf(batch)
	if len(batch) > 0 && batch[0].Action == Notify {
		key = eventsName(key, batch)
		fields, batch = eventBatch(batch)
	}
	var text bytes.Buffer
	if err := b.sheet.write(&text, fields, batch); err != nil {
		return nil, err
	}
	kind := map[string]string{"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}[b.sheet.Format]
	err := b.o.Retry(ctx, func(ctx context.Context) error {
		_, err := b.store.Client.PutObject(ctx, b.bucket, key, bytes.NewReader(text.Bytes()), int64(text.Len()), minio.PutObjectOptions{ContentType: kind, SendContentMd5: true})
		return b.fault(err)
	})
	if err != nil {
		return nil, err
	}
	return written(batch, http.StatusOK), nil
}

// fault says what an error of the store means.
func (b *object) fault(err error) error {
	if err == nil {
		return nil
	}
	said := minio.ToErrorResponse(err)
	f := &fault.Fault{Host: b.bucket, Status: said.StatusCode, Code: said.Code, Reason: b.o.Secrets.Clean(said.Message)}
	switch s := said.StatusCode; {
	case s == http.StatusTooManyRequests || said.Code == "SlowDown":
		f.Class = fault.Rate
	case s == http.StatusRequestTimeout || s >= 500:
		f.Class = fault.Transient
	case s != 0:
		f.Class = fault.Auth // the bucket, the key or a right: no row is to blame
	default:
		return b.o.Broken(b.bucket, err, true)
	}
	return f
}

func (b *object) Close() error { return nil }
