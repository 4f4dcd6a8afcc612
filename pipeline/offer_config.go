package pipeline

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"segmenta/segment"
)

// An Offering is something that may be done for a customer.
type Offering struct {
	En      string   `yaml:"en" jsonschema_description:"what to do, in English"`
	Es      string   `yaml:"es" jsonschema_description:"and in Spanish"`
	Cost    float64  `yaml:"cost" jsonschema_description:"of doing it for one customer"`
	Effect  float64  `yaml:"effect" jsonschema_description:"share of those who would leave that it keeps, or of those who would not buy that it brings to buy, as a test with a held-out group has shown"`
	On      string   `yaml:"on" jsonschema:"enum=churn,enum=conversion" jsonschema_description:"whom it works on: churn (those who would leave) or conversion (those who would not buy); default: as the goal has it, churn without one"`
	For     []string `yaml:"for" jsonschema_description:"rows of the priority matrix that may get it (default: everybody)"`
	Channel string   `yaml:"channel" jsonschema:"enum=email,enum=sms,enum=push" jsonschema_description:"the channel that it goes over: only who agreed to it gets it (default: it needs none)"`
}

// channelNames lists the channels by which people can be written to.
func channelNames() (names []string) {
	for _, c := range segment.Channels {
		names = append(names, c.Name)
	}
	return names
}

// completeOffers refuses offers that make no sense.
func (p *Profit) completeOffers(rows []string, aim goal) error {
	for _, id := range slices.Sorted(maps.Keys(p.Offers)) {
		o := p.Offers[id]
		fill(&o.On, aim.on)
		fill(&o.En, id)
		fill(&o.Es, id)
		wrong := func(form string, args ...any) error {
			return fmt.Errorf("profit.offers.%s: "+form, append([]any{id}, args...)...)
		}
		switch {
		case p.Margin == 0:
			return wrong("profit.margin is not set, and no profit can be expected without it")
		case !(o.Cost >= 0) || math.IsInf(o.Cost, 0):
			return wrong("cost is %v, want 0 or more", o.Cost)
		case !(o.Effect > 0 && o.Effect <= 1):
			return wrong("effect is %v, want a share above 0, and at most 1: what a test with a held-out group has shown", o.Effect)
		case o.On != "churn" && o.On != "conversion":
			return wrong("on is %q, want churn or conversion", o.On)
		case o.Channel != "" && !slices.Contains(channelNames(), o.Channel):
			return wrong("there is no channel %q; there are %v", o.Channel, channelNames())
		}
		for _, row := range o.For {
			if !slices.Contains(rows, row) {
				return wrong("there is no row %q%s; there are %v", row, nearest(row, rows), rows)
			}
		}
		p.Offers[id] = o
	}
	return nil
}

func (p *Profit) checkContacts() error {
	for _, name := range slices.Sorted(maps.Keys(p.Contacts)) {
		if !slices.Contains(channelNames(), name) {
			return fmt.Errorf("profit.contacts: there is no channel %q; there are %v", name, channelNames())
		}
		if v := p.Contacts[name]; !(v >= 0) || math.IsInf(v, 0) {
			return fmt.Errorf("profit.contacts.%s is %v, want 0 or more", name, v)
		}
	}
	return nil
}
