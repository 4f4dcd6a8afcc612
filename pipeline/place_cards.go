package pipeline

import (
	"cmp"
	"fmt"
	"math"
	"strings"

	"segmenta/segment"
	"segmenta/table"
)

// portrayed is how many customers cards are drawn from; of more, some at equal distances.
const portrayed = 50_000

// A named card is a segment's portrait.
type namedCard struct {
	*segment.Card
	kind   string
	name   segment.Name
	all    int
	traits []words // what sets them apart, the most first
}

// portrait joins the first traits, all where most is 0.
func (c *namedCard) portrait(most int) words {
	var en, es []string
	for k, t := range c.traits {
		if most == 0 || k < most {
			en, es = append(en, t.En), append(es, t.Es)
		}
	}
	return words{strings.Join(en, "; "), strings.Join(es, "; ")}
}

// cards draws everyone's portrait: of each micro-segment and of each rule segment.
func (p *placing) cards(all *table.Table) (list []namedCard, err error) {
	step := max(1, (p.n+portrayed-1)/portrayed)
	sampled := make([]bool, p.n)
	for i := 0; i < p.n; i += step {
		sampled[i] = p.bought[i]
	}
	attributes := append(p.whoTheyAre(), p.seg.Features...)
	some, intent, worth := columnsOnly(all, attributes, sampled), chosenOf(p.intent, sampled), chosenOf(p.feature("amount_365d"), sampled)
	portraits := p.portraits()
	drawn := make([]*namedCard, len(portraits))
	err = each(p.r.job.Threads, len(portraits), func(k int) error {
		b := portraits[k]
		in := make([]bool, 0, some.Rows())
		total := 0
		for i, yes := range sampled {
			if p.bought[i] && b.in(i) {
				total++
			}
			if yes {
				in = append(in, b.in(i))
			}
		}
		c, err := segment.Portray(some, in, attributes, intent, worth)
		if err != nil || c.Customers < fewestPortrayed || c.Customers == len(in) {
			return err
		}
		drawn[k] = &namedCard{Card: c, kind: b.kind, name: b.name, all: total, traits: p.traitWords(c)}
		return nil
	})
	for _, c := range drawn {
		if c != nil {
			list = append(list, *c)
		}
	}
	return list, err
}

// fewestPortrayed is how many people a portrait is drawn from at least: of fewer it
// would be a picture of persons.
const fewestPortrayed = 30

// portraits lists the segments that get a card.
func (p *placing) portraits() (all []booked) {
	for k, f := range p.seg.Profiles {
		all = append(all, booked{"micro", segment.Name{ID: fmt.Sprint(p.seg.id(k)), En: f.NameEn, Es: f.NameEs}, func(i int) bool { return int(p.micro.segment[i]) == k }})
	}
	for _, b := range p.books() {
		if b.kind == "rule" {
			all = append(all, b)
		}
	}
	return all
}

// traitWords says what sets a segment apart.
func (p *placing) traitWords(c *segment.Card) (list []words) {
	called := p.r.past.words()
	for _, g := range c.Traits {
		w := called[g.Attribute]
		name := words{cmp.Or(w.En, g.Attribute), cmp.Or(w.Es, g.Attribute)}
		if d := p.r.snapshot.Table.Column(g.Attribute); d != nil && d.Kind == table.String {
			list = append(list, words{fmt.Sprintf("%s: %s (%.0f %% against %.0f %%)", name.En, g.Operative, 100*g.Stars, 100*g.Others),
				fmt.Sprintf("%s: %s (%.0f %% frente a %.0f %%)", name.Es, g.Operative, 100*g.Stars, 100*g.Others)})
			continue
		}
		more := words{"more", "más"}
		if g.Effect < 0 {
			more = words{"less", "menos"}
		}
		list = append(list, words{fmt.Sprintf("%s: %s (%s against %s)", name.En, more.En, short(g.Stars, "en"), short(g.Others, "en")),
			fmt.Sprintf("%s: %s (%s frente a %s)", name.Es, more.Es, short(g.Stars, "es"), short(g.Others, "es"))})
	}
	return list
}

// short is a number in three digits, as the language writes it.
func short(v float64, language string) string {
	text := fmt.Sprintf("%.3g", v)
	if math.Abs(v) >= 100 {
		text = fmt.Sprintf("%.0f", v)
	}
	if language == "es" {
		return strings.Replace(text, ".", ",", 1)
	}
	return text
}

// columnsOnly picks rows of some columns.
func columnsOnly(t *table.Table, names []string, in []bool) *table.Table {
	some := new(table.Table)
	for _, name := range names {
		if c := t.Column(name); c != nil && some.Column(name) == nil {
			some.Add(c)
		}
	}
	return onlyOf(some, in)
}

func cardTable(list []namedCard) *table.Table {
	t := new(table.Table)
	text := func(name, en, es string, of func(c *namedCard) string) {
		t.Add(table.OptionalStrings(name, gathered(list, of)).Says("", en, es))
	}
	number := func(name, unit, en, es string, of func(c *namedCard) float64) {
		t.Add(table.Floats(name, gathered(list, of)).Says(unit, en, es))
	}
	text("kind", "the kind of segment: micro or rule", "el tipo de segmento: micro o rule (regla)", func(c *namedCard) string { return c.kind })
	text("segment", "the segment", "el segmento", func(c *namedCard) string { return c.name.ID })
	text("name_en", "its name in English", "su nombre en inglés", func(c *namedCard) string { return c.name.En })
	text("name_es", "its name in Spanish", "su nombre en español", func(c *namedCard) string { return c.name.Es })
	t.Add(table.Ints("customers", table.Int64, gathered(list, func(c *namedCard) int64 { return int64(c.all) })).Says("customers", "who have bought", "que han comprado"))
	text("portrait_en", "what sets them apart from all others, beyond chance, the most first", "qué los distingue de los demás, más allá del azar, lo mayor primero, en inglés", func(c *namedCard) string { return c.portrait(0).En })
	text("portrait_es", "the same in Spanish", "qué los distingue de los demás, más allá del azar, lo mayor primero", func(c *namedCard) string { return c.portrait(0).Es })
	text("comes_for", "the intent that most of those with one have: what they have come to get done", "la intención más frecuente: lo que han venido a resolver", func(c *namedCard) string { return c.Intent })
	number("comes_for_share", "share", "share of the segment that came for it", "parte del segmento que vino a eso", func(c *namedCard) float64 { return c.IntentHas })
	number("comes_for_lift", "ratio", "that share over the others'", "esa parte entre la de los demás", func(c *namedCard) float64 { return finite(c.IntentLift) })
	number("value_365d", "currency", "mean amount of a buyer in the last year", "importe medio de un comprador en el último año", func(c *namedCard) float64 { return c.Value })
	number("value_365d_low", "currency", "lower end of its interval of 95 %", "extremo inferior de su intervalo del 95 %", func(c *namedCard) float64 { return c.ValueLow })
	number("value_365d_high", "currency", "upper end of its interval of 95 %", "extremo superior de su intervalo del 95 %", func(c *namedCard) float64 { return c.ValueHigh })
	number("value_365d_others", "currency", "of all other buyers", "de los demás compradores", func(c *namedCard) float64 { return c.ValueOthers })
	text("differs_en", "what sets them apart most", "lo que más los distingue, en inglés", func(c *namedCard) string { return c.portrait(1).En })
	text("differs_es", "the same in Spanish", "lo que más los distingue", func(c *namedCard) string { return c.portrait(1).Es })
	return t
}
