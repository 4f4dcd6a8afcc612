package segment

import (
	"cmp"
	"math"
	"slices"
)

// A Stake is what one customer has to do with one category.
type Stake struct {
	Customer, Category int
	Orders             int     // days on which they bought of it
	Amount             float64 // spent on it
	Interest           int     // times they looked at it or put it into a cart
	Open               bool    // they looked after they last bought of it, or never bought
}

// A Market is all stakes, by customer and category.
type Market struct {
	Categories []string
	Customers  int
	Stakes     []Stake
}

// each hands over the stakes of one customer after another.
func (m *Market) each(of func(stakes []Stake)) {
	for from := 0; from < len(m.Stakes); {
		to := from
		for to < len(m.Stakes) && m.Stakes[to].Customer == m.Stakes[from].Customer {
			to++
		}
		of(m.Stakes[from:to])
		from = to
	}
}

// A Pairing says how often who bought one category bought another.
type Pairing struct {
	From, To   int
	Both       int // customers who bought both
	Support    float64
	Confidence float64 // share of who bought From that bought To
	Low, High  float64 // 95 % interval of the confidence
	Lift       float64 // confidence over the share of all buyers that bought To
	LiftLow    float64
	LiftHigh   float64
}

// mostPaired is how many categories are paired at most, the most bought ones.
const mostPaired = 200

// Pairings lists the pairs of categories that at least so many customers bought both
// of, in order of the categories. Intervals are Wilson's of the confidence and, on the
// log scale, Katz's of the lift.
//
// Agrawal, R., Imieliński, T., Swami, A. (1993). Mining association rules between sets
// of items in large databases. SIGMOD '93.
// Katz, D. et al. (1978). Obtaining confidence intervals for the risk ratio in cohort
// studies. Biometrics 34 (3).
func (m *Market) Pairings(least int) (list []Pairing) {
	paired := m.mostBought()
	n := make([]int, len(m.Categories))
	both := make([]int, len(paired)*len(paired))
	buyers := 0
	place := make([]int, len(m.Categories))
	for k := range place {
		place[k] = -1
	}
	for k, c := range paired {
		place[c] = k
	}
	var own []int
	m.each(func(stakes []Stake) {
		own = own[:0]
		for _, s := range stakes {
			if s.Orders > 0 {
				n[s.Category]++
				if place[s.Category] >= 0 {
					own = append(own, place[s.Category])
				}
			}
		}
		buyers += min(1, len(own))
		for _, a := range own {
			for _, b := range own {
				both[a*len(paired)+b]++
			}
		}
	})
	for a, from := range paired {
		for b, to := range paired {
			if k := both[a*len(paired)+b]; a != b && k >= max(1, least) {
				list = append(list, pairing(from, to, k, n[from], n[to], buyers))
			}
		}
	}
	slices.SortFunc(list, func(a, b Pairing) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	return list
}

func pairing(from, to, both, a, b, all int) Pairing {
	p := Pairing{From: from, To: to, Both: both, Support: float64(both) / float64(all), Confidence: float64(both) / float64(a)}
	p.Low, p.High = Wilson(both, a)
	p.Lift = p.Confidence * float64(all) / float64(b)
	se := math.Sqrt(max(0, 1/float64(both)-1/float64(a)+1/float64(b)-1/float64(all)))
	p.LiftLow, p.LiftHigh = p.Lift*math.Exp(-1.96*se), p.Lift*math.Exp(1.96*se)
	return p
}

// mostBought lists the categories that most customers bought.
func (m *Market) mostBought() []int {
	n := make([]int, len(m.Categories))
	for _, s := range m.Stakes {
		if s.Orders > 0 {
			n[s.Category]++
		}
	}
	var list []int
	for k := range n {
		if n[k] > 0 {
			list = append(list, k)
		}
	}
	slices.SortStableFunc(list, func(a, b int) int { return cmp.Compare(n[b], n[a]) })
	return list[:min(len(list), mostPaired)]
}

// Wilson is the 95 % interval of a rate.
//
// Wilson, E. B. (1927). Probable inference, the law of succession, and statistical
// inference. Journal of the American Statistical Association 22 (158).
func Wilson(yes, of int) (low, high float64) {
	if of == 0 {
		return 0, 1
	}
	const z2 = 1.959963984540054 * 1.959963984540054
	n, p := float64(of), float64(yes)/float64(of)
	centre := (p + z2/(2*n)) / (1 + z2/n)
	half := math.Sqrt(z2) * math.Sqrt(p*(1-p)/n+z2/(4*n*n)) / (1 + z2/n)
	return max(0, centre-half), min(1, centre+half)
}

// An Affinity is how much of a customer goes to a category.
type Affinity struct {
	Customer, Category, Rank int
	Score                    float64 // all categories of a customer add up to 1
	Orders                   int
	Amount                   float64
	Interest                 int
}

// drawn is how many orders everybody's shares count for in each customer's own.
const drawn = 1.0

// looks is how many looks weigh as much as an order.
const looks = 10.0

// Affinities lists each customer's categories, the best first, at most so many. A score
// is the category's share of the customer's orders and looks, drawn towards everybody's
// share where there are few, and normalised by customer: who buys a lot has no larger
// affinities.
func (m *Market) Affinities(top int) (list []Affinity) {
	share, all := make([]float64, len(m.Categories)), 0.0
	for _, s := range m.Stakes {
		share[s.Category] += s.weight()
		all += s.weight()
	}
	m.each(func(stakes []Stake) {
		from, sum := len(list), 0.0
		for _, s := range stakes {
			sum += s.weight()
		}
		for _, s := range stakes {
			score := (s.weight() + drawn*share[s.Category]/all) / (sum + drawn)
			list = append(list, Affinity{Customer: s.Customer, Category: s.Category, Score: score, Orders: s.Orders, Amount: s.Amount, Interest: s.Interest})
		}
		own := list[from:]
		slices.SortStableFunc(own, func(a, b Affinity) int { return cmp.Compare(b.Score, a.Score) })
		for k := range own {
			own[k].Rank = k + 1
		}
		list = list[:from+min(len(own), top)]
	})
	return list
}

func (s Stake) weight() float64 { return float64(s.Orders) + float64(s.Interest)/looks }
