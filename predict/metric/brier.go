package metric

import "math"

// Parts are what a Brier score is made of. Brier = Reliability − Resolution +
// Uncertainty + Within.
//
// Murphy, A. H. (1973). A new vector partition of the probability score. J. Appl.
// Meteor. 12; what differs inside the bins is kept apart, as in Stephenson, D. B.,
// Coelho, C. A. S., Jolliffe, I. T. (2008). Two extra components in the Brier score
// decomposition. Wea. Forecasting 23.
type Parts struct {
	Reliability float64 `json:"reliability"` // how far predictions are from what happened; 0 is best
	Resolution  float64 `json:"resolution"`  // how far the bins' rates are from the mean rate; more is better
	Uncertainty float64 `json:"uncertainty"` // of the outcome itself, whatever is predicted
	Within      float64 `json:"within_bins"`
	Skill       float64 `json:"skill"` // 1 − Brier / Uncertainty: 0 is the mean rate for everyone
}

// Decompose parts the Brier score over bins of equal mass.
func Decompose(y, p []float64, bins int) (*Parts, error) {
	brier, err := Brier(y, p)
	if err != nil {
		return nil, err
	}
	rate := 0.0
	for _, v := range y {
		rate += v / float64(len(y))
	}
	d := &Parts{Uncertainty: rate * (1 - rate)}
	for _, b := range Reliability(y, p, bins) {
		share := float64(b.Rows) / float64(len(y))
		d.Reliability += share * (b.Predicted - b.Happened) * (b.Predicted - b.Happened)
		d.Resolution += share * (b.Happened - rate) * (b.Happened - rate)
	}
	d.Within = brier - d.Reliability + d.Resolution - d.Uncertainty
	if d.Uncertainty > 0 {
		d.Skill = 1 - brier/d.Uncertainty
	}
	return d, nil
}

// A Line is the logistic regression of what happened on the predicted log-odds: an
// intercept of 0 and a slope of 1 are perfect, a slope below 1 says that predictions are
// too far apart.
type Line struct {
	Intercept float64 `json:"intercept"`
	Slope     float64 `json:"slope"`
}

// CalibrationLine fits it by Newton's method. Probabilities are kept 10⁻⁶ off 0 and 1.
//
// Cox, D. R. (1958). Two further applications of a model for binary regression.
// Biometrika 45.
func CalibrationLine(y, p []float64) (*Line, error) {
	if err := checkBoth(y, p); err != nil {
		return nil, err
	}
	z := make([]float64, len(p))
	for i, v := range p {
		v = min(max(v, 1e-6), 1-1e-6)
		z[i] = math.Log(v / (1 - v))
	}
	a, b := 0.0, 1.0
	for range 50 {
		var ga, gb, haa, hab, hbb float64
		for i, v := range z {
			q := 1 / (1 + math.Exp(-a-b*v))
			d, w := y[i]-q, q*(1-q)
			ga, gb = ga+d, gb+d*v
			haa, hab, hbb = haa+w, hab+w*v, hbb+w*v*v
		}
		haa, hbb = haa+1e-9, hbb+1e-9
		det := haa*hbb - hab*hab
		da, db := (hbb*ga-hab*gb)/det, (haa*gb-hab*ga)/det
		a, b = a+da, b+db
		if max(math.Abs(da), math.Abs(db)) < 1e-10 {
			break
		}
	}
	return &Line{a, b}, nil
}

// ECEWidth is the expected calibration error over bins of equal width: bin = ⌊p × bins⌋.
func ECEWidth(y, p []float64, bins int) (float64, error) {
	if err := check(y, p); err != nil {
		return 0, err
	}
	off := make([]float64, bins)
	for i, v := range p {
		off[min(max(int(v*float64(bins)), 0), bins-1)] += y[i] - v
	}
	sum := 0.0
	for _, d := range off {
		sum += math.Abs(d)
	}
	return sum / float64(len(y)), nil
}
