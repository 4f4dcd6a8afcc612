package pipeline

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"segmenta/strict"
	"segmenta/table"
)

func (o MeasuredTable) lacks(all *table.Table, name string) error {
	var names []string
	for _, c := range all.Columns {
		names = append(names, c.Name)
	}
	hint := "; there are " + strings.Join(names, ", ")
	if near := strict.Nearest(name, names); near != "" {
		hint = fmt.Sprintf("; did you mean %q?", near)
	}
	return mark(ErrConfig, fmt.Errorf("%s has no column %q%s", o.File, name, hint))
}

// numbers is a column as numbers, NaN where there is none.
func (o MeasuredTable) numbers(all *table.Table, name string) ([]float64, error) {
	c := all.Column(name)
	if c == nil {
		return nil, o.lacks(all, name)
	}
	if c = asNumbers(c); c.Kind == table.String {
		return nil, mark(ErrConfig, fmt.Errorf("%s: %s is text, and numbers are wanted", o.File, name))
	}
	values := make([]float64, c.Len())
	for i := range values {
		values[i] = c.Number(i)
	}
	return values, nil
}

func count(values []int, of int) (n int) {
	for _, v := range values {
		if v == of {
			n++
		}
	}
	return n
}

func zerosAndOnes(values []float64) bool {
	return !slices.ContainsFunc(values, func(v float64) bool { return v != 0 && v != 1 && !math.IsNaN(v) })
}

// mostArms is how many different treatments there may be.
const mostArms = 20

// alone are the words by which those left alone are known.
var alone = []string{"0", "false", "control", "holdout", "hold-out", "none", "no", "left_alone"}

// armsOf reads the arms, those left alone first.
func armsOf(c *table.Column, control string) (names []string, arm []int, err error) {
	arm = make([]int, c.Len())
	for i := range arm {
		if v := c.Format(i); !c.IsNull(i) && !slices.Contains(names, v) {
			if names = append(names, v); len(names) > mostArms {
				return nil, nil, fmt.Errorf("%s holds more than %d different values: it names no treatment", c.Name, mostArms)
			}
		}
	}
	slices.Sort(names)
	at := slices.Index(names, control)
	if control == "" {
		at = slices.IndexFunc(names, func(n string) bool { return slices.Contains(alone, strings.ToLower(n)) })
	}
	if at < 0 || len(names) < 2 {
		return nil, nil, fmt.Errorf("%s holds %q: --control says which of them was left alone, and another is needed", c.Name, names)
	}
	names = append([]string{names[at]}, slices.Delete(slices.Clone(names), at, at+1)...)
	for i := range arm {
		if arm[i] = -1; !c.IsNull(i) {
			arm[i] = slices.Index(names, c.Format(i))
		}
	}
	return names, arm, nil
}

// mostGroups is how many different values a column of segments may hold.
const mostGroups = 200

func groupsOf(c *table.Column) (groups []group, err error) {
	at := make(map[string]int)
	for i := range c.Len() {
		if c.IsNull(i) {
			continue
		}
		id := c.Format(i)
		k, known := at[id]
		if !known {
			if k = len(groups); k == mostGroups {
				return nil, fmt.Errorf("%s holds more than %d different values: it names no segment", c.Name, mostGroups)
			}
			at[id] = k
			groups = append(groups, group{c.Name, id, words{id, id}, make([]bool, c.Len()), nil})
		}
		groups[k].in[i] = true
	}
	slices.SortFunc(groups, func(a, b group) int { return strings.Compare(a.id, b.id) })
	return groups, nil
}
