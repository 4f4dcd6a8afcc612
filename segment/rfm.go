// Package segment says who belongs where, and why: RFM, lifecycle, value, rules,
// priority. It works on columns, and knows nothing of how they came about.
//
// To add a built-in rule segment, add a file to builtin.
package segment

import (
	"fmt"
	"math"
	"slices"

	"segmenta/table"
)

// A Name is a segment's id, its words and its colour.
type Name struct {
	ID     string `json:"id"`
	En     string `json:"en"`
	Es     string `json:"es"`
	Colour string `json:"colour"`
}

// RFMNames are the eleven segments of recency and frequency. The grid below holds each
// of the 25 pairs of scores exactly once, which TestGrid proves.
var RFMNames = []Name{
	{"champions", "Champions", "Campeones", "#1b7f4d"},
	{"loyal", "Loyal", "Leales", "#2e9e6b"},
	{"potential_loyalist", "Potential loyalists", "Leales potenciales", "#5fb98f"},
	{"new", "New", "Nuevos", "#4c8bd6"},
	{"promising", "Promising", "Prometedores", "#7fb0e8"},
	{"need_attention", "Need attention", "Requieren atención", "#e0b040"},
	{"about_to_sleep", "About to sleep", "A punto de dormirse", "#e39a5c"},
	{"at_risk", "At risk", "En riesgo", "#dd6b4d"},
	{"cant_lose", "Can't lose them", "No se pueden perder", "#c2413b"},
	{"hibernating", "Hibernating", "Hibernando", "#9a8fa8"},
	{"lost", "Lost", "Perdidos", "#6f6a78"},
}

// grid is the segment of recency score r (rows, 1 first) and frequency score f.
var grid = [5][5]string{
	{"lost", "lost", "at_risk", "at_risk", "cant_lose"},
	{"hibernating", "hibernating", "at_risk", "at_risk", "cant_lose"},
	{"about_to_sleep", "about_to_sleep", "need_attention", "loyal", "loyal"},
	{"promising", "potential_loyalist", "potential_loyalist", "loyal", "loyal"},
	{"new", "potential_loyalist", "potential_loyalist", "champions", "champions"},
}

// RFMName is the segment of two scores from 1 to 5.
func RFMName(recency, frequency int64) string { return grid[recency-1][frequency-1] }

// Cuts are the values at which a score goes up by one. Equal values get equal scores,
// whatever the order of the rows, and new customers can be scored by stored cuts.
type Cuts [4]float64

// fitCuts finds the quintiles of the known values.
func fitCuts(values []float64) (c Cuts) {
	copy(c[:], partsOf(values, 5))
	return c
}

// partsOf are the values that part the known ones into n equal parts, all 0 where
// nothing is known.
func partsOf(values []float64, n int) []float64 {
	cuts := make([]float64, n-1)
	known := knownOf(values)
	for i := range cuts {
		if len(known) > 0 {
			cuts[i] = known[min(len(known)-1, (i+1)*len(known)/n)]
		}
	}
	return cuts
}

// knownOf are the values that there are, rising.
func knownOf(values []float64) (known []float64) {
	for _, v := range values {
		if !math.IsNaN(v) {
			known = append(known, v)
		}
	}
	slices.Sort(known)
	return known
}

// score is 1 for values up to the first cut and 5 for those beyond the last.
func (c Cuts) score(v float64) int64 { return above(c[:], v) }

// above is 1 more than the number of cuts below a value.
func above(cuts []float64, v float64) int64 {
	s := int64(1)
	for _, cut := range cuts {
		if v > cut {
			s++
		}
	}
	return s
}

// RFMCuts are the stored cuts of the three scores, in fifths and in thirds.
type RFMCuts struct {
	Recency   Cuts          `json:"recency_days"`
	Frequency Cuts          `json:"frequency"`
	Monetary  Cuts          `json:"monetary"`
	Thirds    [3][2]float64 `json:"thirds"` // of recency, frequency and monetary value
}

// RFMWeights are how much recency, frequency and monetary value count in one score.
type RFMWeights [3]float64

// An RFM is the scores of every customer, 0 for those who never bought.
type RFM struct {
	Cuts       RFMCuts
	R, F, M    []int64 // from 1 to 5
	R3, F3, M3 []int64 // from 1 to 3
	Cell       []string
	Name       []string
}

// FitRFM scores customers by quintiles and tertiles of their own. Recency is in days
// since the last purchase, NaN for those who never bought.
func FitRFM(recency, frequency, monetary []float64) *RFM {
	bought := func(v []float64) []float64 {
		out := make([]float64, len(v))
		for i := range v {
			if out[i] = v[i]; math.IsNaN(recency[i]) {
				out[i] = math.NaN()
			}
		}
		return out
	}
	var cuts RFMCuts
	for k, v := range [3][]float64{negative(recency), bought(frequency), bought(monetary)} {
		*[3]*Cuts{&cuts.Recency, &cuts.Frequency, &cuts.Monetary}[k] = fitCuts(v)
		copy(cuts.Thirds[k][:], partsOf(v, 3))
	}
	return cuts.Score(recency, frequency, monetary)
}

// negative turns recency round: more days, lower score.
func negative(v []float64) []float64 {
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = -x
	}
	return out
}

