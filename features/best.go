package features

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// choosing lists the derived measures that choose among features: the word of the
// greatest, and its value.
var choosing = map[string]bool{"best": true, "best_value": true}

// A choice is a word, the feature that speaks for it, and the one that says on how
// much that rests; nil where it always counts.
type choice struct {
	word      string
	of, count *Definition
}

// A chosen choice is planned: code is its word's number from 1 on.
type chosen struct {
	code      int
	of, count *column
}

func (d *Definition) checkBest() error {
	switch {
	case len(d.Among) < 2:
		return fmt.Errorf("measure %s needs among: at least two words and the features that speak for them", d.Measure)
	case d.Of != "" || d.To != "" || d.Source != "" || d.Field != "" || len(d.Types) > 0:
		return fmt.Errorf("measure %s reads the features of among, so it takes no source, field, types, of or to", d.Measure)
	case (d.Min > 0) != (len(d.Counts) > 0):
		return fmt.Errorf("measure %s takes min and counts together", d.Measure)
	}
	for _, w := range slices.Sorted(maps.Keys(d.Counts)) {
		if d.Among[w] == "" {
			return fmt.Errorf("counts names %s, which is not among %s", w, strings.Join(d.names(), ", "))
		}
	}
	return nil
}

// names are the words that are chosen among, in order.
func (d *Definition) names() []string { return slices.Sorted(maps.Keys(d.Among)) }

// choices finds what a definition chooses among.
func (c *Catalog) choices(d *Definition) (err error) {
	for _, w := range d.names() {
		one := choice{word: w}
		if one.of, err = c.part(d.Name, d.Among[w]); err != nil {
			return err
		}
		if d.Counts[w] != "" {
			if one.count, err = c.part(d.Name, d.Counts[w]); err != nil {
				return err
			}
		}
		d.among = append(d.among, one)
	}
	return nil
}

// planBest plans a choice among those features that the data can give.
func (h *History) planBest(p *plan, groups map[string]*group, d *Definition) *column {
	c := &column{base: -1, d: d, among: []chosen{}}
	for i, one := range d.among {
		if h.answerable(one.of) != nil {
			continue
		}
		planned := chosen{code: i + 1, of: h.plan(p, groups, one.of)}
		if one.count != nil {
			if h.answerable(one.count) != nil {
				continue
			}
			planned.count = h.plan(p, groups, one.count)
		}
		c.among = append(c.among, planned)
	}
	p.columns[d.Name] = c
	p.derived = append(p.derived, c)
	return c
}

// choose fills in the choices of customers; of equal ones the first word counts.
func (a *answerReader) choose(out []float64, of *[parts]span, m int, c *column) error {
	best, values, counts := a.borrow(len(out)), a.borrow(len(out)), a.borrow(len(out))
	defer a.giveBack(3)
	for i := range out {
		best[i], out[i] = nan, nan
	}
	for _, one := range c.among {
		if err := a.read(values, of, m, one.of); err != nil {
			return err
		}
		if one.count != nil {
			if err := a.read(counts, of, m, one.count); err != nil {
				return err
			}
		}
		for i, v := range values {
			if v != v || one.count != nil && !(counts[i] >= float64(c.d.Min)) || v <= best[i] {
				continue
			}
			best[i], out[i] = v, float64(one.code)
		}
	}
	if c.d.Measure == "best_value" {
		copy(out, best)
	}
	return nil
}

func (d *Definition) bestRecipe() string {
	var said []string
	for _, w := range d.names() {
		said = append(said, w+" by "+d.Among[w])
	}
	s := "the greatest of " + strings.Join(said, ", ")
	if d.Min > 0 {
		s += fmt.Sprintf(", where it rests on %d at least", d.Min)
	}
	return s
}
