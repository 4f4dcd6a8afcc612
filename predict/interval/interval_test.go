package interval_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"segmenta/predict/interval"
)

// draw is n probabilities and outcomes; off shifts what really happens on the log-odds,
// by another amount at each call.
func draw(random *rand.Rand, n int, off float64) (s interval.Stretch) {
	shift := off * random.NormFloat64()
	for range n {
		z := 1.5 * random.NormFloat64()
		y := 0.0
		if random.Float64() < 1/(1+math.Exp(-z-shift)) {
			y = 1
		}
		s.P, s.Y = append(s.P, 1/(1+math.Exp(-z))), append(s.Y, y)
	}
	return s
}

// Nine of ten intervals hold at a moment to come, whether the probabilities are right or
// off from moment to moment, and whether one or six moments were seen; those of drifting
// ones are wider.
func TestCoverage(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	width := map[float64]float64{}
	all, cases := 0.0, 0.0
	for _, moments := range []int{1, 3, 6} {
		for _, off := range []float64{0, 0.2, 0.3} { // on the log-odds
			sum, trials := 0.0, 60
			for range trials {
				var past []interval.Stretch
				for range moments {
					past = append(past, draw(random, 2000, off))
				}
				i := interval.Fit(past)
				width[off] += i.Width
				sum += i.Coverage(draw(random, 2000, off)).Share
			}
			share := sum / float64(trials)
			if math.Abs(share-0.9) > 0.06 {
				t.Errorf("%d moments, drift %v: %.3f of the intervals hold, want 0.9", moments, off, share)
			}
			all, cases = all+share, cases+1
		}
	}
	if share := all / cases; math.Abs(share-0.9) > 0.02 {
		t.Errorf("%.3f of all intervals hold, want 0.9", share)
	}
	if width[0.3] < 1.15*width[0] {
		t.Errorf("width %v with drift and %v without, want it wider", width[0.3], width[0])
	}
}

// Other customers at the moments that were learned from don't show how far a moment is off:
// the interval stays as wide as if none had been seen.
func TestSameTimeShowsNoDrift(t *testing.T) {
	seen := draw(rand.New(rand.NewPCG(2, 2)), 20_000, 0)
	alone := interval.Fit([]interval.Stretch{seen})
	seen.SameTime = true
	if beside := interval.Fit([]interval.Stretch{seen}); beside.Width < alone.Width+0.05 {
		t.Errorf("width %v by customers at the same time, want more than %v by a later moment", beside.Width, alone.Width)
	}
}

// Few rows make wide intervals, none the widest, and every probability is inside its own.
func TestFewRowsAreWide(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 3))
	last := math.Inf(1)
	for _, n := range []int{0, 60, 300, 20_000} {
		i := interval.Fit([]interval.Stretch{draw(random, n, 0)})
		low, high := i.Bounds(0.4)
		if high-low >= last+0.01 || low > 0.4 || high < 0.4 {
			t.Errorf("%d rows: [%v, %v], want it around 0.4 and narrower than %v", n, low, high, last)
		}
		last = high - low
	}
	for _, p := range []float64{0, 1e-9, 0.5, 1} {
		i := interval.Fit(nil)
		if low, high := i.Bounds(p); low > p || high < p || low < 0 || high > 1 {
			t.Errorf("[%v, %v] around %v", low, high, p)
		}
	}
	if interval.Fit(nil).Coverage(draw(random, 10, 0)) != nil {
		t.Error("ten rows are no group, and have a coverage")
	}
}

// The two probabilities are close where rows are many and alike.
func TestVennAbersCloses(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 4))
	last := 1.0
	for _, n := range []int{10, 100, 3000} {
		s := draw(random, n, 0)
		p0, p1 := interval.NewVennAbers(s.P, s.Y).Bounds(0.5)
		if p0 > p1 || p1-p0 >= last {
			t.Errorf("%d rows: [%v, %v], want it narrower than %v", n, p0, p1, last)
		}
		last = p1 - p0
	}
}
