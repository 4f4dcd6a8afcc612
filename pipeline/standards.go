package pipeline

import (
	"slices"
	"strings"

	"segmenta/features"
)

// A standard is a check that is always made, with the limit and the severity that it has
// until the configuration says otherwise.
type standard struct {
	name         string
	severity     string // empty: each of its answers has its own
	limit, least float64
	ask          func(q *questions, s standard)
}

// standards lists them. A new one is a line here.
var standards = []standard{
	{"schema", "", 0, 0, (*questions).schema},
	{"currency", "fail", 0, 0, (*questions).currency},
	{"volume", "fail", 2.5, 0.5, (*questions).volume},       // times as many rows as in the run before
	{"nulls", "warn", 0.2, 0, (*questions).nulls},           // by how much a column's share of nulls may rise
	{"duplicates", "warn", 0.2, 0, (*questions).duplicates}, // share of rows that stand twice
	{"future", "warn", 0.05, 0, (*questions).future},        // share of rows that haven't happened yet
	{"freshness", "warn", 30, 0, (*questions).freshness},    // days since the newest row
	{"unseen", "warn", 0.2, 0, (*questions).unseen},         // share of rows whose category is new
	{"unmatched", "warn", 0.5, 0, (*questions).unmatched},   // share of customers whom no other source knows
	{"same_person", "warn", 0.05, 0, nil},                   // share of customers with the e-mail or telephone of another
	{"late", "warn", 0.2, 0, (*questions).late},             // share of rows older than the run before and unknown to it
}

// samePerson lists what tells that two rows of customers mean one person.
func (q *Quality) samePerson() (all []features.Expectation) {
	s := standards[slices.IndexFunc(standards, func(s standard) bool { return s.name == "same_person" })]
	s = s.set(q.Checks[s.name])
	if s.severity == "off" {
		return nil
	}
	for _, c := range []struct {
		column string
		same   func(string) string
	}{{"email", sameEmail}, {"phone", samePhone}} {
		all = append(all, features.Expectation{Column: c.column, Unique: true, Share: s.limit, Severity: s.severity, SameAs: c.same, Name: s.name})
	}
	return all
}

// sameEmail is an address as mail servers compare it, empty where it is none.
func sameEmail(cell string) string {
	if cell = strings.ToLower(strings.TrimSpace(cell)); !strings.Contains(cell, "@") {
		return ""
	}
	return cell
}

// samePhone is the digits of a number, without the zeros in front; too few are none.
func samePhone(cell string) string {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, cell)
	if digits = strings.TrimLeft(digits, "0"); len(digits) < 6 {
		return ""
	}
	return digits
}

// set is the standard with what the configuration says of it.
func (s standard) set(l Limits) standard {
	if l.Severity != "" {
		s.severity = l.Severity
	}
	if l.Limit != nil {
		s.limit = *l.Limit
	}
	if l.Least != nil {
		s.least = *l.Least
	}
	return s
}

func standardNames() (names []string) {
	for _, s := range standards {
		names = append(names, s.name)
	}
	return names
}
