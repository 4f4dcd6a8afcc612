package segment_test

import (
	"math"
	"testing"

	"segmenta/segment"
)

// shop has 100 customers: 40 bought pens, 30 of them paper too, and 10 paper alone; 20
// bought toys and nothing else, 5 looked at toys and left.
func shop() *segment.Market {
	m := &segment.Market{Categories: []string{"paper", "pens", "toys"}, Customers: 100}
	buy := func(who, what, orders int, amount float64) {
		m.Stakes = append(m.Stakes, segment.Stake{Customer: who, Category: what, Orders: orders, Amount: amount})
	}
	for who := range 40 {
		if who < 30 {
			buy(who, 0, 1, 10)
		}
		buy(who, 1, 2, 8)
		if who < 5 {
			m.Stakes = append(m.Stakes, segment.Stake{Customer: who, Category: 2, Interest: 4, Open: true})
		}
	}
	for who := 40; who < 50; who++ {
		buy(who, 0, 1, 10)
	}
	for who := 50; who < 70; who++ {
		buy(who, 2, 1, 50)
	}
	return m
}

// Row 122.
func TestPairings(t *testing.T) {
	var found bool
	for _, p := range shop().Pairings(5) {
		if p.From != 1 || p.To != 0 {
			continue
		}
		found = true
		// 30 of 40 bought paper too, and 40 of the 70 buyers bought paper.
		if p.Both != 30 || p.Confidence != 0.75 || math.Abs(p.Lift-0.75*70/40) > 1e-12 || math.Abs(p.Support-30.0/70) > 1e-12 {
			t.Errorf("%+v", p)
		}
		// Wilson's interval of 30 of 40, as published calculators give it.
		if math.Abs(p.Low-0.5981) > 5e-4 || math.Abs(p.High-0.8581) > 5e-4 || p.LiftLow < 1 || p.LiftHigh < p.Lift {
			t.Errorf("intervals %+v", p)
		}
	}
	if !found {
		t.Error("pens and paper are not paired")
	}
}

// Row 124.
func TestOpportunities(t *testing.T) {
	m := shop()
	list := m.Opportunities(m.Pairings(5), 2)
	kinds := make(map[string]int)
	for _, o := range list {
		kinds[o.Kind]++
		switch {
		case o.Kind == "cross_sell" && o.Category == 0: // who bought pens and no paper
			if o.Customer < 30 || o.Customer >= 40 || o.Because != 1 || math.Abs(o.Worth-7.5) > 1e-12 {
				t.Errorf("%+v", o)
			}
		case o.Kind == "abandoned":
			if o.Category != 2 || o.Customer >= 5 || o.P != 0 || o.High < 0.3 {
				t.Errorf("%+v: nobody who looked at toys bought them, and five are few", o)
			}
		}
		if o.Low > o.P || o.High < o.P {
			t.Errorf("%+v: not within its interval", o)
		}
	}
	if kinds["cross_sell"] != 10+10 || kinds["abandoned"] != 5 {
		t.Errorf("%v, want 10 without paper, 10 without pens and 5 who left toys", kinds)
	}
}

// A customer's affinities add up to 1, however much they buy. Rows 46, 125, 141.
func TestAffinities(t *testing.T) {
	m := shop()
	for i := range m.Stakes {
		if m.Stakes[i].Customer == 3 {
			m.Stakes[i].Orders *= 100
		}
	}
	sum, last := make(map[int]float64), make(map[int]float64)
	for _, a := range m.Affinities(5) {
		if a.Rank > 1 && a.Score > last[a.Customer] {
			t.Errorf("%+v: better than the one before", a)
		}
		sum[a.Customer], last[a.Customer] = sum[a.Customer]+a.Score, a.Score
	}
	for who, s := range sum {
		if s > 1+1e-12 || s < 0.5 {
			t.Errorf("customer %d: %v in all", who, s)
		}
	}
	if n := len(m.Affinities(1)); n != 70 {
		t.Errorf("%d first affinities of 70 customers", n)
	}
}
