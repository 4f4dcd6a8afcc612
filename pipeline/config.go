package pipeline

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"segmenta/cluster"
	"segmenta/segment"
	"segmenta/strict"
)

// A Config is what segmenta.yaml says. Paths in it are relative to its own folder.
type Config struct {
	Name      string            `yaml:"name" jsonschema_description:"what the report is headed with"`
	Language  string            `yaml:"language" jsonschema:"enum=es,enum=en" jsonschema_description:"of the report and the terminal; the tables hold both (default en)"`
	Goal      string            `yaml:"goal" jsonschema:"enum=sell,enum=retain,enum=serve,enum=deepen,enum=reduce_churn" jsonschema_description:"what it is all for: it picks the targets, the built-in segments and what offers work on, where these aren't named (default: all of them)"`
	Currency  string            `yaml:"currency" jsonschema_description:"of every amount, as ISO 4217: EUR, USD, MXN"`
	Timezone  string            `yaml:"timezone" jsonschema_description:"in which days begin and end, as IANA names it: Europe/Madrid (default UTC)"`
	AsOf      string            `yaml:"as_of" jsonschema_description:"the moment to score at: a date, a date and time, or latest (default: the day after the last purchase)"`
	Workspace string            `yaml:"workspace" jsonschema_description:"the folder of runs and models (default workspace)"`
	Memory    Size              `yaml:"memory" jsonschema_description:"how much memory a job may use; past it, rows go to disk for a while (default: half of what there is)"`
	Engine    string            `yaml:"engine" jsonschema:"enum=local,enum=spark" jsonschema_description:"where histories are gone over: local, or spark for those that no one machine holds (default local)"`
	Spark     *Spark            `yaml:"spark" jsonschema_description:"the cluster, where engine is spark"`
	Sources   Sources           `yaml:"sources"`
	Events    Events            `yaml:"events"`
	Identity  []string          `yaml:"identity" jsonschema:"enum=email,enum=phone" jsonschema_description:"columns of the customers file by which two ids are one person: email, phone (default: ids are never joined)"`
	Quality   Quality           `yaml:"quality"`
	Features  strict.Node       `yaml:"features" jsonschema_description:"your own features, in the form of the built-in ones"`
	Targets   map[string]Target `yaml:"targets" jsonschema_description:"what to predict (default: churn in 90 days, conversion in 30 days)"`
	Training  Training          `yaml:"training"`
	Clusters  Clusters          `yaml:"clusters"`
	Calendar  map[string]Period `yaml:"calendar" jsonschema_description:"campaigns, holidays and other times that explain what customers do: a name, and from when to when"`
	Value     Value             `yaml:"value"`
	Profit    Profit            `yaml:"profit"`
	Holdout   Holdout           `yaml:"holdout"`
	Privacy   Privacy           `yaml:"privacy"`
	Measure   Measure           `yaml:"measure"`
	Allow     []string          `yaml:"allow" jsonschema_description:"what models and micro-segments may use beside behaviour: demographic, sensitive, third_party (default: none)"`
	Segments  []strict.Node     `yaml:"segments" jsonschema_description:"your own rule segments; one with the id of a built-in one takes its place"`
	Personas  []strict.Node     `yaml:"personas" jsonschema_description:"whom you believe your best customers to be: id, and in is: conditions as in a segment"`
	Market    *segment.Universe `yaml:"market" jsonschema_description:"the market as you know it: customers, value, reachable and capture"`
	Builtin   *[]string         `yaml:"builtin_segments" jsonschema_description:"which of the built-in rule segments to use (default: all that the data support; [] for none)"`

	Destinations map[string]Destination `yaml:"destinations" jsonschema_description:"where predictions are sent: a name, and a kind with its settings"`

	spoken string // the language of answers, where a flag says so

	file string // where it was read
	dir  string
	text []byte
	zone *time.Location
}

// Sources says where the histories are.
type Sources struct {
	Transactions *Source   `yaml:"transactions" jsonschema_description:"what customers bought: customer_id, time, amount, and what else there is"`
	Events       *Source   `yaml:"events" jsonschema_description:"what customers did: customer_id, time, type"`
	Customers    *Source   `yaml:"customers" jsonschema_description:"who they are: customer_id"`
	Features     []Brought `yaml:"features" jsonschema_description:"your own numbers about them: customer_id, valid_from, and columns of numbers"`
	Rates        *Rates    `yaml:"rates" jsonschema_description:"what other currencies were worth: amounts are converted as of their own day"`
	S3           *S3       `yaml:"s3" jsonschema_description:"the object store in which s3:// paths lie"`
}

