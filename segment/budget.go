package segment

import (
	"cmp"
	"slices"
)

// A Candidate is one customer whom money could be spent on.
type Candidate struct {
	Row   int     // of the matrix
	Cost  float64 // of acting
	Keeps float64 // margin that acting is expected to keep
	Tie   int     // puts equal candidates in order
}

// A Funding is what a budget does for one row of the matrix.
type Funding struct {
	Customers int
	Spent     float64
	Keeps     float64
}

// Allocate spends a budget where each unit keeps most, customer by customer, and leaves
// what would lose money. The best first is the best there is but for the last customer
// whom the rest of the budget can't pay.
//
// Dantzig, G. B. (1957). Discrete-variable extremum problems. Operations Research 5.
func Allocate(budget float64, rows int, candidates []Candidate) (funded []Funding, left float64) {
	order := slices.Clone(candidates)
	slices.SortFunc(order, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(b.Keeps*a.Cost, a.Keeps*b.Cost), cmp.Compare(a.Tie, b.Tie))
	})
	funded, left = make([]Funding, rows), budget
	for _, c := range order {
		if c.Cost <= 0 || c.Keeps <= c.Cost || c.Cost > left {
			continue
		}
		left -= c.Cost
		f := &funded[c.Row]
		f.Customers, f.Spent, f.Keeps = f.Customers+1, f.Spent+c.Cost, f.Keeps+c.Keeps
	}
	return funded, left
}
