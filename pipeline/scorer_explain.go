package pipeline

import (
	"segmenta/predict"
)

// explain says what each feature contributes to the log-odds of some rows, beyond what it
// contributes on average: of trees by exact SHAP values, of the line by its terms, and of
// where the scores begin, which goes by the name rhythmStart. The columns beside are the
// features' values.
func (s *scorer) explain(d *design, rows []int, threads int) (names []string, columns, contributions [][]float64, err error) {
	m := s.brought
	share := 1.0
	if m == nil {
		m, share = s.ensemble.trees, s.ensemble.Share
	}
	at := make(map[string]int)
	add := func(have []string, values, by [][]float64, share float64) {
		for k, name := range have {
			i, ok := at[name]
			if !ok {
				i = len(names)
				at[name] = i
				names, columns, contributions = append(names, name), append(columns, values[k]), append(contributions, make([]float64, len(rows)))
			}
			for r, v := range by[k] {
				contributions[i][r] += share * v
			}
		}
	}
	if m != nil {
		picked, err := pick(d.names, d.columns, m.Features())
		if err != nil {
			return nil, nil, nil, err
		}
		picked = rowsOfColumns(picked, rows)
		by, _, err := predict.Explain(m, picked, len(rows), threads)
		if err != nil {
			return nil, nil, nil, err
		}
		add(m.Features(), picked, by, share)
	}
	if s.brought != nil {
		return names, columns, contributions, nil
	}
	if line := s.ensemble.line; line != nil {
		picked, err := pick(d.names, d.columns, line.Names())
		if err != nil {
			return nil, nil, nil, err
		}
		picked = rowsOfColumns(picked, rows)
		by, _ := line.Explain(picked, len(rows))
		add(line.Names(), picked, by, 1-share)
	}
	if begins := s.ensemble.begins(); begins > 0 {
		start := rowsOfColumns([][]float64{filled(d.start, s.ensemble.Unstarted)}, rows)[0]
		add([]string{rhythmStart}, [][]float64{chances(start)}, [][]float64{centred(start)}, begins)
	}
	return names, columns, contributions, nil
}

// begins is how much of the log-odds is where they begin.
func (m *ensemble) begins() float64 {
	switch m.Method {
	case "simple", "rhythm":
		return 1
	}
	return m.Share
}

func centred(values []float64) []float64 {
	out, m := make([]float64, len(values)), mean(values)
	for i, v := range values {
		out[i] = v - m
	}
	return out
}

// understand looks at the trees through the rows that the model is judged on: the
// probability follows from their scores, and from the line's where there is one.
func (l *learnedModel) understand(m *ensemble, held *examples, threads int) (*Understanding, error) {
	if m.trees == nil {
		return nil, nil
	}
	begin := filled(held.start, m.Unstarted)
	line, err := m.rawLine(held.names, held.columns, begin)
	if err != nil {
		return nil, err
	}
	columns, err := pick(held.names, held.columns, m.trees.Features())
	if err != nil {
		return nil, err
	}
	return understand(m.trees, columns, held.rows(), threads, func(rows []int) predict.Link {
		return func(raw []float64) []float64 {
			for i, r := range rows {
				raw[i] += begin[r]
				if line != nil {
					raw[i] = m.Share*raw[i] + (1-m.Share)*line[r]
				}
			}
			return l.calibration.Apply(raw)
		}
	})
}
