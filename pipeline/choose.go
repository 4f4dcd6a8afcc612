package pipeline

import (
	"math"
	"slices"

	"segmenta/predict"
)

// candidates are what an ensemble may be. In doubt it is the first: the mean of two models
// that err each in a way of its own, which is hard to beat by shares that were looked for.
//
// Clemen, R. T. (1989). Combining forecasts: a review. Int. J. Forecasting 5 (4).
var candidates = []struct {
	method string
	share  float64 // of the trees
}{{"blend", 0.5}, {"blend", 0.25}, {"blend", 0.75}, {"logistic", 0}, {"trees", 1}, {"simple", 0}}

// choose finds the candidate that serves best at moments, or customers, whose outcomes its
// models had not seen, beyond the noise.
func choose(turns []*turn) (method string, share float64) {
	losses := make([][]float64, len(candidates))
	for k, c := range candidates {
		losses[k] = lossesOf(turns, c.method, c.share)
	}
	best := candidates[predict.Simplest(losses)]
	return best.method, best.share
}

// lossesOf are the mean losses of moments, or of one moment's rows the loss of each.
func lossesOf(turns []*turn, method string, share float64) (losses []float64) {
	for k, z := range raws(turns, method, share) {
		sum := 0.0
		for i, y := range turns[k].held.label {
			l := lossAt(y, z[i])
			if sum += l; len(turns) == 1 {
				losses = append(losses, l)
			}
		}
		if len(turns) > 1 {
			losses = append(losses, sum/float64(len(z)))
		}
	}
	return losses
}

// lossAt is the log loss of log-odds.
func lossAt(y, z float64) float64 { return max(z, 0) + math.Log1p(math.Exp(-math.Abs(z))) - y*z }

// raws are the turns' log-odds by an ensemble, a moment each.
func raws(turns []*turn, method string, share float64) (list [][]float64) {
	for _, t := range turns {
		if method == "simple" {
			list = append(list, t.simple)
		} else {
			list = append(list, mixed(t.trees, t.line, share))
		}
	}
	return list
}

// calibrated chooses how log-odds become probabilities: each method is fitted to all
// moments but one, that one says which serves best, and the winner is fitted to all.
func calibrated(label, raw [][]float64) (*predict.Calibration, error) {
	allY, allZ := slices.Concat(label...), slices.Concat(raw...)
	if len(label) == 1 {
		return predict.Calibrate(allZ, allY)
	}
	name, err := predict.ChooseByMoments(raw, label)
	if err != nil {
		return nil, err
	}
	return fitMethod(name, allZ, allY), nil
}

// byOthers gives each moment the probabilities that the calibration has without it: its own
// outcomes take no part in how it is judged.
func byOthers(c *predict.Calibration, label, raw [][]float64) (p [][]float64) {
	for k, z := range raw {
		of := c
		if len(raw) > 1 {
			of = fitMethod(c.Method, predict.Without(raw, k), predict.Without(label, k))
		}
		p = append(p, of.Apply(z))
	}
	return p
}

func fitMethod(name string, raw, y []float64) *predict.Calibration {
	for _, m := range predict.Methods {
		if m.Name == name {
			return m.Fit(raw, y)
		}
	}
	return nil
}
