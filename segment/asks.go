package segment

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"segmenta/strict"
	"segmenta/table"
)

// onColumn reads what follows a column's name.
func onColumn(c *table.Column, n strict.Node, t *table.Table, frozen map[string]float64) (*Condition, error) {
	out := &Condition{Column: c, at: n}
	if n.IsList() {
		var words []string
		for _, item := range n.Items() {
			words = append(words, item.Text())
		}
		return out, out.oneOf(words)
	}
	if !n.IsText() {
		return nil, n.Errorf("want what %s is to be, such as \"> 90\" or a word", c.Name)
	}
	text := strings.TrimSpace(n.Text())
	out.Asks = text
	switch first, rest, _ := strings.Cut(text, " "); {
	case text == "known" || text == "conocido":
		out.test.null = no
	case text == "null" || text == "~" || text == "unknown" || text == "desconocido" || n.IsNull():
		out.Asks, out.test.null = "null", yes
	case first == "in" || first == "en":
		return out, out.oneOf(strings.Split(strings.Trim(strings.TrimSpace(rest), "[]"), ","))
	case first == "between" || first == "entre":
		return out, out.between(rest)
	case slices.Contains([]string{"above", "below", "top", "bottom"}, first):
		return out, out.relative(first, strings.TrimSpace(rest), frozen)
	default:
		return out, out.compared(text, t)
	}
	return out, nil
}

func (c *Condition) oneOf(words []string) error {
	for k, w := range words {
		words[k] = strings.Trim(strings.TrimSpace(w), `"'`)
	}
	c.Asks = "in " + strings.Join(words, ", ")
	if c.Column.Kind == table.String {
		c.test.words = among(c.Column.Dict, func(word string) bool { return slices.Contains(words, word) })
		return nil
	}
	for _, w := range words {
		v, err := c.number(w)
		if err != nil {
			return err
		}
		c.test.spans = append(c.test.spans, span{v, v})
	}
	return nil
}

func among(dict []string, passes func(word string) bool) []bool {
	words := make([]bool, len(dict))
	for k, word := range dict {
		words[k] = passes(word)
	}
	return words
}

// operators in the order in which they are looked for, and the spans that they stand
// for.
var operators = []struct {
	sign  string
	spans func(v float64) []span
}{
	{"!=", func(v float64) []span { return []span{{math.Inf(-1), under(v)}, {over(v), math.Inf(1)}} }},
	{"<=", func(v float64) []span { return []span{{math.Inf(-1), v}} }},
	{">=", func(v float64) []span { return []span{{v, math.Inf(1)}} }},
	{"==", func(v float64) []span { return []span{{v, v}} }},
	{"<", func(v float64) []span { return []span{{math.Inf(-1), under(v)}} }},
	{">", func(v float64) []span { return []span{{over(v), math.Inf(1)}} }},
	{"=", func(v float64) []span { return []span{{v, v}} }},
}

func over(v float64) float64  { return math.Nextafter(v, math.Inf(1)) }
func under(v float64) float64 { return math.Nextafter(v, math.Inf(-1)) }

func (c *Condition) compared(text string, t *table.Table) error {
	op := operators[len(operators)-1]
	for _, o := range operators {
		if rest, ok := strings.CutPrefix(text, o.sign); ok {
			op, text = o, strings.TrimSpace(rest)
			break
		}
	}
	text = strings.Trim(text, `"'`)
	if c.Column.Kind == table.String {
		if !strings.HasSuffix(op.sign, "=") || op.sign == "<=" || op.sign == ">=" {
			return c.at.Errorf("%s is text: want =, != or in, not %s", c.Column.Name, op.sign)
		}
		c.test.words = among(c.Column.Dict, func(word string) bool { return (word == text) == (op.sign != "!=") })
		return nil
	}
	if other := t.Column(text); other != nil && strings.ContainsAny(op.sign, "<>") && other.Kind != table.String && other.Kind != table.Bool {
		c.test.other, c.test.spans = other, op.spans(0)
		return nil
	}
	v, err := c.number(text)
	c.test.spans = op.spans(v)
	return err
}

// scales are the suffixes that a number may have, durations in days.
var scales = []struct {
	suffix string
	is     float64
}{{"d", 1}, {"w", 7}, {"%", 0.01}}

// number reads 90, 90d, 12w (in days), 10%, true, false, or a moment of a time.
func (c *Condition) number(text string) (v float64, err error) {
	switch c.Column.Kind {
	case table.Bool:
		var b bool
		if b, err = strconv.ParseBool(text); b {
			v = 1
		}
	case table.Time:
		v, err = moment(text)
	default:
		scale := 1.0
		for _, s := range scales {
			if rest, ok := strings.CutSuffix(text, s.suffix); ok {
				text, scale = rest, s.is
			}
		}
		v, err = strconv.ParseFloat(strings.TrimSpace(text), 64)
		v *= scale
	}
	if err != nil || math.IsNaN(v) {
		return 0, c.at.Errorf("%s is of type %s: %q is no value for it", c.Column.Name, c.Column.Kind, text)
	}
	return v, nil
}

// moment is a day or a moment in microseconds, as a time column holds it.
func moment(text string) (float64, error) {
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		at, err = time.Parse(time.RFC3339, text)
	}
	return float64(at.UnixMicro()), err
}

func (c *Condition) between(text string) error {
	low, high, ok := strings.Cut(strings.Replace(text, " y ", " and ", 1), " and ")
	if !ok {
		return c.at.Errorf("want between LOW and HIGH, not between %s", text)
	}
	if c.Column.Kind == table.String {
		return c.at.Errorf("%s is text: only numbers are between others", c.Column.Name)
	}
	from, err := c.number(strings.TrimSpace(low))
	if err != nil {
		return err
	}
	to, err := c.number(strings.TrimSpace(high))
	c.test.spans = []span{{from, to}}
	return err
}
