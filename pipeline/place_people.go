package pipeline

import (
	"math"

	"segmenta/features"
	"segmenta/segment"
	"segmenta/strict"
	"segmenta/table"
)

// everything is the columns that conditions may ask of: the segment table so far, all
// features, and the customers file.
func (p *placing) everything() *table.Table {
	all := &table.Table{Columns: append([]*table.Column{}, p.out.Columns...)}
	more := []*table.Table{p.r.snapshot.Table}
	if t := p.profile().t; t != nil {
		more = append(more, t)
	}
	for _, t := range more {
		for _, c := range t.Columns {
			if all.Column(c.Name) == nil {
				all.Add(c)
			}
		}
	}
	return all
}

// intend finds out what everyone has come for.
func (p *placing) intend(all *table.Table) error {
	list, err := segment.Intents()
	if err != nil {
		return err
	}
	first, lacking, err := segment.First(list, all)
	if err != nil {
		return err
	}
	for _, i := range list {
		if column := lacking[i.ID]; column != "" {
			p.r.off(words{"intent " + i.ID, "intención " + i.ID}, words{"there is no column " + column, "no hay columna " + column})
		}
	}
	p.intents, p.intent = list, first
	p.text("jtbd_intent", first, "what they have come for lately: compare, research or quick", "a qué han venido últimamente: compare (comparar), research (investigar) o quick (resolver ya)")
	return nil
}

// proposedFrom is the misfit from which somebody is proposed to be looked at.
const proposedFrom = 0.9

// fit says how badly buyers fit, for people to look at.
func (p *placing) fit() {
	contacts, asks, worst := p.any("tickets_365d", "chats_90d", "calls_90d"), p.feature("feature_requests_365d"), p.feature("review_worst")
	for i := range p.n {
		contacts[i] /= max(1, p.spent[i])
		worst[i] = -worst[i]
		if !p.bought[i] {
			contacts[i] = math.NaN()
		}
	}
	score := segment.Misfit(contacts, asks, worst, p.churn)
	proposed := make([]bool, p.n)
	for i, s := range score {
		proposed[i] = s >= proposedFrom
	}
	p.out.Add(table.Floats("misfit", score).Says("0 to 1", "how badly they fit: support for what they spend, requests, bad reviews, chance of leaving", "lo mal que encajan: soporte por lo gastado, peticiones, malas opiniones, probabilidad de irse"))
	p.out.Add(table.Bools("not_qualified_proposed", proposed).Says("", "to be looked at by a person, who decides and gives the reason", "para que lo mire una persona, que decide y da el motivo"))
}

// starColumn marks the customers of most worth.
const starColumn = "star"

// attributesKept is how many differences between the stars and the others are kept.
const attributesKept = 40

// ideal holds the personas against the customers of most worth, and says who is like
// them.
func (p *placing) ideal(all *table.Table) error {
	p.gaps = gapTable(nil)
	column := all.Column(starColumn)
	if column == nil {
		return nil
	}
	stars := make([]bool, p.n)
	for i := range stars {
		stars[i] = column.Number(i) == 1
	}
	personas, err := readPersonas(p.r.job.Config.Personas)
	if err != nil {
		return mark(ErrConfig, err)
	}
	var buyers *table.Table
	if len(personas) == 0 {
		buyers = columnsOnly(all, p.attributes(), p.bought)
	} else { // who may name any column
		buyers = onlyOf(all, p.bought)
	}
	gaps, err := segment.Gaps(buyers, chosenOf(stars, p.bought), personas, p.attributes(), attributesKept)
	if err != nil {
		return mark(ErrConfig, err)
	}
	p.gaps = gapTable(gaps)
	if p.hidden, err = p.hiddenSegments(all, stars, personas); err != nil {
		return err
	}
	who := p.whoTheyAre()
	if len(who) == 0 {
		p.r.off(words{"icp_fit", "icp_fit"}, words{"nothing is known of who customers are", "no se sabe nada de quiénes son los clientes"})
		return nil
	}
	fit := segment.FitLikeness(all, who, p.bought, stars).Scores(all)
	p.out.Add(table.Floats("icp_fit", fit).Says("0 to 1", "how much like the customers of most worth they are, by who they are; 0.5 is as everybody", "cuánto se parecen a los clientes de más valor por quiénes son; 0,5 es como todos"))
	return nil
}

func readPersonas(nodes []strict.Node) (list []*segment.Pattern, err error) {
	for _, n := range nodes {
		persona, err := segment.ReadPattern(n)
		if err != nil {
			return nil, err
		}
		list = append(list, persona)
	}
	return list, nil
}

// attributes names the columns by which the stars may differ without being stars for
// it: not what they are worth.
func (p *placing) attributes() (names []string) {
	for i := range p.r.past.on {
		if name := p.r.past.on[i].Name; segment.Family(name) != "value" {
			names = append(names, name)
		}
	}
	return names
}

// whoTheyAre names the features that also people who never bought have.
func (p *placing) whoTheyAre() (names []string) {
	for i := range p.r.past.on {
		if d := &p.r.past.on[i]; isProfile(d) && d.Privacy != "sensitive" {
			names = append(names, d.Name)
		}
	}
	return names
}

// isProfile reports a feature of the customers file.
func isProfile(d *features.Definition) bool { return d.Source == "customers" }

func onlyOf(t *table.Table, in []bool) *table.Table {
	var rows []int
	for i, v := range in {
		if v {
			rows = append(rows, i)
		}
	}
	return t.Pick(rows)
}

// chosenOf picks the values of the rows that are marked.
func chosenOf[T any](values []T, in []bool) (some []T) {
	for i, v := range in {
		if v {
			some = append(some, values[i])
		}
	}
	return some
}

func gapTable(gaps []segment.Gap) *table.Table {
	t := new(table.Table)
	text := func(name, en, es string, of func(g *segment.Gap) string) {
		t.Add(table.OptionalStrings(name, gathered(gaps, of)).Says("", en, es))
	}
	number := func(name, en, es string, of func(g *segment.Gap) float64) {
		t.Add(table.Floats(name, gathered(gaps, of)).Says("", en, es))
	}
	text("persona", "whom somebody believes the best customers to be; null where no persona says anything of it", "quién se cree que son los mejores clientes; nulo donde ninguna persona dice nada", func(g *segment.Gap) string { return g.Persona })
	text("attribute", "the attribute", "el atributo", func(g *segment.Gap) string { return g.Attribute })
	text("believed", "what the persona asks for", "lo que pide la persona", func(g *segment.Gap) string { return g.Believed })
	text("operative", "median or commonest value of the stars", "mediana o valor más común de las estrellas", func(g *segment.Gap) string { return g.Operative })
	text("usual", "and of all other customers", "y de los demás clientes", func(g *segment.Gap) string { return g.Usual })
	number("stars", "share of the stars that are so, or their mean", "parte de las estrellas que son así, o su media", func(g *segment.Gap) float64 { return g.Stars })
	number("others", "and of the others", "y de los demás", func(g *segment.Gap) float64 { return g.Others })
	number("lift", "the one over the other", "lo uno entre lo otro", func(g *segment.Gap) float64 { return g.Lift })
	number("effect", "Cohen's h of two shares, d of two means", "h de Cohen de dos partes, d de dos medias", func(g *segment.Gap) float64 { return g.Effect })
	number("p_value", "of as large a difference by chance", "de una diferencia así por azar", func(g *segment.Gap) float64 { return finite(g.P) })
	return t
}

func finite(v float64) float64 {
	if math.IsInf(v, 0) {
		return math.NaN()
	}
	return v
}
