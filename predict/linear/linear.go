// Package linear is logistic regression on numbers as they come: with tails, gaps and
// units of their own.
//
// Each column is drawn in (the signed logarithm), filled where it is missing with its
// median, brought to mean 0 and deviation 1, and cut at ±5; its square and, where values
// are often missing, a flag for that stand beside it. A ridge keeps the weights small.
// What comes out is a line in every column: it says less than trees do, and carries on
// where they stand still.
package linear

import (
	"math"
	"slices"
)

// A Model is a column's shape and weights for every column.
type Model struct {
	Columns []Column `json:"columns"`
	Bias    float64  `json:"bias"`
	Penalty float64  `json:"penalty"`
}

// A Column is how a column is prepared, and what it weighs.
type Column struct {
	Name   string  `json:"name"`
	Fill   float64 `json:"fill"` // median of the signed logarithms
	Mean   float64 `json:"mean"`
	Scale  float64 `json:"scale"` // 0: the column is always the same, and left out
	Flag   bool    `json:"flag,omitempty"`
	Weight float64 `json:"weight"`
	Square float64 `json:"square"`
	Absent float64 `json:"absent,omitempty"` // weight of a missing value
}

// Options say how to fit.
type Options struct {
	Penalty float64   // half the weight of Σ w² beside the sum of losses [30]
	Start   []float64 // log-odds that the line adds to; nil: none
	Weight  []float64 // of each row; nil: 1
	Threads int       // [all]
}

// maxRows is how many rows a fit looks at: a line needs no more. Of more, rows at equal
// distances are taken.
const maxRows = 100_000

// flagged is from which share of missing values a column has a flag.
const flagged = 0.01

// squash is the signed logarithm.
func squash(v float64) float64 { return math.Copysign(math.Log1p(math.Abs(v)), v) }

// shape measures a column of signed logarithms.
func shape(name string, logs []float64) Column {
	c := Column{Name: name}
	known := make([]float64, 0, len(logs))
	for _, z := range logs {
		if !odd(z) {
			known = append(known, z)
		}
	}
	if len(known) == 0 {
		return c
	}
	missing, n, sum := float64(len(logs)-len(known)), float64(len(logs)), 0.0
	for _, z := range known {
		sum += z
	}
	c.Fill = median(known)
	c.Flag = missing/n > flagged
	c.Mean = (sum + missing*c.Fill) / n
	squares := missing * (c.Fill - c.Mean) * (c.Fill - c.Mean)
	for _, z := range known {
		squares += (z - c.Mean) * (z - c.Mean)
	}
	if sd := math.Sqrt(squares / n); sd > 1e-9 {
		c.Scale = 1 / sd
	} else {
		c.Flag = false
	}
	return c
}

func odd(z float64) bool { return math.IsNaN(z) || math.IsInf(z, 0) }

// median sorts no more of the values than it must.
func median(values []float64) float64 {
	n := len(values)
	high := nth(values, n/2)
	if n%2 == 1 {
		return high
	}
	return (slices.Max(values[:n/2]) + high) / 2
}

// nth is the value that k others stand before in order; it leaves those before it there.
//
// Hoare, C. A. R. (1961). Algorithm 65: find. Commun. ACM 4 (7).
func nth(values []float64, k int) float64 {
	for from, to := 0, len(values)-1; from < to; {
		a, b, c := values[from], values[(from+to)/2], values[to]
		pivot := max(min(a, b), min(max(a, b), c))
		i, j := from, to
		for i <= j {
			for values[i] < pivot {
				i++
			}
			for values[j] > pivot {
				j--
			}
			if i <= j {
				values[i], values[j] = values[j], values[i]
				i, j = i+1, j-1
			}
		}
		if k <= j {
			to = j
		} else if k >= i {
			from = i
		} else {
			break
		}
	}
	return values[k]
}

// of prepares one value.
func (c *Column) of(v float64) (z float64, missing bool) { return c.ofLog(squash(v)) }

// ofLog prepares a value's signed logarithm.
func (c *Column) ofLog(z float64) (prepared float64, missing bool) {
	if missing = odd(z); missing {
		z = c.Fill
	}
	return min(max((z-c.Mean)*c.Scale, -5), 5), missing
}

// Raw is the log-odds of rows given as columns in the order of the fit, without what
// they started from.
func (m *Model) Raw(columns [][]float64, rows int) []float64 {
	out := make([]float64, rows)
	for i := range out {
		out[i] = m.Bias
	}
	for k := range m.Columns {
		m.Columns[k].add(out, columns[k])
	}
	return out
}

func (c *Column) add(out, values []float64) {
	if c.Scale == 0 {
		return
	}
	for i, v := range values {
		z, missing := c.of(v)
		out[i] += c.Weight*z + c.Square*z*z
		if missing && c.Flag {
			out[i] += c.Absent
		}
	}
}

// Explain is what each column adds to the log-odds of each row, beyond what it adds on
// average where it was fitted, and the rest; they add up to Raw but for rounding.
func (m *Model) Explain(columns [][]float64, rows int) (contributions [][]float64, bias float64) {
	contributions = make([][]float64, len(m.Columns))
	bias = m.Bias
	for k := range m.Columns {
		c := &m.Columns[k]
		contributions[k] = make([]float64, rows)
		c.add(contributions[k], columns[k])
		if c.Scale != 0 {
			for i := range contributions[k] {
				contributions[k][i] -= c.Square // the mean square of a column is 1
			}
			bias += c.Square
		}
	}
	return contributions, bias
}

// Names lists the columns in their order.
func (m *Model) Names() []string {
	names := make([]string, len(m.Columns))
	for k, c := range m.Columns {
		names[k] = c.Name
	}
	return names
}
