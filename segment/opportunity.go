package segment

import (
	"cmp"
	"math"
	"slices"
)

// An Opportunity is something that a customer might buy, why, and what that is worth.
type Opportunity struct {
	Customer  int
	Kind      string // cross_sell or abandoned
	Category  int
	Because   int // the category that speaks for it; of abandoned the category itself
	P         float64
	Low, High float64 // 95 % interval of P
	Worth     float64 // P times an order's mean amount in the category
}

// OpportunityKinds are the kinds of opportunities.
var OpportunityKinds = []Name{
	{ID: "cross_sell", En: "bought by those who bought the same", Es: "lo compran quienes compraron lo mismo"},
	{ID: "abandoned", En: "looked at, and not bought since", Es: "lo miró y no lo ha comprado desde entonces"},
}

// Opportunities lists what each customer might buy next: a category that goes with one
// they bought, where the pairing can't be chance, and categories that they looked at
// and left. The best first, at most so many a customer.
func (m *Market) Opportunities(pairings []Pairing, top int) (list []Opportunity) {
	goes := make(map[int][]Pairing)
	for _, p := range pairings {
		if p.LiftLow > 1 {
			goes[p.From] = append(goes[p.From], p)
		}
	}
	order, open := m.orderWorth(), m.openRate()
	m.each(func(stakes []Stake) {
		best := make(map[int]Opportunity)
		bought := make(map[int]bool)
		for _, s := range stakes {
			bought[s.Category] = s.Orders > 0
			if s.Open && s.Interest > 0 {
				r := open[s.Category]
				best[s.Category] = Opportunity{s.Customer, "abandoned", s.Category, s.Category, r.p, r.low, r.high, r.p * order[s.Category]}
			}
		}
		for _, s := range stakes {
			for _, p := range goes[s.Category] {
				o := Opportunity{s.Customer, "cross_sell", p.To, p.From, p.Confidence, p.Low, p.High, p.Confidence * order[p.To]}
				if old, there := best[p.To]; s.Orders > 0 && !bought[p.To] && (!there || o.P > old.P) {
					best[p.To] = o
				}
			}
		}
		own := make([]Opportunity, 0, len(best))
		for _, o := range best {
			if !math.IsNaN(o.Worth) {
				own = append(own, o)
			}
		}
		slices.SortFunc(own, func(a, b Opportunity) int {
			return cmp.Or(cmp.Compare(b.Worth, a.Worth), cmp.Compare(a.Category, b.Category))
		})
		list = append(list, own[:min(len(own), top)]...)
	})
	return list
}

// orderWorth is what is spent on each category on a day with a purchase of it, NaN
// where nobody bought it.
func (m *Market) orderWorth() []float64 {
	amount, orders := make([]float64, len(m.Categories)), make([]float64, len(m.Categories))
	for _, s := range m.Stakes {
		amount[s.Category] += s.Amount
		orders[s.Category] += float64(s.Orders)
	}
	for k := range amount {
		amount[k] /= orders[k]
	}
	return amount
}

type rate struct{ p, low, high float64 }

// openRate is the share of those who looked at each category that bought it.
func (m *Market) openRate() []rate {
	looked, bought := make([]int, len(m.Categories)), make([]int, len(m.Categories))
	for _, s := range m.Stakes {
		if s.Interest > 0 {
			looked[s.Category]++
			if s.Orders > 0 {
				bought[s.Category]++
			}
		}
	}
	rates := make([]rate, len(m.Categories))
	for k := range rates {
		low, high := Wilson(bought[k], looked[k])
		rates[k] = rate{float64(bought[k]) / float64(max(1, looked[k])), low, high}
	}
	return rates
}
