// Package interval says how far what happens may be from a probability.
//
// A single customer leaves or stays: no interval of a probability can be held against
// that. What can be seen is how many of a few dozen customers alike left. An Interval is
// about those: of Alike customers with the same probability, the share with the outcome
// will be between Low and High in Nominal of the cases. It holds the luck of the draw,
// what the model gets wrong, and what changed between the moments that it was fitted on;
// Coverage says how often it held where the model saw nothing.
//
// The width is split-conformal: the units that are exchanged are groups of customers
// alike within a moment, and the distance is measured on the scale on which a share's
// noise is the same everywhere (the arcsine of its root). How far moments are off as a
// whole is added: there are few of them, and the one to come is of another season.
//
// Vovk, V., Gammerman, A., Shafer, G. (2005). Algorithmic Learning in a Random World.
// Anscombe, F. J. (1948). The transformation of Poisson, binomial and negative-binomial
// data. Biometrika 35.
package interval

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// An Interval makes bounds of probabilities.
type Interval struct {
	Nominal float64 `json:"nominal"`
	Alike   int     `json:"customers_alike"`
	Width   float64 `json:"width"`  // in standard deviations of a share of Alike customers
	Groups  int     `json:"groups"` // disjoint ones that the width rests on
}

// Alike is how many customers a group has: enough that a share says something, few
// enough that there are many groups.
const Alike = 50

// Nominal is how often an interval is to hold.
const Nominal = 0.9

// normal90 is the width that luck alone needs for Nominal.
const normal90 = 1.6448536269514722

// enough is how many groups a width can be read off; of fewer it is widened.
const enough = 20

// Fit reads the width off predictions of rows that the model did not see. moment keeps
// rows apart that are not of one moment: each of a list of stretches.
func Fit(stretches []Stretch) *Interval {
	i := &Interval{Nominal: Nominal, Alike: Alike}
	var distances []float64
	var shifts float64 // squared, of moments as a whole, beyond what their groups' luck explains
	rows, moments := 0, 0.0
	for _, s := range stretches {
		rows += len(s.P)
		i.Groups += len(s.P) / Alike
		deviations := s.deviations(Alike / 5)
		if len(deviations) == 0 {
			continue
		}
		shift := 0.0
		for _, d := range deviations {
			shift += d / float64(len(deviations))
		}
		if !s.SameTime {
			moments++
			shifts += max(0, shift*shift-1/math.Max(1, float64(len(s.P)/Alike)))
		}
		for _, d := range deviations {
			distances = append(distances, math.Abs(d-shift))
		}
	}
	i.Width = normal90
	if len(distances) > 0 {
		slices.Sort(distances)
		at := int(math.Ceil(Nominal*float64(len(distances)+1))) - 1
		i.Width = distances[min(at, len(distances)-1)]
	}
	i.Width = math.Hypot(i.Width, drifting(shifts, moments))
	if i.Groups < enough { // a guess of what so few rows can't show
		i.Width = max(i.Width, normal90*math.Sqrt(1+float64(enough*Alike)/math.Max(1, float64(rows))))
	}
	return i
}

// What is believed of how far a moment is off as a whole before any was seen: three points
// of the rate, as if three moments had shown it.
const (
	usualShift = 0.42 // in standard deviations of a share of Alike customers
	asIfSeen   = 3
)

// drifting is what the width must hold because the moment to come may be off as a whole:
// the quantile of a shift of which few were seen.
func drifting(squares, moments float64) float64 {
	freedom := asIfSeen + moments
	scale := math.Sqrt((asIfSeen*usualShift*usualShift + squares) / freedom)
	return scale * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: freedom}.Quantile((1+Nominal)/2)
}

// A Stretch is the predictions of one moment and what happened.
type Stretch struct {
	Y, P     []float64
	SameTime bool // the model learned from other customers at the same time: how far a moment is off doesn't show
}

