package segment

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Explained is how much of an outcome a way of grouping customers accounts for.
type Explained struct {
	By        string  // what they are grouped by
	Groups    int     // with a customer in them
	Customers int     // of whom the outcome is known
	Share     float64 // of the outcome's variance, adjusted for the number of groups (ω²)
	Low, High float64 // its 95 % bootstrap interval
	Lift      float64 // the best group's mean over everyone's
}

// resamples is how many bootstrap samples an interval is of.
const resamples = 200

// Explains measures how much of an outcome the groups account for: ω², which is 0 on
// average where they say nothing, however many they are. A group of −1 is none, and its
// customers take no part.
//
// Hays, W. L. (1963). Statistics for Psychologists, section 12.
func Explains(by string, groups []int, outcome []float64) Explained {
	var g []int
	var y []float64
	for i, k := range groups {
		if k >= 0 && !math.IsNaN(outcome[i]) {
			g, y = append(g, k), append(y, outcome[i])
		}
	}
	e := Explained{By: by, Customers: len(y), Share: math.NaN(), Low: math.NaN(), High: math.NaN(), Lift: math.NaN()}
	if len(y) < 2 {
		return e
	}
	e.Share, e.Lift, e.Groups = omega(g, y)
	random := rand.New(rand.NewPCG(7, uint64(len(y))))
	again, values := make([]int, len(g)), make([]float64, len(y))
	var shares []float64
	for range resamples {
		for i := range again {
			k := random.IntN(len(g))
			again[i], values[i] = g[k], y[k]
		}
		s, _, _ := omega(again, values)
		shares = append(shares, s)
	}
	slices.Sort(shares)
	e.Low, e.High = shares[resamples/40], shares[resamples-1-resamples/40]
	return e
}

// omega is ω², the best group's mean over everyone's, and how many groups there are. A
// group of fewer than ten customers is no best one.
func omega(g []int, y []float64) (share, lift float64, groups int) {
	most := slices.Max(g) + 1
	n, sum := make([]float64, most), make([]float64, most)
	all, squares := 0.0, 0.0
	for i, k := range g {
		n[k], sum[k] = n[k]+1, sum[k]+y[i]
		all += y[i]
	}
	mean := all / float64(len(y))
	for _, v := range y {
		squares += (v - mean) * (v - mean)
	}
	between, best := 0.0, math.Inf(-1)
	for k := range n {
		if n[k] == 0 {
			continue
		}
		groups++
		own := sum[k] / n[k]
		between += n[k] * (own - mean) * (own - mean)
		if n[k] >= 10 {
			best = max(best, own)
		}
	}
	within := (squares - between) / max(1, float64(len(y)-groups))
	share = (between - float64(groups-1)*within) / (squares + within)
	if squares == 0 {
		share = 0
	}
	return share, best / mean, groups
}

// Regroup numbers the groups of texts, the largest first, and puts all beyond the k-th
// into the last; an empty text is none.
func Regroup(of []string, k int) []int {
	size := make(map[string]int)
	for _, s := range of {
		if s != "" {
			size[s]++
		}
	}
	names := make([]string, 0, len(size))
	for s := range size {
		names = append(names, s)
	}
	slices.SortFunc(names, func(a, b string) int { return compareCounts(size[a], size[b], a, b) })
	at := make(map[string]int)
	for i, s := range names {
		at[s] = min(i, k-1)
	}
	groups := make([]int, len(of))
	for i, s := range of {
		groups[i] = -1
		if s != "" {
			groups[i] = at[s]
		}
	}
	return groups
}

func compareCounts(n, m int, a, b string) int {
	switch {
	case n != m:
		return m - n
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Drawn puts customers into k groups by lot, the same at each call.
func Drawn(n, k int) []int {
	random := rand.New(rand.NewPCG(11, uint64(n)))
	groups := make([]int, n)
	for i := range groups {
		groups[i] = random.IntN(max(1, k))
	}
	return groups
}
