package clv

import (
	"cmp"
	"math"
	"slices"
)

// Terms say what a forecast is asked for.
type Terms struct {
	Horizon  float64 // how far ahead, in the unit of the times
	Discount float64 // continuous rate a unit of time; 0 for none
	Level    float64 // of the intervals; default 0.95
	Threads  int     // default 1
	Bare     bool    // leave out the intervals, which take most of the time; their ends are NaN
}

// A Forecast is what one customer will do in the horizon. Intervals hold what is not
// known of the customer and, as far as the fit says it, of the parameters.
type Forecast struct {
	Alive                       float64 // probability of being a customer still
	Purchases                   float64 // expected
	PurchasesLow, PurchasesHigh float64
	Spend                       float64 // expected amount of a purchase; NaN without a model of spending
	Value                       float64 // expected, discounted; NaN without a model of spending
	Low, High                   float64
	Next, NextLow, NextHigh     float64 // time from now to the next purchase, if there is one: median and interval
}

// Forecast looks ahead of every customer. spending and amounts (the mean of further
// purchases) may be nil.
//
// An interval with a probability of nothing above half of what it may leave out begins
// at 0; one of those who will hardly buy again is [0, 0].
func (m *Purchases) Forecast(h Histories, spending *Spending, amounts []float64, t Terms) []Forecast {
	if t.Level == 0 {
		t.Level = 0.95
	}
	f := &forecaster{Purchases: m, Terms: t, h: h, amounts: amounts, spending: spending, out: make([]Forecast, h.rows())}
	same := f.sameAhead()
	if f.vary(); !t.Bare {
		f.tabulate(same)
	}
	spread(len(same), t.Threads, func(k int) { f.forecast(same[k]) })
	return f.out
}

// A forecaster holds what the forecasts of all customers share.
type forecaster struct {
	*Purchases
	Terms
	h        Histories
	amounts  []float64
	spending *Spending
	varied   [][4]float64 // the parameters, then those about them that stand for their uncertainty
	share    []float64    // of each in the mixture
	spendVar [][3]float64 // likewise of the model of spending, without the parameters themselves
	payments map[float64]*payments
	out      []Forecast
}

// vary takes points about the parameters that have their mean and covariance: 2d of
// them, each √d standard deviations away, of equal share.
//
// Arasaratnam, I. and Haykin, S. (2009). Cubature Kalman Filters. IEEE TAC 54 (6).
func (f *forecaster) vary() {
	f.varied, f.share = [][4]float64{f.Params}, []float64{1}
	if f.Bare {
		return
	}
	certain := f.Covariance[0][0] == 0
	d := 0.0
	if !certain {
		d += 4
	}
	if f.spending != nil && f.spending.Covariance[0][0] > 0 {
		d += 3
	}
	if !certain {
		for _, z := range about(f.Covariance[:], d) {
			p := f.Params
			for i := range p {
				p[i] *= math.Exp(z[i])
			}
			f.varied = append(f.varied, p)
			f.share = append(f.share, 1/(2*d))
		}
		f.share[0] -= 8 / (2 * d)
	}
	if s := f.spending; s != nil && s.Covariance[0][0] > 0 {
		for _, z := range about(s.Covariance[:], d) {
			f.spendVar = append(f.spendVar, [3]float64{s.P * math.Exp(z[0]), s.Q * math.Exp(z[1]), s.V * math.Exp(z[2])})
		}
		f.share[0] -= 6 / (2 * d)
	}
	f.share[0] = max(0, f.share[0])
}

// about is the points ±√d times the columns of a square root of the covariance.
func about[R [3]float64 | [4]float64](cov []R, d float64) (points [][]float64) {
	root := cholesky(cov)
	for c := range root {
		up, down := make([]float64, len(root)), make([]float64, len(root))
		for i := range root {
			up[i] = math.Sqrt(d) * root[i][c]
			down[i] = -up[i]
		}
		points = append(points, up, down)
	}
	return points
}

// sameAhead parts the customers by frequency and age: what lies ahead of those of a part
// differs only by whether they are alive, and by what they pay.
func (f *forecaster) sameAhead() (parts [][]int32) {
	at := make([]int32, f.h.rows())
	for i := range at {
		at[i] = int32(i)
	}
	x, t, tx := f.h.Frequency, f.h.Age, f.h.Recency
	slices.SortFunc(at, func(a, b int32) int {
		return cmp.Or(cmp.Compare(x[a], x[b]), cmp.Compare(t[a], t[b]), cmp.Compare(tx[a], tx[b]), cmp.Compare(a, b))
	})
	for from := 0; from < len(at); {
		to := from
		for to < len(at) && x[at[to]] == x[at[from]] && t[at[to]] == t[at[from]] {
			to++
		}
		parts = append(parts, at[from:to])
		from = to
	}
	return parts
}

