package cluster

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Words name a column for people. High and Low are adjectives or clauses for groups in
// which it is so; where they are empty, «many» and «few» are made of the name.
type Words struct {
	En, Es         string
	HighEn, HighEs string
	LowEn, LowEs   string
}

// A Trait is how a group differs from everyone in one column.
type Trait struct {
	Feature string  `json:"feature"`
	Effect  float64 `json:"effect"` // difference of the mean ranks, in standard deviations of ranks
	Median  float64 `json:"median"` // of the group
	Overall float64 `json:"overall_median"`
}

// A Profile is what a group has in common.
type Profile struct {
	Cluster int     `json:"cluster"`
	Size    int     `json:"size"`
	Share   float64 `json:"share"`
	NameEn  string  `json:"name_en"`
	NameEs  string  `json:"name_es"`
	Traits  []Trait `json:"traits"` // the strongest first
}

// Describe says what sets each group apart. Names are made of the strongest traits, and
// are distinct. Effects are of ranks, so that one large value doesn't make a trait.
func Describe(names []string, columns [][]float64, a *Assignment, k int, words map[string]Words) []Profile {
	profiles := make([]Profile, k)
	for c := range profiles {
		profiles[c].Cluster = c
	}
	for _, c := range a.Cluster {
		profiles[c].Size++
	}
	for i, name := range names {
		effects, medians, overall := effects(columns[i], a.Cluster, k)
		for c := range profiles {
			profiles[c].Traits = append(profiles[c].Traits, Trait{name, effects[c], medians[c], overall})
		}
	}
	for c := range profiles {
		p := &profiles[c]
		p.Share = float64(p.Size) / float64(len(a.Cluster))
		slices.SortStableFunc(p.Traits, func(x, y Trait) int { return cmp.Compare(math.Abs(y.Effect), math.Abs(x.Effect)) })
	}
	name(profiles, words)
	return profiles
}

// effects compares the ranks of a column between groups; what is missing ranks lowest.
func effects(column []float64, label []int32, k int) (effect, median []float64, overall float64) {
	n := len(column)
	at := make([]int, n)
	for i := range at {
		at[i] = i
	}
	value := func(i int) float64 {
		if math.IsNaN(column[i]) {
			return math.Inf(-1)
		}
		return column[i]
	}
	slices.SortFunc(at, func(a, b int) int { return cmp.Or(cmp.Compare(value(a), value(b)), cmp.Compare(a, b)) })
	sum, size := make([]float64, k), make([]float64, k)
	of := make([][]float64, k)
	var all []float64
	for from := 0; from < n; {
		to := from
		for to < n && value(at[to]) == value(at[from]) {
			to++
		}
		rank := float64(from+to-1) / 2
		for _, i := range at[from:to] {
			sum[label[i]] += rank
			size[label[i]]++
			if !math.IsNaN(column[i]) {
				of[label[i]], all = append(of[label[i]], column[i]), append(all, column[i])
			}
		}
		from = to
	}
	sd := float64(n) / math.Sqrt(12)
	effect, median = make([]float64, k), make([]float64, k)
	for c := range k {
		if size[c] > 0 {
			effect[c] = (sum[c]/size[c] - float64(n-1)/2) / sd
		}
		median[c] = middle(of[c])
	}
	return effect, median, middle(all)
}

// middle is the median of sorted values, 0 of none.
func middle(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	return v[len(v)/2]
}

// name gives every group a name of its own: of two traits, of more where two groups
// would be called the same, and at last with a number.
func name(profiles []Profile, words map[string]Words) {
	for traits := 2; traits <= 4; traits++ {
		taken := make(map[string]int)
		for c := range profiles {
			p := &profiles[c]
			if traits == 2 || p.NameEn == "" {
				p.NameEn, p.NameEs = named(p.Traits, traits, words)
			}
			taken[p.NameEn]++
		}
		if traits == 4 {
			break
		}
		for c := range profiles {
			if taken[profiles[c].NameEn] > 1 {
				profiles[c].NameEn = ""
			}
		}
	}
	count := make(map[string]int)
	for c := range profiles {
		p := &profiles[c]
		if count[p.NameEn]++; count[p.NameEn] > 1 {
			n := " " + strconv.Itoa(count[p.NameEn])
			p.NameEn, p.NameEs = p.NameEn+n, p.NameEs+n
		}
	}
}

func named(traits []Trait, n int, words map[string]Words) (en, es string) {
	var partsEn, partsEs []string
	for _, t := range traits[:min(n, len(traits))] {
		w, ok := words[t.Feature]
		if !ok {
			w = Words{En: t.Feature, Es: t.Feature}
		}
		if t.Effect >= 0 {
			partsEn, partsEs = append(partsEn, cmp.Or(w.HighEn, "high "+w.En)), append(partsEs, cmp.Or(w.HighEs, "alto: "+w.Es))
		} else {
			partsEn, partsEs = append(partsEn, cmp.Or(w.LowEn, "low "+w.En)), append(partsEs, cmp.Or(w.LowEs, "bajo: "+w.Es))
		}
	}
	return capital(strings.Join(partsEn, ", ")), capital(strings.Join(partsEs, ", "))
}

func capital(s string) string {
	r := []rune(s)
	if len(r) > 0 {
		r[0] = []rune(strings.ToUpper(string(r[0])))[0]
	}
	return string(r)
}
