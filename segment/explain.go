package segment

import (
	"fmt"
	"strings"

	"segmenta/table"
)

// A Step is one line of why someone is in a segment or not.
type Step struct {
	Block   string `json:"block"` // primary, secondary or exclude
	Depth   int    `json:"depth"`
	Test    string `json:"test"`    // as the rule says it
	Verdict string `json:"verdict"` // yes, no or unknown
	Value   string `json:"value"`   // the customer's own, of a test; empty where there is none
	En      string `json:"en"`
	Es      string `json:"es"`
}

// An Explanation is why someone is in a segment or not.
type Explanation struct {
	Segment string `json:"segment"`
	In      bool   `json:"in"`
	Decided string `json:"decided_by"` // the block that kept them out; empty for who is in
	Steps   []Step `json:"steps"`
}

// Explain says of one row why it is in the segment or not, test by test. Thresholds
// that are relative are those of the whole table.
func (r *Rule) Explain(t *table.Table, row int) (*Explanation, error) {
	blocks, err := r.blocks(t, make(map[string]float64))
	if err != nil {
		return nil, err
	}
	e := &Explanation{Segment: r.ID, In: true}
	for _, b := range blocks {
		if b.Condition == nil {
			continue
		}
		v := e.follow(b.Name, b.Condition, row, 0)
		if !b.lets(v) && e.In {
			e.In, e.Decided = false, b.Name
		}
	}
	return e, nil
}

// follow writes a step for the condition and for its parts, and returns its truth.
func (e *Explanation) follow(block string, c *Condition, row, depth int) truth {
	at := len(e.Steps)
	e.Steps = append(e.Steps, Step{Block: block, Depth: depth})
	v := c.one(row)
	if c.Join == "" {
		e.Steps[at].tell(c, row, v)
		return v
	}
	for _, p := range c.Parts {
		e.follow(block, p, row, depth+1)
	}
	s := &e.Steps[at]
	s.Test, s.Verdict = c.Join, verdicts[v]
	s.En, s.Es = joinWords[c.Join].En, joinWords[c.Join].Es
	return v
}

var verdicts = map[truth]string{yes: "yes", no: "no", unknown: "unknown"}

var joinWords = map[string]Name{
	"all": {En: "all of these", Es: "todo lo siguiente"},
	"any": {En: "at least one of these", Es: "al menos uno de los siguientes"},
	"not": {En: "none of these", Es: "nada de lo siguiente"},
}

// tell says a test in words, with the customer's own value.
func (s *Step) tell(c *Condition, row int, v truth) {
	s.Test, s.Verdict, s.Value = c.String(), verdicts[v], c.Column.Format(row)
	en, es := c.Column.En, c.Column.Es
	if en == "" {
		en, es = c.Column.Name, c.Column.Name
	}
	ownEn, ownEs := "is "+s.Value, "es "+s.Value
	if s.Value == "" {
		ownEn, ownEs = "is not known", "no se conoce"
	}
	s.En = fmt.Sprintf("%s %s, and the rule asks for %s", en, ownEn, c.Asks)
	s.Es = fmt.Sprintf("%s %s, y la regla pide %s", es, ownEs, inSpanish(c.Asks))
}

// inSpanish says what a test asks for in Spanish.
func inSpanish(asks string) string {
	first, rest, more := strings.Cut(asks, " ")
	es, ok := map[string]string{"in": "uno de", "between": "entre", "above": "por encima de", "below": "por debajo de", "top": "el superior", "bottom": "el inferior",
		"known": "que se conozca", "null": "que no se conozca"}[first]
	switch {
	case !ok:
		return asks
	case !more:
		return es
	}
	return es + " " + strings.NewReplacer(" and ", " y ", "mean", "la media", "median", "la mediana").Replace(rest)
}

// one is the truth of a single row.
func (c *Condition) one(row int) truth {
	if c.Join == "" {
		single, test := c.Column.Pick([]int{row}), c.test
		if test.other != nil {
			test.other = test.other.Pick([]int{row})
		}
		out := make([]truth, 1)
		test.fill(single, out)
		return out[0]
	}
	v := is(c.Join == "all")
	for _, p := range c.Parts {
		if c.Join == "all" {
			v = min(v, p.one(row))
		} else {
			v = max(v, p.one(row))
		}
	}
	if c.Join == "not" {
		return -v
	}
	return v
}
