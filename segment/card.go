package segment

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"segmenta/table"
)

// A Card is a portrait of a segment made of nothing but data: what its people come for,
// what they are worth, and what sets them apart from all others.
type Card struct {
	Customers  int
	Intent     string  // what most of them have come for lately; empty where nothing says it
	IntentHas  float64 // share of the segment that came for it
	IntentLift float64 // that share over the others'

	Value, ValueLow, ValueHigh float64 // mean of the outcome, with its 95 % interval
	ValueOthers                float64 // and of the others

	Traits []Gap // beyond chance and of some size, the largest first
}

// What a trait must be to stand on a card: Cohen's smallest effect, and no more than one
// in a hundred cards with a trait by chance.
const (
	leastEffect   = 0.2
	traitByChance = 0.01
	traitsOnCard  = 6
)

// Portray makes the card of the rows that are in: t's attributes against all other rows,
// what they come for (nil where it isn't known), and the mean of an outcome.
func Portray(t *table.Table, in []bool, attributes []string, intent []string, outcome []float64) (*Card, error) {
	c := &Card{Customers: count(in)}
	if intent != nil {
		c.come(in, intent)
	}
	c.Value, c.ValueLow, c.ValueHigh = meanOf(outcome, in, true)
	c.ValueOthers, _, _ = meanOf(outcome, in, false)
	gaps, err := differences(t, in, nil, attributes)
	if err != nil {
		return nil, err
	}
	for _, g := range gaps {
		if math.Abs(g.Effect) >= leastEffect && g.P <= traitByChance/float64(len(attributes)) && len(c.Traits) < traitsOnCard {
			g.tell(t, in)
			c.Traits = append(c.Traits, g)
		}
	}
	return c, nil
}

// come finds the intent that the segment has most, against the others.
func (c *Card) come(in []bool, intent []string) {
	mine, others := make(map[string]float64), make(map[string]float64)
	for i, what := range intent {
		if in[i] {
			mine[what]++
		} else {
			others[what]++
		}
	}
	n, rest := float64(c.Customers), float64(len(in)-c.Customers)
	for what, k := range mine {
		if what != "" && (k > mine[c.Intent] || c.Intent == "" || k == mine[c.Intent] && what < c.Intent) {
			c.Intent = what
		}
	}
	if c.Intent != "" {
		c.IntentHas = mine[c.Intent] / n
		c.IntentLift = c.IntentHas / (others[c.Intent] / rest)
	}
}

// meanOf is the mean of the known values of the rows that are in, or out, with Student's
// interval at 95 %.
func meanOf(values []float64, in []bool, of bool) (mean, low, high float64) {
	var some []float64
	for i, v := range values {
		if in[i] == of && !math.IsNaN(v) {
			some = append(some, v)
		}
	}
	n, mean, sd := moments(some)
	if n < fewestAccounted {
		return mean, math.NaN(), math.NaN()
	}
	half := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.Quantile(0.975) * sd / math.Sqrt(n)
	return mean, mean - half, mean + half
}
