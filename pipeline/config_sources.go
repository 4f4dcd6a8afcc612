package pipeline

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"segmenta/source"
)

// S3 says in which object store s3:// paths lie.
type S3 struct {
	Endpoint  string `yaml:"endpoint" jsonschema_description:"of the store, such as https://minio.example:9000 (default: Amazon's, or AWS_ENDPOINT_URL)"`
	Region    string `yaml:"region" jsonschema_description:"default AWS_REGION, else us-east-1"`
	AccessKey string `yaml:"access_key" jsonschema_description:"as ${NAME}, from the environment (default AWS_ACCESS_KEY_ID)"`
	SecretKey string `yaml:"secret_key" jsonschema_description:"as ${NAME}, from the environment (default AWS_SECRET_ACCESS_KEY)"`
}

// Rates says what other currencies were worth in the configuration's.
type Rates struct {
	Path       Paths             `yaml:"path" jsonschema_description:"a table of rates: currency, date, rate"`
	Columns    map[string]string `yaml:"columns" jsonschema_description:"our name: your column"`
	Delimiter  string            `yaml:"delimiter"`
	Decimal    string            `yaml:"decimal" jsonschema:"enum=.,enum=\\,"`
	TimeFormat string            `yaml:"time_format" jsonschema_description:"of the dates (default: ISO 8601)"`
}

func (r *Rates) source() *Source {
	if r == nil {
		return nil
	}
	return &Source{Path: r.Path, Columns: r.Columns, Delimiter: r.Delimiter, Decimal: r.Decimal, TimeFormat: r.TimeFormat}
}

// schemes begin the paths that are no files of this machine.
const (
	s3Scheme       = "s3://"
	postgresScheme = "postgres://"
)

func isPostgres(path string) bool {
	return strings.HasPrefix(path, postgresScheme) || strings.HasPrefix(path, "postgresql://")
}

// named lists the sources that the configuration gives, in the order in which they are read.
func (s *Sources) named() (list []namedSource) {
	for _, n := range []namedSource{{"transactions", s.Transactions}, {"events", s.Events}, {"customers", s.Customers}, {"rates", s.Rates.source()}} {
		if n.Source != nil {
			list = append(list, n)
		}
	}
	for i := range s.Features {
		list = append(list, namedSource{broughtName(i), &s.Features[i].Source})
	}
	return list
}

type namedSource struct {
	name string
	*Source
}

// check refuses what makes no sense together.
func (s *Source) check() error {
	database := slices.ContainsFunc(s.Path, isPostgres)
	switch {
	case len(s.Path) == 0 && s.Table != "":
		return nil // of a cluster
	case len(s.Path) == 0:
		return fmt.Errorf("path is missing")
	case database && len(s.Path) > 1:
		return fmt.Errorf("path: a database stands alone; one query can join what several tables hold")
	case database && (s.Query == "") == (s.Table == ""):
		return fmt.Errorf("a database needs either query or table")
	case !database && (s.Query != "" || s.Table != "" || s.Timeout != ""):
		return fmt.Errorf("query, table and timeout are for a path such as postgres://${PGUSER}:${PGPASSWORD}@host:5432/database")
	case len([]rune(s.Delimiter)) > 1:
		return fmt.Errorf("delimiter is %q, want one character", s.Delimiter)
	}
	if _, err := s.timeout(); err != nil {
		return err
	}
	return nil
}

func (s *Source) timeout() (time.Duration, error) {
	if s.Timeout == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(s.Timeout)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("timeout is %q; write 90s, 30m or 2h", s.Timeout)
	}
	return d, nil
}

func (s *Sources) check() error {
	for _, n := range s.named() {
		if err := n.check(); err != nil {
			return fmt.Errorf("sources.%s: %w", n.name, err)
		}
	}
	return nil
}

// query is what a source asks of a database.
func (s *Source) query() source.Query {
	timeout, _ := s.timeout() // checked before
	return source.Query{URL: s.Path[0], Table: s.Table, SQL: s.Query, Timeout: timeout}
}

// store is where s3:// paths lie. What the configuration leaves out, the environment says
// under the names that other tools know.
func (c *Config) store() source.Store {
	s := S3{}
	if c.Sources.S3 != nil {
		s = *c.Sources.S3
	}
	fill(&s.Endpoint, os.Getenv("AWS_ENDPOINT_URL"))
	fill(&s.Region, os.Getenv("AWS_REGION"))
	store := source.Store{Endpoint: s.Endpoint, Region: s.Region, Key: s.AccessKey, Secret: s.SecretKey}
	if store.Key == "" {
		store.Key, store.Secret, store.Token = os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY"), os.Getenv("AWS_SESSION_TOKEN")
	}
	return store
}
