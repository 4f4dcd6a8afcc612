package pipeline

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"segmenta/features"
	"segmenta/segment"
	"segmenta/table"
)

// An attributed is an attribute with what the data have of it.
type attributed struct {
	segment.Attribute
	column     string // the feature that carries it; empty where the data have none
	filled     float64
	provenance string
	privacy    string
}

// attributesKnown says what the data have of everything that criteria are made of.
func (p *placing) attributesKnown() (list []attributed) {
	for _, a := range segment.Attributes {
		k := attributed{Attribute: a, filled: math.NaN()}
		for _, name := range a.Columns {
			c := p.r.snapshot.Table.Column(name)
			if c == nil {
				continue
			}
			d := p.r.past.on[slices.IndexFunc(p.r.past.on, func(d features.Definition) bool { return d.Name == name })]
			k.column, k.provenance, k.privacy = name, cmp.Or(d.Provenance, "first_party"), cmp.Or(d.Privacy, "behaviour")
			k.filled = p.filled(c, !isProfile(&d))
			break
		}
		list = append(list, k)
	}
	return list
}

// filled is the share of customers of whom a column knows something; buyers alone are
// asked of what people do, which nobody has done before their first purchase.
func (p *placing) filled(c *table.Column, buyers bool) float64 {
	n, of := 0.0, 0.0
	for i := range p.n {
		if !buyers || p.bought[i] {
			of++
			if !c.IsNull(i) {
				n++
			}
		}
	}
	return n / of
}

// usable is the share of all rows that could be used.
func (p *past) usable() float64 {
	wrong, of := int64(0), int64(0)
	for _, s := range p.Quality().Sources {
		w, all := s.Wrong()
		wrong, of = wrong+w, of+all
	}
	if of == 0 {
		return 1
	}
	return 1 - float64(wrong)/float64(of)
}

// reliabilities are how far each family can be relied on; NaN of one of which the data
// have nothing.
func (p *placing) reliabilities(list []attributed) map[string]float64 {
	of := make(map[string]float64)
	for _, f := range segment.AttributeFamilies {
		var filled []float64
		for _, k := range list {
			if k.Family == f.ID && k.column != "" {
				filled = append(filled, k.filled)
			}
		}
		of[f.ID] = segment.Reliability(filled, p.r.past.usable())
	}
	return of
}

// attributeTable is a row for each attribute: which column carries it, or that none does.
func (p *placing) attributeTable(list []attributed) *table.Table {
	text := func(of func(k *attributed) string) []string { return gathered(list, of) }
	family := func(k *attributed) segment.Name {
		n, _ := segment.NameOf(segment.AttributeFamilies, k.Family)
		return n
	}
	t := new(table.Table)
	t.Add(table.Strings("family", text(func(k *attributed) string { return k.Family })).Says("", "the family of criteria", "la familia de criterios"))
	t.Add(table.Strings("family_en", text(func(k *attributed) string { return family(k).En })).Says("", "its name in English", "su nombre en inglés"))
	t.Add(table.Strings("family_es", text(func(k *attributed) string { return family(k).Es })).Says("", "its name in Spanish", "su nombre en español"))
	t.Add(table.Strings("attribute", text(func(k *attributed) string { return k.Name.ID })).Says("", "the attribute", "el atributo"))
	t.Add(table.Strings("name_en", text(func(k *attributed) string { return k.Name.En })).Says("", "its name in English", "su nombre en inglés"))
	t.Add(table.Strings("name_es", text(func(k *attributed) string { return k.Name.Es })).Says("", "its name in Spanish", "su nombre en español"))
	t.Add(table.OptionalStrings("column", text(func(k *attributed) string { return k.column })).Says("", "the feature that carries it; null: the data have none", "la característica que lo lleva; nulo: los datos no tienen ninguna"))
	t.Add(table.Floats("filled", gathered(list, func(k *attributed) float64 { return k.filled })).Says("share", "share of customers of whom it is known; of buyers, where it is about what they do", "parte de los clientes de los que se conoce; de los compradores, si trata de lo que hacen"))
	t.Add(table.OptionalStrings("provenance", text(func(k *attributed) string { return k.provenance })).Says("", "first_party (seen), zero_party (they said it) or third_party (bought)", "first_party (observado), zero_party (lo dijeron) o third_party (comprado)"))
	t.Add(table.OptionalStrings("privacy", text(func(k *attributed) string { return k.privacy })).Says("", "behaviour, demographic or sensitive", "behaviour (comportamiento), demographic (demográfico) o sensitive (sensible)"))
	score := p.reliabilities(list)
	t.Add(table.Floats("family_reliability", gathered(list, func(k *attributed) float64 { return score[k.Family] })).Says("share", "mean filled share of the family's attributes that there are, times the share of rows that could be used", "parte conocida media de los atributos de la familia que existen, por la parte de filas utilizables"))
	return t
}

