package features

import (
	"net/mail"
	"slices"
	"strings"
	"time"

	"segmenta/table"
)

// A person is one row of the customers file, as of a moment.
type person struct {
	t    *table.Table
	row  int
	at   time.Time // the moment, in the zone
	zone *clock
	l    *layout
}

// A profileMeasure turns a person into a number, NaN for none, or a word, "" for
// none.
type profileMeasure struct {
	number func(p *person, d *Definition) float64
	word   func(p *person, d *Definition) string
}

// profileMeasures lists what can be said of the customers file's columns.
var profileMeasures = map[string]profileMeasure{
	"years":       {number: func(p *person, d *Definition) float64 { return p.years(d.Field) }},
	"since":       {number: func(p *person, d *Definition) float64 { return p.since(d.Field) }},
	"until":       {number: func(p *person, d *Definition) float64 { return p.until(d.Field) }},
	"number":      {number: func(p *person, d *Definition) float64 { return p.number(d.Field) }},
	"flag":        {number: func(p *person, d *Definition) float64 { return flag(p.text(d.Field)) }},
	"filled":      {number: func(p *person, d *Definition) float64 { return float64(p.filled(d.Fields)) / float64(len(d.Fields)) }},
	"filled_n":    {number: func(p *person, d *Definition) float64 { return float64(p.filled(d.Fields)) }},
	"valid_email": {number: func(p *person, d *Definition) float64 { return truth(validEmail(p.text(d.Field))) }},
	"valid_phone": {number: func(p *person, d *Definition) float64 { return truth(validPhone(p.text(d.Field))) }},
	"listed":      {number: func(p *person, d *Definition) float64 { return float64(len(listed(p.text(d.Field)))) }},

	"word":       {word: func(p *person, d *Definition) string { return p.text(d.Field) }},
	"country":    {word: func(p *person, d *Definition) string { return country(p.text(d.Field)) }},
	"language":   {word: func(p *person, d *Definition) string { return tongue(p.text(d.Field)) }},
	"band":       {word: func(p *person, d *Definition) string { return ageBand(p.years(d.Field)) }},
	"generation": {word: func(p *person, d *Definition) string { return p.generation(d.Field) }},
}

func truth(b bool) float64 { return float64(boolInt(b)) }

// text is a field's text, trimmed; "" where there is none.
func (p *person) text(field string) string {
	c := p.t.Column(field)
	if c == nil || c.IsNull(p.row) {
		return ""
	}
	return strings.TrimSpace(c.Format(p.row))
}

func (p *person) number(field string) float64 {
	c := p.t.Column(field)
	if c == nil || c.IsNull(p.row) {
		return nan
	}
	if c.Kind == table.String {
		v, f := reader{}.number(c.Text(p.row))
		if f != sound {
			return nan
		}
		return v
	}
	return c.Number(p.row)
}

func (p *person) filled(fields []string) (n int) {
	for _, f := range fields {
		n += boolInt(p.text(f) != "")
	}
	return n
}

// time is a field's moment in microseconds of UTC.
func (p *person) time(field string) (int64, bool) {
	c := p.t.Column(field)
	switch {
	case c == nil || c.IsNull(p.row):
		return 0, false
	case c.Kind == table.Time && c.Local:
		return p.zone.utc(c.Ints[p.row]), true
	case c.Kind == table.Time:
		return c.Ints[p.row], true
	case c.Kind == table.String:
		at, f := p.l.moment(c.Text(p.row), p.zone)
		return at, f == sound
	}
	return 0, false
}

// date is a field's day on the calendar. A moment of UTC midnight in a Parquet file
// is a date, wherever the zone is.
func (p *person) date(field string) (time.Time, bool) {
	at, ok := p.time(field)
	if !ok {
		return time.Time{}, false
	}
	t := time.UnixMicro(at).UTC()
	if c := p.t.Column(field); c.Kind == table.String || at%day != 0 {
		t = time.UnixMicro(at).In(p.at.Location())
	}
	return t, true
}

// since is the days since a time before the moment; what the file dates at or
// after the moment nobody knew then.
func (p *person) since(field string) float64 {
	at, ok := p.time(field)
	if !ok || at >= p.at.UnixMicro() {
		return nan
	}
	return float64(p.at.UnixMicro()-at) / float64(day)
}

// until is the days until a date, below zero once it has passed.
func (p *person) until(field string) float64 {
	at, ok := p.time(field)
	if !ok {
		return nan
	}
	return float64(at-p.at.UnixMicro()) / float64(day)
}

// oldest is the age past which a date of birth is a mistake or a placeholder.
const oldest = 120

// years is the full years since a date. Who was born on February 29 turns a year
// older on March 1 where there is none.
func (p *person) years(field string) float64 {
	born, ok := p.date(field)
	if !ok {
		return nan
	}
	years := p.at.Year() - born.Year()
	if p.at.Month() < born.Month() || p.at.Month() == born.Month() && p.at.Day() < born.Day() {
		years--
	}
	if years < 0 || years > oldest {
		return nan
	}
	return float64(years)
}

// ageBand is the band of an age, as markets are usually cut.
func ageBand(years float64) string {
	for _, b := range []struct {
		below float64
		name  string
	}{{18, "0-17"}, {25, "18-24"}, {35, "25-34"}, {45, "35-44"}, {55, "45-54"}, {65, "55-64"}, {oldest + 1, "65+"}} {
		if years < b.below {
			return b.name
		}
	}
	return ""
}

// generation is named by year of birth, in the cuts of Pew Research Center, "Defining
// generations" (2019).
func (p *person) generation(field string) string {
	born, ok := p.date(field)
	if y := p.years(field); !ok || y != y {
		return ""
	}
	for _, g := range []struct {
		until int
		name  string
	}{{1927, "greatest"}, {1945, "silent"}, {1964, "boomers"}, {1980, "gen_x"}, {1996, "millennials"}, {2012, "gen_z"}} {
		if born.Year() <= g.until {
			return g.name
		}
	}
	return "gen_alpha"
}

// flag reads yes and no as people and programs write them.
func flag(s string) float64 {
	switch strings.ToLower(s) {
	case "1", "true", "t", "yes", "y", "si", "sí", "s", "x", "verdadero":
		return 1
	case "0", "false", "f", "no", "n", "falso":
		return 0
	}
	return nan
}

// validEmail reports whether a text is one address whose host has a dot. It can't say
// whether anybody reads it.
func validEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s {
		return false
	}
	host := s[strings.LastIndexByte(s, '@')+1:]
	return strings.Contains(strings.Trim(host, "."), ".") && !strings.HasPrefix(host, "[")
}

// validPhone reports whether a text is an international number: + or 00, a country
// code, and 8 to 15 digits in all. ITU-T E.164 (2010).
func validPhone(s string) bool {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -.()/", r) {
			return -1
		}
		return r
	}, s)
	digits, plus := strings.CutPrefix(s, "+")
	if !plus {
		if digits, plus = strings.CutPrefix(s, "00"); !plus {
			return false
		}
	}
	for _, r := range digits {
		if r < '0' || r > '9' {
			return false
		}
	}
	return len(digits) >= 8 && len(digits) <= 15 && digits[0] != '0'
}

// listed splits a text of several words: a, b; c | d.
func listed(s string) []string {
	return slices.DeleteFunc(strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(",;|", r) }),
		func(w string) bool { return strings.TrimSpace(w) == "" })
}
