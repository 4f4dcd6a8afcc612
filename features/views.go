package features

import (
	"math"
	"slices"
)

// positive is x, or NaN where a division by it would mean nothing.
func positive(x float64) float64 {
	if x > 0 {
		return x
	}
	return nan
}

// some is 1, NaN where the view is empty.
func some(v *view) float64 {
	if v.len() == 0 {
		return nan
	}
	return 1
}

// len is the number of points.
func (v *view) len() int { return v.to - v.from }

// opens reports whether a point opens an order.
func (v *view) opens(i int) bool {
	return len(v.opened) == 0 || i == 0 || v.opened[i] != v.opened[i-1]
}

// orders counts the points that open an order.
func (v *view) orders() int {
	if len(v.opened) == 0 || v.len() == 0 {
		return v.len()
	}
	n := int(v.opened[v.to-1])
	if v.from > 0 {
		n -= int(v.opened[v.from-1])
	}
	return n
}

// since is how many days before the moment a point is.
func (v *view) since(i int) float64 {
	if v.len() == 0 {
		return nan
	}
	return float64(v.at-v.time[i]) / float64(day)
}

func (v *view) distinctDays() float64 {
	if v.len() == 0 {
		return 0
	}
	nth := v.dayNumbers()
	return float64(nth[v.to-1] - nth[v.from] + 1)
}

// span is the days from the first day to the last.
func (v *view) span() float64 {
	if v.len() == 0 {
		return nan
	}
	days := v.days()
	return float64(days[v.to-1] - days[v.from])
}

// gaps lists the days between neighbouring distinct days.
func (v *view) gaps() []float64 {
	all, days := v.s.floats[:0], v.days()[v.from:v.to]
	for i := 1; i < len(days); i++ {
		if g := days[i] - days[i-1]; g > 0 {
			all = append(all, float64(g))
		}
	}
	v.s.floats = all
	return all
}

// floats are a field's values, NaN where there is none.
func (v *view) floats(field int) []float64 { return v.number[field][v.from:v.to] }

// words are a field's words, 0 where there is none.
func (v *view) words(field int) []uint64 { return v.word[field][v.from:v.to] }

// running is a sum over the points from some point to the moment.
type running struct {
	turn, from int
	sum        float64
	n          int
}

// sum adds up what is there, from the latest on, so that it doesn't depend on
// what lies before the window. A longer window goes on where a shorter one ended,
// which gives the same bits.
func (v *view) sum(field int) float64 { return v.run(field).sum }

func (v *view) run(field int) *running {
	r := &v.s.sums[field]
	if r.turn != v.s.turn || r.from < v.from {
		*r = running{turn: v.s.turn, from: v.to}
	}
	all := v.number[field]
	for i := r.from - 1; i >= v.from; i-- {
		if x := all[i]; x == x {
			r.sum += x
			r.n++
		}
	}
	r.from = v.from
	return r
}

// filled is how many orders, or values where the field may be absent, there are.
func (v *view) filled(field int) float64 {
	if f := &fields[field]; field == amountField || f.zero {
		return float64(v.count)
	}
	return float64(v.run(field).n)
}

// values lists a field's values that are there.
func (v *view) values(field int) []float64 {
	all := v.s.floats[:0]
	for _, x := range v.floats(field) {
		if x == x {
			all = append(all, x)
		}
	}
	v.s.floats = all
	return all
}

func (v *view) last(field int) float64 {
	all := v.floats(field)
	for i := len(all) - 1; i >= 0; i-- {
		if all[i] == all[i] {
			return all[i]
		}
	}
	return nan
}

func (v *view) discountShare(field int) float64 {
	discount := v.sum(field)
	return discount / positive(discount+v.sum(amountField))
}

func extreme(values []float64, of func([]float64) float64) float64 {
	if len(values) == 0 {
		return nan
	}
	return of(values)
}

// median sorts its argument.
func median(values []float64) float64 {
	n := len(values)
	if n == 0 {
		return nan
	}
	slices.Sort(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}

// deviation is the sample standard deviation, NaN of fewer than two values.
func deviation(values []float64) float64 {
	n := float64(len(values))
	if n < 2 {
		return nan
	}
	mean, squares := 0.0, 0.0
	for _, x := range values {
		mean += x / n
	}
	for _, x := range values {
		squares += (x - mean) * (x - mean)
	}
	return math.Sqrt(squares / (n - 1))
}

// mode is the commonest class of the hours of the week, the first of equal ones.
func (v *view) mode(classes int, class func(slot int) int) float64 {
	var counts [24]int
	slots := v.slots()
	for i := v.from; i < v.to; i++ {
		counts[class(int(slots[i]))] += boolInt(v.opens(i))
	}
	best := slices.Max(counts[:classes])
	if best == 0 {
		return nan
	}
	return float64(slices.Index(counts[:], best))
}

// share is the share of orders whose hour of the week is in a set.
func (v *view) share(in func(slot int) bool) float64 {
	n := 0
	slots := v.slots()
	for i := v.from; i < v.to; i++ {
		n += boolInt(v.opens(i) && in(int(slots[i])))
	}
	return float64(n) / positive(float64(v.count))
}
