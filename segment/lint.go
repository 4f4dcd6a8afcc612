package segment

import (
	"fmt"
	"math"
	"slices"

	"segmenta/table"
)

// A Finding is something that a segment's definition could do better.
type Finding struct {
	Code     string `json:"code"`
	Severity string `json:"severity"` // error or warning
	Segment  string `json:"segment"`  // empty where it is about all of them
	En       string `json:"en"`
	Es       string `json:"es"`
}

// Limits are where lint draws its lines. The zero value is the usual choice.
type Limits struct {
	MinSize  int     // fewer customers than this are no segment; 0: 100
	MaxShare float64 // more of all customers than this are no segment; 0: 0.5
	MaxFirst int     // more segments than this are too many to begin with; 0: 5
	MaxEver  int     // and more than this always; 0: 50
	Jaccard  float64 // from here on two segments are one; 0: 0.8

	First    bool           // nothing has been measured yet
	Static   map[string]int // over how many runs nobody entered or left, by segment
	Relevant []string       // columns by which a criterion is to make a difference; nil: what was spent and who leaves
}

func (l *Limits) complete() {
	set(&l.MinSize, 100)
	set(&l.MaxShare, 0.5)
	set(&l.MaxFirst, 5)
	set(&l.MaxEver, 50)
	set(&l.Jaccard, 0.8)
	if l.Relevant == nil {
		l.Relevant = []string{"amount_365d", churnColumn}
	}
}

func set[T comparable](field *T, usual T) {
	var zero T
	if *field == zero {
		*field = usual
	}
}

// A held rule is a rule and what it came to on a table.
type held struct {
	*Membership
	blocks []Block
	size   int
}

// A linting is what the checks look at.
type linting struct {
	Limits
	table *table.Table
	rules []*held
	found []Finding
}

// checks lists what lint looks for, in the order in which it says so. Each looks at one
// rule, and those in overall at all of them.
var checks = []func(l *linting, h *held){
	contradictory, empty, tooSmall, tooLarge, alike, idle, oneFamily, nothingPlanned, static,
}

var overall = []func(l *linting){tooMany, overlapping, sameMessage}

// Lint holds rules against a table and says what they could do better.
func Lint(rules []*Rule, t *table.Table, limits Limits) ([]Finding, error) {
	limits.complete()
	l := &linting{Limits: limits, table: t}
	for _, r := range rules {
		m, err := r.Evaluate(t)
		if err != nil {
			return nil, err
		}
		blocks, err := r.blocks(t, make(map[string]float64))
		if err != nil {
			return nil, err
		}
		l.rules = append(l.rules, &held{m, blocks, count(m.In)})
	}
	for _, check := range overall {
		check(l)
	}
	for _, h := range l.rules {
		for _, check := range checks {
			check(l, h)
		}
	}
	return l.found, nil
}

func (l *linting) find(code, severity, id, en, es string) {
	l.found = append(l.found, Finding{code, severity, id, en, es})
}

func tooMany(l *linting) {
	n := len(l.rules)
	switch {
	case n > l.MaxEver:
		l.find("too_many", "error", "", fmt.Sprintf("%d segments, more than %d: nobody can act on so many; merge those that get the same message", n, l.MaxEver),
			fmt.Sprintf("%d segmentos, más de %d: nadie puede actuar sobre tantos; une los que reciben el mismo mensaje", n, l.MaxEver))
	case l.First && n > l.MaxFirst:
		l.find("too_many", "warning", "", fmt.Sprintf("%d segments to begin with: start with three to %d, measure, then add", n, l.MaxFirst),
			fmt.Sprintf("%d segmentos para empezar: empieza con tres a %d, mide y después añade", n, l.MaxFirst))
	}
}

func empty(l *linting, h *held) {
	if h.size == 0 {
		l.find("empty", "warning", h.Rule.ID, fmt.Sprintf("nobody belongs to it (left after each block: %v)", h.Funnel), fmt.Sprintf("nadie pertenece a él (quedan tras cada bloque: %v)", h.Funnel))
	}
}

