package segment

import (
	"crypto/sha256"
	"encoding/hex"
	"math"

	"segmenta/table"
)

// A Summary collects what every segment amounts to, of whatever kind.
type Summary struct {
	rows         []summed
	spent, leave []float64
	alike        [][]float64 // what the customers of a segment are to have in common
	moved        map[[3]string]int64
}

// A summed segment is a row of the summary.
type summed struct {
	kind string
	Name
	sum
	homogeneity   float64
	entered, left int64
	rule          *Rule
	definition    string
	since         Since
}

// Since is what became of those who were in a rule segment as of the run before.
type Since struct{ Members, Bought int }

// NewSummary begins a summary of customers with what they spent and how likely they
// are to leave, NaN where nobody knows. Homogeneity is of the columns alike; moved says
// how many entered and left, by kind, segment and event.
func NewSummary(spent, leave []float64, alike [][]float64, moved map[[3]string]int64) *Summary {
	return &Summary{spent: spent, leave: leave, alike: alike, moved: moved}
}

// Add adds one segment.
func (s *Summary) Add(kind string, n Name, in func(i int) bool) {
	s.rows = append(s.rows, summed{kind: kind, Name: n, sum: group(in, len(s.spent), s.spent, s.leave), homogeneity: homogeneity(in, s.alike),
		entered: s.moved[[3]string{kind, n.ID, "entered"}], left: s.moved[[3]string{kind, n.ID, "left"}]})
}

// AddRule adds a rule segment, with what became of its members of the run before.
func (s *Summary) AddRule(m *Membership, since Since) {
	s.Add("rule", Name{m.Rule.ID, m.Rule.En.Name, m.Rule.Es.Name, m.Rule.Colour}, func(i int) bool { return m.In[i] })
	last := &s.rows[len(s.rows)-1]
	last.rule, last.definition, last.since = m.Rule, m.Definition, since
}

// rate is the share of the members who bought, NaN where there were none.
func (s Since) rate() float64 { return float64(s.Bought) / float64(s.Members) }

func (s Since) interval() (low, high float64) {
	if s.Members == 0 {
		return math.NaN(), math.NaN()
	}
	return Wilson(s.Bought, s.Members)
}

// homogeneity is how much less a segment's customers differ than all do: 1 less their
// variance over everyone's, the mean over the columns; 0 is no more alike than all.
func homogeneity(in func(i int) bool, columns [][]float64) float64 {
	sum, n := 0.0, 0.0
	for _, c := range columns {
		own, all := variance(c, in), variance(c, func(int) bool { return true })
		if all > 0 && !math.IsNaN(own) {
			sum, n = sum+1-own/all, n+1
		}
	}
	return sum / n
}

func variance(values []float64, in func(i int) bool) float64 {
	n, mean, squares := 0.0, 0.0, 0.0
	for i, v := range values {
		if !math.IsNaN(v) && in(i) {
			n++
			d := v - mean
			mean += d / n
			squares += d * (v - mean)
		}
	}
	if n < 2 {
		return math.NaN()
	}
	return squares / (n - 1)
}

