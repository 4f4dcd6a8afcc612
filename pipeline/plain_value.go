package pipeline

import (
	"fmt"
	"io"
	"math"
	"os"
	"time"

	"segmenta/predict/clv"
	"segmenta/table"
)

// A valueFile is a fitted value model.
type valueFile struct {
	Purchases *clv.BGNBD      `json:"bgnbd"`
	Spend     *clv.GammaGamma `json:"gamma_gamma,omitempty"`
}

// ValueFitted is what a fit found.
type ValueFitted struct {
	Rows          int                `json:"rows"`
	Params        map[string]float64 `json:"params"`
	LogLikelihood float64            `json:"log_likelihood"`
	SecondsRead   float64            `json:"seconds_read"`
	SecondsFit    float64            `json:"seconds_fit"`
	Out           string             `json:"output"`
}

// Tell says it to people.
func (v *ValueFitted) Tell(w io.Writer) {
	for _, name := range []string{"r", "alpha", "a", "b", "p", "q", "v"} {
		if value, ok := v.Params[name]; ok {
			tell(w, name, value)
		}
	}
	tell(w, "log-likelihood", v.LogLikelihood, "rows", v.Rows, "seconds", v.SecondsFit, "wrote", v.Out)
}

// FitValue fits BG/NBD, and Gamma-Gamma where there is a column monetary.
func (j *Job) FitValue(o Table, out string) (*ValueFitted, error) {
	t, err := o.read()
	if err != nil {
		return nil, err
	}
	c, err := t.pick([]string{"frequency", "recency", "T"})
	if err != nil {
		return nil, err
	}
	start := time.Now()
	var file valueFile
	if file.Purchases, err = clv.FitBGNBD(c[0], c[1], c[2], clv.Options{}); err != nil {
		return nil, mark(ErrConfig, fmt.Errorf("%s: %w", o.File, err))
	}
	m := file.Purchases
	done := &ValueFitted{Rows: t.rows, LogLikelihood: m.LogLikelihood, SecondsRead: t.seconds, Out: out,
		Params: map[string]float64{"r": m.R, "alpha": m.Alpha, "a": m.A, "b": m.B}}
	if money, err := t.pick([]string{"monetary"}); err == nil {
		if file.Spend, err = clv.FitGammaGamma(c[0], money[0]); err != nil {
			return nil, mark(ErrConfig, fmt.Errorf("%s: %w", o.File, err))
		}
		done.Params["p"], done.Params["q"], done.Params["v"] = file.Spend.P, file.Spend.Q, file.Spend.V
	}
	done.SecondsFit = time.Since(start).Seconds()
	text, err := encodeJSON(file)
	if err != nil {
		return nil, err
	}
	return done, os.WriteFile(out, text, 0o644)
}

// PredictValue says who is alive, how often they will buy and, with amounts, what for.
// Nothing is discounted: the horizon is short beside the rate of interest.
func (j *Job) PredictValue(o ModelTable) (*Scored, error) {
	var file valueFile
	if err := readJSON(o.Model, &file); err != nil {
		return nil, err
	}
	if file.Purchases == nil {
		return nil, mark(ErrConfig, fmt.Errorf("%s: not a value model", o.Model))
	}
	t, err := o.read()
	if err != nil {
		return nil, err
	}
	c, err := t.pick([]string{"frequency", "recency", "T"})
	if err != nil {
		return nil, err
	}
	start := time.Now()
	alive, expected := make([]float64, t.rows), make([]float64, t.rows)
	for i, x := range c[0] {
		alive[i] = file.Purchases.Alive(x, c[1][i], c[2][i])
		expected[i] = file.Purchases.Expected(x, c[1][i], c[2][i], o.Horizon)
	}
	out := []*table.Column{
		table.Floats("p_alive", alive).Says("probability", "of still being a customer", "de seguir siendo cliente"),
		table.Floats("expected_purchases", expected).Says("purchases", "in the horizon", "en el horizonte"),
	}
	if money, err := t.pick([]string{"monetary"}); err == nil && file.Spend != nil {
		out = append(out, file.spend(c[0], money[0], expected)...)
	}
	done := &Scored{Rows: t.rows, SecondsRead: t.seconds, SecondsScore: time.Since(start).Seconds(), Engine: "bgnbd", Out: o.Out}
	done.SecondsWrite, err = t.write(o.Out, out...)
	return done, err
}

func (f valueFile) spend(x, money, expected []float64) []*table.Column {
	spend, value := make([]float64, len(x)), make([]float64, len(x))
	for i := range x {
		m := money[i]
		if math.IsNaN(m) {
			m = 0
		}
		spend[i] = f.Spend.Spend(x[i], m)
		value[i] = spend[i] * expected[i]
	}
	return []*table.Column{
		table.Floats("expected_value", spend).Says("currency", "expected spend a purchase", "gasto esperado por compra"),
		table.Floats("clv", value).Says("currency", "expected spend in the horizon", "gasto esperado en el horizonte"),
	}
}