// tooSmall asks for enough customers to act on, and says what a test of half of them
// could tell from chance: 1.96 + 0.84 standard errors of a rate of one half.
func tooSmall(l *linting, h *held) {
	if h.size == 0 || h.size >= l.MinSize {
		return
	}
	effect := 100 * 2.8 * math.Sqrt(0.25*4/float64(h.size))
	l.find("over_segmented", "warning", h.Rule.ID,
		fmt.Sprintf("%d customers, fewer than %d: with half of them held out, only a difference of %.0f points could be told from chance", h.size, l.MinSize, min(effect, 100)),
		fmt.Sprintf("%d clientes, menos de %d: con la mitad como control, solo se distinguiría del azar una diferencia de %.0f puntos", h.size, l.MinSize, min(effect, 100)))
}

func tooLarge(l *linting, h *held) {
	if share := float64(h.size) / float64(max(1, len(h.In))); share > l.MaxShare {
		l.find("under_segmented", "warning", h.Rule.ID, fmt.Sprintf("%.0f %% of all customers: one message won't suit them all", 100*share),
			fmt.Sprintf("el %.0f %% de todos los clientes: un solo mensaje no servirá a todos", 100*share))
	}
}

func overlapping(l *linting) {
	for i, a := range l.rules {
		for _, b := range l.rules[i+1:] {
			both := 0
			for k := range a.In {
				if a.In[k] && b.In[k] {
					both++
				}
			}
			if j := float64(both) / float64(max(1, a.size+b.size-both)); j >= l.Jaccard {
				l.find("overlap", "warning", a.Rule.ID, fmt.Sprintf("holds nearly the same customers as %s (Jaccard %.2f): merge them", b.Rule.ID, j),
					fmt.Sprintf("contiene casi los mismos clientes que %s (Jaccard %.2f): únelos", b.Rule.ID, j))
			}
		}
	}
}

// nothingPlanned asks for the segment's own plan: without one, everybody gets the same.
func nothingPlanned(l *linting, h *held) {
	for _, f := range []struct{ name, text string }{{"strategy", h.Rule.Strategy}, {"owner", h.Rule.Owner}, {"why", h.Rule.Why}} {
		if f.text == "" {
			l.find("no_"+f.name, "warning", h.Rule.ID, "it has no "+f.name+": say how it is spoken to, by whom and why", "le falta "+f.name+": di cómo se le habla, quién y por qué")
		}
	}
}

func sameMessage(l *linting) {
	for i, a := range l.rules {
		for _, b := range l.rules[:i] {
			if a.Rule.DesiredAction == b.Rule.DesiredAction {
				l.find("same_message", "warning", a.Rule.ID, "asks for the same action as "+b.Rule.ID+": two segments that get the same message are one",
					"pide la misma acción que "+b.Rule.ID+": dos segmentos con el mismo mensaje son uno")
			}
		}
	}
}

func static(l *linting, h *held) {
	if n := l.Static[h.Rule.ID]; n > 0 {
		l.find("static", "warning", h.Rule.ID, fmt.Sprintf("nobody entered or left in %d runs: are its data still coming in?", n), fmt.Sprintf("nadie entró ni salió en %d ejecuciones: ¿siguen llegando sus datos?", n))
	}
}

// oneFamily warns of a segment that looks at people from one side only.
func oneFamily(l *linting, h *held) {
	var families []string
	for _, c := range h.tests() {
		if f := Family(c.Column.Name); !slices.Contains(families, f) {
			families = append(families, f)
		}
	}
	if len(families) == 1 {
		es := map[string]string{"behaviour": "comportamiento", "demography": "demografía", "value": "valor"}[families[0]]
		l.find("one_family", "warning", h.Rule.ID, "all its criteria are of one family, "+families[0]+": the best segments mix behaviour, value and who people are",
			"todos sus criterios son de una familia, "+es+": los mejores segmentos mezclan comportamiento, valor y quiénes son")
	}
}

func (h *held) tests() (list []*Condition) {
	for _, b := range h.blocks {
		if b.Condition != nil {
			list = append(list, b.Condition.tests()...)
		}
	}
	return list
}
