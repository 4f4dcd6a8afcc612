package pipeline

import (
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"segmenta/predict/clv"
	"segmenta/table"
)

// A valueFile is a fitted value model.
type valueFile struct {
	Purchases *clv.Purchases `json:"purchases"`
	Spending  *clv.Spending  `json:"spending,omitempty"`
}

// A ValueTable is a plain table of frequency, recency, T and perhaps monetary, and what
// is asked of it.
type ValueTable struct {
	Table
	Kind     string  // of the model of purchases
	Model    string  // the file of one fitted before
	Horizon  float64 // in the unit of recency and T
	Discount float64 // a unit of time, as a share
	Level    float64
	Out      string
}

// ValueFitted is what a fit found.
type ValueFitted struct {
	Rows          int                `json:"rows"`
	Model         string             `json:"model"`
	Params        map[string]float64 `json:"params"`
	SE            map[string]float64 `json:"standard_errors"`
	LogLikelihood float64            `json:"log_likelihood"`
	Rejected      []clv.Reason       `json:"rejected,omitempty"`
	Notes         []string           `json:"notes,omitempty"`
	Fitness       clv.Fitness        `json:"fitness"`
	SecondsRead   float64            `json:"seconds_read"`
	SecondsFit    float64            `json:"seconds_fit"`
	Out           string             `json:"output"`
}

// Tell says it to people.
func (v *ValueFitted) Tell(w io.Writer) {
	for _, name := range []string{"r", "alpha", "a", "b", "s", "beta", "p", "q", "v"} {
		if value, ok := v.Params[name]; ok {
			tell(w, name, fmt.Sprintf("%.6g ± %.3g", value, v.SE[name]))
		}
	}
	tell(w, "log-likelihood", v.LogLikelihood, "rows", v.Rows, "seconds", v.SecondsFit, "wrote", v.Out)
	fmt.Fprintf(w, "\nfurther purchases  customers    expected\n")
	for n, have := range v.Fitness.Customers {
		more := " "
		if n == len(v.Fitness.Customers)-1 {
			more = "+"
		}
		fmt.Fprintf(w, "%16d%s %10.0f  %10.1f\n", n, more, have, v.Fitness.Expected[n])
	}
	fmt.Fprintf(w, "chi-square %.1f, p = %.3g with %d degrees of freedom\n", v.Fitness.ChiSquare, v.Fitness.P, v.Fitness.Freedom)
	for _, r := range v.Rejected {
		fmt.Fprintf(w, "rejected: %d rows, the first is %d: %s\n", r.Rows, r.First, r.En)
	}
	for _, n := range v.Notes {
		fmt.Fprintln(w, "note:", n)
	}
}

// FitValue fits a model of purchases, and one of spending where there is a column
// monetary.
func (j *Job) FitValue(o ValueTable) (*ValueFitted, error) {
	t, h, amounts, err := o.open()
	if err != nil {
		return nil, err
	}
	_, found, err := clv.Check(h)
	if err != nil {
		return nil, err
	}
	good, wrong := usable(h, amounts)
	found = append(found, wrong...)
	if err := o.tooMany(found, t.rows); err != nil {
		return nil, err
	}
	h, amounts = keep(h, amounts, good)
	start := time.Now()
	var file valueFile
	if file.Purchases, err = clv.Fit(o.Kind, h, clv.Options{Threads: j.Threads}); err != nil {
		return nil, mark(ErrConfig, fmt.Errorf("%s: %w", o.File, err))
	}
	done := &ValueFitted{Rows: t.rows, Model: o.Kind, Rejected: found, SecondsRead: t.seconds, Out: o.Out, LogLikelihood: file.Purchases.LogLikelihood,
		Params: make(map[string]float64), SE: make(map[string]float64)}
	if amounts != nil {
		if file.Spending, err = clv.FitSpend(h.Frequency, amounts, clv.Options{Threads: j.Threads}); err != nil {
			return nil, mark(ErrConfig, fmt.Errorf("%s: column monetary: %w", o.File, err))
		}
	}
	done.SecondsFit = time.Since(start).Seconds()
	done.describe(file)
	done.Fitness = file.Purchases.Fitness(h, j.Threads)
	return done, writeJSON(o.Out, file)
}

