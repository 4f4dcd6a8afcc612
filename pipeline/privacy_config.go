package pipeline

import (
	"fmt"
	"maps"
	"slices"
)

// Holdout says who is left alone, so that effects can be measured.
type Holdout struct {
	Share     float64            `yaml:"share" jsonschema_description:"of all customers, whom no campaign reaches (default 0)"`
	Salt      string             `yaml:"salt" jsonschema_description:"any text; another one draws anew"`
	Segments  map[string]float64 `yaml:"segments" jsonschema_description:"share left alone of a segment, by its id; of other kinds as kind/segment, such as rfm/champions"`
	Campaigns map[string]float64 `yaml:"campaigns" jsonschema_description:"share of all customers that a campaign leaves alone, by its name"`
}

// Privacy says what is done with people who have not agreed, and in how small a group
// nobody is shown.
type Privacy struct {
	Profiling string `yaml:"profiling" jsonschema:"enum=opt_in,enum=opt_out" jsonschema_description:"where the customers file has consent_profiling: opt_in scores those who agreed, opt_out all but those who said no (default opt_in)"`
	MinGroup  int    `yaml:"min_group" jsonschema_description:"figures of fewer customers than this are left out of the summary tables and the report (default 0: none are)"`
}

func (h *Holdout) check() error {
	shares := map[string]float64{"share": h.Share}
	for id, v := range h.Segments {
		shares["segments."+id] = v
	}
	for id, v := range h.Campaigns {
		shares["campaigns."+id] = v
	}
	for _, name := range slices.Sorted(maps.Keys(shares)) {
		if v := shares[name]; !(v >= 0 && v <= maxHeldOut) {
			return fmt.Errorf("holdout.%s is %v, want a share from 0 to %v", name, v, maxHeldOut)
		}
	}
	return nil
}

// maxHeldOut is the largest share that may be left alone: from there on it is the
// campaign that is the exception.
const maxHeldOut = 0.9

func (p *Privacy) check() error {
	if p.Profiling == "" {
		p.Profiling = "opt_in"
	}
	switch {
	case p.Profiling != "opt_in" && p.Profiling != "opt_out":
		return fmt.Errorf("privacy.profiling is %q, want opt_in or opt_out", p.Profiling)
	case p.MinGroup < 0:
		return fmt.Errorf("privacy.min_group is %d, want 0 or more", p.MinGroup)
	}
	return nil
}
