package pipeline

import (
	"fmt"

	"segmenta/features"
)

// Brought is a table of the user's own features, joined as it stood before each
// moment.
type Brought struct {
	Source

	Prefix     string `yaml:"prefix" jsonschema_description:"put before the columns' names"`
	Privacy    string `yaml:"privacy" jsonschema:"enum=behaviour,enum=demographic,enum=sensitive" jsonschema_description:"of its columns (default behaviour)"`
	Provenance string `yaml:"provenance" jsonschema:"enum=first_party,enum=zero_party,enum=third_party" jsonschema_description:"seen, said by the customer, or bought from others (default first_party)"`
}

// brought says to features where the user's own tables are.
func (c *Config) brought(g *intake) (all []features.Brought) {
	for i := range c.Sources.Features {
		b := &c.Sources.Features[i]
		s := g.source(namedSource{broughtName(i), &b.Source})
		all = append(all, features.Brought{Source: *s, Prefix: b.Prefix, Privacy: b.Privacy, Provenance: b.Provenance})
	}
	return all
}

// broughtName is what the i-th of the user's own tables is called.
func broughtName(i int) string { return fmt.Sprintf("features[%d]", i) }

// withBrought adds the features of the user's own tables to the definitions.
func (c *Config) withBrought(defs []features.Definition, brought []features.Definition) ([]features.Definition, error) {
	have := map[string]bool{}
	for i := range defs {
		have[defs[i].Name] = true
	}
	for _, d := range brought {
		if have[d.Name] {
			return nil, mark(ErrConfig, fmt.Errorf("%s: sources.features: there is a feature %s already; a prefix tells them apart", c.file, d.Name))
		}
		defs = append(defs, d)
	}
	return defs, nil
}