// Table is the summary as a table.
func (s *Summary) Table() *table.Table {
	t := new(table.Table)
	text := func(name, en, es string, of func(r *summed) string) {
		t.Add(table.OptionalStrings(name, each(s.rows, of)).Says("", en, es))
	}
	number := func(name, unit, en, es string, of func(r *summed) float64) {
		t.Add(table.Floats(name, each(s.rows, of)).Says(unit, en, es))
	}
	whole := func(name, en, es string, of func(r *summed) int64) {
		t.Add(table.Ints(name, table.Int64, each(s.rows, of)).Says("customers", en, es))
	}
	text("kind", "lifecycle, journey, funnel, rfm, value, micro, priority or rule", "lifecycle, journey, funnel, rfm, value, micro, priority o rule", func(r *summed) string { return r.kind })
	text("segment", "the segment", "el segmento", func(r *summed) string { return r.ID })
	text("name_en", "its name in English", "su nombre en inglés", func(r *summed) string { return r.En })
	text("name_es", "its name in Spanish", "su nombre en español", func(r *summed) string { return r.Es })
	text("colour", "its colour", "su color", func(r *summed) string { return r.Colour })
	whole("customers", "how many belong to it", "cuántos pertenecen a él", func(r *summed) int64 { return r.customers })
	number("share", "share", "share of all customers", "parte de todos los clientes", func(r *summed) float64 { return float64(r.customers) / float64(max(1, len(s.spent))) })
	number("value", "currency", "spent so far, added up", "gasto hasta ahora, sumado", func(r *summed) float64 { return r.value })
	number("mean_churn_probability", "probability", "mean probability of churn", "probabilidad media de abandono", func(r *summed) float64 { return r.churn })
	number("homogeneity", "share", "how much less they differ than all do in value, recency and engagement", "cuánto menos se diferencian que el conjunto en valor, recencia e interacción", func(r *summed) float64 { return r.homogeneity })
	whole("entered", "how many entered since the run before", "cuántos entraron desde la ejecución anterior", func(r *summed) int64 { return r.entered })
	whole("left", "how many left since the run before", "cuántos salieron desde la ejecución anterior", func(r *summed) int64 { return r.left })
	whole("members_before", "of a rule segment, who were in it as of the run before", "de un segmento por reglas, quienes estaban en él en la ejecución anterior", func(r *summed) int64 { return int64(r.since.Members) })
	number("bought_since", "share", "share of them who have bought since", "parte de ellos que ha comprado desde entonces", func(r *summed) float64 { return r.since.rate() })
	number("bought_since_low", "share", "lower end of its 95 % interval", "extremo inferior de su intervalo del 95 %", func(r *summed) float64 { low, _ := r.since.interval(); return low })
	number("bought_since_high", "share", "upper end of its 95 % interval", "extremo superior de su intervalo del 95 %", func(r *summed) float64 { _, high := r.since.interval(); return high })
	for _, f := range ruleTexts {
		text(f.name, f.en, f.es, func(r *summed) string {
			if r.rule == nil {
				return ""
			}
			return f.of(r.rule)
		})
	}
	text("definition", "the rule as it was held against the customers", "la regla tal como se aplicó a los clientes", func(r *summed) string { return r.definition })
	text("definition_sha256", "changes when the rule or its plan does", "cambia cuando cambia la regla o su plan", func(r *summed) string {
		if r.rule == nil {
			return ""
		}
		return r.rule.hash(r.definition)
	})
	return t
}

// ruleTexts are what a rule says of itself.
var ruleTexts = []struct {
	name, en, es string
	of           func(r *Rule) string
}{
	{"objective", "what the segment is for", "para qué es el segmento", func(r *Rule) string { return r.Objective }},
	{"desired_action", "what it is to be answered with", "con qué se le responde", func(r *Rule) string { return r.DesiredAction }},
	{"success_metric", "how success is measured", "cómo se mide el éxito", func(r *Rule) string { return r.SuccessMetric }},
	{"strategy", "how it is spoken to", "cómo se le habla", func(r *Rule) string { return r.Strategy }},
	{"owner", "who looks after it", "quién se ocupa", func(r *Rule) string { return r.Owner }},
	{"why", "why it is a segment", "por qué es un segmento", func(r *Rule) string { return r.Why }},
}

// hash names a version of the definition.
func (r *Rule) hash(definition string) string {
	h := sha256.New()
	for _, f := range ruleTexts {
		h.Write([]byte(f.of(r) + "\x00"))
	}
	h.Write([]byte(definition))
	return hex.EncodeToString(h.Sum(nil))
}

func each[T any](rows []summed, of func(r *summed) T) []T {
	list := make([]T, len(rows))
	for i := range rows {
		list[i] = of(&rows[i])
	}
	return list
}
