package features

import (
	"embed"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"segmenta/strict"
)

//go:embed catalog/*.yaml
var builtin embed.FS

// ErrUnknown reports a feature that nothing defines.
var ErrUnknown = errors.New("unknown feature")

// A Catalog is a list of definitions with distinct names.
type Catalog struct {
	defs []Definition
	at   map[string]int
}

// Builtin returns the definitions of the folder catalog, family by family.
func Builtin() (*Catalog, error) { return readBuiltin() }

var readBuiltin = sync.OnceValues(func() (*Catalog, error) {
	files, err := builtin.ReadDir("catalog")
	if err != nil {
		return nil, err
	}
	c := &Catalog{}
	for _, f := range files {
		data, err := builtin.ReadFile("catalog/" + f.Name())
		if err != nil {
			return nil, err
		}
		var doc struct {
			Features []Definition `yaml:"features"`
		}
		if err := strict.Decode(f.Name(), data, &doc); err != nil {
			return nil, err
		}
		family := strings.TrimSuffix(path.Base(f.Name()), ".yaml")
		for i := range doc.Features {
			doc.Features[i].Family = family
		}
		if c, err = c.With(f.Name(), doc.Features); err != nil {
			return nil, err
		}
	}
	return c, nil
})

// builtinTypes lists the types of events that the built-in definitions and targets
// read.
func builtinTypes() (types []string) {
	c, err := Builtin()
	if err != nil {
		return nil
	}
	for i := range c.defs {
		types = append(types, c.defs[i].Types...)
	}
	targets, err := Targets()
	if err != nil {
		return nil
	}
	for _, t := range targets {
		for _, r := range []*Rows{&t.Of, t.Having, t.Ended} {
			if r != nil {
				types = append(types, r.Types...)
			}
		}
	}
	slices.Sort(types)
	return slices.Compact(types)
}

// EventTypes lists the types of events that the built-in definitions and targets
// read.
func EventTypes() []string { return builtinTypes() }

// Definitions lists the features, one entry a window.
func (c *Catalog) Definitions() []Definition { return slices.Clone(c.defs) }

// With returns the catalogue and some more definitions, which may read the ones
// before them. file names where they stand, for errors.
func (c *Catalog) With(file string, defs []Definition) (*Catalog, error) {
	more := &Catalog{defs: slices.Clone(c.defs), at: map[string]int{}}
	for i := range more.defs {
		more.at[more.defs[i].Name] = i
	}
	for _, d := range defs {
		if d.Family == "" {
			d.Family = Yours
		}
		all, err := d.expand()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		for _, one := range all {
			if err := more.add(one); err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
		}
	}
	return more, nil
}

func (c *Catalog) add(d Definition) error {
	if _, twice := c.at[d.Name]; twice {
		return fmt.Errorf("%s is defined twice", d.Name)
	}
	if choosing[d.Measure] {
		if err := c.choices(&d); err != nil {
			return err
		}
	} else if derived[d.Measure] {
		for _, part := range []struct {
			name string
			to   **Definition
		}{{d.Of, &d.of}, {d.To, &d.to}} {
			one, err := c.part(d.Name, part.name)
			if err != nil {
				return err
			}
			*part.to = one
		}
	}
	if d.Measure == "change" && (d.of.days == 0 || d.to.days <= d.of.days) {
		return fmt.Errorf("%s: change wants a short window and then a longer one", d.Name)
	}
	c.at[d.Name] = len(c.defs)
	c.defs = append(c.defs, d)
	return nil
}

// part finds what a derived definition reads.
func (c *Catalog) part(of, name string) (*Definition, error) {
	i, ok := c.at[name]
	switch {
	case !ok:
		return nil, fmt.Errorf("%s: %w: %s%s", of, ErrUnknown, name, nearFeature(name, c.defs))
	case c.defs[i].Text():
		return nil, fmt.Errorf("%s: %s holds words, want numbers", of, name)
	case c.defs[i].joined():
		return nil, fmt.Errorf("%s: %s comes from the %s, and only what customers did can be derived from", of, name, c.defs[i].Source)
	}
	one := c.defs[i]
	return &one, nil
}

// Select picks definitions by name, in the order of the names.
func (c *Catalog) Select(names []string) ([]Definition, error) {
	picked := make([]Definition, 0, len(names))
	for _, n := range names {
		i, ok := c.at[n]
		if !ok {
			return nil, fmt.Errorf("%w: %s%s", ErrUnknown, n, nearFeature(n, c.defs))
		}
		picked = append(picked, c.defs[i])
	}
	return picked, nil
}
