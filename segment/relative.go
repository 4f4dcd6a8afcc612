package segment

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"segmenta/table"
)

// relative holds rows against all rows of this run.
func (c *Condition) relative(word, rest string, frozen map[string]float64) error {
	if c.Column.Kind == table.String || c.Column.Kind == table.Bool {
		return c.at.Errorf("%s is of type %s: only numbers are %s anything", c.Column.Name, c.Column.Kind, word)
	}
	cut, problem := threshold(known(c.Column), word, rest)
	if problem != "" {
		return c.at.Errorf("%s: %s", c.Column.Name, problem)
	}
	frozen[c.Column.Name+" "+word+" "+rest] = cut
	c.test.spans = map[string][]span{
		"above": {{over(cut), math.Inf(1)}}, "top": {{cut, math.Inf(1)}},
		"below": {{math.Inf(-1), under(cut)}}, "bottom": {{math.Inf(-1), cut}},
	}[word]
	return nil
}

// known lists the values that there are, in order.
func known(c *table.Column) (values []float64) {
	for i := range c.Len() {
		if !c.IsNull(i) {
			values = append(values, c.Number(i))
		}
	}
	slices.Sort(values)
	return values
}

// threshold finds the value from which on a row is above, below, in the top or in the
// bottom of all. Nobody is where there are no values.
func threshold(values []float64, word, rest string) (cut float64, problem string) {
	n := len(values)
	if n == 0 {
		return math.NaN(), ""
	}
	if word == "above" || word == "below" {
		switch rest {
		case "mean", "media":
			sum := 0.0
			for _, v := range values {
				sum += v
			}
			return sum / float64(n), ""
		case "median", "mediana":
			return values[n/2], ""
		}
		return 0, "want " + word + " mean or " + word + " median"
	}
	share, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(rest, "%")), 64)
	if err != nil || !strings.HasSuffix(rest, "%") || !(share > 0 && share <= 100) {
		return 0, "want a share such as " + word + " 10%"
	}
	k := int(math.Ceil(share / 100 * float64(n)))
	if word == "top" {
		return values[n-k], ""
	}
	return values[k-1], ""
}