func (v *ValueFitted) describe(file valueFile) {
	m := file.Purchases
	for i, name := range m.Names() {
		v.Params[name], v.SE[name] = m.Params[i], m.SE[i]
	}
	notes := []string{m.Note}
	if s := file.Spending; s != nil {
		for i, name := range []string{"p", "q", "v"} {
			v.Params[name], v.SE[name] = []float64{s.P, s.Q, s.V}[i], s.SE[i]
		}
		if notes = append(notes, s.Note); math.Abs(s.Correlation) > spendTied {
			notes = append(notes, fmt.Sprintf("frequency and mean amount are correlated (%.2f), which the model of spending takes for 0", s.Correlation))
		}
	}
	for _, n := range notes {
		if n != "" {
			v.Notes = append(v.Notes, n)
		}
	}
}

// spendTied is the correlation of frequency and mean amount from which the model of
// spending is no longer to be trusted without a word.
const spendTied = 0.3

// open reads the three numbers of each customer, and the amounts where there are any.
func (o ValueTable) open() (t *plainTable, h clv.Histories, amounts []float64, err error) {
	if t, err = o.read(); err != nil {
		return nil, h, nil, err
	}
	c, err := t.pick([]string{"frequency", "recency", "T"})
	if err != nil {
		return nil, h, nil, err
	}
	if money, err := t.pick([]string{"monetary"}); err == nil {
		amounts = money[0]
	}
	return t, clv.Histories{Frequency: c[0], Recency: c[1], Age: c[2]}, amounts, nil
}

// usable marks the rows that can be, and counts the amounts that can't.
func usable(h clv.Histories, amounts []float64) (good []bool, wrong []clv.Reason) {
	good, _, _ = clv.Check(h)
	bad := clv.Reason{En: "the mean amount is negative, missing or infinite", Es: "el importe medio es negativo, falta o es infinito"}
	for i := range good {
		if amounts == nil || !good[i] || h.Frequency[i] == 0 || amounts[i] >= 0 && !math.IsInf(amounts[i], 0) {
			continue
		}
		good[i] = false
		if bad.Rows++; bad.Rows == 1 {
			bad.First = i + 1
		}
	}
	if bad.Rows > 0 {
		wrong = append(wrong, bad)
	}
	return good, wrong
}

func keep(h clv.Histories, amounts []float64, good []bool) (kept clv.Histories, money []float64) {
	for i, ok := range good {
		if !ok {
			continue
		}
		kept.Frequency, kept.Recency, kept.Age = append(kept.Frequency, h.Frequency[i]), append(kept.Recency, h.Recency[i]), append(kept.Age, h.Age[i])
		if amounts != nil {
			money = append(money, amounts[i])
		}
	}
	return kept, money
}

// mostRejected is the share of rows that may be impossible before something else than
// single rows is wrong.
const mostRejected = 0.05

func (o ValueTable) tooMany(found []clv.Reason, rows int) error {
	var all int
	var each []error
	for _, r := range found {
		all += r.Rows
		each = append(each, fmt.Errorf("%d rows, the first is %d: %s", r.Rows, r.First, r.En))
	}
	if float64(all) <= mostRejected*float64(rows) {
		return nil
	}
	return mark(ErrGate, fmt.Errorf("%s: %d of %d rows can't be used, more than %.0f %%: %w", o.File, all, rows, 100*mostRejected, errors.Join(each...)))
}

// ValuePredicted is what a prediction wrote.
type ValuePredicted struct {
	Scored
	Rejected []clv.Reason `json:"rejected,omitempty"` // rows whose columns are null
}

