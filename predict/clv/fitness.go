package clv

import (
	"gonum.org/v1/gonum/stat/distuv"

	"segmenta/predict/metric"
)

// classes is how many frequencies are told apart; the last holds all higher ones.
const classes = 8

// A Fitness is how many customers bought so many further times, and how many the model
// expects. The fit has seen them: it shows what the model can't shape, not how well it
// foretells.
type Fitness struct {
	Frequency []int     `json:"frequency"` // the last and more
	Customers []float64 `json:"customers"`
	Expected  []float64 `json:"expected"`
	ChiSquare float64   `json:"chi_square"`
	Freedom   int       `json:"degrees_of_freedom"`
	P         float64   `json:"p_value"`
}

// Fitness holds the model against the frequencies that it was fitted to.
func (m *Purchases) Fitness(h Histories, threads int) Fitness {
	ages := make(map[float64]float64)
	f := Fitness{Customers: make([]float64, classes), Expected: make([]float64, classes), Freedom: classes - 1 - 4}
	for i, x := range h.Frequency {
		f.Customers[int(min(x, classes-1))]++
		ages[h.Age[i]]++
	}
	distinct := sortedKeys(ages)
	found := make([][classes]float64, len(distinct))
	spread(len(distinct), threads, func(k int) {
		left := 1.0
		for n, p := range m.Counts(0, 0, 0, distinct[k]) {
			if n < classes-1 {
				found[k][n] = p
				left -= p
			}
		}
		found[k][classes-1] = max(0, left)
	})
	for k, age := range distinct {
		for n, p := range found[k] {
			f.Expected[n] += ages[age] * p
		}
	}
	for n, e := range f.Expected {
		f.Frequency = append(f.Frequency, n)
		if e > 0 {
			f.ChiSquare += (f.Customers[n] - e) * (f.Customers[n] - e) / e
		}
	}
	f.P = 1 - distuv.ChiSquared{K: float64(f.Freedom)}.CDF(f.ChiSquare)
	return f
}

// A Holdout is what a forecast is worth on purchases that came after everything that
// the fit has seen.
type Holdout struct {
	Customers int       `json:"customers"`
	Classes   []Class   `json:"by_frequency"`
	Count     Coverage  `json:"purchases_interval"`
	Money     *Coverage `json:"value_interval,omitempty"`
}

// A Class is customers of one frequency: what they bought afterwards, and what was
// expected of them.
type Class struct {
	Frequency int     `json:"frequency"` // the last and more
	Customers int     `json:"customers"`
	Purchases float64 `json:"mean_purchases"`
	Expected  float64 `json:"mean_expected"`
	Value     float64 `json:"mean_value"`
	Foretold  float64 `json:"mean_expected_value"`
}

// A Coverage is how often intervals held what happened.
type Coverage struct {
	Nominal  float64 `json:"nominal"`
	Covered  float64 `json:"covered"`
	Low      float64 `json:"covered_low"` // 95 % interval, Wilson
	High     float64 `json:"covered_high"`
	Nothing  float64 `json:"share_nothing"`    // of intervals that are [0, 0]
	Wider    float64 `json:"covered_of_wider"` // of those that are not
	MeanHigh float64 `json:"mean_upper_end"`
}

// Judge holds forecasts against what happened: purchases and, where it is not nil, what
// was paid for them, discounted as the forecasts are.
func Judge(frequency []float64, made []Forecast, purchases, paid []float64, level float64) *Holdout {
	h := &Holdout{Customers: len(made), Classes: make([]Class, classes)}
	for i, f := range made {
		c := &h.Classes[int(min(frequency[i], classes-1))]
		c.Customers++
		c.Purchases += purchases[i]
		c.Expected += f.Purchases
		if paid != nil {
			c.Value += paid[i]
			c.Foretold += f.Value
		}
	}
	for n := range h.Classes {
		c := &h.Classes[n]
		k := float64(max(1, c.Customers))
		c.Frequency, c.Purchases, c.Expected, c.Value, c.Foretold = n, c.Purchases/k, c.Expected/k, c.Value/k, c.Foretold/k
	}
	h.Count = Cover(len(made), level, purchases, func(i int) (low, high float64) { return made[i].PurchasesLow, made[i].PurchasesHigh })
	if paid != nil {
		c := Cover(len(made), level, paid, func(i int) (low, high float64) { return made[i].Low, made[i].High })
		h.Money = &c
	}
	return h
}

// Cover counts how many of n intervals held what happened.
func Cover(n int, level float64, happened []float64, interval func(i int) (low, high float64)) Coverage {
	c := Coverage{Nominal: level}
	in, wide, inWide := 0.0, 0.0, 0.0
	for i := range n {
		low, high := interval(i)
		c.MeanHigh += high / float64(n)
		held := happened[i] >= low && happened[i] <= high
		if held {
			in++
		}
		if high > 0 {
			if wide++; held {
				inWide++
			}
		}
	}
	all := float64(n)
	c.Covered, c.Nothing = in/all, 1-wide/all
	if wide > 0 {
		c.Wider = inWide / wide
	}
	c.Low, c.High = metric.Wilson(in, all)
	return c
}
