package pipeline

import (
	"fmt"
	"math"

	"segmenta/report"
)

// How many niches the page shows, and how many traits of a segment.
const (
	nichesShown   = 8
	traitsInSheet = 3
)

// reportSheets adds what else people act on: who the segments' people are, where to
// begin, and what writing to everybody costs.
func (r *running) reportSheets(p *report.Page) {
	for _, s := range []report.Sheet{r.cardSheet(), r.nicheSheet(), r.mailingSheet()} {
		if len(s.Rows) > 0 {
			p.Sheets = append(p.Sheets, s)
		}
	}
}

func (r *running) cardSheet() report.Sheet {
	s := report.Sheet{Title: r.say("Who they are", "Cómo son"), Note: r.say("What sets each segment's buyers apart from all others, beyond chance; nothing here is imagined.", "Qué distingue a los compradores de cada segmento de los demás, más allá del azar; nada de esto es imaginado."),
		Told: true, Head: []string{r.say("segment", "segmento"), r.say("portrait", "retrato"), r.say("customers", "clientes"), r.say("spent in a year", "gastado en un año"), r.say("others", "los demás")}}
	language := r.job.Config.Language
	for _, c := range r.tables.cards {
		if c.kind == "rule" { // micro-segments have their traits above
			s.Rows = append(s.Rows, []string{r.say(c.name.En, c.name.Es), c.portrait(traitsInSheet).in(language), fmt.Sprint(c.all), ranged(c.Value, c.ValueLow, c.ValueHigh, language), short(c.ValueOthers, language)})
		}
	}
	return s
}

// ranged is a number with its interval.
func ranged(v, low, high float64, language string) string {
	if math.IsNaN(low) {
		return short(v, language)
	}
	return fmt.Sprintf("%s [%s; %s]", short(v, language), short(low, language), short(high, language))
}

func (r *running) nicheSheet() report.Sheet {
	s := report.Sheet{Title: r.say("Where to begin", "Por dónde empezar"), Note: r.say("Niches in order of what one more person addressed is expected to bring at least: what a buyer leaves in a year, times the lower end of the share that has bought.", "Nichos por lo que se espera como mínimo de una persona más: lo que deja un comprador en un año, por el extremo inferior de la parte que ha comprado."),
		Head: []string{r.say("niche", "nicho"), r.say("then", "después"), r.say("people", "personas"), r.say("have bought", "han comprado"), r.say("left in a year", "dejan en un año")}}
	for k, n := range r.tables.niches {
		if k == nichesShown {
			break
		}
		s.Rows = append(s.Rows, []string{n.Value, n.Next, fmt.Sprint(n.Known), fmt.Sprintf("%.0f %% [%.0f, %.0f]", 100*n.Penetration, 100*n.Low, 100*n.High), short(n.Profit, r.job.Config.Language)})
	}
	return s
}

func (r *running) mailingSheet() report.Sheet {
	s := report.Sheet{Title: r.say("What writing to everybody costs", "Lo que cuesta escribir a todos"), Note: r.say("Messages that a segment alone saves against one to everybody who can be written to.", "Mensajes que ahorra escribir solo al segmento frente a escribir a todos los localizables."),
		Head: []string{r.say("segment", "segmento"), r.say("channel", "canal"), r.say("everybody", "todos"), r.say("segment", "segmento"), r.say("avoided", "evitados"), r.say("saved", "ahorro")}}
	for _, m := range r.tables.mailed {
		saved := "–"
		if !math.IsNaN(m.Saved) {
			saved = short(m.Saved, r.job.Config.Language)
		}
		s.Rows = append(s.Rows, []string{r.say(m.rule.En.Name, m.rule.Es.Name), m.channel, fmt.Sprint(m.Everybody), fmt.Sprint(m.Segment), fmt.Sprint(m.Avoided), saved})
	}
	return s
}
