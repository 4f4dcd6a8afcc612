package pipeline

import (
	"cmp"
	"slices"

	"segmenta/segment"
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

// hideSmallGroups does so in every table of the run that has figures of groups, and takes
// out what else tells of those groups.
func (r *running) hideSmallGroups(t *tables) {
	least := r.job.Config.Privacy.MinGroup
	parts := func(kind string) bool { return kind != "rule" && kind != "intent" }
	n := hideFew(t.summary, least, "kind", parts) + hideFew(t.grid, least, "", parts)
	for _, o := range t.others {
		switch o.name {
		case "priority", "market", "profit", "category_pairs":
			n += hideFew(o.table, least, "kind", parts)
		case "channels":
			n += hideFew(o.table, least, "", func(string) bool { return false }) // one may buy through several
		}
	}
	if least > 1 {
		n += t.leaveOut(least)
	}
	if n > 0 {
		r.off(words{"figures of small groups", "cifras de grupos pequeños"},
			words{"privacy.min_group leaves them out", "privacy.min_group las omite"})
	}
}

// leaveOut takes out the portraits, niches and savings of few customers, and those of
// groups of which the summary tells nothing.
func (t *tables) leaveOut(least int) int {
	untold := untoldOf(t.summary)
	before := len(t.cards) + len(t.niches) + len(t.mailed) + t.clusters.Rows()
	t.cards = slices.DeleteFunc(t.cards, func(c namedCard) bool { return c.all < least || untold[c.kind+" "+c.name.ID] })
	t.niches = slices.DeleteFunc(t.niches, func(n segment.Niche) bool { return n.Known < least || n.Buyers < least })
	t.mailed = slices.DeleteFunc(t.mailed, func(m mailed) bool { return m.Segment < least || untold["rule "+m.rule.ID] })
	var told []int
	for i, id := 0, t.clusters.Column("micro_segment"); i < id.Len(); i++ {
		if !untold["micro "+id.Format(i)] {
			told = append(told, i)
		}
	}
	t.clusters = t.clusters.Pick(told)
	for i, o := range t.others {
		switch o.name {
		case "cards":
			t.others[i].table = cardTable(t.cards)
		case "niches":
			t.others[i].table = nicheTable(t.niches)
		case "mass_mailing":
			t.others[i].table = mailingTable(t.mailed)
		}
	}
	return before - len(t.cards) - len(t.niches) - len(t.mailed) - t.clusters.Rows()
}

// untoldOf names the groups, by kind and segment, of which the summary tells nothing.
func untoldOf(summary *table.Table) map[string]bool {
	untold, customers := make(map[string]bool), summary.Column("customers")
	for i := range summary.Rows() {
		if customers.IsNull(i) {
			untold[summary.Column("kind").Text(i)+" "+summary.Column("segment").Text(i)] = true
		}
	}
	return untold
}
