package pipeline

import (
	"fmt"
	"slices"
	"strings"

	"segmenta/features"
)

// allowable lists what stays out of models and micro-segments unless the
// configuration asks for it under allow.
var allowable = []string{"demographic", "sensitive", "third_party"}

func (c *Config) checkAllow() error {
	for _, a := range c.Allow {
		if !slices.Contains(allowable, a) {
			return fmt.Errorf("%s: allow: %q%s, want %s", c.file, a, nearest(a, allowable), strings.Join(allowable, ", "))
		}
	}
	return nil
}

// allows reports whether models and micro-segments may use a feature: what customers
// do always, who they are and what was bought from others only where it is asked for.
func (c *Config) allows(d *features.Definition) bool {
	for _, class := range []string{d.Privacy, d.Provenance} {
		if slices.Contains(allowable, class) && !slices.Contains(c.Allow, class) {
			return false
		}
	}
	return true
}

// mayLearn reports whether models learn from a feature: one that is allowed and, where
// the configuration names features, named.
func (j *Job) mayLearn(d *features.Definition) bool {
	c := j.Config
	if c == nil {
		c = new(Config)
	}
	if named := c.Training.Features; len(named) > 0 && !slices.Equal(named, []string{"all"}) {
		return c.allows(d) && slices.Contains(named, d.Name)
	}
	return c.allows(d) && (len(c.Training.Features) > 0 || d.Models == nil || *d.Models)
}

// checkNamed refuses names under training.features and clusters.features that are of
// no feature, or of one that stays out.
func (c *Config) checkNamed(defs []features.Definition) error {
	var names []string
	at := map[string]*features.Definition{}
	for i := range defs {
		names = append(names, defs[i].Name)
		at[defs[i].Name] = &defs[i]
	}
	for _, list := range []struct {
		key   string
		names []string
	}{{"training.features", c.Training.Features}, {"clusters.features", c.Clusters.Features}} {
		for _, n := range list.names {
			d := at[n]
			switch {
			case n == "all" && list.key == "training.features":
			case d == nil:
				return fmt.Errorf("%s: %s: there is no feature %q%s", c.file, list.key, n, nearest(n, names))
			case !c.allows(d):
				return fmt.Errorf("%s: %s: %s is %s, and stays out unless allow: [%s] is set", c.file, list.key, n, classOf(d), classOf(d))
			}
		}
	}
	return nil
}

func classOf(d *features.Definition) string {
	if slices.Contains(allowable, d.Privacy) {
		return d.Privacy
	}
	return d.Provenance
}