// A Source is one kind of file and what its columns are called.
type Source struct {
	Path       Paths             `yaml:"path" jsonschema_description:"a file, a folder or a pattern, or a list of them; also s3://bucket/pattern, or postgres://${PGUSER}:${PGPASSWORD}@host:5432/database"`
	Query      string            `yaml:"query" jsonschema_description:"what to ask of a database: one SELECT"`
	Table      string            `yaml:"table" jsonschema_description:"or which table of it to read: schema.table"`
	Timeout    string            `yaml:"timeout" jsonschema_description:"how long a database may take, such as 30m (default 1h)"`
	Columns    map[string]string `yaml:"columns" jsonschema_description:"our name: your column, 'a constant', or an expression such as Quantity * UnitPrice"`
	Delimiter  string            `yaml:"delimiter" jsonschema_description:"of a CSV file (default: found out)"`
	Decimal    string            `yaml:"decimal" jsonschema:"enum=.,enum=\\," jsonschema_description:"the decimal sign of a CSV file (default .)"`
	Encoding   string            `yaml:"encoding" jsonschema_description:"of a text file: utf-8, latin-1, windows-1252, utf-16 (default: found out)"`
	TimeFormat string            `yaml:"time_format" jsonschema_description:"such as dd/mm/yyyy hh:mm (default: ISO 8601)"`
}

// Paths is one path or several.
type Paths []string

// Events says what the user's event types mean.
type Events struct {
	Types map[string]string `yaml:"types" jsonschema_description:"your word: ours, such as open: email_open"`
}

// Training says how to learn.
type Training struct {
	Every       Days   `yaml:"every" jsonschema_description:"days between training moments (default 30d)"`
	Cutoffs     int    `yaml:"cutoffs" jsonschema_description:"how many training moments at most (default 6)"`
	MinPositive int    `yaml:"min_positives" jsonschema_description:"fewer of either outcome and no model is trained (default 100)"`
	Rounds      int    `yaml:"rounds" jsonschema_description:"trees at most (default 120)"`
	Leaves      int    `yaml:"leaves" jsonschema_description:"leaves a tree at most (default 8)"`
	Seed        uint64 `yaml:"seed"`

	Features []string `yaml:"features" jsonschema_description:"the features to learn from, or all (default: those of the catalogue that are made for it)"`
}

// Clusters says how to look for micro-segments.
type Clusters struct {
	Min      int      `yaml:"min" jsonschema_description:"fewest micro-segments to try (default 3)"`
	Max      int      `yaml:"max" jsonschema_description:"most micro-segments to try (default 8)"`
	Features []string `yaml:"features" jsonschema_description:"the features to compare customers by (default: behaviour, never demography)"`
	Seed     uint64   `yaml:"seed"`

	Criterion string  `yaml:"criterion" jsonschema_description:"what the number of micro-segments is chosen by: stable_gap, silhouette, davies_bouldin, calinski_harabasz, stability, stable_silhouette, gap (default stable_gap)"`
	MinShare  float64 `yaml:"min_share" jsonschema_description:"the least share of customers that a micro-segment may have (default 0.01)"`
	MaxShare  float64 `yaml:"max_share" jsonschema_description:"the largest share of customers that a micro-segment may have (default 1)"`
}

// LoadConfig reads a configuration. Its errors name the line and the column.
func LoadConfig(file string) (*Config, error) {
	text, err := strict.Read(file)
	if os.IsNotExist(err) {
		return nil, mark(ErrConfig, fmt.Errorf("%s: there is no such file; segmenta init writes one to start from", file))
	}
	if err != nil {
		return nil, mark(ErrConfig, err)
	}
	c, err := ParseConfig(file, text)
	return c, mark(ErrConfig, err)
}

// ParseConfig reads the text of a configuration that stands in file.
func ParseConfig(file string, text []byte) (*Config, error) {
	filled, err := fillEnv(file, references(text), os.LookupEnv)
	if err != nil {
		return nil, err
	}
	c := &Config{file: file, dir: filepath.Dir(file), text: text}
	if err := strict.Decode(file, filled, c); err != nil {
		return nil, err
	}
	return c, c.complete()
}

