package features

import (
	"fmt"
	"slices"
)

// seats finds the row of each customer's answer, by moment and rank.
func (g *arrivals) seats(p *part, who, moment []float64) ([][]int32, error) {
	rank := make([]int32, len(p.byID))
	for r, k := range p.byID {
		rank[k] = int32(r)
	}
	at := make([][]int32, len(g.moments))
	for m := range at {
		at[m] = slices.Repeat([]int32{stranger}, len(p.byID))
		for r, k := range p.byID {
			if p.created[k]+1 <= g.moments[m] {
				at[m][r] = without
			}
		}
	}
	met := make([][]bool, len(g.moments))
	for m := range met {
		met[m] = make([]bool, len(p.byID))
	}
	for row, k := range who {
		m, known := int(moment[row])/2, int(moment[row])%2 == 1
		r := rank[int(k)]
		if met[m][r] {
			return nil, fmt.Errorf("customer %s was answered twice: the rows of one customer went to several workers", p.ids.name(int(k)))
		}
		met[m][r] = true
		if known || at[m][r] == without {
			at[m][r] = int32(row)
		}
	}
	return at, nil
}

// idle answers about customers of whom there is no row: each once, and moment by moment.
func (g *arrivals) idle(p *part, w *walker) func(rank, m int) []float64 {
	found := map[int][][]float64{}
	return func(rank, m int) []float64 {
		if found[rank] == nil {
			c := &customer{seen: p.created[p.byID[rank]] + 1, profile: -1}
			for file := range c.rows {
				c.rows[file].kept = g.h.keep[file]
				c.rows[file].number, c.rows[file].word = make([][]float64, len(fields)), make([][]uint64, len(fields))
				for _, k := range g.h.keep[file] {
					if fields[k].kind == numberField {
						c.rows[file].number[k] = []float64{}
					} else {
						c.rows[file].word[k] = []uint64{}
					}
				}
			}
			w.walk(c, make([]bool, len(g.moments)))
			for _, v := range w.values {
				found[rank] = append(found[rank], slices.Clone(v))
			}
		}
		return found[rank][m]
	}
}

// excuse takes those out of targets of whom the customers file says why they left.
func (g *arrivals) excuse(p *part, at []int32, m int, columns [][]float64) {
	for i := range g.Targets {
		excluded := g.targets[i*len(g.moments)+m].excluded
		first := g.width - outcomeColumns*(len(g.Targets)-i)
		n := 0
		for rank, row := range at {
			if row == stranger {
				continue
			}
			if k := p.profile[p.byID[rank]]; k >= 0 && excluded[k] {
				if columns[first+1][n] = 0; columns[first][n] == 1 {
					columns[first][n] = nan
				}
			}
			n++
		}
	}
}
