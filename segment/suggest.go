package segment

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"segmenta/table"
)

// A Sample is customers as of a moment, and what happened to each afterwards: an amount
// or 1 and 0; NaN where nobody knows.
type Sample struct {
	Table   *table.Table
	Outcome []float64
}

// A Suggestion is a rule whose members fared otherwise than all, and did so again
// later, on outcomes that the search never saw.
type Suggestion struct {
	Conditions []string `json:"conditions"` // each a line of a rule's primary block
	Definition string   `json:"definition"`
	Found      Fared    `json:"found"`   // when it was looked for
	Checked    Fared    `json:"checked"` // later
	Holds      bool     `json:"holds"`   // later too the interval leaves everyone's mean out, on the same side
}

// Fared is how a rule's members fared beside everyone.
type Fared struct {
	Customers int     `json:"customers"`
	Share     float64 `json:"share"`
	Mean      float64 `json:"mean"`
	Low       float64 `json:"low"`
	High      float64 `json:"high"`
	Everyone  float64 `json:"everyone"`
}

// Search bounds the search for rules. The zero value is the usual choice.
type Search struct {
	Tests    int     // conditions a rule at most; 0: 3
	Beam     int     // rules kept at each length; 0: 24
	MinShare float64 // of the customers that a rule holds at least; 0: 0.02
	MaxShare float64 // and at most; 0: 0.5
	Top      int     // suggestions; 0: 5
}

func (s *Search) complete() {
	set(&s.Tests, 3)
	set(&s.Beam, 24)
	set(&s.MinShare, 0.02)
	set(&s.MaxShare, 0.5)
	set(&s.Top, 5)
}

// A candidate is a rule during the search.
type candidate struct {
	tests []int // of the atoms, ascending
	in    []bool
	score float64
}

// An atom is one test that a rule can be made of.
type atom struct {
	column, asks string
	in           []bool
}

// Suggest looks for rules that set apart customers who fared otherwise, longest three
// conditions, by beam search over quantiles and words; and checks each on a later
// sample. It scores by how many standard errors a rule's mean is from everyone's.
//
// Lavrač, N., Kavšek, B., Flach, P., Todorovski, L. (2004). Subgroup discovery with
// CN2-SD. Journal of Machine Learning Research 5.
func Suggest(found, later Sample, o Search) []Suggestion {
	o.complete()
	s := &seeking{Search: o, found: found, atoms: atoms(found.Table, o.MinShare)}
	s.known, s.mean, s.sd = moments(found.Outcome)
	best := s.search()
	var list []Suggestion
	var taken [][]bool
	for _, c := range best {
		if len(list) == o.Top || slices.ContainsFunc(taken, func(t []bool) bool { return jaccard(t, c.in) > 0.5 }) {
			continue
		}
		taken = append(taken, c.in)
		list = append(list, s.suggestion(c, later))
	}
	return list
}

type seeking struct {
	Search
	found           Sample
	atoms           []atom
	known, mean, sd float64
}

// search grows rules one test at a time and returns them all, the best first.
func (s *seeking) search() []candidate {
	all := make([]bool, len(s.found.Outcome))
	for i := range all {
		all[i] = true
	}
	var every []candidate
	beam := []candidate{{in: all}}
	for range s.Tests {
		var next []candidate
		for _, c := range beam {
			next = append(next, s.grow(c)...)
		}
		slices.SortFunc(next, byScore)
		next = slices.CompactFunc(next, func(a, b candidate) bool { return a.score == b.score })
		beam = next[:min(len(next), s.Beam)]
		every = append(every, beam...)
	}
	slices.SortStableFunc(every, func(a, b candidate) int { return cmp.Or(byScore(a, b), cmp.Compare(len(a.tests), len(b.tests))) })
	return every
}

func byScore(a, b candidate) int {
	return cmp.Or(cmp.Compare(b.score, a.score), slices.Compare(a.tests, b.tests))
}

// longer is how many standard errors a further condition must be worth.
const longer = 1

// grow adds one test, of a column that the rule doesn't ask of yet.
func (s *seeking) grow(c candidate) (list []candidate) {
	for k, a := range s.atoms {
		if slices.ContainsFunc(c.tests, func(t int) bool { return s.atoms[t].column == a.column }) {
			continue
		}
		in := make([]bool, len(c.in))
		n, sum, held := 0.0, 0.0, 0
		for i := range in {
			if in[i] = c.in[i] && a.in[i]; in[i] {
				held++
				if y := s.found.Outcome[i]; y == y {
					n, sum = n+1, sum+y
				}
			}
		}
		share := float64(held) / float64(len(in))
		if share < s.MinShare || share > s.MaxShare || n < 2 || s.sd == 0 {
			continue
		}
		score := math.Abs(sum/n-s.mean) / s.sd * math.Sqrt(n)
		if score < c.score+longer {
			continue
		}
		tests := append(slices.Clone(c.tests), k)
		slices.Sort(tests)
		list = append(list, candidate{tests, in, score})
	}
	return list
}

func (s *seeking) suggestion(c candidate, later Sample) Suggestion {
	out := Suggestion{Found: fared(c.in, s.found.Outcome)}
	in := make([]bool, len(later.Outcome))
	for i := range in {
		in[i] = true
	}
	var parts []string
	for _, k := range c.tests {
		a := s.atoms[k]
		out.Conditions = append(out.Conditions, a.column+": "+strconv.Quote(a.asks))
		parts = append(parts, a.column+" "+a.asks)
		if column := later.Table.Column(a.column); column != nil {
			narrow(in, column, a.asks)
		}
	}
	out.Definition = strings.Join(parts, " and ")
	out.Checked = fared(in, later.Outcome)
	above := out.Found.Mean > out.Found.Everyone
	out.Holds = above && out.Checked.Low > out.Checked.Everyone || !above && out.Checked.High < out.Checked.Everyone
	return out
}

// narrow takes out who doesn't pass a test.
func narrow(in []bool, c *table.Column, asks string) {
	one := &Condition{Column: c}
	if one.compared(asks, new(table.Table)) != nil {
		return
	}
	for i, v := range one.truths(len(in)) {
		in[i] = in[i] && v == yes
	}
}

// fared is how some fared, with a 95 % interval of their mean.
func fared(in []bool, outcome []float64) (f Fared) {
	var own []float64
	for i, v := range in {
		if v {
			f.Customers++
			if !math.IsNaN(outcome[i]) {
				own = append(own, outcome[i])
			}
		}
	}
	f.Share = float64(f.Customers) / float64(max(1, len(in)))
	_, f.Everyone, _ = moments(outcome)
	n, mean, sd := moments(own)
	f.Mean, f.Low, f.High = mean, mean-1.96*sd/math.Sqrt(n), mean+1.96*sd/math.Sqrt(n)
	return f
}

// moments are the number, mean and standard deviation of the known values.
func moments(values []float64) (n, mean, sd float64) {
	for _, v := range values {
		if !math.IsNaN(v) {
			n, mean = n+1, mean+v
		}
	}
	mean /= n
	for _, v := range values {
		if !math.IsNaN(v) {
			sd += (v - mean) * (v - mean)
		}
	}
	return n, mean, math.Sqrt(sd / (n - 1))
}

func jaccard(a, b []bool) float64 {
	both, either := 0.0, 0.0
	for i := range a {
		if a[i] && b[i] {
			both++
		}
		if a[i] || b[i] {
			either++
		}
	}
	return both / max(1, either)
}
