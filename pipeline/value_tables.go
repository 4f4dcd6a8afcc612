package pipeline

import (
	"math"

	"segmenta/table"
)

// waysTable is every way of foretelling value, held against what was spent in the
// hold-out; without rows where there was none.
func (m *valueModel) waysTable() *table.Table {
	var names []string
	var used []bool
	var customers []int64
	var columns [13][]float64
	held := m.Held
	if held == nil {
		held = new(valueHeld)
	}
	for _, w := range held.Ways {
		g := w.Good
		names, used, customers = append(names, w.Way), append(used, w.Way == m.Uses), append(customers, int64(g.Rows))
		less := [3]float64{math.NaN(), math.NaN(), math.NaN()}
		if w.Less != nil {
			less = [3]float64{w.Less.Value, w.Less.Low, w.Less.High}
		}
		for k, v := range []float64{g.Deviance.Value, less[0], less[1], less[2], g.MAE.Value, g.RMSE.Value, g.Bias, g.Gini.Value, g.Gini.Low, g.Gini.High, g.Top10.Value, m.covered(w.Way), m.Level} {
			columns[k] = append(columns[k], v)
		}
	}
	t := &table.Table{Meta: map[string]string{"moment": held.Moment, "why": m.Why.En}}
	t.Add(table.Strings("way", names).Says("", "the way of foretelling", "la forma de predecir"))
	t.Add(table.Bools("used", used).Says("", "the one in use", "la que se usa"))
	t.Add(table.Ints("customers", table.Int64, customers).Says("customers", "judged on", "con los que se juzga"))
	for k, c := range []struct{ name, unit, en, es string }{
		{"deviance", "", "Tweedie deviance, power 1.5; less is better", "desviación de Tweedie, potencia 1,5; menos es mejor"},
		{"less_than_naive", "share", "less deviance than the naive rule", "menos desviación que la regla ingenua"},
		{"less_than_naive_low", "share", "lower end of its interval of 95 %", "extremo inferior de su intervalo del 95 %"},
		{"less_than_naive_high", "share", "upper end of its interval of 95 %", "extremo superior de su intervalo del 95 %"},
		{"mae", "currency", "mean absolute error", "error absoluto medio"}, {"rmse", "currency", "root mean squared error", "raíz del error cuadrático medio"},
		{"bias", "ratio", "foretold over spent", "predicho entre gastado"}, {"ranking", "", "Gini of the ranking, 1 is perfect", "Gini del orden; 1 es perfecto"},
		{"ranking_low", "", "lower end of its interval of 95 %", "extremo inferior de su intervalo del 95 %"}, {"ranking_high", "", "upper end of its interval of 95 %", "extremo superior de su intervalo del 95 %"},
		{"top_10", "share", "of all spending, in the tenth foretold highest", "del gasto total, en la décima parte con mayor predicción"},
		{"interval_covered", "share", "how often the interval held what was spent", "cuántas veces el intervalo contenía lo gastado"}, {"interval_level", "share", "how often it was to", "cuántas veces debía"},
	} {
		t.Add(table.Floats(c.name, columns[k]).Says(c.unit, c.en, c.es))
	}
	return t
}

// covered is the coverage of the interval of the way in use.
func (m *valueModel) covered(way string) float64 {
	if way != m.Uses || m.Held.Interval == nil {
		return math.NaN()
	}
	return m.Held.Interval.Covered
}

// fitnessTable is how many customers returned how often beside what the model of
// purchases expects, and what they did in the hold-out beside what it foretold.
func (m *valueModel) fitnessTable() *table.Table {
	var frequency []int64
	var columns [6][]float64
	meta := map[string]string{}
	if m.Fitness != nil {
		meta["model"] = m.Purchases.Kind
		for k, n := range m.Fitness.Frequency {
			frequency = append(frequency, int64(n))
			after := [4]float64{math.NaN(), math.NaN(), math.NaN(), math.NaN()}
			if m.Held != nil && m.Held.Detail != nil && k < len(m.Held.Detail.Classes) {
				c := m.Held.Detail.Classes[k]
				after = [4]float64{c.Purchases, c.Expected, c.Value, c.Foretold}
			}
			for j, v := range []float64{m.Fitness.Customers[k], m.Fitness.Expected[k], after[0], after[1], after[2], after[3]} {
				columns[j] = append(columns[j], v)
			}
		}
	}
	t := &table.Table{Meta: meta}
	t.Add(table.Ints("frequency", table.Int32, frequency).Says("purchases", "days with a purchase after the first; the last row and more", "días con compra tras la primera; la última fila, esos o más"))
	for j, c := range []struct{ name, unit, en, es string }{
		{"customers", "customers", "who returned so often", "que volvieron tantas veces"}, {"expected", "customers", "whom the model expects", "que espera el modelo"},
		{"purchases_after", "purchases", "in the hold-out, on average", "en el periodo reservado, de media"}, {"purchases_foretold", "purchases", "foretold, on average", "predichas, de media"},
		{"spent_after", "currency", "in the hold-out, on average", "en el periodo reservado, de media"}, {"spent_foretold", "currency", "foretold, on average", "predicho, de media"},
	} {
		t.Add(table.Floats(c.name, columns[j]).Says(c.unit, c.en, c.es))
	}
	return t
}
