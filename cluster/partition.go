package cluster

import "math"

// A Crossing counts the rows that two partitions of the same rows have in common.
type Crossing struct {
	Count [][]int // of each group of the first, in each group of the second
	First []int   // sizes
	Other []int
	Rows  int
}

// Cross counts labels 0 … k−1 of one partition against those of another. Rows below 0 in
// either are left out.
func Cross(first, other []int32, k, kOther int) *Crossing {
	c := &Crossing{Count: make([][]int, k), First: make([]int, k), Other: make([]int, kOther)}
	for i := range c.Count {
		c.Count[i] = make([]int, kOther)
	}
	for i, a := range first {
		if b := other[i]; a >= 0 && b >= 0 {
			c.Count[a][b]++
			c.First[a]++
			c.Other[b]++
			c.Rows++
		}
	}
	return c
}

// AdjustedRand is how far the two agree on which rows belong together: 1 for equal
// partitions, about 0 for unrelated ones.
//
// Hubert, L. and Arabie, P. (1985). Comparing partitions. J. Classif. 2.
func (c *Crossing) AdjustedRand() float64 {
	pairs := func(n int) float64 { return float64(n) * float64(n-1) / 2 }
	both, first, other := 0.0, 0.0, 0.0
	for a, row := range c.Count {
		first += pairs(c.First[a])
		for _, n := range row {
			both += pairs(n)
		}
	}
	for _, n := range c.Other {
		other += pairs(n)
	}
	if c.Rows < 2 {
		return 1
	}
	expected := first * other / pairs(c.Rows)
	if most := (first + other) / 2; most != expected {
		return (both - expected) / (most - expected)
	}
	return 1
}

// Jaccard is the share of the rows in either group that are in both.
func (c *Crossing) Jaccard(a, b int) float64 {
	all := c.First[a] + c.Other[b] - c.Count[a][b]
	if all == 0 {
		return 0
	}
	return float64(c.Count[a][b]) / float64(all)
}

// Match pairs the groups of both such that the gains of the pairs add up to most; −1
// where the other side has fewer groups. It is the Hungarian method.
//
// Kuhn, H. W. (1955). The Hungarian method for the assignment problem. Nav. Res. Logist. 2.
func Match(gain [][]float64) []int {
	rows, columns := len(gain), 0
	if rows > 0 {
		columns = len(gain[0])
	}
	n := max(rows, columns)
	cost := func(i, j int) float64 { // of a square, filled up with pairs that gain nothing
		if i < rows && j < columns {
			return -gain[i][j]
		}
		return 0
	}
	of := hungarian(n, cost)
	pairs := make([]int, rows)
	for i := range pairs {
		if pairs[i] = of[i]; of[i] >= columns {
			pairs[i] = -1
		}
	}
	return pairs
}

// hungarian returns the column of each row of the cheapest assignment. Potentials u and v
// keep every reduced cost at least 0; each row is added along a shortest augmenting path.
func hungarian(n int, cost func(i, j int) float64) []int {
	u, v := make([]float64, n+1), make([]float64, n+1)
	row, way := make([]int, n+1), make([]int, n+1) // of each column, from 1; 0 is none
	for i := 1; i <= n; i++ {
		row[0] = i
		least, used := make([]float64, n+1), make([]bool, n+1)
		for j := range least {
			least[j] = math.Inf(1)
		}
		at := 0
		for row[at] != 0 {
			used[at] = true
			delta, next := math.Inf(1), 0
			for j := 1; j <= n; j++ {
				if used[j] {
					continue
				}
				if c := cost(row[at]-1, j-1) - u[row[at]] - v[j]; c < least[j] {
					least[j], way[j] = c, at
				}
				if least[j] < delta {
					delta, next = least[j], j
				}
			}
			for j := range n + 1 {
				if used[j] {
					u[row[j]] += delta
					v[j] -= delta
				} else {
					least[j] -= delta
				}
			}
			at = next
		}
		for at != 0 {
			row[at] = row[way[at]]
			at = way[at]
		}
	}
	of := make([]int, n)
	for j := 1; j <= n; j++ {
		of[row[j]-1] = j - 1
	}
	return of
}
