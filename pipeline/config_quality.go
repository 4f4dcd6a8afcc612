package pipeline

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"segmenta/features"
	"segmenta/segment"
)

// Quality says how bad data may be.
type Quality struct {
	MaxRejected *float64                       `yaml:"max_rejected" jsonschema_description:"the share of rows with a customer that may be rejected (default 0.05)"`
	MaxDrift    *float64                       `yaml:"max_drift" jsonschema_description:"how far the customers may be from those learned from, as a population stability index, before a run stops (default 1)"`
	Duplicates  string                         `yaml:"duplicates" jsonschema:"enum=keep,enum=drop" jsonschema_description:"what to do with a line that stands twice (default: drop where orders and products are known, keep otherwise)"`
	Expect      map[string]map[string]Expected `yaml:"expect" jsonschema_description:"what columns should hold, by source and column (ours or yours)"`
	Checks      map[string]Limits              `yaml:"checks" jsonschema_description:"other limits and severities for the checks that are always made"`

	MinReliability map[string]float64 `yaml:"min_reliability" jsonschema_description:"how far a family of attributes must be reliable, from 0 to 1, or a run stops: demographic, geographic, psychographic, behavioural"`
}

// Expected is what a column should hold.
type Expected struct {
	Required bool     `yaml:"required" jsonschema_description:"the column must be there"`
	Min      *float64 `yaml:"min" jsonschema_description:"no number is below it"`
	Max      *float64 `yaml:"max" jsonschema_description:"no number is above it"`
	Allowed  []string `yaml:"allowed" jsonschema_description:"no other word occurs"`
	Unique   bool     `yaml:"unique" jsonschema_description:"no value occurs twice"`
	MaxNull  *float64 `yaml:"max_null" jsonschema_description:"the share of rows that may be empty"`
	Share    float64  `yaml:"share" jsonschema_description:"of rows that may break the rest (default 0)"`
	Severity string   `yaml:"severity" jsonschema:"enum=warn,enum=fail" jsonschema_description:"warn: told; fail: stops train and run (default fail)"`
}

// Limits replace a check's own.
type Limits struct {
	Limit    *float64 `yaml:"limit" jsonschema_description:"the most that passes: a share, days, or times as many as before"`
	Least    *float64 `yaml:"least" jsonschema_description:"the least that passes, of volume"`
	Severity string   `yaml:"severity" jsonschema:"enum=off,enum=warn,enum=fail" jsonschema_description:"off: not asked; warn: told; fail: stops train and run"`
}

func (q *Quality) check() error {
	for _, family := range slices.Sorted(maps.Keys(q.MinReliability)) {
		if _, err := segment.NameOf(segment.AttributeFamilies, family); err != nil {
			return fmt.Errorf("quality.min_reliability: there is no family %q; there are demographic, geographic, psychographic and behavioural", family)
		}
		if v := q.MinReliability[family]; !(v >= 0 && v <= 1) {
			return fmt.Errorf("quality.min_reliability.%s is %v, want a share", family, v)
		}
	}
	for source, columns := range q.Expect {
		if !slices.Contains([]string{"transactions", "events", "customers"}, source) {
			return fmt.Errorf("quality.expect: there is no source %q; known are transactions, events and customers", source)
		}
		for name, e := range columns {
			switch {
			case e.Severity != "" && e.Severity != "warn" && e.Severity != "fail":
				return fmt.Errorf("quality.expect.%s.%s: severity is %q, want warn or fail", source, name, e.Severity)
			case e.Min != nil && e.Max != nil && *e.Min > *e.Max:
				return fmt.Errorf("quality.expect.%s.%s: from %g to %g is no range", source, name, *e.Min, *e.Max)
			case e.Share < 0 || e.Share > 1 || e.MaxNull != nil && (*e.MaxNull < 0 || *e.MaxNull > 1):
				return fmt.Errorf("quality.expect.%s.%s: a share lies between 0 and 1", source, name)
			}
		}
	}
	for name, l := range q.Checks {
		i := slices.IndexFunc(standards, func(s standard) bool { return s.name == name })
		if i < 0 {
			return fmt.Errorf("quality.checks: there is no check %q%s; there are %s", name, nearest(name, standardNames()), strings.Join(standardNames(), ", "))
		}
		if !slices.Contains([]string{"", "off", "warn", "fail"}, l.Severity) {
			return fmt.Errorf("quality.checks.%s: severity is %q, want off, warn or fail", name, l.Severity)
		}
	}
	return nil
}

// expectations of a source, in order of their columns.
func (q *Quality) expectations(source string) (all []features.Expectation) {
	columns := q.Expect[source]
	for _, name := range slices.Sorted(maps.Keys(columns)) {
		e := columns[name]
		fill(&e.Severity, "fail")
		all = append(all, features.Expectation{Column: name, Required: e.Required, Min: e.Min, Max: e.Max, Allowed: e.Allowed, Unique: e.Unique, MaxNull: e.MaxNull, Share: e.Share, Severity: e.Severity})
	}
	return all
}
