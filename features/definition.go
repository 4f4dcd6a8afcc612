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
	Where   map[string]Test `yaml:"where"`   // what fields of a row must be for it to count
	Measure string          `yaml:"measure"` // a key of measures, or ratio, change, shrunk or difference
	Field   string          `yaml:"field"`   // what is measured: amount, quantity, discount, value, category, product or channel
	Fields  []string        `yaml:"fields"`  // of customers: the columns that may be filled
	Windows []string        `yaml:"windows"` // such as 30d, and all for the whole history, which is the default

	Ago    string   `yaml:"ago"`    // such as 365d: the windows end so long before the moment
	Each   []string `yaml:"each"`   // one definition for each of these words, which stand for {each}
	Months []int    `yaml:"months"` // of month_share
	Min    int      `yaml:"min"`    // fewer points, or fewer of what best counts, and there is no value

	Of     string  `yaml:"of"`     // of a ratio, change, shrunk rate or difference: the feature above the line
	To     string  `yaml:"to"`     // and the one below
	Weight float64 `yaml:"weight"` // of shrunk: how many of To the average customer's rate counts for
	Least  float64 `yaml:"least"`  // of a ratio: what To counts for at least, so that next to nothing below the line isn't a lot above it

	Among  map[string]string `yaml:"among"`  // of best: a word and the feature that speaks for it
	Counts map[string]string `yaml:"counts"` // and the feature that says on how much it rests, Min at least

	Unit       string `yaml:"unit"`
	En         string `yaml:"en"`
	Es         string `yaml:"es"`
	Null       string `yaml:"null"`       // what it means when there is no value; empty: there always is one
	Privacy    string `yaml:"privacy"`    // behaviour (the default), demographic or sensitive
	Provenance string `yaml:"provenance"` // first_party (what was seen, the default), zero_party (what they said) or third_party (what was bought)
	Models     *bool  `yaml:"models"`     // whether models learn from it where the configuration names no features; nil: yes

	days   int // its one window, 0 for the whole history
	ago    int // days before the moment at which it ends
	field  int // the place of Field in fields, once planned
	codes  []uint64
	of, to *Definition
	among  []choice
}

// Text reports whether the feature's values are words rather than numbers.
func (d *Definition) Text() bool {
	return d.Measure == "favourite" || d.Measure == "last_word" || d.Measure == "best" || d.Source == "customers" && profileMeasures[d.Measure].word != nil
}

// Window is the number of days that the feature looks back, 0 for the whole
// history and for what is derived from other features.
func (d *Definition) Window() int { return d.days }

// Reach is how many days of history it takes until the feature means what it says: one that
// looks at a year ago, at the months of a year, or at one window beside a longer one, says
// how long the history is before that. It is 0 where any history will do.
func (d *Definition) Reach() int {
	switch {
	case d.ago > 0:
		return d.ago + d.days
	case d.Measure == "month_share" || d.Measure == "season_share":
		return 365
	case d.Measure == "change":
		return d.to.days
	case d.of != nil && d.to != nil:
		return max(d.of.Reach(), d.to.Reach())
	}
	return 0
}

var nameForm = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// expand makes one definition for each window and word of each.
func (d Definition) expand() ([]Definition, error) {
	windows := d.Windows
	if len(windows) == 0 {
		windows = []string{"all"}
	}
	if len(windows) > 1 && !strings.Contains(d.Name, "{window}") {
		return nil, fmt.Errorf("%s: has %d windows, so its name must say {window}", d.Name, len(windows))
	}
	if len(d.Each) > 0 && !strings.Contains(d.Name, "{each}") {
		return nil, fmt.Errorf("%s: stands for each of %s, so its name must say {each}", d.Name, strings.Join(d.Each, ", "))
	}
	var all []Definition
	for _, word := range append(slices.Clone(d.Each), "")[:max(1, len(d.Each))] {
		for _, w := range windows {
			one, err := d.with(word).in(w)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", d.Name, err)
			}
			if err := one.check(); err != nil {
				return nil, fmt.Errorf("%s: %w", one.Name, err)
			}
			all = append(all, one)
		}
	}
	return all, nil
}

// with is the definition for one word of each.
func (d Definition) with(word string) Definition {
	if len(d.Each) == 0 {
		return d
	}
	put := func(s string) string { return strings.ReplaceAll(s, "{each}", word) }
	for _, s := range []*string{&d.Name, &d.Of, &d.To, &d.En, &d.Es, &d.Field, &d.Unit} {
		*s = put(*s)
	}
	types := make([]string, len(d.Types))
	for i, t := range d.Types {
		types[i] = put(t)
	}
	where := make(map[string]Test, len(d.Where))
	for f, t := range d.Where {
		t.Is, t.Not = slices.Clone(t.Is), slices.Clone(t.Not)
		for _, words := range [][]string{t.Is, t.Not} {
			for i := range words {
				words[i] = put(words[i])
			}
		}
		where[f] = t
	}
	d.Types, d.Where, d.Each = types, where, nil
	return d
}

