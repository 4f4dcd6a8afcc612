package pipeline

import (
	"cmp"
	"slices"

	"segmenta/table"
)

// hideFew leaves out the figures of groups of fewer customers than least. Where the groups
// of a kind part the customers, one group that is left out could be told from the rest and
// the whole: then the next smallest is left out too. Names stay: that a group is small is
// said, how small is not.
//
// Cox, L. H. (1980). Suppression methodology and statistical disclosure control. JASA 75.
func hideFew(t *table.Table, least int, kind string, parting func(kind string) bool) (hidden int) {
	customers := t.Column("customers")
	if least <= 1 || customers == nil {
		return 0
	}
	rows := make(map[string][]int)
	of := func(i int) string {
		if c := t.Column(kind); c != nil {
			return c.Text(i)
		}
		return ""
	}
	for i := range t.Rows() {
		rows[of(i)] = append(rows[of(i)], i)
	}
	hide := make([]bool, t.Rows())
	for k, group := range rows {
		few := 0
		for _, i := range group {
			if n := customers.Number(i); n > 0 && n < float64(least) {
				hide[i] = true
				few++
			}
		}
		if few == 1 && parting(k) {
			hideNext(group, customers, hide)
		}
	}
	for _, c := range t.Columns {
		if c.Kind != table.String && !slices.Contains(keptFigures, c.Name) {
			nullOf(c, hide)
		}
	}
	for _, h := range hide {
		if h {
			hidden++
		}
	}
	return hidden
}

// keptFigures name a group: they say nothing of who is in it.
var keptFigures = []string{"recency_score", "frequency_score", "micro_segment", "default_rank"}

// hideNext marks the smallest group that is shown.
func hideNext(group []int, customers *table.Column, hide []bool) {
	var shown []int
	for _, i := range group {
		if !hide[i] && customers.Number(i) > 0 {
			shown = append(shown, i)
		}
	}
	if len(shown) > 0 {
		hide[slices.MinFunc(shown, func(a, b int) int { return cmp.Compare(customers.Number(a), customers.Number(b)) })] = true
	}
}

// hideSmallGroups does so in every table of the run that has figures of groups.
func (r *running) hideSmallGroups(t *tables) {
	least := r.job.Config.Privacy.MinGroup
	parts := func(kind string) bool { return kind != "rule" && kind != "intent" }
	n := hideFew(t.summary, least, "kind", parts) + hideFew(t.grid, least, "", parts)
	for _, o := range t.others {
		switch o.name {
		case "priority", "market", "profit", "category_pairs":
			n += hideFew(o.table, least, "kind", parts)
		}
	}
	if n > 0 {
		r.off(words{"figures of small groups", "cifras de grupos pequeños"},
			words{"privacy.min_group leaves them out", "privacy.min_group las omite"})
	}
}
