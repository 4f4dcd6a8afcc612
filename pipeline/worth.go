package pipeline

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"segmenta/features"
	"segmenta/predict/clv"
	"segmenta/table"
)

// A worth is what a model of purchases says of every customer of a snapshot; NaN of
// those who never bought.
type worth struct {
	buyers   []int // places of those who have bought
	h        clv.Histories
	amounts  []float64
	forecast []clv.Forecast // of the buyers
}

// buyersAt reads the three numbers, and the mean amounts, of those who have bought.
func (p *past) buyersAt(s *features.Snapshot) *worth {
	w := new(worth)
	frequency, recency, age, monetary := p.Summaries(s)
	for i, x := range frequency {
		if math.IsNaN(x) {
			continue
		}
		w.buyers = append(w.buyers, i)
		w.h.Frequency, w.h.Recency, w.h.Age = append(w.h.Frequency, x), append(w.h.Recency, recency[i]), append(w.h.Age, age[i])
		w.amounts = append(w.amounts, monetary[i])
	}
	return w
}

// fit fits the kind of model that did best on the hold-out, or the likeliest where there is
// none or it can't be fitted.
func (w *worth) fit(best *clv.Purchases, threads int) (*clv.Purchases, *clv.Spending, error) {
	if best != nil {
		if one, spending, err := w.fits([]string{best.Kind}, threads); err == nil {
			return one[0], spending, nil
		}
	}
	all, spending, err := w.fits(clv.Kinds(), threads)
	if err != nil {
		return nil, nil, err
	}
	return slices.MaxFunc(all, func(a, b *clv.Purchases) int { return cmp.Compare(a.LogLikelihood, b.LogLikelihood) }), spending, nil
}

// fits fits some kinds of models of purchases, and the model of spending, to the buyers.
func (w *worth) fits(kinds []string, threads int) (purchases []*clv.Purchases, spending *clv.Spending, err error) {
	var trouble error
	for _, kind := range kinds {
		m, err := clv.Fit(kind, w.h, clv.Options{Threads: threads})
		if err != nil {
			trouble = err
			continue
		}
		purchases = append(purchases, m)
	}
	if len(purchases) == 0 {
		return nil, nil, fmt.Errorf("when customers buy: %w", trouble)
	}
	if spending, err = clv.FitSpend(w.h.Frequency, w.amounts, clv.Options{Threads: threads}); err != nil {
		return nil, nil, fmt.Errorf("what customers spend: %w", err)
	}
	return purchases, spending, nil
}

// look forecasts what the buyers will do.
func (w *worth) look(m *clv.Purchases, spending *clv.Spending, v Value, threads int) *worth {
	made := *w
	made.forecast = m.Forecast(w.h, spending, w.amounts, clv.Terms{Horizon: float64(v.Horizon), Discount: v.daily(), Level: v.Level, Threads: threads})
	return &made
}

// bare looks ahead without intervals, which take most of the time.
func (w *worth) bare(m *clv.Purchases, spending *clv.Spending, v Value, threads int) *worth {
	made := *w
	made.forecast = m.Forecast(w.h, spending, w.amounts, clv.Terms{Horizon: float64(v.Horizon), Discount: v.daily(), Threads: threads, Bare: true})
	return &made
}

// of lays a figure of the buyers' forecasts out for everybody.
func (w *worth) of(n int, figure func(f *clv.Forecast) float64) []float64 {
	out := repeated(math.NaN(), n)
	for k, i := range w.buyers {
		if v := figure(&w.forecast[k]); !math.IsInf(v, 0) {
			out[i] = v
		}
	}
	return out
}

// values are the buyers' expected values.
func (w *worth) values() []float64 {
	out := make([]float64, len(w.forecast))
	for k := range w.forecast {
		out[k] = w.forecast[k].Value
	}
	return out
}

// bought picks the buyers' places of a column.
func (w *worth) bought(all []float64) []float64 {
	out := make([]float64, len(w.buyers))
	for k, i := range w.buyers {
		out[k] = all[i]
	}
	return out
}

// latestDate is how far ahead an expected date is still worth writing down.
const latestDate = 3650 // days

// dates turns days from the moment into dates; null where there is none, or none within
// ten years.
func dates(name string, asOf time.Time, days []float64) *table.Column {
	at := make([]time.Time, len(days))
	null := make([]bool, len(days))
	for i, d := range days {
		if null[i] = !(d <= latestDate); !null[i] {
			at[i] = asOf.AddDate(0, 0, int(math.Ceil(d)))
		}
	}
	c := table.Times(name, at)
	c.Null = null
	return c
}
