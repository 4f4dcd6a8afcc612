package pipeline

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"segmenta/segment"
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

// Measure says how the effect of what is done is measured.
type Measure struct {
	Window     Days                `yaml:"window" jsonschema_description:"how long what customers do after a run counts (default 30d)"`
	Events     []string            `yaml:"events" jsonschema_description:"events by which use is counted, by our names (default session)"`
	Cost       float64             `yaml:"cost" jsonschema_description:"of reaching one customer (default 0)"`
	Worthwhile float64             `yaml:"worthwhile" jsonschema_description:"the least rise worth having, as a share of what those left alone do (default 0.1)"`
	Campaigns  map[string]Campaign `yaml:"campaigns" jsonschema_description:"what was sent to whom, by name"`
}

// A Campaign is what was sent to whom.
type Campaign struct {
	Segment  string             `yaml:"segment" jsonschema_description:"for whom it was, by id or kind/segment (default: everybody)"`
	Start    string             `yaml:"start" jsonschema_description:"the day on which it began (default: the run's moment)"`
	Window   Days               `yaml:"window" jsonschema_description:"how long its effect is counted (default: that of measure)"`
	Cost     float64            `yaml:"cost" jsonschema_description:"of reaching one customer (default: that of measure)"`
	Kind     string             `yaml:"kind" jsonschema:"enum=segmented,enum=mass" jsonschema_description:"segmented or mass, to hold the one against the other"`
	Variants map[string]float64 `yaml:"variants" jsonschema_description:"messages to try against one another, each with its share; run draws who gets which"`
}

func (m *Measure) complete() error {
	fill(&m.Window, Days(30))
	fill(&m.Worthwhile, usualWorthwhile)
	if m.Events == nil {
		m.Events = []string{"session"}
	}
	if !(m.Cost >= 0) || !(m.Worthwhile > 0) {
		return fmt.Errorf("measure: cost %v and worthwhile %v, want 0 or more, and more than 0", m.Cost, m.Worthwhile)
	}
	for _, name := range slices.Sorted(maps.Keys(m.Campaigns)) {
		c := m.Campaigns[name]
		fill(&c.Window, m.Window)
		fill(&c.Cost, m.Cost)
		sum := 0.0
		for v, share := range c.Variants {
			if !(share > 0) || v == leftAlone || strings.ContainsAny(v+name, ",=") {
				return fmt.Errorf("measure.campaigns.%s: variant %q with a share of %v: want a share above 0, and a name without , or =", name, v, share)
			}
			sum += share
		}
		if c.Variants != nil && math.Abs(sum-1) > 1e-9 || !(c.Cost >= 0) || c.Kind != "" && c.Kind != "segmented" && c.Kind != "mass" {
			return fmt.Errorf("measure.campaigns.%s: the shares of its variants add up to %v, want 1; its cost is %v, want 0 or more; its kind is %q, want segmented or mass", name, sum, c.Cost, c.Kind)
		}
		m.Campaigns[name] = c
	}
	return nil
}

// variant is the message that a customer is drawn for, the same at each run.
func (c Campaign) variant(name, salt, customer string) string {
	at, sum := segment.Lot(customer, "variant "+salt+"\x00"+name), 0.0
	names := slices.Sorted(maps.Keys(c.Variants))
	for _, v := range names {
		if sum += c.Variants[v]; at < sum {
			return v
		}
	}
	return names[len(names)-1]
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
