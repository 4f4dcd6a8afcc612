package effect_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"segmenta/predict/effect"
)

func heads(r *rand.Rand, n int, p float64) (yes float64) {
	for range n {
		if r.Float64() < p {
			yes++
		}
	}
	return yes
}

// Of 95 % intervals, 95 of 100 hold what is true, within 1.5 points: of rates that are
// common, rare and differ, of skewed money, and of money with what was known before taken
// out. Rows 192–195, 198.
func TestCoverage(t *testing.T) {
	const trials = 6000
	spend := func(r *rand.Rand, effect float64) (before, after float64) {
		usual := math.Exp(0.8 * r.NormFloat64())
		return usual * math.Exp(0.5*r.NormFloat64()), usual*math.Exp(0.5*r.NormFloat64()) + effect
	}
	arm := func(r *rand.Rand, n int, effect float64) (before, after []float64) {
		for range n {
			b, a := spend(r, effect)
			before, after = append(before, b), append(after, a)
		}
		return before, after
	}
	for _, tt := range []struct {
		name string
		seed uint64
		of   func(r *rand.Rand) (effect.Estimate, float64)
	}{
		{"rate", 1, func(r *rand.Rand) (effect.Estimate, float64) { return effect.Rate(heads(r, 400, 0.13), 400), 0.13 }},
		{"difference of rates", 2, func(r *rand.Rand) (effect.Estimate, float64) {
			return effect.Difference(heads(r, 900, 0.14), 900, heads(r, 300, 0.1), 300), 0.04
		}},
		{"difference of rare rates", 3, func(r *rand.Rand) (effect.Estimate, float64) {
			return effect.Difference(heads(r, 4000, 0.01), 4000, heads(r, 2000, 0.006), 2000), 0.004
		}},
		{"ratio of rates", 4, func(r *rand.Rand) (effect.Estimate, float64) {
			return effect.Ratio(heads(r, 900, 0.14), 900, heads(r, 600, 0.07), 600), 2
		}},
		{"money", 5, func(r *rand.Rand) (effect.Estimate, float64) {
			_, a := arm(r, 300, 0.2)
			_, b := arm(r, 150, 0)
			return effect.Welch(a, b).Estimate, 0.2
		}},
		{"money adjusted", 6, func(r *rand.Rand) (effect.Estimate, float64) {
			b1, a1 := arm(r, 300, 0.2)
			b0, a0 := arm(r, 150, 0)
			return effect.CUPED(b1, a1, b0, a0).Estimate, 0.2
		}},
		{"change", 7, func(r *rand.Rand) (effect.Estimate, float64) {
			b1, a1 := arm(r, 300, 0.2)
			b0, a0 := arm(r, 150, 0)
			return effect.Changes(b1, a1, b0, a0).Estimate, 0.2
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, held := rand.New(rand.NewPCG(tt.seed, 95)), 0.0
			for range trials {
				if e, truth := tt.of(r); e.Low <= truth && truth <= e.High {
					held++
				}
			}
			t.Logf("%.2f %% of the intervals hold the truth", 100*held/trials)
			if math.Abs(held/trials-0.95) > 0.015 {
				t.Errorf("%.4f of the intervals hold the truth, want .95 within .015", held/trials)
			}
		})
	}
}

