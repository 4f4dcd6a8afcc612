package pipeline

import (
	"fmt"
	"math"
	"slices"

	"segmenta/segment"
)

// Value says what is asked of customers' worth.
type Value struct {
	Horizon    Days     `yaml:"horizon" jsonschema_description:"how far ahead the lifetime value looks (default 180d)"`
	Discount   *float64 `yaml:"discount" jsonschema_description:"discount a year, as a share (default 0.1)"`
	Level      float64  `yaml:"level" jsonschema_description:"of the interval of each customer's value (default 0.95)"`
	VIP        float64  `yaml:"vip" jsonschema_description:"share of buyers that are VIPs, the highest lifetime values first (default 0.1)"`
	HighTicket float64  `yaml:"high_ticket" jsonschema_description:"share of buyers with the highest average order (default 0.1)"`
	Stars      float64  `yaml:"stars" jsonschema_description:"share of buyers that are stars: lifetime value, frequency and margin together (default 0.1)"`
	Trees      *bool    `yaml:"trees" jsonschema_description:"whether trees compete with the models of purchases (default true)"`
	RFM        RFM      `yaml:"rfm"`
}

// RFM says how recency, frequency and monetary value are scored.
type RFM struct {
	Window  Days      `yaml:"window" jsonschema_description:"frequency and monetary value count this far back: 365d, or another window of orders_ and amount_ in the catalogue (default: everything)"`
	Weights []float64 `yaml:"weights" jsonschema_description:"of recency, frequency and monetary value in rfm_score (default [1, 1, 1])"`
}

// complete fills in what was left out and refuses what makes no sense.
func (v *Value) complete() error {
	fill(&v.Horizon, 180)
	fill(&v.Level, 0.95)
	fill(&v.VIP, 0.1)
	fill(&v.HighTicket, 0.1)
	fill(&v.Stars, 0.1)
	if v.Discount == nil {
		tenth := 0.1
		v.Discount = &tenth
	}
	if v.Trees == nil {
		yes := true
		v.Trees = &yes
	}
	if v.RFM.Weights == nil {
		v.RFM.Weights = []float64{1, 1, 1}
	}
	if *v.Discount < 0 || *v.Discount > 1 || math.IsNaN(*v.Discount) {
		return fmt.Errorf("value.discount is %v, want a share from 0 to 1", *v.Discount)
	}
	for _, s := range []struct {
		name  string
		share float64
	}{{"level", v.Level}, {"vip", v.VIP}, {"high_ticket", v.HighTicket}, {"stars", v.Stars}} {
		if !(s.share > 0 && s.share < 1) {
			return fmt.Errorf("value.%s is %v, want a share between 0 and 1", s.name, s.share)
		}
	}
	return v.RFM.check()
}

func (r RFM) check() error {
	if len(r.Weights) != 3 || slices.ContainsFunc(r.Weights, func(w float64) bool { return !(w >= 0) || math.IsInf(w, 0) }) || r.Weights[0]+r.Weights[1]+r.Weights[2] == 0 {
		return fmt.Errorf("value.rfm.weights is %v, want three numbers of 0 or more, not all 0", r.Weights)
	}
	return nil
}

// features names what frequency and monetary value are read from.
func (r RFM) features() (orders, amount string) {
	if r.Window == 0 {
		return "orders_all", "amount_all"
	}
	return "orders_" + r.Window.String(), "amount_" + r.Window.String()
}

// weights are the three of rfm_score.
func (r RFM) weights() segment.RFMWeights {
	return segment.RFMWeights{r.Weights[0], r.Weights[1], r.Weights[2]}
}

// daily is the continuous discount rate a day.
func (v Value) daily() float64 { return math.Log1p(*v.Discount) / 365 }

// target is the question of value as a split in time sees it.
func (v Value) target() Target { return Target{Horizon: v.Horizon} }
