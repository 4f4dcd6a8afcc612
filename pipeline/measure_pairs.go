package pipeline

import (
	"cmp"
	"slices"

	"segmenta/predict/effect"
)

// A Winner is which of several arms served a group best, held against the second.
type Winner struct {
	Kind       string          `json:"segment_kind"`
	Segment    string          `json:"segment"`
	Name       words           `json:"name"`
	Outcome    string          `json:"outcome"`
	Best       string          `json:"best"`
	Second     string          `json:"second"`
	Difference effect.Estimate `json:"difference"`
	Ratio      effect.Estimate `json:"ratio"`
	P          effect.Number   `json:"p_value"`
	Holm       effect.Number   `json:"p_holm"`
	Verdict    string          `json:"verdict"` // winner or no_winner
}

// winners holds, for every outcome and group, the best arm against the second; those who
// were left alone are an arm too.
func (t *experiment) winners() (list []Winner) {
	if len(t.arms) < 3 {
		return nil
	}
	groups := append([]group{{kind: everyone, id: everyone, name: words{"Everyone", "Todos"}}}, t.groups...)
	for _, o := range t.outcomes {
		from := len(list)
		for _, g := range groups {
			if w, ok := t.winner(o, g); ok {
				list = append(list, w)
			}
		}
		own := list[from:]
		p := make([]float64, len(own))
		for i := range own {
			p[i] = float64(own[i].P)
		}
		for i, q := range effect.Holm(p) {
			if own[i].Holm, own[i].Verdict = effect.Number(q), "no_winner"; q < significant {
				own[i].Verdict = "winner"
			}
		}
	}
	return list
}

// winner compares the best arm of a group with the second. Which is best was seen in the
// same data, so the chance is counted for as many pairs as there are.
func (t *experiment) winner(o outcome, g group) (w Winner, ok bool) {
	type placed struct {
		arm  int
		mean float64
	}
	var list []placed
	for arm := range t.arms {
		after, _, _ := t.halves(o, g, arm, -2)
		if len(after[0]) > 1 {
			list = append(list, placed{arm, float64(o.better) * total(after[0]) / float64(len(after[0]))})
		}
	}
	if len(list) < 2 {
		return w, false
	}
	slices.SortStableFunc(list, func(a, b placed) int { return cmp.Compare(b.mean, a.mean) })
	e := t.compare(o, g, list[0].arm, list[1].arm)
	d, p := e.best()
	pairs := float64(len(list) * (len(list) - 1) / 2)
	return Winner{g.kind, g.id, g.name, o.id, t.arms[list[0].arm], t.arms[list[1].arm], d, e.Ratio, effect.Number(min(1, p*pairs)), 0, ""}, true
}
