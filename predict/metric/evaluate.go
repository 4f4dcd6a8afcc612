package metric

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
)

// An Interval is a figure with its 95 % interval.
type Interval struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// A Report is how good a set of scores is. A figure that the rows can't support is
// left out, and Why says why.
type Report struct {
	Rows      int        `json:"rows"`
	Positives int        `json:"positives"`
	BaseRate  Interval   `json:"base_rate"`
	AUC       *Interval  `json:"auc"`
	AP        *Interval  `json:"average_precision"`
	LogLoss   *Interval  `json:"log_loss"`
	Brier     *Interval  `json:"brier"`
	ECE       *Interval  `json:"ece"`
	KS        *Interval  `json:"ks"`
	Lift10    *Interval  `json:"lift_10"`
	Gain10    *Interval  `json:"gain_10"`
	Quality   *Interval  `json:"lift_quality"`
	Parts     *Parts     `json:"brier_parts,omitempty"`
	Line      *Line      `json:"calibration_line,omitempty"`
	Bins      []Bin      `json:"reliability"`
	Confusion *Confusion `json:"confusion"`
	Draws     int        `json:"bootstrap_draws"`
	Why       string     `json:"left_out,omitempty"`
}

// draws is how many bootstrap samples an interval rests on: fewer for many rows, whose
// intervals are narrow anyway.
func draws(rows int) int { return min(500, max(100, 20_000_000/max(1, rows))) }

// Evaluate computes every figure with its interval: DeLong's for the AUC; for the
// others rows are drawn with replacement, and the middle 95 % of the figures is it.
//
// Efron, B. and Tibshirani, R. (1993). An Introduction to the Bootstrap.
func Evaluate(y, p []float64, seed uint64) (*Report, error) {
	if err := check(y, p); err != nil {
		return nil, err
	}
	r := &Report{Rows: len(y), Draws: draws(len(y))}
	for _, v := range y {
		r.Positives += int(v)
	}
	low, high := Wilson(float64(r.Positives), float64(r.Rows))
	r.BaseRate = Interval{float64(r.Positives) / float64(r.Rows), low, high}
	if r.Positives == 0 || r.Positives == r.Rows {
		r.Why = ErrOneOutcome.Error()
		return r, nil
	}
	return r, r.figures(y, p, seed)
}

func (r *Report) figures(y, p []float64, seed uint64) (err error) {
	s := newSheet(y, p)
	whole := s.figures(nil)
	samples := make([][]float64, len(whole))
	random := rand.New(rand.NewPCG(seed, 0x5e6d656e7461))
	times := make([]float64, len(y))
	for range r.Draws {
		s.draw(times, random)
		for k, v := range s.figures(times) {
			samples[k] = append(samples[k], v)
		}
	}
	for k, to := range []**Interval{&r.AUC, &r.AP, &r.KS, &r.Lift10, &r.Gain10, &r.LogLoss, &r.Brier, &r.ECE} {
		*to = interval(whole[k], samples[k])
	}
	if r.AUC, err = DeLong(y, p); err != nil {
		return err
	}
	r.Quality = &Interval{2*r.AUC.Value - 1, 2*r.AUC.Low - 1, 2*r.AUC.High - 1}
	if !probabilities(p) {
		r.LogLoss, r.Brier, r.ECE, r.Why = nil, nil, nil, "the scores are no probabilities: only their order is judged"
		return nil
	}
	r.Bins = Reliability(y, p, 10)
	if r.Parts, err = Decompose(y, p, 10); err != nil {
		return err
	}
	if line, err := CalibrationLine(y, p); err == nil && !math.IsNaN(line.Slope+line.Intercept) && math.Abs(line.Slope) < 1e6 {
		r.Line = line // separable scores have none
	}
	r.Confusion, err = confusion(y, p, 0.5)
	return err
}

func probabilities(p []float64) bool { return slices.Min(p) >= 0 && slices.Max(p) <= 1 }

// interval is the middle 95 % of samples, without those that could not be computed.
func interval(value float64, samples []float64) *Interval {
	samples = slices.DeleteFunc(samples, math.IsNaN)
	if len(samples) == 0 || math.IsNaN(value) {
		return nil
	}
	slices.Sort(samples)
	at := func(q float64) float64 { return samples[int(math.Round(q*float64(len(samples)-1)))] }
	return &Interval{value, at(0.025), at(0.975)}
}

// A sheet is rows prepared for being judged many times.
type sheet struct {
	*descent
	loss []float64 // by place
	ranking
}

func newSheet(y, p []float64) *sheet {
	s := &sheet{descent: newDescent(y, p), loss: make([]float64, len(y))}
	for k := range s.loss {
		s.loss[k] = loss(s.y[k], s.p[k])
	}
	return s
}

// figures computes them over places that count times often, in the order that Report's
// figures takes them.
func (s *sheet) figures(times []float64) []float64 {
	r := s.rank(&s.ranking, times)
	if r.allYes == 0 || r.allYes == r.all {
		return slices.Repeat([]float64{math.NaN()}, 8)
	}
	logLoss, brier, ece := s.calibration(times, r.all)
	return []float64{r.auc(), r.averagePrecision(), r.ks(), r.lift(0.1), r.gain(0.1), logLoss, brier, ece}
}

// calibration is the mean log loss, the mean squared error, and the calibration error
// over ten bins of equal mass.
func (s *sheet) calibration(times []float64, rows float64) (logLoss, brier, ece float64) {
	const bins = 10
	var predicted, happened [bins]float64
	if times == nil {
		times = s.once
	}
	rank := 0.0
	for k := len(times) - 1; k >= 0; k-- {
		n, y, p := times[k], s.y[k], s.p[k]
		logLoss += n * s.loss[k]
		brier += n * (p - y) * (p - y)
		b := max(0, min(bins-1, int((rank+(n-1)/2)*bins/rows))) // of one that wasn't drawn, where it adds nothing
		predicted[b] += n * p
		happened[b] += n * y
		rank += n
	}
	for b := range bins {
		ece += math.Abs(predicted[b] - happened[b])
	}
	return logLoss / rows, brier / rows, ece / rows
}

// Tell says the report to people.
func (r *Report) Tell(w io.Writer) {
	fmt.Fprintf(w, "%-20s %.4f [%.4f, %.4f]\n", "base rate", r.BaseRate.Value, r.BaseRate.Low, r.BaseRate.High)
	for _, f := range []struct {
		name string
		i    *Interval
	}{{"AUC", r.AUC}, {"average precision", r.AP}, {"log loss", r.LogLoss}, {"Brier", r.Brier}, {"ECE", r.ECE}, {"KS", r.KS}, {"lift at 10 %", r.Lift10}, {"gain at 10 %", r.Gain10}} {
		if f.i != nil {
			fmt.Fprintf(w, "%-20s %.4f [%.4f, %.4f]\n", f.name, f.i.Value, f.i.Low, f.i.High)
		}
	}
	if r.Why != "" {
		fmt.Fprintln(w, "left out:", r.Why)
	}
}
