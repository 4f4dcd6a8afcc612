package cluster

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// A Point is what was found at one k.
type Point struct {
	K                int     `json:"k"`
	Inertia          float64 `json:"inertia"` // of the sample
	Silhouette       float64 `json:"silhouette"`
	DaviesBouldin    float64 `json:"davies_bouldin"`
	CalinskiHarabasz float64 `json:"calinski_harabasz"`
	Stability        float64 `json:"stability"` // adjusted Rand index of fits on halves of the sample
	Gap              float64 `json:"gap,omitempty"`
	GapError         float64 `json:"gap_error,omitempty"`
	MinShare         float64 `json:"min_share"`      // of the smallest group
	MaxShare         float64 `json:"max_share"`      // of the largest
	Left             string  `json:"left,omitempty"` // why this k was left out
}

// A Choice is the k that was chosen, and the curve that it was chosen by.
type Choice struct {
	K         int
	Criterion string
	Why       string
	Curve     []Point
	Model     *Model
}

// Limits say which groups are of use: someone has to be able to speak to them, and to
// tell them from everyone.
type Limits struct {
	MinRows  int     // default 20
	MinShare float64 // default 0.01
	MaxShare float64 // default 1: no limit
}

// A Criterion ranks the points of a curve: the highest worth is chosen.
type Criterion struct {
	Name  string
	Worth func(curve []Point) []float64
}

// Criteria lists those that there are, the default first.
//
// The default was chosen by bench/kmeans: on sets whose number of groups is known, it
// finds it most often.
var Criteria = []Criterion{
	{"stable_gap", stableGap},
	{"silhouette", each(func(p Point) float64 { return p.Silhouette })},
	{"davies_bouldin", each(func(p Point) float64 { return -p.DaviesBouldin })},
	{"calinski_harabasz", each(func(p Point) float64 { return p.CalinskiHarabasz })},
	{"stability", each(func(p Point) float64 { return p.Stability })},
	{"stable_silhouette", each(func(p Point) float64 { return p.Silhouette * p.Stability })},
	{"gap", gapRule},
}

func each(worth func(Point) float64) func([]Point) []float64 {
	return func(curve []Point) []float64 {
		out := make([]float64, len(curve))
		for i, p := range curve {
			out[i] = worth(p)
		}
		return out
	}
}

// gapRule prefers the first k whose gap is within one error of the next.
//
// Tibshirani, R., Walther, G. and Hastie, T. (2001). Estimating the number of clusters in
// a data set via the gap statistic. J. R. Stat. Soc. B 63 (2).
func gapRule(curve []Point) []float64 {
	worth := make([]float64, len(curve))
	for i, p := range curve {
		worth[i] = p.Gap
		if i+1 < len(curve) && p.Gap >= curve[i+1].Gap-curve[i+1].GapError {
			worth[i] = 1e6 - float64(i)
		}
	}
	return worth
}

// stable is the agreement of halves from which on groups are no matter of chance.
const stable = 0.8

// stableGap is gapRule among the numbers of groups up to the largest that halves of the
// rows agree on; where they never do, up to that on which they agree most.
func stableGap(curve []Point) []float64 {
	worth, last := gapRule(curve), 0
	for i, p := range curve {
		if p.Stability >= min(stable, curve[last].Stability) {
			last = i
		}
	}
	for i := range worth[last+1:] {
		worth[last+1+i] = math.Inf(-1)
	}
	return worth
}

// ErrCriterion reports a criterion that nothing defines.
var ErrCriterion = errors.New("unknown criterion")

// CheckCriterion refuses names that no criterion has.
func CheckCriterion(name string) error {
	_, err := criterion(name)
	return err
}

func criterion(name string) (Criterion, error) {
	names := make([]string, len(Criteria))
	for i, c := range Criteria {
		if names[i] = c.Name; c.Name == name || name == "" {
			return c, nil
		}
	}
	return Criterion{}, fmt.Errorf("%w %q, want one of %v", ErrCriterion, name, names)
}

// Choose tries every k in a range on a sample and fits all rows with the best one whose
// groups are within the limits.
func Choose(rows []float32, dims, from, to int, o Options) (*Choice, error) {
	n, err := check(rows, dims)
	if err != nil {
		return nil, err
	}
	rule, err := criterion(o.Criterion)
	if err != nil {
		return nil, err
	}
	c := &Choice{Criterion: rule.Name}
	most := distinct(rows, dims, to, o.Weights)
	if from = max(from, 2); most < from {
		c.K, c.Why = 1, fmt.Sprintf("%d distinct rows can't be parted in %d", most, from)
		c.Model, err = Fit(rows, dims, 1, o)
		return c, err
	}
	t := newTrial(rows, dims, min(to, most), o)
	if c.Curve, err = t.curve(from, min(to, most), strings.HasSuffix(rule.Name, "gap")); err != nil {
		return nil, err
	}
	if len(c.Curve) == 0 {
		c.K, c.Why = 1, "the sample's rows are too few to be parted"
		c.Model, err = Fit(rows, dims, 1, o)
		return c, err
	}
	return c, c.settle(t, rule, rows, dims, n, o)
}

// settle fits all rows with the best k; where a limit is broken then, with the next best.
func (c *Choice) settle(t *trial, rule Criterion, rows []float32, dims, n int, o Options) (err error) {
	worth := rule.Worth(c.Curve)
	for i := range c.Curve {
		p := &c.Curve[i]
		p.Left = o.Limits.left(int(p.MinShare*float64(n)), int(p.MaxShare*float64(n)), n)
	}
	for range c.Curve {
		best := -1
		for i, p := range c.Curve {
			if p.Left == "" && (best < 0 || worth[i] > worth[best]) {
				best = i
			}
		}
		if best < 0 {
			break
		}
		if err := c.fit(t, best, rows, dims, o); err != nil {
			return err
		}
		p := &c.Curve[best]
		if p.Left = o.Limits.left(slices.Min(c.Model.Sizes), slices.Max(c.Model.Sizes), n); p.Left == "" {
			c.Why = fmt.Sprintf("of %d to %d groups, %d are best by %s: silhouette %.3f, stability %.3f", c.Curve[0].K, c.Curve[len(c.Curve)-1].K, p.K, rule.Name, p.Silhouette, p.Stability)
			return nil
		}
	}
	c.Why = "every number of groups makes one that is too small or too large; the fewest were kept"
	return c.fit(t, 0, rows, dims, o)
}

func (c *Choice) fit(t *trial, at int, rows []float32, dims int, o Options) (err error) {
	c.K = c.Curve[at].K
	o.Init = t.centers[c.K]
	c.Model, err = Fit(rows, dims, c.K, o)
	return err
}

// left says why groups of these sizes are of no use.
func (l Limits) left(least, most, n int) string {
	rows, share, limit := l.MinRows, l.MinShare, l.MaxShare
	if rows == 0 {
		rows = 20
	}
	if share == 0 {
		share = 0.01
	}
	if limit == 0 {
		limit = 1
	}
	switch small, large := float64(least)/float64(n), float64(most)/float64(n); {
	case least < rows || small < share:
		return fmt.Sprintf("its smallest group has %d rows (%.1f %%)", least, 100*small)
	case large > limit:
		return fmt.Sprintf("its largest group has %.0f %% of the rows", math.Floor(100*large))
	}
	return ""
}
