package metric

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// JudgeRivals is JudgeAmounts of several predictions of the same amounts, and LessDeviance
// of each but the first than the first's: all are judged on the same draws, so that rows are
// drawn once.
func JudgeRivals(y []float64, rivals [][]float64, seed uint64) (judged []*Amounts, less []Interval, err error) {
	for k, p := range rivals {
		if err := CheckAmounts(y, p); err != nil {
			return nil, nil, fmt.Errorf("prediction %d: %w", k+1, err)
		}
	}
	s := newAmountSheet(y, rivals)
	whole := s.figures(nil)
	samples := s.samples(seed)
	for k, p := range rivals {
		judged = append(judged, amounts(y, p, whole[k], samples[k]))
		if k == 0 {
			continue
		}
		gain := make([]float64, len(samples[k]))
		for d := range gain {
			gain[d] = 1 - samples[k][d].deviance/samples[0][d].deviance
		}
		i, e := compared(1-whole[k].deviance/whole[0].deviance, gain)
		less, err = append(less, i), errors.Join(err, e)
	}
	return judged, less, err
}

// amounts writes the figures of one prediction down, with their intervals.
func amounts(y, p []float64, whole amountFigures, samples []amountFigures) *Amounts {
	a := &Amounts{Rows: len(y), Mean: mean(y), Bias: mean(p) / mean(y), OneAmount: slices.Min(p) == slices.Max(p)}
	for k, to := range []*Interval{&a.MAE, &a.RMSE, &a.Deviance, &a.Gini, &a.Top10} {
		*to = Interval{whole.shown[k], whole.shown[k], whole.shown[k]}
		drawn := make([]float64, len(samples))
		for d := range drawn {
			drawn[d] = samples[d].shown[k]
		}
		if i := interval(whole.shown[k], drawn); i != nil {
			*to = *i
		}
	}
	if !a.OneAmount {
		a.Spearman, a.Kendall = Spearman(y, p), Kendall(y, p)
	}
	return a
}

// amountFigures are MAE, RMSE, deviance, Gini and the share of the top tenth; and the
// deviance added up.
type amountFigures struct {
	shown    [5]float64
	deviance float64
}

// An amountSheet is rows prepared for being judged many times.
type amountSheet struct {
	y      []float64
	best   *descent // from the highest amount
	rivals []rival
	once   []float64
	room   []float64
}

// A rival is a prediction and, of each row, how far it was off.
type rival struct {
	down                   *descent
	absolute, square, loss []float64
}

func newAmountSheet(y []float64, rivals [][]float64) *amountSheet {
	s := &amountSheet{y: y, best: newDescent(y, y), rivals: make([]rival, len(rivals)), once: slices.Repeat([]float64{1}, len(y)), room: make([]float64, len(y))}
	for k, p := range rivals {
		r := &s.rivals[k]
		r.down, r.loss = newDescent(y, p), deviances(y, p, leastForetold*mean(y))
		for i := range y {
			r.absolute, r.square = append(r.absolute, math.Abs(y[i]-p[i])), append(r.square, (y[i]-p[i])*(y[i]-p[i]))
		}
	}
	return s
}

// samples are the figures of each rival, draw by draw.
func (s *amountSheet) samples(seed uint64) [][]amountFigures {
	random := rand.New(rand.NewPCG(seed, 0x616d6f756e74))
	times := make([]float64, len(s.y))
	out := make([][]amountFigures, len(s.rivals))
	for range draws(len(s.y)) / 2 {
		resample(times, random)
		for k, f := range s.figures(times) {
			out[k] = append(out[k], f)
		}
	}
	return out
}

// figures are those of each rival, over rows that count times often; once where it is nil.
func (s *amountSheet) figures(times []float64) []amountFigures {
	if times == nil {
		times = s.once
	}
	out := make([]amountFigures, len(s.rivals))
	n, total := float64(len(s.y)), weighted(s.y, times) // n is drawn again
	s.best.of(s.room, times)
	perfect, _ := s.best.gather(s.room, total)
	for k, r := range s.rivals {
		r.down.of(s.room, times)
		area, top := r.down.gather(s.room, total)
		out[k].deviance = weighted(r.loss, times)
		out[k].shown = [5]float64{weighted(r.absolute, times) / n, math.Sqrt(weighted(r.square, times) / n), out[k].deviance / n, area / perfect, top}
	}
	return out
}

// gather is the area between the curve of amounts gathered from the highest score down
// and the diagonal, and the share of the total gathered by the first tenth; rows of one
// score count in proportion.
func (d *descent) gather(times []float64, total float64) (area, tenth float64) {
	n, rows, sum := float64(len(times)), 0.0, 0.0
	edge := math.Ceil(0.1 * n)
	for g, from := range d.edges[:len(d.edges)-1] {
		w, part := 0.0, 0.0
		for k := from; k < d.edges[g+1]; k++ {
			w, part = w+times[k], part+times[k]*d.y[k]
		}
		if rows < edge && w > 0 {
			tenth += part * min(1, (edge-rows)/w)
		}
		area += w * (sum + part/2)
		rows, sum = rows+w, sum+part
	}
	return area/(n*total) - 0.5, tenth / total
}
