package pipeline

import (
	"math"
	"slices"

	"segmenta/predict/metric"
)

// recencyFeature is the plain rule that a model must beat to be worth its keep:
// whoever bought last is the likeliest to buy next.
const recencyFeature = "recency_days"

// baseline is the AUC of recency alone on the rows that a model is judged on, or nil
// where it can't be told or says nothing.
func baseline(e *examples, order int) *metric.Interval {
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
	r, err := metric.Evaluate(e.label, p, 1)
	if err != nil || r.AUC == nil {
		return nil
	}
	return r.AUC
}
