package pipeline

import (
	"fmt"
	"math"
	"slices"

	"segmenta/predict"
	"segmenta/predict/interval"
)

// simpleFeatures are the three that the simple model looks at: when, how often and how
// much they bought.
var simpleFeatures = []string{recencyFeature, "orders_all", "amount_all"}

// simplePenalty holds the simple model close to where the rhythm begins.
const simplePenalty = 10

// fitSimple is a shrunken line on three features that begins from the rhythm: what few
// rows can bear, and what more must beat.
func fitSimple(e *examples, threads int) (*ensemble, error) {
	m := &ensemble{Method: "simple", Unstarted: e.unstarted()}
	var names []string
	for _, n := range simpleFeatures {
		if slices.Contains(e.names, n) {
			names = append(names, n)
		}
	}
	return m, m.draw(e, names, simplePenalty, filled(e.start, m.Unstarted), threads)
}

// leastOutcomes is how many of the rarer outcome a shrunken line needs at least.
const leastOutcomes = 10

// fitFew learns what few outcomes can bear: the simple model, without a calibration that
// they couldn't support, and with wide intervals.
func (l *learnedModel) fitFew(s *schooling, j *Job, few words) error {
	m, err := fitSimple(s.train, j.Threads)
	if err != nil {
		return err
	}
	l.calibration = &predict.Calibration{Method: "none"}
	l.interval = interval.Fit([]interval.Stretch{s.leftOutSimple(j.Threads)})
	l.card.Fallback, l.card.Because = true, words{"few data: " + few.En, "pocos datos: " + few.Es}
	if s.held.rarer() == 0 {
		l.card.Validation = words{"not judged: there are too few known outcomes", "sin juzgar: se conocen muy pocos resultados"}
	}
	return l.finish(m, s, j)
}

// leftOutSimple is what the simple model says of customers that it was fitted without.
func (s *schooling) leftOutSimple(threads int) interval.Stretch {
	out := interval.Stretch{SameTime: true}
	for f := range folds {
		rest := s.train.where(func(i int) bool { return fold(s.train.customers[i]) != f })
		left := s.train.where(func(i int) bool { return fold(s.train.customers[i]) == f })
		if rest.rarer() == 0 || left.rows() == 0 {
			continue
		}
		m, err := fitSimple(rest, threads)
		if err != nil {
			continue
		}
		if z, err := m.raw(left.names, left.columns, left.start, threads); err == nil {
			out.Y, out.P = append(out.Y, left.label...), append(out.P, (&predict.Calibration{Method: "none"}).Apply(z)...)
		}
	}
	return out
}

// fromRhythm scores with the rhythm of purchases alone where outcomes are too few to
// learn from: it learns from how customers bought before, and needs no outcome. It
// abstains where there is no rhythm either.
func (l *learnedModel) fromRhythm(p *past, d *design, few words) error {
	var rhythms []float64
	for _, z := range d.start {
		if !math.IsNaN(z) {
			rhythms = append(rhythms, z)
		}
	}
	if l.order == 0 || d.why != "" || len(rhythms) < fewestRhythms {
		why := words{"the question isn't about purchases", "la pregunta no es sobre compras"}
		switch {
		case d.why != "":
			why = words{d.why, "no se puede ajustar un modelo de ritmos de compra a estos datos"}
		case l.order != 0:
			why = words{fmt.Sprintf("of %d customers a purchase is known, and at least %d are needed", len(rhythms), fewestRhythms), fmt.Sprintf("se conoce alguna compra de %d clientes, y hacen falta al menos %d", len(rhythms), fewestRhythms)}
		}
		l.card.Abstained = words{few.En + "; and how they buy can't be told either: " + why.En, few.Es + "; y tampoco se puede saber cómo compran: " + why.Es}
		return nil
	}
	m := &ensemble{Method: "rhythm"}
	l.calibration, l.interval = &predict.Calibration{Method: "none"}, interval.Fit(nil)
	l.card.Fallback, l.card.Method, l.card.Because, l.card.Calibration, l.card.Engine = true, m.Method, words{"few data: " + few.En, "pocos datos: " + few.Es}, "none", "rhythm"
	l.card.Validation = words{"not judged: there are too few known outcomes", "sin juzgar: se conocen muy pocos resultados"}
	if err := m.write(l.files); err != nil {
		return err
	}
	return l.attach(m, d.names, d.columns, rhythms) // who has none has no probability that a probe could hold
}

// fewestRhythms is how many customers with a purchase a rhythm is fitted to at least.
const fewestRhythms = 30