// provenances are where data come from.
var provenances = []segment.Name{
	{ID: "first_party", En: "seen", Es: "observados"}, {ID: "zero_party", En: "said by the customers", Es: "dichos por los clientes"}, {ID: "third_party", En: "bought from others", Es: "comprados a terceros"},
}

// provenanceTable says of each provenance how many features come of it, how full they
// are, and how much of the models' scores rests on them: what buying or collecting pays.
func (p *placing) provenanceTable() *table.Table {
	columns, models, filled, gain := make([]int64, len(provenances)), make([]int64, len(provenances)), make([]float64, len(provenances)), make([]float64, len(provenances))
	at := make(map[string]int)
	for i := range p.r.past.on {
		d := &p.r.past.on[i]
		c := p.r.snapshot.Table.Column(d.Name)
		k := slices.IndexFunc(provenances, func(n segment.Name) bool { return n.ID == cmp.Or(d.Provenance, "first_party") })
		if c == nil || k < 0 {
			continue
		}
		at[d.Name] = k
		columns[k]++
		filled[k] += p.filled(c, !isProfile(d))
		if p.r.past.learnable[d.Name] {
			models[k]++
		}
	}
	targets := 0.0
	for _, name := range p.r.job.Config.TargetNames() {
		if u := p.r.scores[name].card.Understood; u != nil {
			targets++
			for _, i := range u.Importance {
				if k, known := at[i.Feature]; known {
					gain[k] += i.Share
				}
			}
		}
	}
	for k := range provenances {
		filled[k] /= float64(columns[k])
		gain[k] /= targets
	}
	t := new(table.Table)
	t.Add(table.Strings("provenance", gathered(provenances, func(n *segment.Name) string { return n.ID })).Says("", "where data come from", "de dónde vienen los datos"))
	t.Add(table.Strings("name_en", gathered(provenances, func(n *segment.Name) string { return n.En })).Says("", "its name in English", "su nombre en inglés"))
	t.Add(table.Strings("name_es", gathered(provenances, func(n *segment.Name) string { return n.Es })).Says("", "its name in Spanish", "su nombre en español"))
	t.Add(table.Ints("features", table.Int64, columns).Says("features", "that come of it", "que proceden de ahí"))
	t.Add(table.Ints("learned_from", table.Int64, models).Says("features", "that models may learn from", "de las que pueden aprender los modelos"))
	t.Add(table.Floats("filled", filled).Says("share", "mean share of customers of whom they are known", "parte media de clientes de los que se conocen"))
	t.Add(table.Floats("gain", gain).Says("share", "share of what moves the scores, mean of all models; of their most important features", "parte de lo que mueve las puntuaciones, media de los modelos; de sus características más importantes"))
	return t
}

// reliabilityGate asks whether the families that the configuration relies on can be.
func reliabilityGate(r *running) (passed bool, verdict words) {
	passed = true
	for _, f := range segment.AttributeFamilies {
		v, least := r.reliable[f.ID], r.job.Config.Quality.MinReliability[f.ID]
		if least == 0 {
			continue
		}
		passed = passed && v >= least
		if math.IsNaN(v) {
			verdict.En += fmt.Sprintf("%s: the data have nothing of it, and at least %.2f is asked for; ", f.ID, least)
			verdict.Es += fmt.Sprintf("%s: los datos no tienen nada, y se pide al menos %.2f; ", f.Es, least)
			continue
		}
		verdict.En += fmt.Sprintf("%s: %.2f, at least %.2f; ", f.ID, v, least)
		verdict.Es += fmt.Sprintf("%s: %.2f, al menos %.2f; ", f.Es, v, least)
	}
	if verdict == (words{}) {
		return true, words{"quality.min_reliability asks for nothing", "quality.min_reliability no pide nada"}
	}
	return passed, verdict
}
