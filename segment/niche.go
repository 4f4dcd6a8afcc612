package segment

import (
	"cmp"
	"math"
	"slices"
)

// A Niche is people who share one value of what is known of them: a beachhead is one
// that can be won before the next.
type Niche struct {
	Attribute, Value       string
	Known, Buyers          int     // people who are so, and who of them have bought
	People                 float64 // in the market, as configured; NaN where nothing says it
	Penetration, Low, High float64 // share that has bought, with its 95 % interval
	Profit                 float64 // that a buyer left in the last year, on average
	Expected               float64 // Profit times Low: what one more person addressed is sure to bring, nearly
	Next                   string  // the value of the same attribute whose buyers are most like these
	Likeness               float64 // how alike: the correlation of what their buyers do
}

// fewestInNiche is how many people a niche must have, and how many buyers, to be ranked.
const (
	fewestInNiche = 30
	fewestBuyers  = 8
)

// Niches ranks the values of one attribute, the best first: those whose buyers leave
// most, weighed by how large a share of their people is sure to have been won. values is
// one of everybody, empty where it isn't known; market says how many people of a value
// there are; does is what everybody does, in columns of comparable scale.
func Niches(attribute string, values []string, bought []bool, profit []float64, market map[string]float64, does [][]float64) []Niche {
	at := make(map[string]*Niche)
	sum, means := make(map[string]float64), make(map[string][]float64)
	for i, v := range values {
		if v == "" {
			continue
		}
		n := at[v]
		if n == nil {
			n = &Niche{Attribute: attribute, Value: v, People: math.NaN()}
			at[v], means[v] = n, make([]float64, len(does))
		}
		n.Known++
		if bought[i] && !math.IsNaN(profit[i]) {
			n.Buyers++
			sum[v] += profit[i]
			for k, column := range does {
				if !math.IsNaN(column[i]) {
					means[v][k] += column[i]
				}
			}
		}
	}
	var list []Niche
	for v, n := range at {
		if n.Known < fewestInNiche || n.Buyers < fewestBuyers {
			continue
		}
		of := n.Known
		if people, known := market[v]; known {
			n.People, of = people, max(n.Buyers, int(people))
		}
		n.Penetration = float64(n.Buyers) / float64(of)
		n.Low, n.High = Wilson(n.Buyers, of)
		n.Profit = sum[v] / float64(n.Buyers)
		n.Expected = n.Profit * n.Low
		for k := range means[v] {
			means[v][k] /= float64(n.Buyers)
		}
		list = append(list, *n)
	}
	slices.SortFunc(list, func(a, b Niche) int {
		return cmp.Or(cmp.Compare(b.Expected, a.Expected), cmp.Compare(a.Value, b.Value))
	})
	for k := range list {
		list[k].adjoin(list, means)
	}
	return list
}

// adjoin finds the niche whose buyers are most alike.
func (n *Niche) adjoin(list []Niche, means map[string][]float64) {
	n.Likeness = math.NaN()
	for _, other := range list {
		if r := correlation(means[n.Value], means[other.Value]); other.Value != n.Value && (math.IsNaN(n.Likeness) || r > n.Likeness) {
			n.Next, n.Likeness = other.Value, r
		}
	}
}

// correlation is Pearson's; 0 where one of the two is constant.
func correlation(a, b []float64) float64 {
	_, ma, _ := moments(a)
	_, mb, _ := moments(b)
	ab, aa, bb := 0.0, 0.0, 0.0
	for k := range a {
		ab, aa, bb = ab+(a[k]-ma)*(b[k]-mb), aa+(a[k]-ma)*(a[k]-ma), bb+(b[k]-mb)*(b[k]-mb)
	}
	if aa == 0 || bb == 0 {
		return 0
	}
	return ab / math.Sqrt(aa*bb)
}
