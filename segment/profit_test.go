package segment_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"segmenta/segment"
)

// Rows 160, 161.
func TestProfit(t *testing.T) {
	costs := segment.Costs{Margin: 0.4, Ticket: 10, Return: 5, Acquisition: 30}
	tests := []struct {
		name    string
		dealing segment.Dealing
		want    segment.Profit
	}{
		{"a good client", segment.Dealing{Sales: 1000}, segment.Profit{Margin: 400, Net: 400}},
		{"returns come off sales, and cost", segment.Dealing{Sales: 1000, Returned: 200, Returns: 4}, segment.Profit{Margin: 320, Serve: 20, Net: 300}},
		{"a bad client costs more than they leave", segment.Dealing{Sales: 100, Tickets: 9}, segment.Profit{Margin: 40, Serve: 90, Net: -50}},
		{"a new one has to be paid for", segment.Dealing{Sales: 50, New: true}, segment.Profit{Margin: 20, Acquire: 30, Net: -10}},
	}
	for _, tt := range tests {
		if got := costs.Profit(tt.dealing); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

// A segment is to be stopped only where even the upper end of its mean is below zero.
// Rows 161, 162.
func TestStopAttracting(t *testing.T) {
	of := func(nets ...float64) (all []segment.Profit) {
		for _, n := range nets {
			all = append(all, segment.Profit{Net: n, Serve: 7})
		}
		return all
	}
	tests := []struct {
		name string
		of   []segment.Profit
		stop bool
	}{
		{"all lose", of(-5, -6, -4, -5, -7, -5, -4, -6, -5), true},
		{"the mean loses, but who knows", of(-50, 40, -30, 20, -10, 5, -15, 20, 10), false},
		{"too few to say", of(-5, -5, -5), false},
		{"nobody", nil, false},
		{"all win", of(5, 6, 4, 5, 7, 5, 4, 6, 5), false},
	}
	for _, tt := range tests {
		a := segment.Add(tt.of, 0.95)
		if a.Stop != tt.stop || a.Customers != len(tt.of) {
			t.Errorf("%s: %+v, want stop %v", tt.name, a, tt.stop)
		}
	}
	a := segment.Add(of(-5, -6, 4, 5, 7, 5, 4, 6, 5), 0.95)
	if a.Losers != 2 || a.Retaining != 14 || math.Abs(a.Net-25) > 1e-12 {
		t.Errorf("%+v, want 2 losers whose service cost 14, net 25", a)
	}
}

// The interval of the mean holds the true mean as often as it says.
func TestAccountCovers(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 9))
	in := 0
	const trials = 2000
	for range trials {
		var of []segment.Profit
		for range 30 {
			of = append(of, segment.Profit{Net: 3 + 10*random.NormFloat64()})
		}
		if a := segment.Add(of, 0.95); a.Low <= 3 && 3 <= a.High {
			in++
		}
	}
	if share := float64(in) / trials; share < 0.94 || share > 0.96 {
		t.Errorf("the interval held the mean %v times of 1", share)
	}
}

// Rows 151–153.
func TestExpect(t *testing.T) {
	stakes := []segment.AtStake{{0.5, 100, 40}, {0.5, 100, 40}, {1, 100, 40}, {0, 900, 100}}
	a := segment.Action{Cost: 5, Effect: 0.2, Low: 0.1, High: 0.3}
	r := a.Expect(stakes, false)
	if r.Stake != 200 || r.Cost != 20 || r.ROI != 1 || r.BreakEven != 0.1 || r.PerUnit != 2 || r.Decision != "nurture" || r.Sure {
		t.Errorf("%+v, want a stake of 200, a cost of 20, a return of 1, break-even .1, nurture, not sure", r)
	}
	if !(r.Low < 0 && r.High > 2) {
		t.Errorf("from %v to %v: a stake of 200 ± 96 and effects of .1 to .3 reach from below 0 to above 2", r.Low, r.High)
	}
	if r := (segment.Action{Cost: 5, Effect: 0.9, Low: 0.8, High: 1}).Expect(stakes, true); r.Decision != "reactivate" || !r.Sure {
		t.Errorf("%+v, want to reactivate, surely", r)
	}
	if r := (segment.Action{Cost: 500, Effect: 0.2, Low: 0.1, High: 0.3}).Expect(stakes, false); r.Decision != "let_go" || !r.Sure {
		t.Errorf("%+v, want to let go, surely", r)
	}
	if r := (segment.Action{Cost: 5}).Expect(stakes, false); !math.IsNaN(r.ROI) || r.Decision != "" || r.BreakEven != 0.1 {
		t.Errorf("%+v: without a known effect only the one that pays is told", r)
	}
}

// No other way of spending the budget keeps more: held against every way there is.
// Row 151.
func TestAllocate(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	for range 200 {
		n := 1 + random.IntN(9)
		candidates := make([]segment.Candidate, n)
		for i := range candidates {
			candidates[i] = segment.Candidate{Row: i % 3, Cost: 2, Keeps: 5 * random.Float64(), Tie: i}
		}
		budget := float64(random.IntN(20))
		funded, left := segment.Allocate(budget, 3, candidates)
		spent, gain := 0.0, 0.0
		for _, f := range funded {
			spent, gain = spent+f.Spent, gain+f.Keeps-f.Spent
		}
		if math.Abs(spent+left-budget) > 1e-9 || left < 0 {
			t.Fatalf("of %v %v spent and %v left", budget, spent, left)
		}
		best := 0.0
		for set := range 1 << n {
			cost, keeps := 0.0, 0.0
			for i, c := range candidates {
				if set>>i&1 == 1 {
					cost, keeps = cost+c.Cost, keeps+c.Keeps
				}
			}
			if cost <= budget {
				best = max(best, keeps-cost)
			}
		}
		if math.Abs(gain-best) > 1e-9 {
			t.Fatalf("gained %v of %v, with %v for %+v", gain, best, budget, candidates)
		}
	}
}
