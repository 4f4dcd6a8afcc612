package segment

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"segmenta/strict"
	"segmenta/table"
)

// A truth has three values: what is unknown is neither yes nor no (Kleene).
type truth int8

const (
	no truth = iota - 1
	unknown
	yes
)

// A condition says of row i whether it holds.
type condition func(i int) truth

// deepest bounds nesting.
const deepest = 32

// joins lists the words that join conditions, in English and Spanish.
var joins = map[string]string{"all": "all", "todos": "all", "y": "all", "any": "any", "alguno": "any", "o": "any", "not": "not", "no": "not"}

// compile makes a condition of a block: all, any and not, nested, over conditions on
// columns, which read
//
//	recency_days: "> 90"          = != < <= > >= with a number, or a duration such as 90d
//	value_band: high              one word
//	rfm_segment: in [a, b]        several
//	age: between 25 and 34        both ends are in
//	email: known                  or null
//	clv: above mean               or below mean: of all rows of this run
//	amount_365d: top 10%          or bottom 10%
//
// What relative thresholds came to is written into frozen.
func compile(n strict.Node, t *table.Table, frozen map[string]float64) (condition, error) {
	return compileAt(n, t, frozen, 0)
}

func compileAt(n strict.Node, t *table.Table, frozen map[string]float64, depth int) (condition, error) {
	if depth > deepest {
		return nil, n.Errorf("nested more than %d deep", deepest)
	}
	if n.IsList() {
		return joined("all", n.Items(), t, frozen, depth)
	}
	if !n.IsMap() || len(n.Pairs()) == 0 {
		return nil, n.Errorf("want conditions, such as recency_days: \"> 90\"")
	}
	var parts []condition
	for _, p := range n.Pairs() {
		c, err := pair(p, t, frozen, depth)
		if err != nil {
			return nil, err
		}
		parts = append(parts, c)
	}
	return every(parts), nil
}

func pair(p strict.Pair, t *table.Table, frozen map[string]float64, depth int) (condition, error) {
	word := p.Key.Text()
	if how := joins[word]; how != "" && t.Column(word) == nil {
		items := []strict.Node{p.Value}
		if p.Value.IsList() {
			items = p.Value.Items()
		}
		return joined(how, items, t, frozen, depth)
	}
	c := t.Column(word)
	if c == nil {
		return nil, unavailable(p.Key, word, t)
	}
	return onColumn(c, p.Value, frozen)
}

func joined(how string, items []strict.Node, t *table.Table, frozen map[string]float64, depth int) (condition, error) {
	var parts []condition
	for _, item := range items {
		c, err := compileAt(item, t, frozen, depth+1)
		if err != nil {
			return nil, err
		}
		parts = append(parts, c)
	}
	switch how {
	case "any":
		return some(parts), nil
	case "not":
		c := some(parts)
		return func(i int) truth { return -c(i) }, nil
	}
	return every(parts), nil
}

func every(parts []condition) condition {
	return func(i int) truth {
		v := yes
		for _, p := range parts {
			v = min(v, p(i))
		}
		return v
	}
}

func some(parts []condition) condition {
	return func(i int) truth {
		v := no
		for _, p := range parts {
			v = max(v, p(i))
		}
		return v
	}
}

// onColumn compiles what follows a column's name.
func onColumn(c *table.Column, n strict.Node, frozen map[string]float64) (condition, error) {
	if n.IsList() {
		var words []string
		for _, item := range n.Items() {
			words = append(words, item.Text())
		}
		return oneOf(c, words, n)
	}
	if !n.IsText() {
		return nil, n.Errorf("want what %s is to be, such as \"> 90\" or a word", c.Name)
	}
	text := strings.TrimSpace(n.Text())
	switch first, rest, _ := strings.Cut(text, " "); {
	case text == "known" || text == "conocido":
		return func(i int) truth { return is(!c.IsNull(i)) }, nil
	case text == "null" || text == "~" || text == "unknown" || text == "desconocido" || n.IsNull():
		return func(i int) truth { return is(c.IsNull(i)) }, nil
	case first == "in" || first == "en":
		return oneOf(c, strings.Split(strings.Trim(strings.TrimSpace(rest), "[]"), ","), n)
	case first == "between" || first == "entre":
		return between(c, rest, n)
	case slices.Contains([]string{"above", "below", "top", "bottom"}, first):
		return relative(c, first, rest, n, frozen)
	}
	return compared(c, text, n)
}

func is(b bool) truth {
	if b {
		return yes
	}
	return no
}

func oneOf(c *table.Column, words []string, n strict.Node) (condition, error) {
	var parts []condition
	for _, w := range words {
		p, err := compared(c, "= "+strings.Trim(strings.TrimSpace(w), `"'`), n)
		if err != nil {
			return nil, err
		}
		parts = append(parts, p)
	}
	return some(parts), nil
}