// variable is ${NAME}; a comment may hold one and is left alone.
var variable = regexp.MustCompile(`(?m)#.*$|\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)

func fillEnv(file string, text []byte, lookup func(string) (string, bool)) ([]byte, error) {
	var missing error
	filled := variable.ReplaceAllFunc(text, func(found []byte) []byte {
		name := variable.FindSubmatch(found)[1]
		if len(name) == 0 {
			return found
		}
		value, ok := lookup(string(name))
		if !ok && missing == nil {
			before := text[:strings.Index(string(text), string(found))]
			line := strings.Count(string(before), "\n") + 1
			missing = &strict.Error{File: file, Line: line, Column: len(before) - strings.LastIndexByte(string(before), '\n'),
				Problem: fmt.Sprintf("the environment has no %s", name)}
		}
		return []byte(value)
	})
	return filled, missing
}

// complete fills in what was left out and refuses what makes no sense.
func (c *Config) complete() error {
	fill(&c.Language, "en")
	fill(&c.Timezone, "UTC")
	fill(&c.Workspace, "workspace")
	fill(&c.Name, filepath.Base(must(filepath.Abs(c.dir))))
	fill(&c.Training.Every, Days(30))
	fill(&c.Training.Cutoffs, 6)
	fill(&c.Training.MinPositive, 100)
	fill(&c.Training.Rounds, 120)
	fill(&c.Training.Leaves, 8)
	fill(&c.Clusters.Min, 3)
	fill(&c.Clusters.Max, 8)
	aim, err := goalOf(c.Goal)
	if err != nil {
		return fmt.Errorf("%s: %w", c.file, err)
	}
	if c.Targets == nil {
		c.Targets = make(map[string]Target)
		for _, name := range aim.targets {
			c.Targets[name] = Target{}
		}
	}
	for name, t := range c.Targets {
		if err := t.complete(name); err != nil {
			return fmt.Errorf("%s: targets: %s: %w", c.file, name, err)
		}
		c.Targets[name] = t
	}
	if err = errors.Join(c.Value.complete(), c.Profit.complete(aim), c.Holdout.check(), c.Privacy.check(), c.Measure.complete()); err != nil {
		return fmt.Errorf("%s: %w", c.file, err)
	}
	return errors.Join(c.check(), c.checkIdentity())
}

func (c *Config) check() (err error) {
	switch {
	case c.Sources.Transactions == nil:
		return fmt.Errorf("%s: sources.transactions is missing: it is the one source that is always needed", c.file)
	case c.Language != "es" && c.Language != "en":
		return fmt.Errorf("%s: language is %q, want es or en", c.file, c.Language)
	case c.Clusters.Min < 1 || c.Clusters.Max < c.Clusters.Min:
		return fmt.Errorf("%s: clusters: from %d to %d is no range", c.file, c.Clusters.Min, c.Clusters.Max)
	}
	if err := errors.Join(c.checkAllow(), c.checkEngine()); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(c.Calendar)) {
		if err := c.Calendar[name].check(name); err != nil {
			return fmt.Errorf("%s: %w", c.file, err)
		}
	}
	if err := cluster.CheckCriterion(c.Clusters.Criterion); err != nil {
		return fmt.Errorf("%s: clusters.criterion: %w", c.file, err)
	}
	if err := errors.Join(c.Sources.check(), c.Quality.check()); err != nil {
		return fmt.Errorf("%s: %w", c.file, err)
	}
	if c.zone, err = time.LoadLocation(c.Timezone); err != nil {
		return fmt.Errorf("%s: timezone %q is unknown; names look like Europe/Madrid or America/Mexico_City", c.file, c.Timezone)
	}
	return nil
}

// TargetNames lists the targets in order.
func (c *Config) TargetNames() []string { return slices.Sorted(maps.Keys(c.Targets)) }

// Path makes a path of the configuration absolute or relative to the caller.
func (c *Config) Path(p string) string {
	if filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(c.dir, p)
}

func fill[T comparable](field *T, usual T) {
	var zero T
	if *field == zero {
		*field = usual
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		return *new(T)
	}
	return v
}
