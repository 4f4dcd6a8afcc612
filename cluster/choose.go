package cluster

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// A Point is what was found at one k.
type Point struct {
	K          int     `json:"k"`
	Inertia    float64 `json:"inertia"`
	Silhouette float64 `json:"silhouette"`     // of a sample
	MinShare   float64 `json:"min_share"`      // of the smallest group
	MaxShare   float64 `json:"max_share"`      // of the largest
	Left       string  `json:"left,omitempty"` // why this k was left out
}

// A Choice is the k that was chosen, and the curve that it was chosen by.
type Choice struct {
	K         int
	Criterion string
	Why       string
	Curve     []Point
	Model     *Model
}

// Limits of a group of use: someone has to be able to speak to it.
const (
	fewestRows = 20
	leastShare = 0.01
	sampleRows = 2000
)

// Choose fits every k in a range and keeps the one whose groups are clearest: the
// largest mean silhouette among those without a group too small to be of use.
//
// Rousseeuw, P. J. (1987). Silhouettes. J. Comput. Appl. Math. 20.
func Choose(rows []float32, dims, from, to int, o Options) (*Choice, error) {
	n, err := check(rows, dims)
	if err != nil {
		return nil, err
	}
	most := distinct(rows, dims, to, nil)
	c := &Choice{Criterion: "silhouette"}
	if most < 2 || from > most {
		c.K, c.Why = 1, fmt.Sprintf("%d distinct rows can't be parted", most)
		c.Model, err = Fit(rows, dims, 1, o)
		return c, err
	}
	sample := pick(n, o.Seed)
	best := -1
	var models []*Model
	for k := max(2, from); k <= min(to, most); k++ {
		m, err := Fit(rows, dims, k, o)
		if err != nil {
			return nil, err
		}
		p, err := point(m, rows, n, sample, o.Threads)
		if err != nil {
			return nil, err
		}
		c.Curve, models = append(c.Curve, p), append(models, m)
		if p.Left == "" && (best < 0 || p.Silhouette > c.Curve[best].Silhouette) {
			best = len(models) - 1
		}
	}
	if best < 0 { // every k has a small group: the fewest groups then
		best = 0
		c.Why = "every number of groups makes one that is too small; the fewest were kept"
	} else {
		c.Why = fmt.Sprintf("%d groups have the clearest borders: silhouette %.3f", c.Curve[best].K, c.Curve[best].Silhouette)
	}
	c.K, c.Model = c.Curve[best].K, models[best]
	return c, nil
}

func point(m *Model, rows []float32, n int, sample []int, threads int) (Point, error) {
	small, large := slices.Min(m.Sizes), slices.Max(m.Sizes)
	p := Point{K: m.K, Inertia: m.Inertia, MinShare: float64(small) / float64(n), MaxShare: float64(large) / float64(n)}
	if small < fewestRows || p.MinShare < leastShare {
		p.Left = fmt.Sprintf("its smallest group has %d rows (%.1f %%)", small, 100*p.MinShare)
	}
	picked := make([]float32, 0, len(sample)*m.Dims)
	for _, i := range sample {
		picked = append(picked, rows[i*m.Dims:(i+1)*m.Dims]...)
	}
	a, err := m.Assign(picked, threads)
	if err != nil {
		return p, err
	}
	p.Silhouette = silhouette(picked, m.Dims, m.K, a.Cluster)
	return p, nil
}

// pick draws the rows that silhouettes are taken of: all pairs of all rows would take
// the square of their number.
func pick(n int, seed uint64) []int {
	random := rand.New(rand.NewPCG(seed, 0x73696c))
	at := random.Perm(n)
	at = at[:min(n, sampleRows)]
	slices.Sort(at)
	return at
}

// silhouette is the mean over rows of (b − a) / max(a, b): a the mean distance to the
// row's own group, b that to the nearest other one.
func silhouette(rows []float32, dims, k int, label []int32) float64 {
	n := len(label)
	size := make([]float64, k)
	for _, c := range label {
		size[c]++
	}
	total := 0.0
	to := make([]float64, k)
	for i := range n {
		clear(to)
		for j := range n {
			to[label[j]] += math.Sqrt(float64(distance(rows[i*dims:(i+1)*dims], rows[j*dims:(j+1)*dims])))
		}
		own := label[i]
		if size[own] < 2 {
			continue
		}
		a, b := to[own]/(size[own]-1), math.Inf(1)
		for c := range k {
			if int32(c) != own && size[c] > 0 {
				b = min(b, to[c]/size[c])
			}
		}
		if m := max(a, b); m > 0 && !math.IsInf(b, 1) {
			total += (b - a) / m
		}
	}
	return total / float64(n)
}
