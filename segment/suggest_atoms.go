package segment

import (
	"fmt"
	"slices"
	"strconv"

	"segmenta/table"
)

// quantiles at which numbers are cut.
var quantiles = []float64{0.1, 0.25, 0.5, 0.75, 0.9}

// atoms are the tests that a rule can be made of: each column of numbers cut at its
// quantiles, each word that is frequent enough.
func atoms(t *table.Table, minShare float64) (list []atom) {
	for _, c := range t.Columns {
		for _, asks := range asksOf(c, minShare) {
			in := make([]bool, c.Len())
			for i := range in {
				in[i] = true
			}
			narrow(in, c, asks)
			if n := count(in); n > 0 && n < len(in) {
				list = append(list, atom{c.Name, asks, in})
			}
		}
	}
	return list
}

func asksOf(c *table.Column, minShare float64) (list []string) {
	if c.Kind == table.String {
		n := make([]int, len(c.Dict))
		for i, k := range c.Codes {
			if !c.IsNull(i) {
				n[k]++
			}
		}
		for k, word := range c.Dict {
			if word != "" && float64(n[k]) >= minShare*float64(c.Len()) {
				list = append(list, "= "+word)
			}
		}
		slices.Sort(list)
		return list
	}
	values := known(c)
	if len(values) == 0 || c.Kind == table.Time {
		return nil
	}
	for _, q := range quantiles {
		v := rounded(values[int(q*float64(len(values)-1))])
		list = append(list, fmt.Sprintf("> %v", v), fmt.Sprintf("<= %v", v))
	}
	return slices.Compact(list)
}

// rounded leaves three digits, so that people can read a threshold and remember it.
func rounded(v float64) float64 {
	r, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 3, 64), 64)
	return r
}
