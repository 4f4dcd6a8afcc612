package pipeline

import (
	"math"

	"segmenta/features"
	"segmenta/predict/clv"
)

// A rhythm is what a model of purchase rhythms alone (BG/NBD), fitted to everyone at
// a moment, says of each customer. It knows no feature but when they bought, and it
// carries over to longer silences than any training moment has seen, where trees
// stand still: so the trees begin from it and learn only what it misses.
type rhythm struct {
	alive    []float64 // probability of still being a customer
	expected []float64 // purchases in the horizon
	none     []float64 // log-odds of no purchase in the horizon, counted from the moment: a gap is days, a horizon months
}

// rhythmModel is what the trees of a target begin from.
const rhythmModel = "mbgnbd"

// rhythmAt fits the rhythms of a snapshot. Customers without a purchase have none.
// It returns nil where the rhythms can't be fitted, with the reason.
func rhythmAt(h *features.History, s *features.Snapshot, t Target) (*rhythm, error) {
	frequency, recency, age, _ := h.Summaries(s)
	m, err := clv.Fit(rhythmModel, clv.Histories{Frequency: known(frequency, frequency), Recency: known(recency, frequency), Age: known(age, frequency)}, clv.Options{})
	if err != nil {
		return nil, err
	}
	r := &rhythm{make([]float64, len(frequency)), make([]float64, len(frequency)), make([]float64, len(frequency))}
	type kind struct{ x, tx, t float64 }
	expected := make(map[kind]float64) // there are far fewer kinds of customers than customers
	for i, x := range frequency {
		if math.IsNaN(x) {
			r.alive[i], r.expected[i], r.none[i] = math.NaN(), math.NaN(), math.NaN()
			continue
		}
		r.alive[i] = m.Alive(x, recency[i], age[i])
		r.none[i] = logit(m.None(x, recency[i], age[i], float64(t.Horizon)))
		k := kind{x, recency[i], age[i]}
		v, ok := expected[k]
		if !ok {
			v = m.Expected(x, recency[i], age[i], float64(t.Horizon))
			expected[k] = v
		}
		r.expected[i] = v
	}
	return r, nil
}

// known keeps the values of those who have bought.
func known(values, frequency []float64) (kept []float64) {
	for i, v := range values {
		if !math.IsNaN(frequency[i]) {
			kept = append(kept, v)
		}
	}
	return kept
}

// logit is the log-odds of a probability, kept within what a float can tell from 0
// and 1.
func logit(p float64) float64 {
	const edge = 1e-6
	p = min(max(p, edge), 1-edge)
	return math.Log(p / (1 - p))
}
