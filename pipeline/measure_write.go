package pipeline

import (
	"math"

	"segmenta/predict/effect"
	"segmenta/table"
)

// effectTable is a row for each segment, arm and outcome.
func effectTable(list []*Effect) *table.Table {
	t := new(table.Table)
	text := func(name, en, es string, of func(e *Effect) string) {
		t.Add(table.OptionalStrings(name, gathered(list, func(e **Effect) string { return of(*e) })).Says("", en, es))
	}
	number := func(name, unit, en, es string, of func(e *Effect) float64) {
		t.Add(table.Floats(name, gathered(list, func(e **Effect) float64 { return finite(of(*e)) })).Says(unit, en, es))
	}
	estimate := func(name, unit, en, es string, of func(e *Effect) *effect.Estimate) {
		part := func(pick func(e effect.Estimate) float64) func(e *Effect) float64 {
			return func(e *Effect) float64 {
				if v := of(e); v != nil {
					return pick(*v)
				}
				return math.NaN()
			}
		}
		number(name, unit, en, es, part(func(e effect.Estimate) float64 { return e.Value }))
		number(name+"_low", unit, "lower end of its 95 % interval", "extremo inferior de su intervalo del 95 %", part(func(e effect.Estimate) float64 { return e.Low }))
		number(name+"_high", unit, "upper end of its 95 % interval", "extremo superior de su intervalo del 95 %", part(func(e effect.Estimate) float64 { return e.High }))
	}
	whole := func(name, en, es string, of func(e *Effect) int) {
		t.Add(table.Ints(name, table.Int64, gathered(list, func(e **Effect) int64 { return int64(of(*e)) })).Says("customers", en, es))
	}
	text("segment_kind", "everyone, or the kind of segment", "everyone (todos) o el tipo de segmento", func(e *Effect) string { return e.Kind })
	text("segment", "the segment", "el segmento", func(e *Effect) string { return e.Segment })
	text("name_en", "its name in English", "su nombre en inglés", func(e *Effect) string { return e.Name.En })
	text("name_es", "its name in Spanish", "su nombre en español", func(e *Effect) string { return e.Name.Es })
	text("outcome", "what came of it", "qué resultó", func(e *Effect) string { return e.Outcome })
	text("outcome_en", "the same in English words", "lo mismo en inglés", func(e *Effect) string { return e.called.En })
	text("outcome_es", "the same in Spanish words", "lo mismo en español", func(e *Effect) string { return e.called.Es })
	text("arm", "what was done", "qué se hizo", func(e *Effect) string { return e.Arm })
	text("against", "and for whom not", "y con quiénes no", func(e *Effect) string { return e.Against })
	whole("treated", "who were treated", "tratados", func(e *Effect) int { return e.Treated })
	whole("control", "who were left alone", "fuera de campaña", func(e *Effect) int { return e.Control })
	estimate("of_treated", "", "rate or mean of the treated", "tasa o media de los tratados", func(e *Effect) *effect.Estimate { return &e.OfTreated })
	estimate("of_control", "", "rate or mean of those left alone", "tasa o media de los que quedaron fuera", func(e *Effect) *effect.Estimate { return &e.OfControl })
	estimate("difference", "", "of the two: the effect", "entre ambas: el efecto", func(e *Effect) *effect.Estimate { return &e.Difference })
	estimate("ratio", "", "of two rates: how many times as often", "entre dos tasas: cuántas veces más", func(e *Effect) *effect.Estimate { return &e.Ratio })
	estimate("adjusted", "", "the effect, what was known before taken out (CUPED)", "el efecto, descontado lo que ya se sabía antes (CUPED)", func(e *Effect) *effect.Estimate {
		if e.Adjusted == nil {
			return nil
		}
		return &e.Adjusted.Difference
	})
	number("variance_reduction", "share", "share of the variance that it took away", "parte de la varianza que quitó", func(e *Effect) float64 {
		if e.Adjusted == nil {
			return math.NaN()
		}
		return e.Adjusted.Reduced
	})
	estimate("change", "", "how much more they changed than those left alone (difference in differences)", "cuánto más cambiaron que quienes quedaron fuera (diferencia en diferencias)", func(e *Effect) *effect.Estimate { return e.Change })
	number("p_value", "probability", "of as large a difference by chance", "de una diferencia así por azar", func(e *Effect) float64 { _, p := e.best(); return p })
	number("p_holm", "probability", "the same for as many segments and arms (Holm)", "la misma para tantos segmentos y variantes (Holm)", func(e *Effect) float64 { return float64(e.Holm) })
	number("p_fdr", "probability", "the same as a rate of false discoveries (Benjamini–Hochberg)", "la misma como tasa de falsos hallazgos (Benjamini–Hochberg)", func(e *Effect) float64 { return float64(e.FDR) })
	estimate("incremental", "", "what the treated had because of it, all together", "lo que tuvieron los tratados gracias a ello, en total", func(e *Effect) *effect.Estimate { return &e.Incremental })
	estimate("profit", "currency", "incremental margin less the cost", "margen incremental menos el coste", func(e *Effect) *effect.Estimate { return e.Profit })
	estimate("roi", "share", "incremental profit over the cost", "beneficio incremental entre el coste", func(e *Effect) *effect.Estimate { return e.ROI })
	number("least_detectable", "", "the smallest effect that groups of this size can see, four times of five", "el menor efecto que grupos así pueden ver, cuatro de cada cinco veces", func(e *Effect) float64 { return float64(e.Least) })
	number("worthwhile", "", "the smallest effect worth having", "el menor efecto que vale la pena", func(e *Effect) float64 { return float64(e.Worthwhile) })
	number("needed_treated", "customers", "treated that it takes to see that", "tratados que hacen falta para verlo", func(e *Effect) float64 { return float64(e.NeededTreated) })
	number("needed_control", "customers", "left alone that it takes to see that", "fuera de campaña que hacen falta para verlo", func(e *Effect) float64 { return float64(e.NeededControl) })
	text("verdict", "keep, adjust, drop or too_small", "keep (mantener), adjust (ajustar), drop (abandonar) o too_small (demasiado pequeño)", func(e *Effect) string { return e.Verdict })
	text("reason_en", "why", "por qué, en inglés", func(e *Effect) string { return e.Reason.En })
	text("reason_es", "why, in Spanish", "por qué", func(e *Effect) string { return e.Reason.Es })
	return t
}
