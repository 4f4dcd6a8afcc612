package pipeline

import (
	"fmt"
	"io"

	"segmenta/predict/metric"
	"segmenta/report"
)

// tell says in a few lines which way of foretelling value is used, and how good each
// was.
func (m *valueModel) tell(w io.Writer, language string) {
	if m == nil {
		return
	}
	say := func(en, es string) string { return words{en, es}.in(language) }
	fmt.Fprintf(w, say("value in %s  %s\n", "valor en %s  %s\n"), m.Horizon, wayWords(m.Uses).in(language))
	if m.Abstained != (words{}) {
		fmt.Fprintf(w, say("  no lifetime value: %s\n", "  sin valor de vida: %s\n"), m.Abstained.in(language))
		return
	}
	fmt.Fprintf(w, "  %s\n", m.Why.in(language))
	if m.Held == nil {
		return
	}
	fmt.Fprintf(w, say("  judged at %s on %d customers      deviance        MAE       RMSE       bias   ranking   top 10 %%\n", "  juzgado a %s con %d clientes      desviación       MAE       RMSE      sesgo     orden     top 10 %%\n"), m.Held.Moment, m.Held.Customers)
	for _, way := range m.Held.Ways {
		g := way.Good
		fmt.Fprintf(w, "    %-34s %14.2f %10.2f %10.2f %10.2f %9.3f %10.3f\n", wayWords(way.Way).in(language), g.Deviance.Value, g.MAE.Value, g.RMSE.Value, g.Bias, g.Gini.Value, g.Top10.Value)
	}
	c := m.Held.Interval
	fmt.Fprintf(w, say("  intervals of %.0f %% held %.1f %% [%.1f, %.1f] of what was spent\n", "  los intervalos del %.0f %% contenían el %.1f %% [%.1f, %.1f] de lo gastado\n"), 100*c.Nominal, 100*c.Covered, 100*c.Low, 100*c.High)
}

// page is the model of value as the report shows a model.
func (m *valueModel) page(title, language string) report.Model {
	out := report.Model{Title: title, Why: m.Abstained.in(language)}
	if m.Abstained != (words{}) || m.Held == nil {
		if out.Why == "" {
			out.Why = m.Why.in(language)
		}
		return out
	}
	say := func(en, es string) string { return words{en, es}.in(language) }
	c := m.Held.Interval
	out.Rows = m.Held.Customers
	out.Validated = capital(fmt.Sprintf(say("%s. Judged on what was spent after %s. Intervals of %.0f %% held %.1f %% [%.1f, %.1f] of it.",
		"%s. Juzgado con lo gastado después de %s. Los intervalos del %.0f %% contenían el %.1f %% [%.1f, %.1f]."), m.Why.in(language), m.Held.Moment, 100*c.Nominal, 100*c.Covered, 100*c.Low, 100*c.High))
	for _, way := range m.Held.Ways {
		g := way.Good
		for _, f := range []struct {
			en, es string
			i      metric.Interval
		}{{"mean absolute error", "error absoluto medio", g.MAE}, {"ranking (Gini)", "orden (Gini)", g.Gini}} {
			out.Figures = append(out.Figures, report.Figure{Name: wayWords(way.Way).in(language) + ": " + say(f.en, f.es), Value: f.i.Value, Low: f.i.Low, High: f.i.High})
		}
	}
	return out
}