// order is the rows by rising probability.
func (s Stretch) order() []int {
	at := make([]int, len(s.P))
	for i := range at {
		at[i] = i
	}
	slices.SortFunc(at, func(a, b int) int { return cmp.Or(cmp.Compare(s.P[a], s.P[b]), cmp.Compare(a, b)) })
	return at
}

// groups visits the mean probability and the share with the outcome of every Alike
// neighbours, beginning anew after each step.
func (s Stretch) groups(step int, visit func(p, share float64)) {
	at := s.order()
	sumP, sumY := make([]float64, len(at)+1), make([]float64, len(at)+1)
	for k, i := range at {
		sumP[k+1], sumY[k+1] = sumP[k]+s.P[i], sumY[k]+s.Y[i]
	}
	for from := 0; from+Alike <= len(at); from += step {
		visit((sumP[from+Alike]-sumP[from])/Alike, (sumY[from+Alike]-sumY[from])/Alike)
	}
}

func (s Stretch) deviations(step int) (all []float64) {
	s.groups(step, func(p, share float64) { all = append(all, (angle(share)-angle(p))*2*math.Sqrt(Alike)) })
	return all
}

// angle is the scale on which a share's standard deviation is 1/(2√n) everywhere.
func angle(p float64) float64 { return math.Asin(math.Sqrt(min(max(p, 0), 1))) }

// Bounds are the least and the greatest share of customers alike.
func (i *Interval) Bounds(p float64) (low, high float64) {
	half := i.Width / (2 * math.Sqrt(float64(i.Alike)))
	low, high = max(angle(p)-half, 0), min(angle(p)+half, math.Pi/2)
	low, high = math.Sin(low), math.Sin(high)
	return min(low*low, p), max(high*high, p)
}

// A Held is how often intervals held, with its own 95 % interval, which knows that
// overlapping groups share customers.
type Held struct {
	Nominal float64 `json:"nominal"`
	Share   float64 `json:"share"`
	Low     float64 `json:"low"`
	High    float64 `json:"high"`
	Groups  int     `json:"groups"` // disjoint ones
}

// Coverage holds intervals against rows that neither the model nor the interval saw. It
// returns nil where there is not even one group.
func (i *Interval) Coverage(stretches ...Stretch) *Held {
	h := &Held{Nominal: i.Nominal}
	held, all := 0.0, 0.0
	for _, s := range stretches {
		h.Groups += len(s.P) / Alike
		s.groups(Alike/5, func(p, share float64) {
			low, high := i.Bounds(p)
			all++
			const rounding = 1e-12
			if low-rounding <= share && share <= high+rounding {
				held++
			}
		})
	}
	if all == 0 {
		return nil
	}
	h.Share = held / all
	h.Low, h.High = wilson(h.Share, float64(h.Groups))
	return h
}

// CoverageOf is how often bounds held that were given of each row; nil where there is not
// even one group. A group's bounds are the means of its rows'.
func CoverageOf(nominal float64, s Stretch, low, high []float64) *Held {
	at := s.order()
	h := &Held{Nominal: nominal, Groups: len(at) / Alike}
	held, all := 0.0, 0.0
	for from := 0; from+Alike <= len(at); from += Alike / 5 {
		var share, l, u float64
		for _, i := range at[from : from+Alike] {
			share, l, u = share+s.Y[i]/Alike, l+low[i]/Alike, u+high[i]/Alike
		}
		all++
		if l-1e-9 <= share && share <= u+1e-9 {
			held++
		}
	}
	if all == 0 {
		return nil
	}
	h.Share = held / all
	h.Low, h.High = wilson(h.Share, float64(h.Groups))
	return h
}

// wilson is the 95 % score interval of a share of n.
func wilson(p, n float64) (low, high float64) {
	const z = 1.959963984540054
	middle, half := p+z*z/(2*n), z*math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return max(0, (middle-half)/(1+z*z/n)), min(1, (middle+half)/(1+z*z/n))
}
