package pipeline

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Spark says how to reach a cluster, and what passes between it and this machine.
type Spark struct {
	Remote     string `yaml:"remote" jsonschema_description:"the address of Spark Connect, such as sc://host:15002 or sc://host:443/;token=${TOKEN}"`
	Dir        string `yaml:"dir" jsonschema_description:"a folder that the cluster writes and this machine reads, such as s3://bucket/segmenta; what workers answer goes through it (default: spark in the workspace)"`
	Binary     string `yaml:"binary" jsonschema_description:"where segmenta stands on every executor, such as /opt/segmenta; or the one to send there, for another processor, as send:path (default: this one is sent)"`
	Partitions int    `yaml:"partitions" jsonschema_description:"into how many parts histories are shuffled (default: as the cluster says)"`
	Memory     Size   `yaml:"memory" jsonschema_description:"of rows that a worker holds; past it they go to its disk (default 256MB)"`
}

// engines are where features can be computed.
const (
	engineLocal = "local"
	engineSpark = "spark"
)

// onSpark reports whether histories are asked on a cluster.
func (c *Config) onSpark() bool { return c.Engine == engineSpark }

// checkEngine refuses what a cluster can't read.
func (c *Config) checkEngine() error {
	switch c.Engine {
	case "", engineLocal, engineSpark:
	default:
		return fmt.Errorf("%s: engine is %q, want local or spark", c.file, c.Engine)
	}
	if c.Spark != nil && c.Spark.Partitions < 0 {
		return fmt.Errorf("%s: spark.partitions is %d, want 1 or more", c.file, c.Spark.Partitions)
	}
	return nil
}

// OnSpark lets features be computed on a cluster, whatever the configuration says.
func (c *Config) OnSpark(remote, dir string) error {
	c.Engine = engineSpark
	one := Spark{}
	if c.Spark != nil {
		one = *c.Spark
	}
	if remote != "" {
		one.Remote = remote
	}
	if dir != "" {
		one.Dir = dir
	}
	c.Spark = &one
	return mark(ErrConfig, c.checkSpark())
}

// checkSpark refuses what can't be asked of a cluster, before it is asked.
func (c *Config) checkSpark() error {
	if len(c.Identity) > 0 {
		return fmt.Errorf("%s: identity: ids that are one person are joined on this machine alone; join them in the tables that Spark reads", c.file)
	}
	if c.Sources.Rates != nil {
		return fmt.Errorf("%s: sources.rates: amounts are converted on this machine alone; let Spark read a table with one currency", c.file)
	}
	for _, s := range c.histories() {
		if _, err := s.relations(c); err != nil {
			return fmt.Errorf("%s: sources.%s: %w", c.file, s.name, err)
		}
	}
	return nil
}

// histories lists the sources whose rows stay on the cluster.
func (c *Config) histories() []namedSource {
	return slices.DeleteFunc(c.Sources.named(), func(s namedSource) bool { return s.name != "transactions" && s.name != "events" })
}

// staysThere reports whether a source's rows stay on the cluster.
func (c *Config) staysThere(name string) bool {
	return c.onSpark() && (name == "transactions" || name == "events")
}

// tableForm is the name of a table of the cluster's catalogue, or a path with its format:
// shop.transactions, delta.`/lake/transactions`.
var tableForm = regexp.MustCompile("^([\\p{L}0-9_-]+|`[^`;\\\\']+`)(\\.([\\p{L}0-9_-]+|`[^`;\\\\']+`)){0,3}$")

// relations are what Spark reads of a source, each to stand after FROM.
func (s *Source) relations(c *Config) (all []string, err error) {
	if s.Query != "" || slices.ContainsFunc(s.Path, isPostgres) {
		return nil, fmt.Errorf("a database is not read through Spark; let the cluster have the table, and name that one")
	}
	if len(s.Path) == 0 {
		if !tableForm.MatchString(s.Table) {
			return nil, fmt.Errorf("table %q: want the name of a table of the cluster, such as shop.transactions or delta.`/lake/transactions` with its quotes", s.Table)
		}
		return []string{s.Table}, nil
	}
	for _, p := range s.Path {
		if ext := strings.ToLower(filepath.Ext(strings.TrimSuffix(strings.TrimSuffix(p, ".gz"), ".zst"))); slices.Contains([]string{".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson"}, ext) {
			return nil, fmt.Errorf("path %s: through Spark, Parquet and tables are read; text files have too many readings to be sure of the same one", p)
		}
		p = c.sparkPath(p)
		if strings.ContainsAny(p, "`'\\\n;") {
			return nil, fmt.Errorf("path %q: a quote, a backslash or ; in a path is not handed to Spark", p)
		}
		all = append(all, "parquet.`"+p+"`")
	}
	return all, nil
}

// sparkPath is a path as Spark knows it: absolute, and object stores by the name of
// Hadoop's own connector.
func (c *Config) sparkPath(p string) string {
	if rest, ok := strings.CutPrefix(p, s3Scheme); ok {
		return "s3a://" + rest
	}
	if strings.Contains(p, ":/") {
		return p
	}
	if abs, err := filepath.Abs(c.Path(p)); err == nil {
		return abs
	}
	return c.Path(p)
}

// sparkDir is the folder through which answers come, as this machine knows it.
func (c *Config) sparkDir() string {
	if c.Spark.Dir != "" {
		return c.Spark.Dir
	}
	return filepath.Join(c.Workspace, "spark")
}
