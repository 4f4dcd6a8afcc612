package features

import (
	"math"

	"segmenta/table"
)

// derive computes the features that are made of others, in the order of their
// definitions, so that one may build on another.
func (s *Snapshot) derive(definitions []Definition) {
	at := make(map[string]int)
	for k, d := range definitions {
		at[d.Name] = k
		if d.How == "" {
			continue
		}
		of, by := s.columns[at[d.Of]], s.columns[at[d.By]]
		to := s.columns[k]
		switch d.How {
		case "ratio":
			combine(to, of, by, func(a, b float64) float64 { return a / b })
		case "share_of":
			combine(to, of, by, func(a, b float64) float64 { return min(1, a/b) })
		case "trend":
			scale := float64(definitions[at[d.By]].Window) / float64(definitions[at[d.Of]].Window)
			combine(to, of, by, func(a, b float64) float64 { return a / b * scale })
		case "shrunk":
			pooled := total(of) / total(by)
			for i := range to {
				to[i] = (of[i] + d.Prior*pooled) / (by[i] + d.Prior)
			}
		case "overdue":
			s.overdue(to, of, by, s.columns[at["purchase_days"]], d.Prior)
		}
		clean(to)
	}
}

// combine is null where the divisor is 0 or unknown.
func combine(to, of, by []float64, f func(a, b float64) float64) {
	for i := range to {
		if to[i] = missing; by[i] != 0 {
			to[i] = f(of[i], by[i])
		}
	}
}

// overdue holds the days since the last purchase against the customer's own mean gap,
// drawn towards everyone's by a prior number of gaps: of few purchases one knows
// little.
func (s *Snapshot) overdue(to, since, gap, days []float64, prior float64) {
	sum, n := 0.0, 0.0
	for i := range gap {
		if !math.IsNaN(gap[i]) {
			sum, n = sum+gap[i]*(days[i]-1), n+days[i]-1
		}
	}
	pooled := sum / n
	for i := range to {
		own, known := gap[i], days[i]-1
		if math.IsNaN(own) {
			own, known = 0, 0
		}
		to[i] = since[i] / ((own*known + pooled*prior) / (known + prior))
	}
}

func total(v []float64) (sum float64) {
	for _, x := range v {
		if !math.IsNaN(x) {
			sum += x
		}
	}
	return sum
}

// clean leaves no infinity: what can't be told is null.
func clean(v []float64) {
	for i, x := range v {
		if math.IsInf(x, 0) {
			v[i] = missing
		}
	}
}

// finish makes the table.
func (s *Snapshot) finish(definitions []Definition, h *History) {
	s.Table = new(table.Table)
	for k, d := range definitions {
		clean(s.columns[k])
		c := table.Floats(d.Name, s.columns[k])
		if d.Text {
			c = texts(d.Name, s.columns[k], h.words[codeFields[d.Value]])
		}
		s.Table.Add(c.Says(d.Unit, d.En, d.Es))
	}
	s.columns = nil
}

// texts makes words of codes.
func texts(name string, codes []float64, words []string) *table.Column {
	out := make([]string, len(codes))
	for i, k := range codes {
		if !math.IsNaN(k) {
			out[i] = words[int(k)]
		}
	}
	return table.OptionalStrings(name, out)
}