// A road is what lies ahead of customers alike, for each of the varied parameters.
type road struct {
	x, age     float64
	expected   float64
	discount   float64     // what a purchase in the horizon is worth today, as a share
	counts     [][]float64 // probabilities of 0, 1, 2, … purchases, if alive
	paid       [][]float64 // probability of paying, once at least, no more than each node
	next       [3]float64
	lastAlive  []float64 // of the customer before, whose recency was lastRecent
	lastRecent float64
}

func (f *forecaster) road(i int32) *road {
	a := f.family.ahead
	r := &road{x: f.h.Frequency[i], age: f.h.Age[i], lastRecent: math.NaN(), discount: 1}
	p := a.given(f.Params, r.x, r.age)
	if r.expected = a.expected(p, f.Horizon); f.Discount > 0 && r.expected > 0 {
		r.discount = discounted(a, p, f.Horizon, f.Discount) / r.expected
	}
	out := 1 - f.Level
	if f.Bare {
		r.next = [3]float64{math.NaN(), math.NaN(), math.NaN()}
		return r
	}
	r.next = a.next(p, [3]float64{0.5, out / 2, 1 - out/2})
	for _, v := range f.varied { // a rest of 1e-8 no quantile can see
		r.counts = append(r.counts, a.counts(a.given(v, r.x, r.age), f.Horizon, 1e-8))
	}
	return r
}

func (f *forecaster) forecast(part []int32) {
	r := f.road(part[0])
	pay := f.payments[r.x]
	if pay != nil {
		for _, c := range r.counts {
			r.paid = append(r.paid, pay.of(c))
		}
	}
	for _, i := range part {
		f.out[i] = f.one(r, pay, i)
	}
}

func (f *forecaster) one(r *road, pay *payments, i int32) Forecast {
	tx := f.h.Recency[i]
	if r.x == 0 {
		tx = 0
	}
	if tx != r.lastRecent {
		r.lastRecent, r.lastAlive = tx, r.lastAlive[:0]
		for _, p := range f.varied {
			r.lastAlive = append(r.lastAlive, f.family.ahead.alive(p, r.x, tx, r.age))
		}
	}
	alive := r.lastAlive
	o := Forecast{Alive: alive[0], Purchases: alive[0] * r.expected, Spend: math.NaN(), Value: math.NaN(), Low: math.NaN(), High: math.NaN(),
		Next: r.next[0], NextLow: r.next[1], NextHigh: r.next[2]}
	if o.PurchasesLow, o.PurchasesHigh = math.NaN(), math.NaN(); !f.Bare {
		o.PurchasesLow, o.PurchasesHigh = f.purchases(r, alive)
	}
	if f.spending == nil || f.amounts == nil {
		return o
	}
	amount := f.amounts[i]
	if r.x == 0 || math.IsNaN(amount) {
		amount = 0
	}
	if o.Spend = f.spending.Spend(r.x, amount); math.IsNaN(o.Spend) {
		o.Spend = f.spending.Mean
	}
	o.Value = r.discount * o.Purchases * o.Spend
	if pay != nil {
		o.Low, o.High = f.value(r, pay, alive, amount)
	}
	return o
}

// within finds an interval of a distribution that begins with a probability of nothing.
func (t Terms) within(nothing float64, quantile func(u float64) float64) (low, high float64) {
	out := 1 - t.Level
	switch {
	case nothing >= t.Level:
		return 0, 0
	case nothing > out/2:
		return 0, quantile(t.Level)
	}
	return quantile(out / 2), quantile(1 - out/2)
}

// purchases is the interval of their number.
func (f *forecaster) purchases(r *road, alive []float64) (low, high float64) {
	mixed := f.mixture(r, alive)
	return f.within(mixed[0], func(u float64) float64 {
		sum := 0.0
		for n, p := range mixed {
			if sum += p; sum >= u {
				return float64(n)
			}
		}
		return float64(len(mixed) - 1)
	})
}

// mixture is the probabilities of 0, 1, 2, … purchases, over all varied parameters.
func (f *forecaster) mixture(r *road, alive []float64) (mixed []float64) {
	whole := 0.0
	for j, c := range r.counts {
		w := f.shareOf(j)
		whole += w
		for len(mixed) < len(c) {
			mixed = append(mixed, 0)
		}
		mixed[0] += w * (1 - alive[j])
		for n, p := range c {
			mixed[n] += w * alive[j] * p
		}
	}
	for n := range mixed {
		mixed[n] /= whole
	}
	return mixed
}

// shareOf is a variant's share where spending doesn't matter: the parameters themselves
// also stand for the variants of spending.
func (f *forecaster) shareOf(j int) float64 {
	if j == 0 && len(f.spendVar) > 0 {
		return f.share[0] + float64(len(f.spendVar))*f.each()
	}
	return f.share[j]
}

// each is the share of one point about the parameters.
func (f *forecaster) each() float64 {
	return 1 / float64(len(f.varied)-1+len(f.spendVar))
}
