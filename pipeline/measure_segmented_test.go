package pipeline

import (
	"strings"
	"testing"

	"segmenta/predict/effect"
)

// How many times as often segmented campaigns convert is the ratio of the rates with its
// interval; ten times is ruled out only by the interval; what compares different customers
// says so, and what lot decided doesn't. Rows 201.
func TestSegmentedAgainstMass(t *testing.T) {
	s := segmentedOf([2][2]float64{{300, 1000}, {100, 1000}})
	if s == nil || s.Ratio != effect.Ratio(300, 1000, 100, 1000) || s.Ratio.Value < 2.99 || s.Ratio.Value > 3.01 || s.Randomised {
		t.Fatalf("%+v", s)
	}
	for _, said := range []string{"3.00 times", "ruled out", "different customers"} {
		if !strings.Contains(s.Says.En, said) {
			t.Errorf("%q does not say %q", s.Says.En, said)
		}
	}
	if !strings.Contains(s.Says.Es, "3,00 veces") || !strings.Contains(s.Says.Es, "descartadas") {
		t.Errorf("in Spanish: %q", s.Says.Es)
	}
	if few := segmentedOf([2][2]float64{{6, 50}, {1, 50}}); strings.Contains(few.Says.En, "ruled out") {
		t.Errorf("an interval to %.1f rules out ten times: %q", few.Ratio.High, few.Says.En)
	}
	if segmentedOf([2][2]float64{{6, 50}, {0, 0}}) != nil {
		t.Error("segmented is held against nothing")
	}
	x := &experiment{arms: []string{leftAlone, "mass", "segmented"}}
	y := outcome{id: "conversion", rate: true, better: 1}
	for i := range 900 {
		x.arm = append(x.arm, i%3)
		y.after = append(y.after, map[bool]float64{true: 1}[i%3 == 1 && i < 90 || i%3 == 2 && i < 180])
	}
	x.outcomes = []outcome{y}
	lot := x.segmentedByLot()
	if lot == nil || !lot.Randomised || lot.Ratio != effect.Ratio(60, 300, 30, 300) || lot.Mass.Value != 0.1 || strings.Contains(lot.Says.En, "different customers") {
		t.Errorf("%+v", lot)
	}
	x.arms[2] = "novelty"
	if x.segmentedByLot() != nil {
		t.Error("novelty is no segmented campaign")
	}
}
