package metric

import (
	"errors"
	"math"
)

// An Estimated is how good scores are expected to be before anybody knows what happened:
// what follows from the probabilities, if they mean what they say.
type Estimated struct {
	Rows    int     `json:"rows"`
	Rate    float64 `json:"rate"`
	AUC     float64 `json:"auc"`
	Brier   float64 `json:"brier"`
	LogLoss float64 `json:"log_loss"`
	Lift10  float64 `json:"lift_10"`
}

// Estimate reads it off calibrated probabilities: each row counts as an outcome by its
// probability, and as none by the rest.
//
// Garg, S. et al. (2022). Leveraging unlabeled data to predict out-of-distribution
// performance. ICLR. (Confidence-based performance estimation.)
func Estimate(p []float64) (*Estimated, error) {
	if len(p) == 0 {
		return nil, errors.New("no rows")
	}
	if !probabilities(p) {
		return nil, errors.New("the scores are no probabilities")
	}
	e := &Estimated{Rows: len(p)}
	n := float64(len(p))
	var yes, no, own float64
	for _, v := range p {
		yes, no, own = yes+v, no+1-v, own+v*(1-v)
		e.Brier += v * (1 - v) / n
		e.LogLoss += (v*loss(1, v) + (1-v)*loss(0, v)) / n
	}
	e.Rate = yes / n
	at := descending(p)
	e.AUC = expectedAUC(p, at, yes, no, own)
	top, rest := 0.0, math.Ceil(0.1*n)
	for _, i := range at[:int(rest)] {
		top += p[i]
	}
	e.Lift10 = top / rest / e.Rate
	if yes == 0 {
		e.Lift10 = math.NaN()
	}
	return e, nil
}

// expectedAUC is the share of pairs in the right order, each pair of two rows by the
// probability that the one has the outcome and the other has not.
func expectedAUC(p []float64, at []int32, yes, no, own float64) float64 {
	right, above := 0.0, 0.0 // above: outcomes expected among higher scores
	for from := 0; from < len(at); {
		to := from
		var y, q, both float64
		for to < len(at) && p[at[to]] == p[at[from]] {
			v := p[at[to]]
			y, q, both = y+v, q+1-v, both+v*(1-v)
			to++
		}
		right += above*q + (y*q-both)/2
		above += y
		from = to
	}
	return right / (yes*no - own)
}