// PredictValue says who is alive, how often they will buy, when next and, with amounts,
// what it is worth today.
func (j *Job) PredictValue(o ValueTable) (*ValuePredicted, error) {
	var file valueFile
	if err := readJSON(o.Model, &file); err != nil {
		return nil, err
	}
	if file.Purchases == nil {
		return nil, mark(ErrConfig, fmt.Errorf("%s: not a value model", o.Model))
	}
	if !(o.Horizon > 0) || math.IsInf(o.Horizon, 0) || !(o.Discount >= 0) || !(o.Level > 0 && o.Level < 1) {
		return nil, mark(ErrConfig, fmt.Errorf("horizon %v, discount %v, level %v: want a horizon above 0, a discount of 0 or more, and a level between 0 and 1", o.Horizon, o.Discount, o.Level))
	}
	t, h, amounts, err := o.open()
	if err != nil {
		return nil, err
	}
	_, found, err := clv.Check(h)
	if err != nil {
		return nil, err
	}
	good, wrong := usable(h, amounts)
	h, amounts = keep(h, amounts, good)
	if file.Spending == nil {
		amounts = nil
	}
	start := time.Now()
	made := file.Purchases.Forecast(h, file.Spending, amounts, clv.Terms{Horizon: o.Horizon, Discount: math.Log1p(o.Discount), Level: o.Level, Threads: j.Threads})
	done := &ValuePredicted{Scored{Rows: t.rows, SecondsRead: t.seconds, SecondsScore: time.Since(start).Seconds(), Engine: file.Purchases.Kind, Out: o.Out}, append(found, wrong...)}
	done.SecondsWrite, err = t.write(o.Out, forecastColumns(made, good, amounts != nil)...)
	return done, err
}

// Tell says it to people.
func (v *ValuePredicted) Tell(w io.Writer) {
	v.Scored.Tell(w)
	for _, r := range v.Rejected {
		fmt.Fprintf(w, "left empty: %d rows, the first is %d: %s\n", r.Rows, r.First, r.En)
	}
}

// forecastColumns lays forecasts beside the rows that could be used.
func forecastColumns(made []clv.Forecast, good []bool, money bool) (out []*table.Column) {
	column := func(name, unit, en, es string, of func(f *clv.Forecast) float64) {
		values := repeated(math.NaN(), len(good))
		next := 0
		for i, ok := range good {
			if !ok {
				continue
			}
			if v := of(&made[next]); !math.IsInf(v, 0) {
				values[i] = v
			}
			next++
		}
		out = append(out, table.Floats(name, values).Says(unit, en, es))
	}
	column("p_alive", "probability", "of still being a customer", "de seguir siendo cliente", func(f *clv.Forecast) float64 { return f.Alive })
	column("expected_purchases", "purchases", "in the horizon", "en el horizonte", func(f *clv.Forecast) float64 { return f.Purchases })
	column("expected_purchases_low", "purchases", "lower end of the interval", "extremo inferior del intervalo", func(f *clv.Forecast) float64 { return f.PurchasesLow })
	column("expected_purchases_high", "purchases", "upper end of the interval", "extremo superior del intervalo", func(f *clv.Forecast) float64 { return f.PurchasesHigh })
	column("next_purchase", "time", "to the next purchase, if there is one: half have bought by then", "hasta la próxima compra, si la hay: la mitad ya ha comprado", func(f *clv.Forecast) float64 { return f.Next })
	column("next_purchase_low", "time", "lower end of the interval", "extremo inferior del intervalo", func(f *clv.Forecast) float64 { return f.NextLow })
	column("next_purchase_high", "time", "upper end of the interval", "extremo superior del intervalo", func(f *clv.Forecast) float64 { return f.NextHigh })
	if money {
		column("expected_value", "currency", "expected spend a purchase", "gasto esperado por compra", func(f *clv.Forecast) float64 { return f.Spend })
		column("clv", "currency", "expected spend in the horizon, discounted", "gasto esperado en el horizonte, descontado", func(f *clv.Forecast) float64 { return f.Value })
		column("clv_low", "currency", "lower end of the interval", "extremo inferior del intervalo", func(f *clv.Forecast) float64 { return f.Low })
		column("clv_high", "currency", "upper end of the interval", "extremo superior del intervalo", func(f *clv.Forecast) float64 { return f.High })
	}
	return out
}

// ValueModels names the models of purchases.
func ValueModels() []string { return clv.Kinds() }
