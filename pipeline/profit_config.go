package pipeline

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"segmenta/segment"
)

// Profit says what customers cost and what acting on them does: nothing of it stands in
// the histories.
type Profit struct {
	Margin      float64           `yaml:"margin" jsonschema_description:"share of sales, returns taken off, that is left after the goods; without it nothing of profit is computed"`
	Ticket      float64           `yaml:"ticket" jsonschema_description:"cost of a support ticket: hours, and what they keep from being done (default 0)"`
	Return      float64           `yaml:"return" jsonschema_description:"cost of handling a returned line (default 0)"`
	Acquisition float64           `yaml:"acquisition" jsonschema_description:"cost of acquiring a customer (default 0)"`
	Budget      float64           `yaml:"budget" jsonschema_description:"money to spend on the actions below (default 0: nothing is allocated)"`
	Actions     map[string]Acting `yaml:"actions" jsonschema_description:"by row of the priority matrix: vip_active, at_risk, dormant_high, dormant_low"`

	Offers   map[string]Offering `yaml:"offers" jsonschema_description:"what may be done for a customer, by a name of your own: the one of most expected profit is each customer's next best action"`
	Contacts map[string]float64  `yaml:"contacts" jsonschema_description:"what one message costs, by channel: email, sms, push"`
}

// An Acting is what is done for the customers of a row of the priority matrix.
type Acting struct {
	Cost   float64   `yaml:"cost" jsonschema_description:"of acting on one customer"`
	Effect float64   `yaml:"effect" jsonschema_description:"share of those who would be lost that acting keeps, as a test with a held-out group has shown; without it only the effect that would pay is computed"`
	Range  []float64 `yaml:"range" jsonschema_description:"from where to where the effect may lie (default: half of it to half as much again)"`
}

// complete refuses what makes no sense.
func (p *Profit) complete(aim goal) error {
	for _, c := range []struct {
		name string
		v    float64
	}{{"margin", p.Margin}, {"ticket", p.Ticket}, {"return", p.Return}, {"acquisition", p.Acquisition}, {"budget", p.Budget}} {
		if !(c.v >= 0) || math.IsInf(c.v, 0) || c.name == "margin" && c.v > 1 {
			return fmt.Errorf("profit.%s is %v, want 0 or more%s", c.name, c.v, map[bool]string{true: ", and a share of at most 1"}[c.name == "margin"])
		}
	}
	var rows []string
	for _, r := range segment.Priorities {
		rows = append(rows, r.ID)
	}
	for id, a := range p.Actions {
		if !slices.Contains(rows, id) {
			return fmt.Errorf("profit.actions: there is no row %q%s; there are %v", id, nearest(id, rows), rows)
		}
		if a.Effect > 0 && a.Range == nil {
			a.Range = []float64{a.Effect / 2, min(1, 1.5*a.Effect)}
		}
		if !(a.Cost >= 0) || math.IsInf(a.Cost, 0) || !(a.Effect >= 0 && a.Effect <= 1) || a.Range != nil && (len(a.Range) != 2 || !(a.Range[0] >= 0 && a.Range[0] <= a.Effect && a.Effect <= a.Range[1] && a.Range[1] <= 1)) {
			return fmt.Errorf("profit.actions.%s: cost %v, effect %v, range %v: want a cost of 0 or more, and an effect from 0 to 1 within its range", id, a.Cost, a.Effect, a.Range)
		}
		p.Actions[id] = a
	}
	return errors.Join(p.completeOffers(rows, aim), p.checkContacts())
}

// action is a row's action as segment knows it.
func (p Profit) action(id string) segment.Action {
	a := p.Actions[id]
	out := segment.Action{Cost: a.Cost, Effect: a.Effect}
	if len(a.Range) == 2 {
		out.Low, out.High = a.Range[0], a.Range[1]
	}
	return out
}

func (p Profit) costs() segment.Costs {
	return segment.Costs{Margin: p.Margin, Ticket: p.Ticket, Return: p.Return, Acquisition: p.Acquisition}
}