// operators in the order in which they are looked for.
var operators = []string{"!=", "<=", ">=", "==", "<", ">", "="}

func compared(c *table.Column, text string, n strict.Node) (condition, error) {
	op := "="
	for _, o := range operators {
		if rest, ok := strings.CutPrefix(text, o); ok {
			op, text = o, strings.TrimSpace(rest)
			break
		}
	}
	text = strings.Trim(text, `"'`)
	if c.Kind == table.String {
		if op != "=" && op != "==" && op != "!=" {
			return nil, n.Errorf("%s is text: want =, != or in, not %s", c.Name, op)
		}
		k := slices.Index(c.Dict, text)
		return known(c, func(i int) bool { return (k >= 0 && c.Codes[i] == int32(k)) == (op != "!=") }), nil
	}
	v, err := number(c, text)
	if err != nil {
		return nil, n.Errorf("%s is of type %s: %q is no value for it", c.Name, c.Kind, text)
	}
	holds := map[string]func(int) bool{
		"=": func(o int) bool { return o == 0 }, "==": func(o int) bool { return o == 0 }, "!=": func(o int) bool { return o != 0 },
		"<": func(o int) bool { return o < 0 }, "<=": func(o int) bool { return o <= 0 },
		">": func(o int) bool { return o > 0 }, ">=": func(o int) bool { return o >= 0 },
	}[op]
	return known(c, func(i int) bool { return holds(cmp.Compare(c.Number(i), v)) }), nil
}

// known is unknown where the column is null.
func known(c *table.Column, holds func(i int) bool) condition {
	return func(i int) truth {
		if c.IsNull(i) {
			return unknown
		}
		return is(holds(i))
	}
}

// number reads 90, 90d, 12w (in days), 10%, true or false.
func number(c *table.Column, text string) (float64, error) {
	if c.Kind == table.Bool {
		b, err := strconv.ParseBool(text)
		if b {
			return 1, err
		}
		return 0, err
	}
	scale := 1.0
	for suffix, s := range map[string]float64{"d": 1, "w": 7, "%": 0.01} {
		if rest, ok := strings.CutSuffix(text, suffix); ok {
			text, scale = rest, s
		}
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	return v * scale, err
}

func between(c *table.Column, text string, n strict.Node) (condition, error) {
	low, high, ok := strings.Cut(strings.Replace(text, " y ", " and ", 1), " and ")
	if !ok {
		return nil, n.Errorf("want between LOW and HIGH, not between %s", text)
	}
	from, err := compared(c, ">= "+strings.TrimSpace(low), n)
	if err != nil {
		return nil, err
	}
	to, err := compared(c, "<= "+strings.TrimSpace(high), n)
	return every([]condition{from, to}), err
}

// relative holds rows against all rows of this run.
func relative(c *table.Column, word, rest string, n strict.Node, frozen map[string]float64) (condition, error) {
	if c.Kind == table.String || c.Kind == table.Bool {
		return nil, n.Errorf("%s is of type %s: only numbers are %s anything", c.Name, c.Kind, word)
	}
	var values []float64
	for i := range c.Len() {
		if !c.IsNull(i) {
			values = append(values, c.Number(i))
		}
	}
	slices.Sort(values)
	above, cut, err := threshold(values, word, strings.TrimSpace(rest))
	if err != "" {
		return nil, n.Errorf("%s: %s", c.Name, err)
	}
	frozen[c.Name+" "+word+" "+rest] = cut
	return known(c, func(i int) bool {
		switch v := c.Number(i); {
		case word == "top":
			return v >= cut
		case above:
			return v > cut
		case word == "bottom":
			return v <= cut
		default:
			return v < cut
		}
	}), nil
}

func threshold(values []float64, word, rest string) (above bool, cut float64, problem string) {
	above = word == "above" || word == "top"
	if len(values) == 0 {
		return above, math.NaN(), ""
	}
	if word == "above" || word == "below" {
		switch rest {
		case "mean", "media":
			sum := 0.0
			for _, v := range values {
				sum += v
			}
			return above, sum / float64(len(values)), ""
		case "median", "mediana":
			return above, values[len(values)/2], ""
		}
		return above, 0, "want " + word + " mean or " + word + " median"
	}
	share, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(rest, "%")), 64)
	if err != nil || !strings.HasSuffix(rest, "%") || share <= 0 || share > 100 {
		return above, 0, "want a share such as " + word + " 10%"
	}
	n := int(math.Ceil(share / 100 * float64(len(values))))
	if above {
		return above, values[len(values)-n], ""
	}
	return above, values[n-1], ""
}
