// Package effect says what a treatment did: to whom it was given by lot, against those
// who were left alone.
//
// The one rule: no figure without its interval, and no group without a word on whether
// it is large enough to tell. The arms are given as they were drawn, never as they
// answered; whoever got a message and did not open it counts among the treated.
//
//   - rates: Rate (Wilson), Difference (Newcombe), Ratio (Katz, on the logarithm)
//   - money: Welch, CUPED where a figure from before narrows it, Changes before and after
//   - many groups: Holm and Hochberg
//   - whether the lot was one: RatioMismatch
//   - how many are needed: RateSize, MeanSize and what can be seen at all
//   - order by uplift: Curve, Qini, AUUC, uplift at k; Learn makes scores to order by
package effect

import (
	"encoding/json"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// An Estimate is a value with its 95 % interval; NaN where nothing is known.
type Estimate struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// Unknown is the estimate of nothing.
var Unknown = Estimate{math.NaN(), math.NaN(), math.NaN()}

// Known reports whether there is an interval.
func (e Estimate) Known() bool { return !math.IsNaN(e.Low) && !math.IsNaN(e.High) }

// Times is the estimate in another unit.
func (e Estimate) Times(by float64) Estimate {
	low, high := e.Low*by, e.High*by
	return Estimate{e.Value * by, math.Min(low, high), math.Max(low, high)}
}

// Plus is the estimate moved by a figure that is known.
func (e Estimate) Plus(by float64) Estimate { return Estimate{e.Value + by, e.Low + by, e.High + by} }

// Side is 1 where all of the interval is above 0, −1 where all is below, and 0 where
// nobody can tell.
func (e Estimate) Side() int {
	switch {
	case e.Low > 0:
		return 1
	case e.High < 0:
		return -1
	}
	return 0
}

// level is that of every interval.
const level = 0.95

// z is the quantile of the normal distribution that goes with it.
var z = distuv.UnitNormal.Quantile((1 + level) / 2)

// MarshalJSON writes what is not known as null.
func (e Estimate) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]Number{"value": Number(e.Value), "low": Number(e.Low), "high": Number(e.High)})
}

// A Number is null in JSON where it is not known.
type Number float64

// MarshalJSON writes NaN and infinities as null.
func (n Number) MarshalJSON() ([]byte, error) {
	if v := float64(n); math.IsNaN(v) || math.IsInf(v, 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}
