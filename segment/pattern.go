package segment

import (
	"embed"
	"io/fs"

	"segmenta/strict"
	"segmenta/table"
)

// A Pattern is a name for whoever meets conditions: a persona, whom somebody believes
// the best customers to be, or an intent, what somebody has come for.
type Pattern struct {
	ID string      `yaml:"id"`
	Es Words       `yaml:"es"`
	En Words       `yaml:"en"`
	Is strict.Node `yaml:"is"` // conditions, as in a rule
}

// ReadPattern reads one.
func ReadPattern(n strict.Node) (*Pattern, error) {
	p := new(Pattern)
	if err := n.Decode(p); err != nil {
		return nil, err
	}
	if p.ID == "" || p.Is.IsZero() {
		return nil, n.Errorf("a persona or an intent has an id, and says in is: what its customers are like")
	}
	return p, nil
}

// Mentions lists the columns that the pattern asks of.
func (p *Pattern) Mentions() []Mention { return (&Rule{Primary: p.Is}).Mentions() }

// Of marks the rows of a table that the pattern fits.
func (p *Pattern) Of(t *table.Table) ([]bool, error) {
	c, err := compile(p.Is, t, make(map[string]float64))
	if err != nil {
		return nil, err
	}
	in := make([]bool, t.Rows())
	for i, v := range c.truths(len(in)) {
		in[i] = v == yes
	}
	return in, nil
}

//go:embed intent/*.yaml
var intents embed.FS

// Intents reads the built-in intents, in the order in which they are asked: what job
// somebody has come to get done, by what they do.
//
// Christensen, C. M., Hall, T., Dillon, K., Duncan, D. S. (2016). Know your customers'
// "jobs to be done". Harvard Business Review 94 (9).
func Intents() (list []*Pattern, err error) {
	files, err := fs.Glob(intents, "intent/*.yaml")
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		text, err := intents.ReadFile(file)
		if err != nil {
			return nil, err
		}
		n, err := strict.Parse(file, text)
		if err != nil {
			return nil, err
		}
		p, err := ReadPattern(n)
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

// First names the first pattern that fits each row, empty where none does. Patterns on
// columns that there are none of are left out, and returned.
func First(patterns []*Pattern, t *table.Table) (first []string, lacking map[string]string, err error) {
	first, lacking = make([]string, t.Rows()), make(map[string]string)
patterns:
	for _, p := range patterns {
		for _, m := range p.Mentions() {
			if t.Column(m.Column) == nil {
				lacking[p.ID] = m.Column
				continue patterns
			}
		}
		in, err := p.Of(t)
		if err != nil {
			return nil, nil, err
		}
		for i, fits := range in {
			if fits && first[i] == "" {
				first[i] = p.ID
			}
		}
	}
	return first, lacking, nil
}
