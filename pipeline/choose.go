package pipeline

import (
	"cmp"
	"math"
	"slices"

	"segmenta/predict"
)

// A tryout is rows that a model of each kind scored without having seen their outcomes:
// at past moments, or customers left out.
type tryout struct {
	label  []float64
	trees  []float64
	lines  map[float64][]float64
	simple []float64
}

// tried puts turns one after the other.
func tried(turns []*turn) *tryout {
	all := &tryout{lines: make(map[float64][]float64)}
	for _, t := range turns {
		all.label = append(all.label, t.held.label...)
		all.trees = append(all.trees, t.trees...)
		all.simple = append(all.simple, t.simple...)
		for penalty, z := range t.lines {
			all.lines[penalty] = append(all.lines[penalty], z...)
		}
	}
	return all
}

// shares are how much the trees may count beside the line.
var shares = []float64{0, 0.25, 0.5, 0.75, 1}

// choose finds the ridge and the share with the smallest loss.
func (t *tryout) choose() (penalty, share float64) {
	list := make([]float64, 0, len(t.lines))
	for p := range t.lines {
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b float64) int { return cmp.Compare(b, a) }) // the strongest first: it wins ties
	best := math.Inf(1)
	for _, p := range list {
		if l := meanLoss(t.label, t.lines[p]); l < best-1e-9 {
			best, penalty = l, p
		}
	}
	best = math.Inf(1)
	for _, s := range shares {
		if l := meanLoss(t.label, mixed(t.trees, t.lines[penalty], s)); l < best-1e-9 {
			best, share = l, s
		}
	}
	return penalty, share
}

// worth reports whether the chosen ensemble beats the simple model by more than noise:
// by one standard error of the paired difference of their losses.
//
// Breiman, L. et al. (1984). Classification and Regression Trees, 3.4.3.
func (t *tryout) worth(penalty, share float64) bool {
	full := mixed(t.trees, t.lines[penalty], share)
	var sum, squares float64
	for i, y := range t.label {
		d := lossAt(y, t.simple[i]) - lossAt(y, full[i])
		sum, squares = sum+d, squares+d*d
	}
	n := float64(len(t.label))
	mean := sum / n
	return mean > math.Sqrt(max(0, squares/n-mean*mean)/n)
}

// lossAt is the log loss of log-odds.
func lossAt(y, z float64) float64 { return max(z, 0) + math.Log1p(math.Exp(-math.Abs(z))) - y*z }

func meanLoss(y, z []float64) float64 {
	sum := 0.0
	for i := range y {
		sum += lossAt(y[i], z[i])
	}
	return sum / float64(len(y))
}

// raw are the turns' log-odds by the chosen ensemble, a moment each.
func raws(turns []*turn, method string, penalty, share float64) (list [][]float64) {
	for _, t := range turns {
		if method == "simple" {
			list = append(list, t.simple)
		} else {
			list = append(list, mixed(t.trees, t.lines[penalty], share))
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

func fitMethod(name string, raw, y []float64) *predict.Calibration {
	for _, m := range predict.Methods {
		if m.Name == name {
			return m.Fit(raw, y)
		}
	}
	return nil
}
