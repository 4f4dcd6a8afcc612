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

// worthFeature is what a customer who stays is taken to be worth: what they spent in a
// year.
const worthFeature = "amount_365d"

// campaign says whom it pays to hold back, and what it earns, where the outcome is that
// they leave: with an offer, a contact and a rate of acceptance in the usual proportions
// to what a customer is worth.
func (l *learnedModel) campaign(e *examples, p []float64) error {
	k := slices.Index(e.names, worthFeature)
	if l.order >= 0 || k < 0 || e.rarer() == 0 {
		return nil
	}
	sum, n := 0.0, 0.0
	for _, v := range e.columns[k] {
		if v > 0 {
			sum, n = sum+v, n+1
		}
	}
	if n == 0 {
		return nil
	}
	var err error
	l.card.Profit, err = metric.ExpectedMaximumProfit(e.label, p, metric.Usual(sum/n))
	return err
}
