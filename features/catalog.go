package features

import (
	"embed"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"segmenta/strict"
)

//go:embed catalog/*.yaml
var builtin embed.FS

// A Definition says what one feature means and how it is computed: either a measure
// of the rows of a source in a window, or something made of other features.
type Definition struct {
	Name    string
	Source  string // purchases, lines, returns, or events
	Measure string // see measures
	Value   string // what is measured of a row: amount, quantity, hour, category, …
	Types   []string
	Window  int // days before the moment; 0: all history
	Of, By  string
	How     string  // ratio, share_of, trend, shrunk or overdue; empty for a measure
	Prior   float64 // of shrunk and overdue: how many observations the pooled value counts for
	Text    bool    // its values are words
	Unit    string
	En, Es  string
	Null    string // what a missing value means
	Privacy string // empty, demographic or sensitive
}

// entry is a definition as it is written: with windows it stands for several.
type entry struct {
	Name    string   `yaml:"name"`
	Source  string   `yaml:"source"`
	Measure string   `yaml:"measure"`
	Value   string   `yaml:"value"`
	Types   []string `yaml:"types"`
	Windows []string `yaml:"windows"`
	Of      string   `yaml:"of"`
	By      string   `yaml:"by"`
	How     string   `yaml:"how"`
	Prior   float64  `yaml:"prior"`
	Unit    string   `yaml:"unit"`
	En      string   `yaml:"en"`
	Es      string   `yaml:"es"`
	Null    string   `yaml:"null"`
	Privacy string   `yaml:"privacy"`
}

// A Catalog is a list of definitions.
type Catalog struct {
	definitions []Definition
}

// Definitions lists them, in the order in which they are written.
func (c *Catalog) Definitions() []Definition { return slices.Clone(c.definitions) }

