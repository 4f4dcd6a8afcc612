package pipeline

import (
	"time"

	"segmenta/segment"
	"segmenta/table"
)

// write makes the columns of the segment table.
func (p *placing) write() {
	id := table.Strings("customer_id", p.r.snapshot.Customers)
	id.Required = true
	p.out.Add(id.Says("", "the customer", "el cliente"))
	moments := make([]time.Time, p.n)
	for i := range moments {
		moments[i] = p.r.past.asOf
	}
	p.out.Add(table.Times("as_of", moments).Says("", "the moment: nothing at or after it counts", "el momento: nada en él o después cuenta"))
	p.text("lifecycle_stage", p.stage, "lifecycle stage", "etapa del ciclo de vida")
	p.text("lifecycle_evidence", p.evidence, "what put them there", "qué los puso ahí")
	p.text("journey_stage", p.journey, "stage of the customer's journey", "etapa del recorrido del cliente")
	p.text("journey_evidence", p.reason, "what put them there", "qué los puso ahí")
	p.text("funnel_stage", p.funnel, "stage of the funnel", "etapa del embudo")
	p.whole("rfm_recency", p.rfm.R, "recency score, 5 most recent", "puntuación de recencia; 5, los más recientes")
	p.whole("rfm_frequency", p.rfm.F, "frequency score, 5 most frequent", "puntuación de frecuencia; 5, los más frecuentes")
	p.whole("rfm_monetary", p.rfm.M, "monetary score, 5 highest", "puntuación monetaria; 5, los que más gastan")
	p.text("rfm_segment", p.rfm.Name, "RFM segment", "segmento RFM")
	p.text("value_band", p.band, "value band by what they spent so far", "banda de valor por lo gastado hasta ahora")
	p.out.Add(table.Bools("vip", p.vip).Says("", "among the highest lifetime values, and active", "entre los valores de vida más altos, y activo"))
	p.microColumns()
	for _, name := range p.r.job.Config.TargetNames() {
		p.r.scores[name].columns(p.out, name, p.r.job.Config.Targets[name].words())
		p.earlyWarnings(name)
	}
	p.valueColumns()
	p.profitColumns()
	p.text("priority", p.priority, "row of the priority matrix", "fila de la matriz de prioridad")
	p.ranks()
	for _, name := range wholePicture {
		if c := p.r.snapshot.Table.Column(name); c != nil && p.out.Column(name) == nil {
			p.out.Add(c)
		}
	}
	p.recommends()
}

// wholePicture lists the features that stand in the segment table beside the
// predictions: what a customer buys, does and is, in one row. Sensitive ones never do.
var wholePicture = []string{
	"recency_days", "tenure_days", "orders_all", "amount_all", "orders_365d", "amount_365d", "average_order_all", "gap_mean_days", "overdue_ratio",
	"favourite_category", "favourite_channel", "favourite_hour", "favourite_weekday",
	"sessions_30d", "last_event_type", "email_open_rate", "best_channel", "best_hour", "best_weekday", "prefers_channel", "last_nps", "tickets_365d",
	"profile_country", "profile_city", "profile_language", "age_band", "b2c_completeness",
}

// recommends adds which customers recommend; nothing is said of who never bought.
func (p *placing) recommends() {
	referrals, reviews, nps := p.any("referrals_all"), p.any("reviews_all"), p.feature("last_nps")
	in, none := make([]bool, p.n), make([]bool, p.n)
	for i := range in {
		in[i], none[i] = referrals[i]+reviews[i] > 0 || nps[i] >= 9, !p.bought[i]
	}
	c := table.Bools("recommends", in)
	c.Null = none
	p.out.Add(c.Says("", "has referred somebody, reviewed, or scored 9 or 10", "ha recomendado a alguien, ha opinado o ha puntuado con 9 o 10"))
}

func (p *placing) text(name string, values []string, en, es string) {
	p.out.Add(table.OptionalStrings(name, values).Says("", en, es))
}

// whole adds scores, of which 0 is null.
func (p *placing) whole(name string, values []int64, en, es string) {
	c := table.Ints(name, table.Int32, values).Says("", en, es)
	c.Null = make([]bool, len(values))
	for i, v := range values {
		c.Null[i] = v == 0
	}
	p.out.Add(c)
}

func (p *placing) microColumns() {
	en, es := make([]string, p.n), make([]string, p.n)
	ids, second := make([]int64, p.n), make([]int64, p.n)
	for i, s := range p.micro.segment {
		if s >= 0 {
			ids[i] = p.seg.id(int(s))
			if p.micro.second[i] >= 0 {
				second[i] = p.seg.id(int(p.micro.second[i]))
			}
			en[i], es[i] = p.seg.Profiles[s].NameEn, p.seg.Profiles[s].NameEs
		}
	}
	p.whole("micro_segment", ids, "micro-segment", "microsegmento")
	p.text("micro_segment_name_en", en, "its name in English", "su nombre en inglés")
	p.text("micro_segment_name_es", es, "its name in Spanish", "su nombre en español")
	p.out.Add(table.Floats("micro_segment_distance", p.micro.distance).Says("", "distance to its centre", "distancia a su centro"))
	p.out.Add(table.Floats("micro_segment_margin", p.micro.margin).Says("share", "how much farther the second-best is, 0 as near", "cuánto más lejos está el segundo mejor; 0, igual de cerca"))
	p.whole("micro_segment_second", second, "the second-best", "el segundo mejor")
	p.out.Add(table.Floats("micro_segment_membership", p.micro.membership).Says("share", "how much they belong to it and not to others", "cuánto pertenece a él y no a otros"))
	p.out.Add(table.Bools("micro_segment_outlier", p.micro.outlier).Says("", "they fit no micro-segment: far from the nearest, too", "no encaja en ninguno: lejos también del más cercano"))
}

// ranks adds the priority's number and what to do.
func (p *placing) ranks() {
	rank := make([]int64, p.n)
	for i, id := range p.priority {
		for _, row := range segment.Priorities {
			if row.ID == id {
				rank[i] = row.Rank
			}
		}
	}
	p.whole("priority_rank", rank, "1 first", "1, lo primero")
	p.nextBest()
}