// in is the definition with one window.
func (d Definition) in(window string) (Definition, error) {
	en, es := "ever", "en toda su historia"
	if window != "all" {
		n, err := wholeDays(window)
		if err != nil {
			return d, fmt.Errorf("window %q, want days such as 30d, or all", window)
		}
		d.days = n
		en, es = fmt.Sprintf("in the last %d days", n), fmt.Sprintf("en los últimos %d días", n)
	}
	if d.Ago != "" {
		var err error
		if d.ago, err = wholeDays(d.Ago); err != nil || d.days == 0 {
			return d, fmt.Errorf("ago %q, want days such as 365d, and windows beside it", d.Ago)
		}
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

func wholeDays(s string) (int, error) {
	n, err := strconv.Atoi(strings.TrimSuffix(s, "d"))
	if err != nil || n < 1 || n > 36500 || !strings.HasSuffix(s, "d") {
		return 0, fmt.Errorf("%q is no number of days", s)
	}
	return n, nil
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
	case d.Source == "calendar":
		return d.checkCalendar()
	case d.Source == "features":
		return nil
	}
	return d.checkRows()
}

// checkRows reports what is wrong with a definition over rows.
func (d *Definition) checkRows() error {
	m, ok := measures[d.Measure]
	if !ok {
		all := append(slices.Collect(maps.Keys(measures)), slices.Collect(maps.Keys(derived))...)
		slices.Sort(all)
		return fmt.Errorf("measure %q%s; known are %s", d.Measure, near(d.Measure, all), strings.Join(all, ", "))
	}
	if err := d.rows().check(); err != nil {
		return err
	}
	fields, journey := fieldsOf[d.Source], slices.Contains(journeyMeasures, d.Measure)
	switch {
	case journey != (d.Source == "journey"):
		return fmt.Errorf("source journey goes with the measures %s alone", strings.Join(journeyMeasures, ", "))
	case journey && (len(d.Types) == 0 || len(d.Where) > 0 || d.Measure == "route" && len(d.Types) != 2):
		return fmt.Errorf("measure %s needs types, of route two, and takes no where", d.Measure)
	case (d.Measure == "month_share") != (len(d.Months) > 0):
		return fmt.Errorf("months goes with the measure month_share, which needs it")
	case d.Text() && d.Field == "product":
		return fmt.Errorf("names of products are not kept, only how many there are")
	case m.field == noField && d.Field != "":
		return fmt.Errorf("measure %s takes no field", d.Measure)
	case m.field == noField:
		return nil
	case fieldAt(d.Field) < 0 && d.Field != "" && d.Family == Yours:
		return unknownField(d.Source, d.Field)
	case !slices.Contains(fields, d.Field) || isWord(d.Field) != (m.field == wordField):
		return fmt.Errorf("measure %s of %s can't take field %q", d.Measure, d.Source, d.Field)
	}
	return nil
}

func (d *Definition) checkDerived() error {
	if choosing[d.Measure] {
		return d.checkBest()
	}
	if d.Of == "" || d.To == "" {
		return fmt.Errorf("measure %s needs of and to, two other features", d.Measure)
	}
	if d.Source != "" || d.Field != "" || len(d.Types) > 0 {
		return fmt.Errorf("measure %s reads other features, so it takes no source, field or types", d.Measure)
	}
	if d.Measure == "shrunk" && d.Weight <= 0 {
		return fmt.Errorf("measure shrunk needs a weight above 0")
	}
	if d.Least < 0 || d.Least > 0 && d.Measure != "ratio" {
		return fmt.Errorf("least is %v: want a number above 0, of a ratio", d.Least)
	}
	return nil
}

// fieldsOf lists what can be measured of each source.
var fieldsOf = map[string][]string{
	"orders":  {"amount", "quantity", "discount", "cost", "channel", "status", "currency", "campaign"},
	"items":   {"amount", "quantity", "discount", "cost", "category", "product", "tier", "channel", "status", "currency", "campaign"},
	"returns": {"amount", "quantity", "cost", "category", "product", "tier", "channel", "status", "currency", "campaign"},
	"events":  {"value", "sentiment", "type", "category", "product", "channel", "campaign", "device", "page"},
	"journey": {"product"},
}

// isWord reports whether a field holds words rather than numbers.
func isWord(field string) bool {
	k := fieldAt(field)
	return k >= 0 && fields[k].kind == wordField
}
