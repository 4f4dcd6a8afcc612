package pipeline

import (
	"fmt"
	"slices"
	"strings"

	"segmenta/predict/effect"
)

// Segmented is how many times as often customers converted whom segmented campaigns
// reached, beside those whom mass campaigns reached.
type Segmented struct {
	Ratio      effect.Estimate `json:"ratio"`
	Segmented  effect.Estimate `json:"segmented_conversion"`
	Mass       effect.Estimate `json:"mass_conversion"`
	Randomised bool            `json:"randomised"` // the same customers by lot, and not two kinds of customers
	Says       words           `json:"says"`
}

// claimed is how many times as much segmented campaigns convert as the claim goes that is
// held against what is measured.
const claimed = 10

// segmentedOf holds segmented campaigns against mass ones, each with its own customers.
func segmentedOf(reached [2][2]float64) *Segmented {
	if reached[0][1] == 0 || reached[1][1] == 0 {
		return nil
	}
	s := &Segmented{Ratio: effect.Ratio(reached[0][0], reached[0][1], reached[1][0], reached[1][1]), Segmented: effect.Rate(reached[0][0], reached[0][1]), Mass: effect.Rate(reached[1][0], reached[1][1])}
	s.say()
	return s
}

// segmentedByLot holds two variants of these names against one another, nil where a campaign
// has not both.
func (x *experiment) segmentedByLot() *Segmented {
	a, b := slices.Index(x.arms, "segmented"), slices.Index(x.arms, "mass")
	if a < 0 || b < 0 {
		return nil
	}
	e := x.compare(x.outcomes[0], group{kind: everyone}, a, b)
	s := &Segmented{Ratio: e.Ratio, Segmented: e.OfTreated, Mass: e.OfControl, Randomised: true}
	s.say()
	return s
}

func (s *Segmented) say() {
	r := s.Ratio
	s.Says = words{fmt.Sprintf("segmented campaigns converted %.2f times as often as mass ones (%.2f to %.2f)", r.Value, r.Low, r.High),
		strings.ReplaceAll(fmt.Sprintf("las campañas segmentadas convirtieron %.2f veces lo que las masivas (de %.2f a %.2f)", r.Value, r.Low, r.High), ".", ",")}
	if r.High < claimed {
		s.Says.En, s.Says.Es = s.Says.En+"; ten times is ruled out here", s.Says.Es+"; aquí quedan descartadas las diez veces"
	}
	if !s.Randomised {
		s.Says.En, s.Says.Es = s.Says.En+"; they reached different customers, so that is no effect of segmenting alone", s.Says.Es+"; llegaron a clientes distintos, así que no es efecto solo de segmentar"
	}
}