// Score scores customers by stored cuts. Recency cuts are of days before today, as
// negative numbers.
func (c RFMCuts) Score(recency, frequency, monetary []float64) *RFM {
	n := len(recency)
	r := &RFM{Cuts: c, R: make([]int64, n), F: make([]int64, n), M: make([]int64, n), R3: make([]int64, n), F3: make([]int64, n), M3: make([]int64, n),
		Cell: make([]string, n), Name: make([]string, n)}
	for i, days := range recency {
		if math.IsNaN(days) {
			continue
		}
		r.R[i], r.F[i], r.M[i] = c.Recency.score(-days), c.Frequency.score(frequency[i]), c.Monetary.score(monetary[i])
		r.R3[i], r.F3[i], r.M3[i] = above(c.Thirds[0][:], -days), above(c.Thirds[1][:], frequency[i]), above(c.Thirds[2][:], monetary[i])
		r.Cell[i], r.Name[i] = fmt.Sprintf("%d%d%d", r.R[i], r.F[i], r.M[i]), RFMName(r.R[i], r.F[i])
	}
	return r
}

// Weighted is one score from 1 to 5, NaN for those who never bought.
func (r *RFM) Weighted(w RFMWeights) []float64 {
	out := make([]float64, len(r.R))
	for i := range out {
		out[i] = (w[0]*float64(r.R[i]) + w[1]*float64(r.F[i]) + w[2]*float64(r.M[i])) / (w[0] + w[1] + w[2])
		if r.R[i] == 0 {
			out[i] = math.NaN()
		}
	}
	return out
}

// GridFigures are what the grid adds up of each customer; nil where nobody knows.
type GridFigures struct {
	Spent, Orders []float64 // so far
	Churn         []float64 // probability
	Worth         []float64 // expected lifetime value
	Reachable     []bool    // over a channel at least
}

// Grid is a row for each pair of scores: how many, what they spent, what an order of
// theirs is, how likely they are to leave, what they will be worth, and how many can be
// reached.
func (r *RFM) Grid(f GridFigures) *table.Table {
	var rs, fs, n []int64
	var ids []string
	var spent, order, leave, worth, reach []float64
	for rec := int64(1); rec <= 5; rec++ {
		for freq := int64(1); freq <= 5; freq++ {
			in := func(i int) bool { return r.R[i] == rec && r.F[i] == freq }
			g := group(in, len(r.R), f.Spent, f.Churn)
			rs, fs, n, ids = append(rs, rec), append(fs, freq), append(n, g.customers), append(ids, RFMName(rec, freq))
			spent, leave = append(spent, g.value), append(leave, g.churn)
			order = append(order, g.value/group(in, len(r.R), f.Orders, nil).value)
			worth = append(worth, group(in, len(r.R), nil, f.Worth).churn) // the mean
			reach = append(reach, share(in, f.Reachable, g.customers))
		}
	}
	t := new(table.Table)
	t.Add(table.Ints("recency_score", table.Int32, rs).Says("", "recency score, 5 bought most lately", "puntuación de recencia; 5, los más recientes"))
	t.Add(table.Ints("frequency_score", table.Int32, fs).Says("", "frequency score, 5 bought most often", "puntuación de frecuencia; 5, los más frecuentes"))
	t.Add(table.Strings("segment", ids).Says("", "the segment of these scores", "el segmento de estas puntuaciones"))
	t.Add(table.Ints("customers", table.Int64, n).Says("customers", "how many", "cuántos"))
	t.Add(table.Floats("value", spent).Says("currency", "spent so far, added up", "gasto hasta ahora, sumado"))
	t.Add(table.Floats("average_order", order).Says("currency", "mean amount of an order", "importe medio por pedido"))
	t.Add(table.Floats("mean_churn_probability", leave).Says("probability", "mean probability of churn", "probabilidad media de abandono"))
	t.Add(table.Floats("mean_clv", worth).Says("currency", "mean expected lifetime value", "valor de vida esperado medio"))
	t.Add(table.Floats("reachable", reach).Says("share", "share that can be written to over a channel at least", "parte a la que se puede escribir por algún canal"))
	return t
}

// share is how many of a group have something, NaN where nobody knows.
func share(in func(i int) bool, has []bool, customers int64) float64 {
	if has == nil {
		return math.NaN()
	}
	n := 0.0
	for i, yes := range has {
		if yes && in(i) {
			n++
		}
	}
	return n / float64(customers)
}

// A sum is what a group of customers amounts to.
type sum struct {
	customers    int64
	value, churn float64 // churn is NaN where nobody has a probability
}

func group(in func(i int) bool, n int, value, churn []float64) (s sum) {
	known := 0.0
	for i := range n {
		if !in(i) {
			continue
		}
		s.customers++
		if value != nil && !math.IsNaN(value[i]) {
			s.value += value[i]
		}
		if churn != nil && !math.IsNaN(churn[i]) {
			s.churn, known = s.churn+churn[i], known+1
		}
	}
	if s.churn /= known; known == 0 {
		s.churn = math.NaN()
	}
	return s
}

// NameOf finds a segment's words.
func NameOf(names []Name, id string) (Name, error) {
	i := slices.IndexFunc(names, func(n Name) bool { return n.ID == id })
	if i < 0 {
		return Name{}, fmt.Errorf("unknown segment %q", id)
	}
	return names[i], nil
}
