package segment

import "slices"

// A Chain says which segment follows which, by what was seen: a Markov chain of the
// first order with the counts of all segments' moves mixed in where a segment's own are
// few.
type Chain struct {
	Names []string    `json:"names"`
	P     [][]float64 `json:"p"`     // of moving from one to another within a step
	Seen  [][]int     `json:"seen"`  // how often that was seen
	Steps int         `json:"steps"` // in all
}

// mixed is how many moves the average of all segments counts for.
const mixed = 10

// FitChain counts moves from one list of places to the next; an empty place is none.
func FitChain(names []string, from, to []string) *Chain {
	k := len(names)
	at := make(map[string]int, k)
	for i, n := range names {
		at[n] = i
	}
	c := &Chain{Names: names, P: make([][]float64, k), Seen: make([][]int, k)}
	arrive := make([]float64, k)
	for i := range names {
		c.P[i], c.Seen[i] = make([]float64, k), make([]int, k)
	}
	for i := range from {
		a, known := at[from[i]]
		b, also := at[to[i]]
		if known && also {
			c.Seen[a][b]++
			arrive[b]++
			c.Steps++
		}
	}
	for a := range names {
		own := 0
		for _, n := range c.Seen[a] {
			own += n
		}
		for b := range names {
			average := 1 / float64(k)
			if c.Steps > 0 {
				average = arrive[b] / float64(c.Steps)
			}
			c.P[a][b] = (float64(c.Seen[a][b]) + mixed*average) / (float64(own) + mixed)
		}
	}
	return c
}

// Next is the likeliest segment after one, the first of equally likely ones, and how
// likely it is.
func (c *Chain) Next(from string) (to string, p float64) {
	a := slices.Index(c.Names, from)
	if a < 0 {
		return "", 0
	}
	best := 0
	for b, q := range c.P[a] {
		if q > c.P[a][best] {
			best = b
		}
	}
	return c.Names[best], c.P[a][best]
}
