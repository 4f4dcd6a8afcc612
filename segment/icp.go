package segment

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"segmenta/table"
)

// A Gap is how far an attribute of a persona, or one that no persona has, is from what
// the stars are like.
type Gap struct {
	Persona   string // empty where no persona says anything of it
	Attribute string
	Believed  string  // what the persona asks for
	Stars     float64 // share of the stars that are so
	Others    float64 // and of all other customers
	Lift      float64 // the one over the other
	P         float64 // of as large a difference by chance
	Effect    float64 // Cohen's h of the two shares, or d of the two means
	Operative string  // what the stars are like: their median, or their commonest word
	Usual     string  // and all others
}

// Gaps holds personas against the stars, and gives the largest differences, the largest
// first. Attributes are columns that no persona needs to name; a persona's conditions on
// columns that there are none of are left out.
//
// Cohen, J. (1988). Statistical Power Analysis for the Behavioral Sciences, 2nd ed.
func Gaps(t *table.Table, stars []bool, personas []*Pattern, attributes []string, most int) ([]Gap, error) {
	list, err := differences(t, stars, personas, attributes)
	list = list[:min(len(list), most)]
	for i := range list {
		list[i].tell(t, stars)
	}
	return list, err
}

// differences are all gaps, without what is typical, which takes sorting.
func differences(t *table.Table, stars []bool, personas []*Pattern, attributes []string) ([]Gap, error) {
	var list []Gap
	named := make(map[string]bool)
	for _, p := range personas {
		c, err := compile(p.Is, t, make(map[string]float64))
		if err != nil {
			return nil, err
		}
		for _, test := range c.tests() {
			named[test.Column.Name] = true
			list = append(list, test.gap(p.ID, stars))
		}
	}
	for _, name := range attributes {
		if c := t.Column(name); c != nil && !named[name] {
			list = append(list, unnamed(c, stars))
		}
	}
	list = slices.DeleteFunc(list, func(g Gap) bool { return math.IsNaN(g.Effect) })
	slices.SortStableFunc(list, func(a, b Gap) int { return cmp.Compare(math.Abs(b.Effect), math.Abs(a.Effect)) })
	return list, nil
}

// gap holds one attribute of a persona against the stars.
func (c *Condition) gap(persona string, stars []bool) Gap {
	g := Gap{Persona: persona, Attribute: c.Column.Name, Believed: c.Asks}
	var yesStars, ofStars, yesOthers, ofOthers float64
	for i, v := range c.truths(len(stars)) {
		switch {
		case v == unknown:
		case stars[i]:
			ofStars++
			yesStars += float64(max(v, 0))
		default:
			ofOthers++
			yesOthers += float64(max(v, 0))
		}
	}
	g.Stars, g.Others = yesStars/ofStars, yesOthers/ofOthers
	g.Lift = g.Stars / g.Others
	g.Effect = 2*math.Asin(math.Sqrt(g.Stars)) - 2*math.Asin(math.Sqrt(g.Others))
	pooled := (yesStars + yesOthers) / (ofStars + ofOthers)
	g.P = twoSided((g.Stars - g.Others) / math.Sqrt(pooled*(1-pooled)*(1/ofStars+1/ofOthers)))
	return g
}

// tell says what is typical of the stars, and of all others.
func (g *Gap) tell(t *table.Table, stars []bool) {
	c := t.Column(g.Attribute)
	g.Operative, g.Usual = typicalOf(c, stars, true), typicalOf(c, stars, false)
}

// unnamed holds a column of which no persona says anything against the stars: numbers
// by their means, texts by the stars' commonest word.
func unnamed(c *table.Column, stars []bool) Gap {
	if c.Kind == table.String {
		word := typicalOf(c, stars, true)
		one := &Condition{Column: c, Asks: "= " + word}
		one.test.words = among(c.Dict, func(w string) bool { return w == word })
		g := one.gap("", stars)
		g.Believed = ""
		return g
	}
	a, b := make([]float64, 0, count(stars)), make([]float64, 0, len(stars))
	for i := range stars {
		if v := c.Number(i); v == v && stars[i] {
			a = append(a, v)
		} else if v == v {
			b = append(b, v)
		}
	}
	na, ma, sa := moments(a)
	nb, mb, sb := moments(b)
	pooled := math.Sqrt(((na-1)*sa*sa + (nb-1)*sb*sb) / (na + nb - 2))
	return Gap{Attribute: c.Name, Stars: ma, Others: mb, Lift: ma / mb, Effect: (ma - mb) / pooled, P: twoSided((ma - mb) / math.Sqrt(sa*sa/na+sb*sb/nb))}
}

// twoSided is the probability of a standard normal as far from 0.
func twoSided(z float64) float64 { return 2 * distuv.UnitNormal.Survival(math.Abs(z)) }

// typicalOf is the median, or the commonest word, of the stars or of the others.
func typicalOf(c *table.Column, stars []bool, of bool) string {
	rows := make([]int, 0, len(stars))
	for i, s := range stars {
		if s == of && !c.IsNull(i) {
			rows = append(rows, i)
		}
	}
	if len(rows) == 0 {
		return ""
	}
	if c.Kind != table.String {
		return c.Format(middle(c, rows))
	}
	n := make([]int, len(c.Dict))
	for _, i := range rows {
		n[c.Codes[i]]++
	}
	best := 0
	for k := range n {
		if n[k] > n[best] || n[k] == n[best] && c.Dict[k] < c.Dict[best] {
			best = k
		}
	}
	return c.Dict[best]
}

// middle is a row with the median of some rows' numbers.
func middle(c *table.Column, rows []int) int {
	values := make([]float64, len(rows))
	for k, i := range rows {
		values[k] = c.Number(i)
	}
	slices.Sort(values)
	k := slices.IndexFunc(rows, func(i int) bool { return cmp.Compare(c.Number(i), values[len(values)/2]) == 0 })
	return rows[k]
}
