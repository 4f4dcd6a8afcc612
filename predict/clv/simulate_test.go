package clv_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"segmenta/predict/clv"
)

// simulated draws customers from BG/NBD who were watched for up to age, in whole days.
func simulated(random *rand.Rand, n int, p [4]float64, age float64) (h clv.Histories) {
	for range n {
		t := math.Round(age * (0.25 + 0.75*random.Float64()))
		rate, leaves := gamma(random, p[0])/p[1], 0.0
		if a, b := gamma(random, p[2]), gamma(random, p[3]); a+b > 0 {
			leaves = a / (a + b)
		}
		x, last, at := 0.0, 0.0, 0.0
		for at += random.ExpFloat64() / rate; at < t; at += random.ExpFloat64() / rate {
			x, last = x+1, math.Ceil(at)
			if random.Float64() < leaves {
				break
			}
		}
		h.Frequency, h.Recency, h.Age = append(h.Frequency, x), append(h.Recency, last), append(h.Age, t)
	}
	return h
}

// gamma draws with shape a and scale 1 (Marsaglia and Tsang 2000).
func gamma(random *rand.Rand, a float64) float64 {
	if a < 1 {
		return gamma(random, a+1) * math.Pow(random.Float64(), 1/a)
	}
	d := a - 1.0/3
	for {
		x := random.NormFloat64()
		v := math.Pow(1+x/math.Sqrt(9*d), 3)
		if v > 0 && math.Log(random.Float64()) < x*x/2+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}

// The fit finds what the customers were drawn from, within four standard errors.
func TestRecovers(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, p := range [][4]float64{{0.6, 40, 0.8, 2.5}, {2, 90, 0.3, 4}, {0.25, 30, 1, 1}} {
		m, err := clv.Fit("bgnbd", simulated(random, 20_000, p, 600), clv.Options{Threads: 2})
		if err != nil {
			t.Fatal(err)
		}
		for i, name := range m.Names() {
			if m.SE[i] <= 0 || math.Abs(m.Params[i]-p[i]) > 4*m.SE[i]+0.02*p[i] {
				t.Errorf("%v: %s = %v ± %v", p, name, m.Params[i], m.SE[i])
			}
		}
	}
}

// Data that have no inner maximum: a fit says so, and what it foretells is sound.
func TestEdges(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	nobodyLeaves := simulated(random, 5_000, [4]float64{0.55, 13.4, 0.001, 0.039}, 300)
	alike := clv.Histories{Frequency: []float64{2, 2, 2, 2}, Recency: []float64{20, 20, 20, 20}, Age: []float64{30, 30, 30, 30}}
	few := clv.Histories{Frequency: []float64{0, 1}, Recency: []float64{0, 3}, Age: []float64{30, 5}}
	for name, h := range map[string]clv.Histories{"nobody leaves": nobodyLeaves, "alike": alike, "few": few} {
		for _, kind := range clv.Kinds() {
			m, err := clv.Fit(kind, h, clv.Options{})
			if err != nil {
				t.Errorf("%s, %s: %v", name, kind, err)
				continue
			}
			t.Logf("%s, %s: %.4v LL %.4f %s", name, kind, m.Params, m.LogLikelihood, m.Note)
			some := clv.Histories{Frequency: h.Frequency[:min(100, len(h.Age))], Recency: h.Recency, Age: h.Age}
			sound(t, name+", "+kind, m.Forecast(some, nil, nil, clv.Terms{Horizon: 90, Threads: 2}))
		}
	}
}

func sound(t *testing.T, name string, made []clv.Forecast) {
	t.Helper()
	for i, f := range made {
		if !(f.Alive >= 0 && f.Alive <= 1 && f.Purchases >= 0 && f.PurchasesLow >= 0 && f.PurchasesLow <= f.PurchasesHigh && f.NextLow <= f.Next && f.Next <= f.NextHigh) ||
			math.IsInf(f.Purchases, 0) || f.Value < 0 || f.Low < 0 || f.High < f.Low {
			t.Fatalf("%s: row %d: %+v", name, i+1, f)
		}
	}
}

// Whatever the history, each figure is a number in its range, silence makes leaving
// likelier, and a longer horizon brings no fewer purchases.
func TestSound(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	log := func(low, high float64) float64 { return math.Exp(low + random.Float64()*(high-low)) }
	for range 400 {
		p := [4]float64{log(-4, 4), log(-4, 6), log(-6, 4), log(-4, 5)}
		x, tx := math.Floor(log(0, 7))-1, log(-3, 8)
		if x == 0 {
			tx = 0
		}
		age := tx + log(-3, 7)
		for _, kind := range clv.Kinds() {
			m, err := clv.New(kind, p)
			if err != nil {
				t.Fatal(err)
			}
			alive, later := m.Alive(x, tx, age), m.Alive(x, tx, 2*age)
			if !(alive >= 0 && alive <= 1) || later > alive+1e-12 {
				t.Fatalf("%s %v x %v tx %v age %v: alive %v, later %v", kind, p, x, tx, age, alive, later)
			}
			if none, longer := m.None(x, tx, age, 10), m.None(x, tx, age, 20); !(none >= -1e-12 && none <= 1+1e-12) || longer > none+1e-9 {
				t.Fatalf("%s %v x %v tx %v age %v: none %v, in longer %v", kind, p, x, tx, age, none, longer)
			}
			near, far := m.Expected(x, tx, age, 10), m.Expected(x, tx, age, 20)
			if !(near >= 0 && far >= near*(1-1e-9)) || math.IsInf(far, 0) {
				t.Fatalf("%s %v x %v tx %v age %v: expected %v, in longer %v", kind, p, x, tx, age, near, far)
			}
			if worth := m.Discounted(x, tx, age, 20, 0.01); worth > far*(1+1e-6) || worth < far*math.Exp(-0.2)*(1-1e-6) {
				t.Fatalf("%s %v x %v tx %v age %v: expected %v, discounted %v", kind, p, x, tx, age, far, worth)
			}
			counts, sum, mean := m.Counts(x, tx, age, 20), 0.0, 0.0
			for n, q := range counts {
				sum, mean = sum+q, mean+float64(n)*q
			}
			if math.Abs(sum-1) > 1e-6 || math.Abs(mean-far) > 1e-5*(1+far) {
				t.Fatalf("%s %v x %v tx %v age %v: %d counts add up to %v, mean %v, expected %v", kind, p, x, tx, age, len(counts), sum, mean, far)
			}
		}
	}
}

// The order of the rows and the number of threads leave no trace.
func TestOrderAndThreads(t *testing.T) {
	d := master(t)
	turned := clv.Histories{}
	var amounts []float64
	for i := len(d.n) - 1; i >= 0; i-- {
		turned.Frequency, turned.Recency, turned.Age = append(turned.Frequency, d.h.Frequency[i]), append(turned.Recency, d.h.Recency[i]), append(turned.Age, d.h.Age[i])
		amounts = append(amounts, d.monetary[i])
	}
	one, err := clv.Fit("bgnbd", d.h, clv.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	many, err := clv.Fit("bgnbd", turned, clv.Options{Threads: 5})
	if err != nil {
		t.Fatal(err)
	}
	if one.Params != many.Params || one.LogLikelihood != many.LogLikelihood || one.SE != many.SE {
		t.Errorf("%v and %v", one, many)
	}
	spending, err := clv.FitSpend(d.h.Frequency, d.monetary, clv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	a := one.Forecast(d.h, spending, d.monetary, clv.Terms{Horizon: 26, Discount: 0.002, Threads: 1})
	b := many.Forecast(turned, spending, amounts, clv.Terms{Horizon: 26, Discount: 0.002, Threads: 5})
	sound(t, "cdnow", a)
	for i := range a {
		if a[i] != b[len(b)-1-i] {
			t.Fatalf("row %d: %+v and %+v", i+1, a[i], b[len(b)-1-i])
		}
	}
}

// The interval of a customer, held against 200,000 lives drawn from the same model.
func TestIntervalsAgainstLives(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	m, err := clv.New("bgnbd", [4]float64{0.6, 40, 0.8, 2.5})
	if err != nil {
		t.Fatal(err)
	}
	s := &clv.Spending{P: 4, Q: 4, V: 30}
	const x, tx, age, amount, horizon = 3, 150, 200, 25, 300
	f := m.Forecast(clv.Histories{Frequency: []float64{x}, Recency: []float64{tx}, Age: []float64{age}}, s, []float64{amount}, clv.Terms{Horizon: horizon, Level: 0.9})[0]
	in, mean, inCount := 0.0, 0.0, 0.0
	const lives = 200_000
	for range lives {
		n, total := 0.0, 0.0
		if random.Float64() < m.Alive(x, tx, age) {
			rate := gamma(random, m.Params[0]+x) / (m.Params[1] + age)
			a, b := gamma(random, m.Params[2]), gamma(random, m.Params[3]+x)
			for at := random.ExpFloat64() / rate; at < horizon; at += random.ExpFloat64() / rate {
				if n++; random.Float64() < a/(a+b) {
					break
				}
			}
		}
		if n > 0 {
			total = gamma(random, s.P*n) / (gamma(random, s.Q+s.P*x) / (s.V + x*amount))
		}
		mean += total / lives
		if total >= f.Low && total <= f.High {
			in++
		}
		if n >= f.PurchasesLow && n <= f.PurchasesHigh {
			inCount++
		}
	}
	near(t, "coverage of the value", in/lives, 0.9, 0.004)
	near(t, "mean value", mean, f.Value, 0.02*f.Value)
	if inCount/lives < 0.9 || f.PurchasesHigh > 1 && inCount/lives > 0.97 {
		t.Errorf("coverage of the purchases = %v", inCount/lives)
	}
}
