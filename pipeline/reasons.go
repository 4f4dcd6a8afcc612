package pipeline

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"segmenta/features"
	"segmenta/predict"
	"segmenta/table"
)

// reasonsShown is how many reasons stand beside a probability.
const reasonsShown = 3

// reasons are, for each customer, what moved the probability most: in words, with the
// customer's own value and the usual one.
type reasons struct{ en, es [reasonsShown][]string }

// A cause is what a reason speaks of: a feature in all its windows, of which the one
// that says most is named, or the rhythm of purchases.
type cause struct {
	members  []int // of the model's features
	called   []words
	unit     []string
	typical  []float64
	currency string
}

// reasons explains the probabilities of a target.
func (r *running) reasons(t Target, s *score, m *scorer, d *design) (*reasons, error) {
	out := new(reasons)
	for k := range reasonsShown {
		out.en[k], out.es[k] = make([]string, len(s.probability)), make([]string, len(s.probability))
	}
	var scored []int
	for i, p := range s.probability {
		if !math.IsNaN(p) {
			scored = append(scored, i)
		}
	}
	if len(scored) == 0 {
		return out, nil
	}
	names, columns, contributions, err := m.explain(d, scored, r.job.Threads)
	if errors.Is(err, predict.ErrModel) {
		r.off(words{"reasons of " + t.En, "motivos de " + t.Es}, words{"the model doesn't say how many rows took each path", "el modelo no dice cuántas filas siguieron cada camino"})
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	if i := slices.Index(names, rhythmNone); i >= 0 {
		columns[i] = chances(columns[i])
	}
	causes := r.causes(names, columns)
	for i, customer := range scored {
		for k, said := range tellReasons(causes, columns, contributions, i) {
			out.en[k][customer], out.es[k][customer] = said.En, said.Es
		}
	}
	return out, nil
}

// rhythmStart names the rhythm's own answer among a model's features.
const rhythmStart = "rhythm_start"

// chances are the probabilities of log-odds.
func chances(logit []float64) []float64 {
	out := make([]float64, len(logit))
	for i, z := range logit {
		out[i] = 1 / (1 + math.Exp(-z))
	}
	return out
}

func rowsOfColumns(columns [][]float64, rows []int) [][]float64 {
	out := make([][]float64, len(columns))
	for c := range columns {
		out[c] = make([]float64, len(rows))
		for i, r := range rows {
			out[c][i] = columns[c][r]
		}
	}
	return out
}

// causes puts the windows of a feature together, in the order of the model's features.
func (r *running) causes(names []string, columns [][]float64) (list []cause) {
	defined := make(map[string]*features.Definition)
	for i := range r.past.on {
		defined[r.past.on[i].Name] = &r.past.on[i]
	}
	at := make(map[string]int)
	for i, name := range names {
		stem, called, unit := name, words{name, name}, ""
		if d := defined[name]; d != nil {
			stem, called, unit = d.Stem(), words{d.En, d.Es}, d.Unit
		}
		switch name {
		case rhythmStart:
			stem, called, unit = "rhythm", words{"chance by the rhythm of purchases alone", "probabilidad solo por el ritmo de compra"}, "share"
		case rhythmNone:
			stem, called, unit = "rhythm", words{"chance of no purchase by their rhythm alone", "probabilidad de no comprar solo por su ritmo"}, "share"
		case rhythmExpected:
			stem, called, unit = "rhythm", words{"expected purchases by their rhythm alone", "compras esperadas solo por su ritmo"}, ""
		case rhythmAlive:
			stem, called, unit = "rhythm", words{"chance of still being a customer", "probabilidad de seguir siendo cliente"}, "share"
		}
		k, ok := at[stem]
		if !ok {
			k = len(list)
			at[stem] = k
			list = append(list, cause{currency: r.job.Config.Currency})
		}
		c := &list[k]
		c.members, c.called, c.unit, c.typical = append(c.members, i), append(c.called, called), append(c.unit, unit), append(c.typical, median(columns[i]))
	}
	return list
}

func median(x []float64) float64 {
	var known []float64
	for _, v := range x {
		if !math.IsNaN(v) {
			known = append(known, v)
		}
	}
	if len(known) == 0 {
		return math.NaN()
	}
	slices.Sort(known)
	return known[(len(known)-1)/2]
}

// least is the smallest move of the log-odds that is a reason.
const least = 0.01

// tellReasons says what moved a row's score most.
func tellReasons(causes []cause, columns, contributions [][]float64, row int) (said []words) {
	type move struct {
		cause, member int // of the cause's members
		by            float64
	}
	moves := make([]move, 0, len(causes))
	for c := range causes {
		m := move{cause: c}
		for k, f := range causes[c].members {
			v := contributions[f][row]
			m.by += v
			if math.Abs(v) > math.Abs(contributions[causes[c].members[m.member]][row]) {
				m.member = k
			}
		}
		if math.Abs(m.by) >= least {
			moves = append(moves, m)
		}
	}
	slices.SortStableFunc(moves, func(a, b move) int { return cmp.Compare(math.Abs(b.by), math.Abs(a.by)) })
	for _, m := range moves[:min(reasonsShown, len(moves))] {
		c := &causes[m.cause]
		said = append(said, c.say(m.member, columns[c.members[m.member]][row], m.by))
	}
	return said
}

// say writes a reason.
func (c *cause) say(member int, value, by float64) words {
	way := words{"raised by", "lo sube"}
	if by < 0 {
		way = words{"lowered by", "lo baja"}
	}
	called, typical := c.called[member], c.typical[member]
	if math.IsNaN(typical) {
		return words{fmt.Sprintf("%s %s: %s", way.En, called.En, c.figure(member, value, "en")), fmt.Sprintf("%s %s: %s", way.Es, called.Es, c.figure(member, value, "es"))}
	}
	return words{fmt.Sprintf("%s %s: %s, typically %s", way.En, called.En, c.figure(member, value, "en"), c.figure(member, typical, "en")),
		fmt.Sprintf("%s %s: %s; lo habitual, %s", way.Es, called.Es, c.figure(member, value, "es"), c.figure(member, typical, "es"))}
}

// figure writes a value to three digits, whole above a hundred.
func (c *cause) figure(member int, v float64, language string) string {
	if math.IsNaN(v) {
		return words{"none", "ninguno"}.in(language)
	}
	unit := c.unit[member]
	if unit == "share" {
		v *= 100
	}
	digits := max(0, 2-int(math.Floor(math.Log10(math.Max(math.Abs(v), 1e-3)))))
	if v == math.Trunc(v) {
		digits = 0
	}
	text := strconv.FormatFloat(v, 'f', min(digits, 4), 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	if language == "es" {
		text = strings.Replace(text, ".", ",", 1)
	}
	switch unit {
	case "share":
		return text + " %"
	case "currency":
		return text + " " + c.currency
	case "days":
		return text + words{" days", " días"}.in(language)
	}
	return text
}

// columns adds the reasons to a table.
func (q *reasons) columns(t *table.Table, name string) {
	if q == nil {
		return
	}
	order := [reasonsShown]words{{"what moves it most", "lo que más la mueve"}, {"what moves it second", "lo segundo que más la mueve"}, {"what moves it third", "lo tercero que más la mueve"}}
	for k := range reasonsShown {
		t.Add(table.OptionalStrings(fmt.Sprintf("%s_reason_%d_en", name, k+1), q.en[k]).Says("", order[k].En, order[k].Es))
		t.Add(table.OptionalStrings(fmt.Sprintf("%s_reason_%d_es", name, k+1), q.es[k]).Says("", order[k].En+", in Spanish", order[k].Es+", en español"))
	}
}