// Where both arms get the same, one test of twenty finds a difference, and of a family of
// ten that Holm adjusts, one family of twenty does. Rows 199.
func TestNothingToFind(t *testing.T) {
	const trials, family = 4000, 10
	r := rand.New(rand.NewPCG(7, 7))
	var rates, means, adjusted, single, families float64
	for range trials {
		if effect.TwoRates(heads(r, 800, 0.1), 800, heads(r, 400, 0.1), 400) < 0.05 {
			rates++
		}
		p := make([]float64, family)
		for k := range p {
			b1, a1, b0, a0 := same(r, 60), same(r, 60), same(r, 40), same(r, 40)
			if p[k] = effect.Welch(a1, a0).P; k == 0 {
				if p[k] < 0.05 {
					means++
				}
				if effect.CUPED(b1, a1, b0, a0).P < 0.05 {
					adjusted++
				}
			}
		}
		found := func(p []float64) (any float64) {
			for _, v := range p {
				if v < 0.05 {
					return 1
				}
			}
			return 0
		}
		single, families = single+found(p), families+found(effect.Holm(p))
	}
	for _, c := range []struct {
		name      string
		got, want float64
	}{{"rates", rates, 0.05}, {"means", means, 0.05}, {"adjusted means", adjusted, 0.05}, {"families of ten", families, 0.05}, {"families without Holm", single, 1 - math.Pow(0.95, family)}} {
		t.Logf("%s: %.4f", c.name, c.got/trials)
		if math.Abs(c.got/trials-c.want) > 3.5*math.Sqrt(c.want*(1-c.want)/trials) {
			t.Errorf("%s: found something in %.4f of the trials, want %.3f", c.name, c.got/trials, c.want)
		}
	}
}

func same(r *rand.Rand, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = math.Exp(0.7 * r.NormFloat64())
	}
	return out
}

// What was known before takes away the share of the variance that it explains, the
// interval narrows by the root of the rest, and the effect stays what it is. Rows 198.
func TestCUPEDNarrows(t *testing.T) {
	const n, rho, truth = 4000, 0.8, 0.1
	r := rand.New(rand.NewPCG(3, 3))
	arm := func(effect float64) (before, after []float64) {
		for range n {
			b := r.NormFloat64()
			before, after = append(before, 5+b), append(after, rho*b+math.Sqrt(1-rho*rho)*r.NormFloat64()+effect)
		}
		return before, after
	}
	b1, a1 := arm(truth)
	b0, a0 := arm(0)
	plain, adjusted := effect.Welch(a1, a0), effect.CUPED(b1, a1, b0, a0)
	if math.Abs(adjusted.Reduced-rho*rho) > 0.02 {
		t.Errorf("%.3f of the variance is taken away, want %.2f", adjusted.Reduced, rho*rho)
	}
	ratio := (adjusted.High - adjusted.Low) / (plain.High - plain.Low)
	if want := math.Sqrt(1 - rho*rho); math.Abs(ratio-want) > 0.02 {
		t.Errorf("the interval is %.3f as wide, want %.3f", ratio, want)
	}
	if adjusted.Low > truth || truth > adjusted.High {
		t.Errorf("%v to %v does not hold %v", adjusted.Low, adjusted.High, truth)
	}
}

// With as many customers as the size asks for, four trials of five see the effect; what
// groups can see at least is what their size was asked for. Rows 11, 199.
func TestPower(t *testing.T) {
	n1, n0 := effect.RateSize(0.1, 0.03, 0.7)
	if least := effect.LeastRate(0.1, n1, n0); math.Abs(least-0.03) > 0.0002 {
		t.Errorf("groups for a rise of .03 can see %v", least)
	}
	m1, m0 := effect.MeanSize(2, 0.5, 0.5)
	if least := effect.LeastMean(2, m1, m0); math.Abs(least-0.5) > 0.01 {
		t.Errorf("groups for a difference of .5 can see %v", least)
	}
	r, seen := rand.New(rand.NewPCG(8, 8)), 0.0
	const trials = 3000
	for range trials {
		if effect.TwoRates(heads(r, int(n1), 0.13), n1, heads(r, int(n0), 0.1), n0) < 0.05 {
			seen++
		}
	}
	if math.Abs(seen/trials-effect.Power) > 0.03 {
		t.Errorf("%.3f of the trials see it, want %v", seen/trials, effect.Power)
	}
	if a, b := effect.RateSize(0.1, 0, 0.5); !math.IsInf(a, 1) || !math.IsInf(b, 1) {
		t.Errorf("%v and %v are enough to see nothing", a, b)
	}
}

