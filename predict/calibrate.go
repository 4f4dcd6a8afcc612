package predict

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// A Calibration makes probabilities of raw scores: it never changes their order.
type Calibration struct {
	Method string    `json:"method"` // a name of Methods
	Slope  float64   `json:"slope,omitempty"`
	Offset float64   `json:"offset,omitempty"`
	X      []float64 `json:"x,omitempty"` // isotonic: raw scores, rising,
	Y      []float64 `json:"y,omitempty"` // and the probabilities there; straight lines between
	A      float64   `json:"a,omitempty"` // beta: log-odds = C + A ln p − B ln(1 − p)
	B      float64   `json:"b,omitempty"`
	C      float64   `json:"c,omitempty"`
}

// Methods lists the ways to calibrate, the simplest first: in doubt the earlier one is
// kept.
var Methods = []struct {
	Name string
	Fit  func(raw, y []float64) *Calibration
}{
	{"none", func(_, _ []float64) *Calibration { return &Calibration{Method: "none"} }},
	{"platt", Platt},
	{"beta", Beta},
	{"isotonic", func(raw, y []float64) *Calibration { return Isotonic(raw, y, nil) }},
}

// isotonicRows is below how many rows isotonic calibration is not tried: it bends to any
// shape, and needs rows for it.
const isotonicRows = 2000

// Calibrate chooses a method on rows left out in turn. Where later rows are known,
// ChooseMethod asks those.
func Calibrate(raw, y []float64) (*Calibration, error) {
	if err := checkOutcomes(raw, y); err != nil {
		return nil, err
	}
	const parts = 5
	losses := make([][]float64, len(Methods))
	for k, m := range Methods {
		if m.Name == "isotonic" && len(raw) < isotonicRows {
			continue
		}
		losses[k] = make([]float64, len(raw))
		for part := range parts {
			var r, o, rest, outcomes []float64
			for i := range raw {
				if i%parts == part {
					r, o = append(r, raw[i]), append(o, y[i])
				} else {
					rest, outcomes = append(rest, raw[i]), append(outcomes, y[i])
				}
			}
			for j, p := range m.Fit(rest, outcomes).Apply(r) {
				losses[k][part+j*parts] = lossOf(o[j], p)
			}
		}
	}
	return Methods[Simplest(losses)].Fit(raw, y), nil
}

// ChooseMethod says which method, fitted to earlier rows, serves later ones best.
func ChooseMethod(raw, y, laterRaw, laterY []float64) (string, error) {
	if err := errors.Join(checkOutcomes(raw, y), checkOutcomes(laterRaw, laterY)); err != nil {
		return "", err
	}
	losses := make([][]float64, len(Methods))
	for k, m := range Methods {
		if m.Name == "isotonic" && len(raw) < isotonicRows {
			continue
		}
		for i, p := range m.Fit(raw, y).Apply(laterRaw) {
			losses[k] = append(losses[k], lossOf(laterY[i], p))
		}
	}
	return Methods[Simplest(losses)].Name, nil
}

// ChooseByMoments says which method, fitted to the other moments, serves each moment best.
// What a moment is off as a whole is chance to all of its rows: so moments count as one
// each, and of few of them a method must serve nearly all better.
func ChooseByMoments(raw, y [][]float64) (string, error) {
	losses := make([][]float64, len(Methods))
	for at := range raw {
		rest, outcomes := Without(raw, at), Without(y, at)
		if err := errors.Join(checkOutcomes(rest, outcomes), checkOutcomes(raw[at], y[at])); err != nil {
			return "", err
		}
		for k, m := range Methods {
			if m.Name == "isotonic" && len(rest) < isotonicRows {
				losses[k] = nil
				continue
			}
			sum := 0.0
			for i, p := range m.Fit(rest, outcomes).Apply(raw[at]) {
				sum += lossOf(y[at][i], p)
			}
			losses[k] = append(losses[k], sum/float64(len(raw[at])))
		}
	}
	return Methods[Simplest(losses)].Name, nil
}

// Without puts all of a list but one after the other.
func Without(list [][]float64, left int) []float64 {
	return slices.Concat(slices.Concat(list[:left]...), slices.Concat(list[left+1:]...))
}

// Simplest is the first of some choices that none of those after it beats by more than the
// noise of the paired difference: beyond its 95 % interval by Student's t. Losses are of
// each choice on the same units; of a choice with fewer they are not looked at.
func Simplest(losses [][]float64) int {
	best := 0
	for k := 1; k < len(losses); k++ {
		if len(losses[k]) < len(losses[best]) || len(losses[k]) < 2 {
			continue
		}
		var sum, squares float64
		for i, l := range losses[k] {
			d := losses[best][i] - l
			sum, squares = sum+d, squares+d*d
		}
		n := float64(len(losses[k]))
		mean := sum / n
		t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.Quantile(0.975)
		if mean > t*math.Sqrt(max(0, squares/n-mean*mean)/(n-1)) {
			best = k
		}
	}
	return best
}

func checkOutcomes(raw, y []float64) error {
	if len(raw) != len(y) || len(raw) == 0 {
		return fmt.Errorf("%d scores and %d outcomes", len(raw), len(y))
	}
	if !slices.Contains(y, 0) || !slices.Contains(y, 1) {
		return errors.New("all rows have the same outcome")
	}
	return nil
}

func lossOf(y, p float64) float64 {
	p = min(max(p, 1e-6), 1-1e-6)
	return -y*math.Log(p) - (1-y)*math.Log(1-p)
}

// Apply makes probabilities of raw scores.
func (c *Calibration) Apply(raw []float64) []float64 {
	out := make([]float64, len(raw))
	for i, z := range raw {
		switch c.Method {
		case "isotonic":
			out[i] = c.between(z)
		case "beta":
			out[i] = sigmoid(c.C - c.A*softplus(-z) + c.B*softplus(z))
		case "none":
			out[i] = sigmoid(z)
		default:
			out[i] = sigmoid(c.Slope*z + c.Offset)
		}
	}
	return out
}

func sigmoid(z float64) float64 { return 1 / (1 + math.Exp(-z)) }

// softplus is ln(1 + eᶻ), so that −softplus(−z) is ln p and softplus(z) is −ln(1 − p).
func softplus(z float64) float64 { return max(z, 0) + math.Log1p(math.Exp(-math.Abs(z))) }

// between reads the isotonic curve; beyond its ends it stays level.
func (c *Calibration) between(z float64) float64 {
	k, _ := slices.BinarySearch(c.X, z)
	switch {
	case k == 0:
		return c.Y[0]
	case k == len(c.X):
		return c.Y[k-1]
	}
	w := (z - c.X[k-1]) / (c.X[k] - c.X[k-1])
	return c.Y[k-1] + w*(c.Y[k]-c.Y[k-1])
}
