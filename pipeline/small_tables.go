package pipeline

import (
	"strconv"

	"segmenta/segment"
	"segmenta/table"
)

// summary says what every segment amounts to.
func (p *placing) summary() *table.Table {
	s := segment.NewSummary(p.spent, p.churn, [][]float64{p.spent, p.recency, p.feature("events_90d")}, moved(p.moves))
	add := func(kind string, names []segment.Name, of []string) {
		for _, n := range names {
			s.Add(kind, n, func(i int) bool { return of[i] == n.ID })
		}
	}
	add("lifecycle", segment.Stages, p.stage)
	add("journey", segment.JourneyStages, p.journey)
	add("funnel", segment.FunnelStages, p.funnel)
	for _, i := range p.intents {
		s.Add("intent", segment.Name{ID: i.ID, En: i.En.Name, Es: i.Es.Name}, func(k int) bool { return p.intent[k] == i.ID })
	}
	add("rfm", segment.RFMNames, p.rfm.Name)
	add("value", segment.Bands, p.band)
	for _, f := range p.seg.Profiles {
		s.Add("micro", segment.Name{ID: strconv.FormatInt(p.seg.id(f.Cluster), 10), En: f.NameEn, Es: f.NameEs}, func(i int) bool { return p.micro.segment[i] == int64(f.Cluster) })
	}
	for _, row := range segment.Priorities {
		s.Add("priority", row.Name, func(i int) bool { return p.priority[i] == row.ID })
	}
	for _, m := range p.rules {
		s.AddRule(m, p.since[m.Rule.ID])
	}
	return s.Table()
}

// clusters is a row for each micro-segment and trait.
func (p *placing) clusters() *table.Table {
	var id []int64
	var en, es, feature []string
	var size, effect, median, overall, between, steady []float64
	var examples []string
	near := p.examples()
	for _, f := range p.seg.Profiles {
		for _, t := range f.Traits {
			id, en, es, feature = append(id, p.seg.id(f.Cluster)), append(en, f.NameEn), append(es, f.NameEs), append(feature, t.Feature)
			size, effect, median, overall = append(size, f.Share), append(effect, t.Effect), append(median, t.Median), append(overall, t.Overall)
			between, examples = append(between, p.seg.between(t.Feature)), append(examples, near[f.Cluster])
			steady = append(steady, p.seg.steadiness(f.Cluster))
		}
	}
	t := &table.Table{Meta: map[string]string{"criterion": p.seg.Criterion, "why": p.seg.Why}}
	t.Add(table.Ints("micro_segment", table.Int32, id).Says("", "the micro-segment", "el microsegmento"))
	t.Add(table.Strings("name_en", en).Says("", "its name in English", "su nombre en inglés"))
	t.Add(table.Strings("name_es", es).Says("", "its name in Spanish", "su nombre en español"))
	t.Add(table.Floats("share", size).Says("share", "share of customers when it was found", "parte de los clientes cuando se encontró"))
	t.Add(table.Strings("feature", feature).Says("", "the feature", "la característica"))
	t.Add(table.Floats("effect", effect).Says("standard deviations", "difference of mean ranks to everyone", "diferencia de rangos medios con todos"))
	t.Add(table.Floats("median", median).Says("", "median in the micro-segment", "mediana en el microsegmento"))
	t.Add(table.Floats("between_share", between).Says("share", "share of the feature's variance that lies between micro-segments", "parte de la varianza de la característica que está entre microsegmentos"))
	t.Add(table.Floats("stability", steady).Says("share", "Jaccard index of the micro-segment with itself, found again in customers drawn anew", "índice de Jaccard del microsegmento consigo mismo, hallado otra vez en clientes sorteados de nuevo"))
	t.Add(table.OptionalStrings("examples", examples).Says("", "customers nearest its centre", "clientes más cercanos a su centro"))
	t.Add(table.Floats("overall_median", overall).Says("", "median of everyone", "mediana de todos"))
	return t
}

// stack1 is the features of the run with the customer in front.
func stack1(r *running) *table.Table {
	t := new(table.Table)
	id := table.Strings("customer_id", r.snapshot.Customers)
	id.Required = true
	t.Add(id.Says("", "the customer", "el cliente"))
	for _, c := range r.snapshot.Table.Columns {
		t.Add(c)
	}
	return t
}
