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
	if len(v.points) == 0 {
		return nan
	}
	return 1
}

func (v *view) since(i int) float64 {
	if len(v.points) == 0 {
		return nan
	}
	return float64(v.at-v.points[i].time) / float64(day)
}

// days counts the distinct days.
func (v *view) days() (n float64) {
	for i := range v.points {
		if i == 0 || v.points[i].day != v.points[i-1].day {
			n++
		}
	}
	return n
}

func (v *view) span() float64 {
	if len(v.points) == 0 {
		return nan
	}
	return float64(v.points[len(v.points)-1].day - v.points[0].day)
}

// gaps lists the days between neighbouring distinct days.
func (v *view) gaps() []float64 {
	all := v.s.floats[:0]
	for i := 1; i < len(v.points); i++ {
		if g := v.points[i].day - v.points[i-1].day; g > 0 {
			all = append(all, float64(g))
		}
	}
	v.s.floats = all
	return all
}

func (p *point) number(field string) float64 {
	switch field {
	case "amount":
		return p.amount
	case "quantity":
		return p.quantity
	case "discount":
		return p.discount
	}
	return p.value
}

// sum adds up what is there, from the latest on, so that it doesn't depend on
// what lies before the window.
func (v *view) sum(field string) (sum float64) {
	for i := len(v.points) - 1; i >= 0; i-- {
		if x := v.points[i].number(field); x == x {
			sum += x
		}
	}
	return sum
}

// number is how many orders, or values where the field may be absent, there are.
func (v *view) number(field string) float64 {
	if field == "amount" || field == "discount" {
		return float64(v.count)
	}
	return float64(len(v.numbers(field)))
}

// numbers lists the values that are there.
func (v *view) numbers(field string) []float64 {
	all := v.s.floats[:0]
	for i := range v.points {
		if x := v.points[i].number(field); x == x {
			all = append(all, x)
		}
	}
	v.s.floats = all
	return all
}

func (v *view) last(field string) float64 {
	for i := len(v.points) - 1; i >= 0; i-- {
		if x := v.points[i].number(field); x == x {
			return x
		}
	}
	return nan
}

func (v *view) discountShare() float64 {
	discount := v.sum("discount")
	return discount / positive(discount+v.sum("amount"))
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
	for i := range v.points {
		counts[class(int(v.points[i].slot))] += boolInt(v.points[i].opens)
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
	for i := range v.points {
		n += boolInt(v.points[i].opens && in(int(v.points[i].slot)))
	}
	return float64(n) / positive(float64(v.count))
}
