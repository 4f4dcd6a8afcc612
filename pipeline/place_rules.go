package pipeline

import (
	"errors"
	"strings"

	"segmenta/segment"
	"segmenta/strict"
	"segmenta/table"
)

// applyRules evaluates the built-in rules and the user's own over the columns so far
// and all features.
func (p *placing) applyRules(all *table.Table) error {
	rules, err := p.r.job.allRules()
	if err != nil {
		return err
	}
	for _, rule := range rules {
		m, err := rule.Evaluate(all)
		var lacks segment.Unavailable
		if rule.Builtin && errors.As(err, &lacks) {
			p.r.off(words{"segment " + rule.ID, "segmento " + rule.ID}, words{"there is no column " + lacks.Column, "no hay columna " + lacks.Column})
			continue
		}
		if err != nil {
			return mark(ErrConfig, err)
		}
		p.rules = append(p.rules, m)
	}
	in := make([]string, p.n)
	for i := range in {
		var ids []string
		for _, m := range p.rules {
			if m.In[i] {
				ids = append(ids, m.Rule.ID)
			}
		}
		in[i] = strings.Join(ids, ",")
	}
	p.text("segments", in, "rule segments, with commas between; memberships.parquet has a row for each", "segmentos por reglas, separados por comas; memberships.parquet tiene una fila de cada uno")
	return nil
}

func readRules(nodes []strict.Node) (rules []*segment.Rule, err error) {
	for _, n := range nodes {
		rule, err := segment.ReadRule(n)
		if err != nil {
			return nil, err
		}
		rules = append(rules, rule)
	}
	return rules, nil
}

func (p *placing) frozen() map[string]any {
	frozen := p.r.manifest.Frozen
	for _, m := range p.rules {
		if len(m.Frozen) > 0 {
			frozen["segment "+m.Rule.ID] = m.Frozen
		}
		frozen["funnel "+m.Rule.ID] = m.Funnel
	}
	return frozen
}
