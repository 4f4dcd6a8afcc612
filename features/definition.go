package features

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A Definition is one feature: what it is called, what it means, and its recipe.
//
// In a file, one definition with several windows stands for one feature a window;
// {window} in its name and words says which.
type Definition struct {
	Name   string `yaml:"name"`
	Family string `yaml:"-"` // the catalogue file it stands in

	Source  string          `yaml:"source"`  // orders, items, returns or events
	Types   []string        `yaml:"types"`   // of events that count; none: all
	Where   map[string]Test `yaml:"-"`       // what fields of a row must be for it to count
	Measure string          `yaml:"measure"` // a key of measures, or ratio, change, shrunk or difference
	Field   string          `yaml:"field"`   // what is measured: amount, quantity, discount, value, category, product or channel
	Fields  []string        `yaml:"fields"`  // of customers: the columns that may be filled
	Windows []string        `yaml:"windows"` // such as 30d, and all for the whole history, which is the default

	Of     string  `yaml:"of"`     // of a ratio, change, shrunk rate or difference: the feature above the line
	To     string  `yaml:"to"`     // and the one below
	Weight float64 `yaml:"weight"` // of shrunk: how many of To the average customer's rate counts for

	Unit       string `yaml:"unit"`
	En         string `yaml:"en"`
	Es         string `yaml:"es"`
	Null       string `yaml:"null"`       // what it means when there is no value; empty: there always is one
	Privacy    string `yaml:"privacy"`    // behaviour (the default), demographic or sensitive
	Provenance string `yaml:"provenance"` // first_party (what was seen, the default), zero_party (what they said) or third_party (what was bought)
	Models     *bool  `yaml:"models"`     // whether models learn from it where the configuration names no features; nil: yes

	days   int // its one window, 0 for the whole history
	field  int // the place of Field in fields, once planned
	of, to *Definition
}

// Text reports whether the feature's values are words rather than numbers.
func (d *Definition) Text() bool {
	return d.Measure == "favourite" || d.Source == "customers" && profileMeasures[d.Measure].word != nil
}

// Window is the number of days that the feature looks back, 0 for the whole
// history and for what is derived from other features.
func (d *Definition) Window() int { return d.days }

var nameForm = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// expand makes one definition a window.
func (d Definition) expand() ([]Definition, error) {
	windows := d.Windows
	if len(windows) == 0 {
		windows = []string{"all"}
	}
	if len(windows) > 1 && !strings.Contains(d.Name, "{window}") {
		return nil, fmt.Errorf("%s: has %d windows, so its name must say {window}", d.Name, len(windows))
	}
	var all []Definition
	for _, w := range windows {
		one, err := d.in(w)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", d.Name, err)
		}
		if err := one.check(); err != nil {
			return nil, fmt.Errorf("%s: %w", one.Name, err)
		}
		all = append(all, one)
	}
	return all, nil
}

// in is the definition with one window.
func (d Definition) in(window string) (Definition, error) {
	en, es := "ever", "en toda su historia"
	if window != "all" {
		n, err := strconv.Atoi(strings.TrimSuffix(window, "d"))
		if err != nil || n < 1 || n > 36500 || !strings.HasSuffix(window, "d") {
			return d, fmt.Errorf("window %q, want days such as 30d, or all", window)
		}
		d.days = n
		en, es = fmt.Sprintf("in the last %d days", n), fmt.Sprintf("en los últimos %d días", n)
	}
	d.Windows = []string{window}
	for _, s := range []*string{&d.Name, &d.Of, &d.To} {
		*s = strings.ReplaceAll(*s, "{window}", window)
	}
	d.En = strings.ReplaceAll(d.En, "{window}", en)
	d.Es = strings.ReplaceAll(d.Es, "{window}", es)
	or(&d.Privacy, "behaviour")
	or(&d.Provenance, "first_party")
	return d, nil
}

// check reports what is wrong with a definition by itself.
func (d *Definition) check() error {
	switch {
	case !nameForm.MatchString(d.Name):
		return fmt.Errorf("a feature's name is small letters, digits and _, starting with a letter")
	case d.En == "" || d.Es == "":
		return fmt.Errorf("it needs words in both languages, en and es")
	case !slices.Contains([]string{"behaviour", "demographic", "sensitive"}, d.Privacy):
		return fmt.Errorf("privacy %q, want behaviour, demographic or sensitive", d.Privacy)
	case !slices.Contains([]string{"first_party", "zero_party", "third_party"}, d.Provenance):
		return fmt.Errorf("provenance %q, want first_party, zero_party or third_party", d.Provenance)
	case derived[d.Measure]:
		return d.checkDerived()
	case d.fromProfile():
		return d.checkProfile()
	case d.Source == "features":
		return nil
	}
	m, ok := measures[d.Measure]
	if !ok {
		all := append(slices.Collect(maps.Keys(measures)), slices.Collect(maps.Keys(derived))...)
		slices.Sort(all)
		return fmt.Errorf("measure %q%s; known are %s", d.Measure, near(d.Measure, all), strings.Join(all, ", "))
	}
	fields, ok := fieldsOf[d.Source]
	if !ok {
		all := slices.Sorted(maps.Keys(fieldsOf))
		return fmt.Errorf("source %q%s; known are %s", d.Source, near(d.Source, all), strings.Join(all, ", "))
	}
	if len(d.Types) > 0 && d.Source != "events" {
		return fmt.Errorf("only events have types")
	}
	switch {
	case d.Text() && d.Field == "product":
		return fmt.Errorf("the favourite product is not kept, only how many there are")
	case m.field == noField && d.Field != "":
		return fmt.Errorf("measure %s takes no field", d.Measure)
	case m.field == noField:
		return nil
	case !slices.Contains(fields, d.Field) || isWord[d.Field] != (m.field == wordField):
		return fmt.Errorf("measure %s of %s can't take field %q", d.Measure, d.Source, d.Field)
	}
	return nil
}

func (d *Definition) checkDerived() error {
	if d.Of == "" || d.To == "" {
		return fmt.Errorf("measure %s needs of and to, two other features", d.Measure)
	}
	if d.Source != "" || d.Field != "" || len(d.Types) > 0 {
		return fmt.Errorf("measure %s reads other features, so it takes no source, field or types", d.Measure)
	}
	if d.Measure == "shrunk" && d.Weight <= 0 {
		return fmt.Errorf("measure shrunk needs a weight above 0")
	}
	return nil
}

// fieldsOf lists what can be measured of each source.
var fieldsOf = map[string][]string{
	"orders":  {"amount", "quantity", "discount", "channel"},
	"items":   {"amount", "quantity", "discount", "category", "product", "channel"},
	"returns": {"amount", "quantity", "category", "product"},
	"events":  {"value", "channel"},
}

// isWord says which fields hold words rather than numbers.
var isWord = map[string]bool{"category": true, "product": true, "channel": true}
