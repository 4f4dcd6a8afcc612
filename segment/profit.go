package segment

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Costs say what customers cost, in the shop's currency.
type Costs struct {
	Margin      float64 // share of net sales that is left after the goods
	Ticket      float64 // a support ticket, with the work that it stops
	Return      float64 // a returned line
	Acquisition float64 // a new customer
}

// A Dealing is what there was with one customer in the last year.
type Dealing struct {
	Sales, Returned  float64 // amounts
	Discounts        float64 // given, as an amount
	Tickets, Returns float64 // how many
	New              bool    // acquired in that year
}

// A Profit is what one customer left in the last year: margin less what serving and
// acquiring them cost. Discounts are part of the price paid, and so of the margin.
type Profit struct {
	Margin, Serve, Acquire, Net float64
}

// Profit adds a customer's year up.
func (c Costs) Profit(d Dealing) Profit {
	p := Profit{Margin: c.Margin * (d.Sales - d.Returned), Serve: c.Ticket*d.Tickets + c.Return*d.Returns}
	if d.New {
		p.Acquire = c.Acquisition
	}
	p.Net = p.Margin - p.Serve - p.Acquire
	return p
}

// An Account is what a segment's customers left together.
type Account struct {
	Customers              int
	Margin, Serve, Acquire float64 // added up
	Net                    float64
	Mean, Low, High        float64 // net of a customer, with the interval of the mean
	Losers                 int     // customers who cost more than they left
	Retaining              float64 // what serving these cost: the price of keeping a bad client
	Stop                   bool    // the upper end is below zero: stop attracting such customers
}

// fewestAccounted is how many customers a mean needs for an interval that means
// something.
const fewestAccounted = 8

// Add sums up the profits of some customers. The interval is Student's, at a level
// such as 0.95; NaN where there are too few customers.
func Add(profits []Profit, level float64) Account {
	a := Account{Customers: len(profits), Mean: math.NaN(), Low: math.NaN(), High: math.NaN()}
	for _, p := range profits {
		a.Margin, a.Serve, a.Acquire, a.Net = a.Margin+p.Margin, a.Serve+p.Serve, a.Acquire+p.Acquire, a.Net+p.Net
		if p.Net < 0 {
			a.Losers++
			a.Retaining += p.Serve
		}
	}
	n := float64(len(profits))
	if n == 0 {
		return a
	}
	a.Mean = a.Net / n
	if len(profits) < fewestAccounted {
		return a
	}
	square := 0.0
	for _, p := range profits {
		square += (p.Net - a.Mean) * (p.Net - a.Mean)
	}
	half := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.Quantile((1+level)/2) * math.Sqrt(square/(n-1)/n)
	a.Low, a.High = a.Mean-half, a.Mean+half
	a.Stop = a.High < 0
	return a
}

// An Action is what is done for a segment's customers: what it costs for each, and what
// share of those who would be lost it keeps; Low and High are as sure as one is of that.
// A share of 0 is not known.
type Action struct {
	Cost              float64
	Effect, Low, High float64
}

// AtStake is what may be lost with one customer: how likely they leave, and what one who
// stays leaves in the horizon, as margin, with how far that may be off.
type AtStake struct {
	Leaves, Worth, Error float64
}

// A Return is what acting on a segment is expected to bring.
type Return struct {
	Customers      int
	Stake          float64 // margin that is expected to be lost if nothing is done
	Cost           float64
	ROI, Low, High float64 // (what is kept − cost) / cost; NaN where the effect is not known
	BreakEven      float64 // the effect from which acting pays
	PerUnit        float64 // margin kept by each unit of money spent
	Decision       string  // nurture, reactivate or let_go; empty where the effect is not known
	Sure           bool    // the whole interval says so
}

// Expect says what acting on customers brings. dormant customers are reactivated, the
// others nurtured.
func (a Action) Expect(stakes []AtStake, dormant bool) Return {
	r := Return{Customers: len(stakes), Cost: a.Cost * float64(len(stakes)), ROI: math.NaN(), Low: math.NaN(), High: math.NaN(), BreakEven: math.NaN(), PerUnit: math.NaN()}
	square := 0.0
	for _, s := range stakes {
		r.Stake += s.Leaves * s.Worth
		square += s.Leaves * s.Leaves * s.Error * s.Error
	}
	if r.Cost > 0 && r.Stake > 0 {
		r.BreakEven = r.Cost / r.Stake
	}
	if a.Effect <= 0 || r.Cost <= 0 {
		return r
	}
	half := 1.959963984540054 * math.Sqrt(square)
	at := func(effect, stake float64) float64 { return (effect*max(0, stake) - r.Cost) / r.Cost }
	r.ROI, r.Low, r.High = at(a.Effect, r.Stake), at(a.Low, r.Stake-half), at(a.High, r.Stake+half)
	r.PerUnit = r.ROI + 1
	switch {
	case r.ROI < 0:
		r.Decision, r.Sure = "let_go", r.High < 0
	case dormant:
		r.Decision, r.Sure = "reactivate", r.Low > 0
	default:
		r.Decision, r.Sure = "nurture", r.Low > 0
	}
	return r
}
