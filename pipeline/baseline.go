package pipeline

import (
	"math"
	"slices"

	"segmenta/predict/metric"
)

// recencyFeature is the plain rule that a model must beat to be worth its keep:
// whoever bought last is the likeliest to buy next.
const recencyFeature = "recency_days"

// plainRule ranks rows by recency alone, as probabilities of an outcome that a purchase
// speaks for (order 1) or against (−1); nil where it says nothing.
func plainRule(e *examples, order int) []float64 {
	at := slices.Index(e.names, recencyFeature)
	if at < 0 || order == 0 {
		return nil
	}
	p := make([]float64, e.rows())
	for i, days := range e.columns[at] {
		if math.IsNaN(days) {
			days = math.MaxFloat32 // never bought
		}
		p[i] = days / (days + 90) // any rising rule ranks the same
		if order > 0 {
			p[i] = 1 - p[i]
		}
	}
	return p
}

// beside holds the plain rule against the same rows.
func (l *learnedModel) beside(e *examples, p []float64) error {
	rule := plainRule(e, l.order)
	if rule == nil || e.rarer() == 0 {
		return nil
	}
	c, err := metric.Compare(e.label, p, rule)
	if err != nil {
		return err
	}
	l.card.Baseline, l.card.Beats = &c.B, &c.Difference
	return nil
}