// Adjusted chances: by hand.
func TestHolmAndHochberg(t *testing.T) {
	p := []float64{0.04, 0.01, math.NaN(), 0.03}
	for i, want := range []float64{0.06, 0.03, math.NaN(), 0.06} {
		if got := effect.Holm(p)[i]; math.Abs(got-want) > 1e-12 || math.IsNaN(got) != math.IsNaN(want) {
			t.Errorf("Holm %d: %v, want %v", i, got, want)
		}
	}
	for i, want := range []float64{0.04, 0.03, math.NaN(), 0.04} {
		if got := effect.Hochberg(p)[i]; math.Abs(got-want) > 1e-12 || math.IsNaN(got) != math.IsNaN(want) {
			t.Errorf("Hochberg %d: %v, want %v", i, got, want)
		}
	}
}

// A lot that somebody tampered with is found, a fair one is not, and of few it is
// counted out. Rows 199.
func TestRatioMismatch(t *testing.T) {
	for _, tt := range []struct {
		counts []float64
		low    float64
		high   float64
	}{{[]float64{5000, 5000}, 0.99, 1}, {[]float64{5300, 4700}, 0, 1e-6}, {[]float64{1, 19}, 0.99, 1}, {[]float64{5, 15}, 0, 0.01}, {[]float64{0, 1}, 0.9, 1}} {
		share := []float64{0.5, 0.5}
		if tt.counts[0] < 100 {
			share = []float64{0.05, 0.95}
		}
		if p := effect.RatioMismatch(tt.counts, share); !(p >= tt.low && p <= tt.high) {
			t.Errorf("%v in %v: p is %v, want %v to %v", tt.counts, share, p, tt.low, tt.high)
		}
	}
}

// A model finds whom the treatment moves, where there is something to find, and where
// there is nothing it does not say so. Rows 202.
func TestLearn(t *testing.T) {
	trial := func(seed uint64, moved float64) *effect.Data {
		r := rand.New(rand.NewPCG(seed, 1))
		d := &effect.Data{Names: []string{"a", "b"}, Columns: make([][]float64, 2)}
		for range 12000 {
			a, b, treated := r.Float64(), r.Float64(), r.Float64() < 0.5
			p := 0.1 + 0.2*b
			if treated && a > 0.5 {
				p += moved
			}
			y := 0.0
			if r.Float64() < p {
				y = 1
			}
			d.Columns[0], d.Columns[1] = append(d.Columns[0], a), append(d.Columns[1], b)
			d.Outcome, d.Treated = append(d.Outcome, y), append(d.Treated, treated)
		}
		return d
	}
	judge := func(d *effect.Data) (*effect.Ranking, *effect.Learned) {
		l, err := effect.Learn(d, 1, 2)
		if err != nil {
			t.Fatal(err)
		}
		r, err := l.Ranking(d)
		if err != nil {
			t.Fatal(err)
		}
		return r, l
	}
	r, l := judge(trial(4, 0.2))
	if q, _ := r.Judge(1); q.Side() != 1 || len(l.Ways) != 2 {
		t.Errorf("Qini is %.3f (%.3f to %.3f), want one above 0", q.Value, q.Low, q.High)
	}
	if top := r.AtTop(0.5); math.Abs(top.Value-0.2) > 0.05 {
		t.Errorf("the best half gains %.3f, want .2", top.Value)
	}
	found := 0
	const trials = 12
	for seed := range uint64(trials) {
		r, _ := judge(trial(100+seed, 0))
		if q, _ := r.Judge(1); q.Side() != 0 {
			found++
		}
	}
	t.Logf("of %d trials with nothing to find, %d find something", trials, found)
	if found > 3 { // of 12 with a chance of 1/20 each: more is one case of 500
		t.Errorf("of %d trials with nothing to find, %d find something", trials, found)
	}
	if _, err := effect.Learn(&effect.Data{Outcome: make([]float64, 100), Treated: make([]bool, 100)}, 1, 1); err == nil {
		t.Error("a model was learned from nobody treated")
	}
}
