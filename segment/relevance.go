package segment

import (
	"fmt"
	"math"
	"math/rand/v2"

	"segmenta/table"
)

// How a criterion's difference is told from chance: permutations of at most so many
// customers, and the share of permutations with as large a difference up to which it
// is believed.
const (
	permutations = 499
	sampled      = 4000
	believed     = 0.05
)

// idle finds criteria that make no difference: leaving one out changes nobody, or those
// whom it lets in fare like those whom it keeps out.
func idle(l *linting, h *held) {
	for _, b := range h.blocks {
		if b.Condition == nil {
			continue
		}
		for _, c := range b.tests() {
			in, out := h.parted(b, c, l.table)
			switch {
			case len(out) == 0 && len(in) > 0:
				l.find("idle_criterion", "warning", h.Rule.ID, fmt.Sprintf("%s changes nothing: the segment is the same without it", c), fmt.Sprintf("%s no cambia nada: el segmento es el mismo sin él", c))
			case len(in) > 0 && !l.matters(in, out):
				l.find("irrelevant_criterion", "warning", h.Rule.ID,
					fmt.Sprintf("%s makes no difference: those whom it keeps out spend and leave alike (permutation test, p > %.2g)", c, believed),
					fmt.Sprintf("%s no marca diferencia: los que deja fuera gastan y se van igual (prueba de permutación, p > %.2g)", c, believed))
			}
		}
	}
}

// parted lists the members of the segment, and those who would be if it were not for
// one test.
func (h *held) parted(block Block, c *Condition, t *table.Table) (in, out []int) {
	loose := make([]bool, t.Rows())
	for i := range loose {
		loose[i] = true
	}
	for _, b := range h.blocks {
		if b.Condition != nil && b.Name == block.Name {
			b.Condition = b.without(c)
		}
		b.narrow(loose)
	}
	for i, v := range loose {
		switch {
		case h.In[i]:
			in = append(in, i)
		case v:
			out = append(out, i)
		}
	}
	return in, out
}

// without is the condition less one of its tests; nil where nothing is left.
func (c *Condition) without(one *Condition) *Condition {
	if c == one {
		return nil
	}
	if c.Join == "" {
		return c
	}
	less := &Condition{Join: c.Join, at: c.at}
	for _, p := range c.Parts {
		if p = p.without(one); p != nil {
			less.Parts = append(less.Parts, p)
		}
	}
	if len(less.Parts) == 0 {
		return nil
	}
	return less
}

// matters reports whether two groups differ in anything relevant. Where no relevant
// column is there, nothing is said against a criterion.
func (l *linting) matters(in, out []int) bool {
	asked := false
	for _, name := range l.Relevant {
		c := l.table.Column(name)
		if c == nil {
			continue
		}
		a, b := values(c, in), values(c, out)
		if len(a) < 2 || len(b) < 2 {
			continue
		}
		asked = true
		if different(a, b) <= believed {
			return true
		}
	}
	return !asked
}

// values are the known values of some rows, evenly sampled.
func values(c *table.Column, rows []int) (list []float64) {
	step := max(1, len(rows)/sampled)
	for i := 0; i < len(rows); i += step {
		if v := c.Number(rows[i]); !math.IsNaN(v) {
			list = append(list, v)
		}
	}
	return list
}

// different is the permutation p-value of two groups' difference in means. Its seed is
// fixed: the same groups always get the same verdict.
//
// Fisher, R. A. (1935). The Design of Experiments, section 21.
func different(a, b []float64) float64 {
	all := append(append([]float64{}, a...), b...)
	total := 0.0
	for _, v := range all {
		total += v
	}
	gap := func() float64 {
		sum := 0.0
		for _, v := range all[:len(a)] {
			sum += v
		}
		return math.Abs(sum/float64(len(a)) - (total-sum)/float64(len(b)))
	}
	seen, as := gap(), 1
	random := rand.New(rand.NewPCG(1, uint64(len(all))))
	for range permutations {
		for i := range a {
			j := i + random.IntN(len(all)-i)
			all[i], all[j] = all[j], all[i]
		}
		if gap() >= seen-1e-12*math.Abs(seen) {
			as++
		}
	}
	return float64(as) / (permutations + 1)
}
