package segment

import (
	"math"
	"slices"
)

// Nobody is a cut that no value reaches.
const Nobody = math.MaxFloat64

// Top is the value from which on one is among the highest share of those known. Equal
// values stay together: where they would make more than the share, only higher ones
// are in. Where all are equal nobody stands out.
func Top(values []float64, share float64) float64 {
	known := knownOf(values)
	most := int(share * float64(len(known)))
	if most < 1 {
		return Nobody
	}
	from := len(known) - most
	if from > 0 && known[from] == known[from-1] {
		from += indexAbove(known[from:], known[from])
	}
	if from == len(known) {
		return Nobody
	}
	return known[from]
}

// indexAbove is the place of the first of rising values above v.
func indexAbove(rising []float64, v float64) int {
	return slices.IndexFunc(append(slices.Clone(rising), math.Inf(1)), func(x float64) bool { return x > v })
}

// StarRanks are what makes a star: how the lifetime value, the frequency and the margin
// of one stand among everybody's, in stored percentiles. A part that nobody knows does
// not count.
type StarRanks struct {
	Value     []float64 `json:"value"`
	Frequency []float64 `json:"frequency"`
	Margin    []float64 `json:"margin,omitempty"`
}

// FitStars finds the percentiles.
func FitStars(value, frequency, margin []float64) StarRanks {
	of := func(v []float64) []float64 {
		if len(knownOf(v)) == 0 {
			return nil
		}
		return partsOf(v, 100)
	}
	return StarRanks{of(value), of(frequency), of(margin)}
}

// Composite is the product of the ranks, from 0 to 1: nothing makes up for a part that
// is low. NaN where a part that others have is not known.
func (r StarRanks) Composite(value, frequency, margin []float64) []float64 {
	out := make([]float64, len(value))
	for i := range out {
		out[i] = math.NaN()
		if r.Value == nil {
			continue
		}
		out[i] = 1
		for k, cuts := range [3][]float64{r.Value, r.Frequency, r.Margin} {
			if v := [3][]float64{value, frequency, margin}[k][i]; cuts != nil {
				out[i] *= rank(cuts, v)
			}
		}
	}
	return out
}

// rank is the share of stored percentiles below a value, and half of those equal to it.
func rank(cuts []float64, v float64) float64 {
	if math.IsNaN(v) {
		return v
	}
	below, _ := slices.BinarySearch(cuts, v)
	upto, _ := slices.BinarySearch(cuts, math.Nextafter(v, math.Inf(1)))
	return float64(below+upto) / 2 / float64(len(cuts))
}
