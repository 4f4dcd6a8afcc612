package pipeline

import (
	"segmenta/predict/effect"
	"segmenta/table"
)

// An Engagement is what the e-mails of the window did in a segment, each customer counted
// once: opened and clicked of those whom one reached, clicked of those who opened. Those
// left alone got none, so a segment is held against everybody else who did.
type Engagement struct {
	Kind      string          `json:"segment_kind"`
	Segment   string          `json:"segment"`
	Name      words           `json:"name"`
	Delivered int             `json:"delivered"`
	Open      effect.Estimate `json:"open_rate"`
	CTR       effect.Estimate `json:"click_rate"`
	CTOR      effect.Estimate `json:"click_to_open_rate"`
	OpenMore  effect.Estimate `json:"open_rate_above_others"`
	ClickMore effect.Estimate `json:"click_rate_above_others"`
	P         effect.Number   `json:"p_value"` // of as large a difference of clicks by chance
	Holm      effect.Number   `json:"p_holm"`
}

// engagement counts opens and clicks by segment, nil where no e-mail was sent.
func (f *aftermath) engagement(ids []string, groups []group) []Engagement {
	sent, _ := f.of("sent", ids)
	opened, _ := f.of("opened", ids)
	clicked, _ := f.of("clicked", ids)
	bounced, _ := f.of("bounced", ids)
	if sent == nil || opened == nil && clicked == nil {
		return nil
	}
	at := func(values []float64, i int) float64 {
		if values == nil {
			return 0
		}
		return values[i]
	}
	type tally struct{ n, open, click, both float64 }
	count := func(in []bool, is bool) (t tally) {
		for i := range ids {
			if in != nil && in[i] != is || sent[i]-at(bounced, i) <= 0 {
				continue
			}
			t.n++
			if at(opened, i) > 0 {
				t.open++
			}
			if at(clicked, i) > 0 {
				t.click++
				if at(opened, i) > 0 {
					t.both++
				}
			}
		}
		return t
	}
	var list []Engagement
	for _, g := range append([]group{{kind: everyone, id: everyone, name: words{"Everyone", "Todos"}}}, groups...) {
		in := count(g.in, true)
		if in.n == 0 {
			continue
		}
		e := Engagement{Kind: g.kind, Segment: g.id, Name: g.name, Delivered: int(in.n), Open: effect.Rate(in.open, in.n), CTR: effect.Rate(in.click, in.n), CTOR: effect.Rate(in.both, in.open),
			OpenMore: effect.Unknown, ClickMore: effect.Unknown, P: effect.Number(effect.Unknown.Value)}
		if g.in != nil {
			rest := count(g.in, false)
			e.OpenMore, e.ClickMore = effect.Difference(in.open, in.n, rest.open, rest.n), effect.Difference(in.click, in.n, rest.click, rest.n)
			e.P = effect.Number(effect.TwoRates(in.click, in.n, rest.click, rest.n))
		}
		list = append(list, e)
	}
	p := make([]float64, len(list))
	for i := range list {
		p[i] = float64(list[i].P)
	}
	for i, q := range effect.Holm(p) {
		list[i].Holm = effect.Number(q)
	}
	return list
}

func engagementTable(list []Engagement) *table.Table {
	t := new(table.Table)
	text := func(name, en, es string, of func(e *Engagement) string) {
		t.Add(table.OptionalStrings(name, gathered(list, of)).Says("", en, es))
	}
	number := func(name, unit, en, es string, of func(e *Engagement) float64) {
		t.Add(table.Floats(name, gathered(list, func(e *Engagement) float64 { return finite(of(e)) })).Says(unit, en, es))
	}
	text("segment_kind", "everyone, or the kind of segment", "everyone (todos) o el tipo de segmento", func(e *Engagement) string { return e.Kind })
	text("segment", "the segment", "el segmento", func(e *Engagement) string { return e.Segment })
	text("name_en", "its name in English", "su nombre en inglés", func(e *Engagement) string { return e.Name.En })
	text("name_es", "its name in Spanish", "su nombre en español", func(e *Engagement) string { return e.Name.Es })
	t.Add(table.Ints("delivered", table.Int64, gathered(list, func(e *Engagement) int64 { return int64(e.Delivered) })).Says("customers", "whom an e-mail reached", "a quienes llegó un correo"))
	for _, c := range []struct {
		name, en, es string
		of           func(e *Engagement) effect.Estimate
	}{
		{"open_rate", "of them, who opened one", "de ellos, quienes abrieron alguno", func(e *Engagement) effect.Estimate { return e.Open }},
		{"click_rate", "of them, who clicked in one", "de ellos, quienes hicieron clic en alguno", func(e *Engagement) effect.Estimate { return e.CTR }},
		{"click_to_open_rate", "of those who opened, who clicked", "de quienes abrieron, quienes hicieron clic", func(e *Engagement) effect.Estimate { return e.CTOR }},
		{"open_rate_above_others", "how much higher than everybody else's", "cuánto mayor que la de los demás", func(e *Engagement) effect.Estimate { return e.OpenMore }},
		{"click_rate_above_others", "how much higher than everybody else's", "cuánto mayor que la de los demás", func(e *Engagement) effect.Estimate { return e.ClickMore }},
	} {
		number(c.name, "share", c.en, c.es, func(e *Engagement) float64 { return c.of(e).Value })
		number(c.name+"_low", "share", "lower end of its 95 % interval", "extremo inferior de su intervalo del 95 %", func(e *Engagement) float64 { return c.of(e).Low })
		number(c.name+"_high", "share", "upper end of its 95 % interval", "extremo superior de su intervalo del 95 %", func(e *Engagement) float64 { return c.of(e).High })
	}
	number("p_holm", "probability", "of as large a difference of clicks by chance, for as many segments (Holm)", "de una diferencia de clics así por azar, para tantos segmentos (Holm)", func(e *Engagement) float64 { return float64(e.Holm) })
	return t
}
