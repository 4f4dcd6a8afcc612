package pipeline

import (
	"fmt"
	"math"
)

// Probes are a few rows with what the model said of them when it was stored. A model
// that is loaded must say the same: the trees to the last bit; the probability, in which
// the machine's logarithm has a part, to twelve digits.
type probes struct {
	Names       []string     `json:"names"`
	Rows        [][]*float64 `json:"rows"` // null is missing
	Start       []*float64   `json:"start"`
	Trees       []float64    `json:"trees,omitempty"` // raw scores
	Probability []float64    `json:"probability"`
}

const (
	probesFile = "probes.json"
	probed     = 16 // rows
)

// apart is how many rows lie between those that two columns of a probe come from: a probe
// is nobody's row, so that no model holds anything of one person.
const apart = 7919

// probe makes rows of what stands at equal distances in a design, each column from another
// customer, and asks the model about them.
func (s *scorer) probe(names []string, columns [][]float64, start []float64) (*probes, error) {
	asked := s.features()
	picked, err := pick(names, columns, asked)
	if err != nil {
		return nil, err
	}
	p := &probes{Names: asked}
	n := min(probed, len(start))
	for k := range n {
		i := k * len(start) / n
		row := make([]*float64, len(asked))
		for c := range picked {
			row[c] = pointer(picked[c][(i+(c+1)*apart)%len(start)])
		}
		p.Rows, p.Start = append(p.Rows, row), append(p.Start, pointer(start[i]))
	}
	p.Trees, p.Probability, err = s.answer(p)
	return p, err
}

// answer is what the model says of the probes.
func (s *scorer) answer(p *probes) (trees, probability []float64, err error) {
	columns := make([][]float64, len(p.Names))
	for c := range columns {
		columns[c] = make([]float64, len(p.Rows))
		for i, row := range p.Rows {
			if len(row) != len(columns) {
				return nil, nil, fmt.Errorf("%s: row %d has %d values for %d features", probesFile, i+1, len(row), len(columns))
			}
			columns[c][i] = number(row[c])
		}
	}
	start := make([]float64, len(p.Rows))
	for i := range start {
		start[i] = number(p.Start[i])
	}
	m := s.brought
	if m == nil {
		m = s.ensemble.trees
	}
	if m != nil {
		picked, err := pick(p.Names, columns, m.Features())
		if err != nil {
			return nil, nil, err
		}
		if trees, err = m.Raw(picked, len(start), 1); err != nil {
			return nil, nil, err
		}
	}
	probability, err = s.probabilities(p.Names, columns, start, 1)
	return trees, probability, err
}

// confirm asks the probes again.
func (s *scorer) confirm(p *probes) error {
	trees, probability, err := s.answer(p)
	if err != nil {
		return err
	}
	if len(trees) != len(p.Trees) || len(probability) != len(p.Probability) {
		return fmt.Errorf("the model answers %d probes, and its card holds %d", len(probability), len(p.Probability))
	}
	for i := range trees {
		if math.Float64bits(trees[i]) != math.Float64bits(p.Trees[i]) {
			return fmt.Errorf("the model gives %v for probe %d, and gave %v when it was stored: it is not the same model, or it is scored wrongly here", trees[i], i+1, p.Trees[i])
		}
	}
	for i, v := range probability {
		if !(math.Abs(v-p.Probability[i]) <= 1e-12) {
			return fmt.Errorf("the model gives the probability %v for probe %d, and gave %v when it was stored: it is not the same model, or it is scored wrongly here", v, i+1, p.Probability[i])
		}
	}
	return nil
}

func pointer(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

func number(p *float64) float64 {
	if p == nil {
		return math.NaN()
	}
	return *p
}
