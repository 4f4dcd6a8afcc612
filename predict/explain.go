package predict

import (
	"fmt"

	"segmenta/predict/shap"
)

// Explain says what each feature contributed to each row's raw score: exact SHAP
// values of the trees, by the number of training rows that took each path. The
// contributions of a row and its bias add up to the raw score.
func Explain(m *Model, columns [][]float64, rows, threads int) (contributions [][]float64, bias []float64, err error) {
	if m.forest.Classes != 1 {
		return nil, nil, fmt.Errorf("%w: it has %d classes: explain one of them with ExplainClass", ErrModel, m.forest.Classes)
	}
	return ExplainClass(m, 0, columns, rows, threads)
}

// ExplainClass is Explain for one class's raw score.
func ExplainClass(m *Model, class int, columns [][]float64, rows, threads int) (contributions [][]float64, bias []float64, err error) {
	if err := m.fits(columns, rows); err != nil {
		return nil, nil, err
	}
	e, err := shap.New(m.forest, class, rows)
	if err != nil {
		return nil, nil, err
	}
	contributions, bias = make([][]float64, len(columns)), make([]float64, rows)
	for c := range contributions {
		contributions[c] = make([]float64, rows)
	}
	for i := range bias {
		bias[i] = e.Bias()
	}
	return contributions, bias, e.Explain(contributions, columns, threads)
}
