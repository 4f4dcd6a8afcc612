package segment

import (
	"segmenta/table"
)

// A Summary collects what every segment amounts to, of whatever kind.
type Summary struct {
	kind, id, en, es, colour []string
	customers                []int64
	share, value, churn      []float64
	all                      int
	spent, leave             []float64
}

// NewSummary begins a summary of customers with what they spent and how likely they
// are to leave, NaN where nobody knows.
func NewSummary(spent, leave []float64) *Summary {
	return &Summary{all: len(spent), spent: spent, leave: leave}
}

// Add adds one segment.
func (s *Summary) Add(kind string, n Name, in func(i int) bool) {
	g := group(in, s.all, s.spent, s.leave)
	s.kind, s.id, s.en, s.es, s.colour = append(s.kind, kind), append(s.id, n.ID), append(s.en, n.En), append(s.es, n.Es), append(s.colour, n.Colour)
	s.customers, s.share = append(s.customers, g.customers), append(s.share, float64(g.customers)/float64(max(1, s.all)))
	s.value, s.churn = append(s.value, g.value), append(s.churn, g.churn)
}

// Table is the summary as a table.
func (s *Summary) Table() *table.Table {
	t := new(table.Table)
	t.Add(table.Strings("kind", s.kind).Says("", "lifecycle, rfm, value, micro, priority or rule", "lifecycle, rfm, value, micro, priority o rule"))
	t.Add(table.Strings("segment", s.id).Says("", "the segment", "el segmento"))
	t.Add(table.Strings("name_en", s.en).Says("", "its name in English", "su nombre en inglés"))
	t.Add(table.Strings("name_es", s.es).Says("", "its name in Spanish", "su nombre en español"))
	t.Add(table.OptionalStrings("colour", s.colour).Says("", "its colour", "su color"))
	t.Add(table.Ints("customers", table.Int64, s.customers).Says("customers", "how many belong to it", "cuántos pertenecen a él"))
	t.Add(table.Floats("share", s.share).Says("share", "share of all customers", "parte de todos los clientes"))
	t.Add(table.Floats("value", s.value).Says("currency", "spent so far, added up", "gasto hasta ahora, sumado"))
	t.Add(table.Floats("mean_churn_probability", s.churn).Says("probability", "mean probability of churn", "probabilidad media de abandono"))
	return t
}
