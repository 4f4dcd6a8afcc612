package segment

import "math"

// An Offer is something that may be done for a customer: what it costs, and what share
// of those who would leave it keeps, or of those who would not buy it brings to buy.
type Offer struct {
	ID           string
	Cost, Effect float64
	Buys         bool // it works on who would not buy; otherwise on who would leave
}

// A Prospect is what an offer's effect on one customer depends on; NaN is not known.
type Prospect struct {
	Leaves, Worth float64 // probability of leaving, and the margin that one who stays leaves
	Buys, Order   float64 // probability of buying, and the margin of an order
}

// Gain is the profit that the offer is expected to bring with one customer; NaN where
// what it works on is not known.
func (o Offer) Gain(p Prospect) float64 {
	if o.Buys {
		return (1-p.Buys)*p.Order*o.Effect - o.Cost
	}
	return p.Leaves*p.Worth*o.Effect - o.Cost
}

// Best is the place of the offer of most gain, the first of equal ones, among those that
// are allowed, and its gain; −1 and 0 where none brings more than it costs: doing nothing
// is an action too. known says whether anything could be worked out.
func Best(offers []Offer, p Prospect, allowed func(k int) bool) (best int, gain float64, known bool) {
	best = -1
	for k, o := range offers {
		g := o.Gain(p)
		if math.IsNaN(g) || !allowed(k) {
			continue
		}
		if known = true; g > gain {
			best, gain = k, g
		}
	}
	return best, gain, known
}

// A Mailing holds writing to a segment against writing to everybody over a channel.
type Mailing struct {
	Everybody, Segment int     // who can be written to
	Avoided            int     // contacts that writing to the segment alone saves
	Saved              float64 // and what they would have cost
}

// Mail counts both.
func Mail(reached, in []bool, cost float64) Mailing {
	var m Mailing
	for i, yes := range reached {
		if yes {
			m.Everybody++
			if in[i] {
				m.Segment++
			}
		}
	}
	m.Avoided = m.Everybody - m.Segment
	m.Saved = cost * float64(m.Avoided)
	return m
}