// Builtin reads the definitions that come with segmenta.
func Builtin() (*Catalog, error) {
	files, err := fs.Glob(builtin, "catalog/*.yaml")
	if err != nil {
		return nil, err
	}
	c := new(Catalog)
	for _, file := range files {
		text, err := builtin.ReadFile(file)
		if err != nil {
			return nil, err
		}
		n, err := strict.Parse(file, text)
		if err != nil {
			return nil, err
		}
		if c, err = c.With(n); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// With adds the definitions of a list, which may build on those before them.
func (c *Catalog) With(list strict.Node) (*Catalog, error) {
	if !list.IsList() {
		return nil, list.Errorf("want a list of features")
	}
	more := &Catalog{definitions: slices.Clone(c.definitions)}
	for _, item := range list.Items() {
		var e entry
		if err := item.Decode(&e); err != nil {
			return nil, err
		}
		if err := e.check(); err != nil {
			return nil, item.Errorf("%s: %v", e.Name, err)
		}
		for _, d := range e.expand() {
			if err := more.add(d); err != nil {
				return nil, item.Errorf("%v", err)
			}
		}
	}
	return more, nil
}

func (c *Catalog) add(d Definition) error {
	if _, twice := c.find(d.Name); twice {
		return fmt.Errorf("%s is defined already", d.Name)
	}
	for _, other := range []string{d.Of, d.By} {
		if other == "" {
			continue
		}
		if _, ok := c.find(other); !ok {
			return fmt.Errorf("%s builds on %s, which nothing before it defines%s", d.Name, other, meant(other, c.names()))
		}
	}
	c.definitions = append(c.definitions, d)
	return nil
}

func (c *Catalog) find(name string) (Definition, bool) {
	i := slices.IndexFunc(c.definitions, func(d Definition) bool { return d.Name == name })
	if i < 0 {
		return Definition{}, false
	}
	return c.definitions[i], true
}

func (c *Catalog) names() (names []string) {
	for _, d := range c.definitions {
		names = append(names, d.Name)
	}
	return names
}

var (
	sources = []string{"purchases", "lines", "returns", "events"}
	derived = []string{"ratio", "share_of", "trend", "shrunk", "overdue"}
	named   = regexp.MustCompile(`^[a-z][a-z0-9_]*(\{w\})?[a-z0-9_]*$`)
)

func (e *entry) check() error {
	switch {
	case !named.MatchString(e.Name):
		return fmt.Errorf("name it with small letters, digits and _")
	case e.En == "" || e.Es == "":
		return fmt.Errorf("say what it means, in en and in es")
	case len(e.Windows) > 0 && !strings.Contains(e.Name, "{w}"):
		return fmt.Errorf("with windows the name needs {w}, as in orders_{w}")
	case e.Privacy != "" && e.Privacy != "demographic" && e.Privacy != "sensitive":
		return fmt.Errorf("privacy is %q, want demographic or sensitive", e.Privacy)
	}
	for _, w := range e.Windows {
		if _, err := days(w); err != nil {
			return err
		}
	}
	if e.How != "" {
		if !slices.Contains(derived, e.How) {
			return fmt.Errorf("how is %q%s", e.How, meant(e.How, derived))
		}
		if e.Of == "" || e.By == "" {
			return fmt.Errorf("%s needs of and by", e.How)
		}
		return nil
	}
	if !slices.Contains(sources, e.Source) {
		return fmt.Errorf("source is %q%s", e.Source, meant(e.Source, sources))
	}
	m, ok := measures[e.Measure]
	if !ok {
		return fmt.Errorf("measure is %q%s", e.Measure, meant(e.Measure, measureNames()))
	}
	return m.check(e)
}

// days reads 30d.
func days(w string) (int, error) {
	n, err := strconv.Atoi(strings.TrimSuffix(w, "d"))
	if err != nil || n <= 0 || !strings.HasSuffix(w, "d") {
		return 0, fmt.Errorf("window %q: write days, such as 30d", w)
	}
	return n, nil
}

// expand makes a definition of each window.
func (e *entry) expand() (list []Definition) {
	windows := e.Windows
	if len(windows) == 0 {
		windows = []string{""}
	}
	for _, w := range windows {
		n := 0
		if w != "" {
			n, _ = days(w)
		}
		fill := strings.NewReplacer("{w}", w, "{days}", strconv.Itoa(n))
		list = append(list, Definition{Name: fill.Replace(e.Name), Source: e.Source, Measure: e.Measure, Value: e.Value, Types: e.Types,
			Window: n, Of: fill.Replace(e.Of), By: fill.Replace(e.By), How: e.How, Prior: e.Prior, Text: e.How == "" && measures[e.Measure].words(e.Value),
			Unit: e.Unit, En: fill.Replace(e.En), Es: fill.Replace(e.Es), Null: e.Null, Privacy: e.Privacy})
	}
	return list
}

// Off is a definition that the data can't answer, and why.
type Off struct {
	Name string
	Why  string
}

// Available parts the definitions that these data can answer from those that they
// can't.
func (h *History) Available(definitions []Definition) (on []Definition, off []Off) {
	out := make(map[string]bool)
	for _, d := range definitions {
		why := h.lacks(d)
		for _, other := range []string{d.Of, d.By} {
			if out[other] {
				why = "it builds on " + other + ", which is off"
			}
		}
		if why != "" {
			out[d.Name] = true
			off = append(off, Off{d.Name, why})
			continue
		}
		on = append(on, d)
	}
	return on, off
}

// lacks says which column or event a definition needs that there is none of.
func (h *History) lacks(d Definition) string {
	if d.How != "" {
		return ""
	}
	source := "transactions"
	if d.Source == "events" {
		source = "events"
	}
	if !h.has[source] {
		return "there is no source " + source
	}
	if column, ok := valueColumns[d.Value]; ok && column != "" && !h.has[source+"."+column] {
		return fmt.Sprintf("%s have no column %s", source, column)
	}
	if len(d.Types) > 0 && len(h.kinds(d.Types)) == 0 {
		return "no event is of type " + strings.Join(d.Types, " or ")
	}
	return ""
}

// kinds are the codes of event types.
func (h *History) kinds(types []string) (codes []int32) {
	for _, t := range types {
		if k, ok := slices.BinarySearch(h.words[kind], t); ok {
			codes = append(codes, int32(k))
		}
	}
	return codes
}
