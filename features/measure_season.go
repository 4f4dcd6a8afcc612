package features

import (
	"math"
	"slices"
)

// dated is the share of orders whose date is in a set.
func (v *view) dated(in func(y, m, d int) bool) float64 {
	n, days := 0.0, v.days()
	for i := v.from; i < v.to; i++ {
		if v.opens(i) && in(civilOf(days[i])) {
			n++
		}
	}
	return n / positive(float64(v.count))
}

// seasonShare is the share of orders within 15 days of the moment's day of the year.
func (v *view) seasonShare() float64 {
	_, m, d := civilOf(v.clock.day(v.at))
	today := dayOfYear(m, d)
	return v.dated(func(_, m, d int) bool {
		far := dayOfYear(m, d) - today
		if far < 0 {
			far = -far
		}
		return min(far, 365-far) <= 15
	})
}

// dayOfYear counts from 0 on in a year without a leap day; February 29 counts as
// March 1.
func dayOfYear(m, d int) int { return int(daysSince1970(1970, m, d)) }

func (v *view) monthShare(months []int) float64 {
	return v.dated(func(_, m, _ int) bool { return slices.Contains(months, m) })
}

// smooth is the class of hours of the week with most points, those of the classes
// beside it counting half: few points then don't point at a class by chance.
func (v *view) smooth(classes int, class func(slot int) int) float64 {
	counts := v.classes(classes, class)
	best, most := -1, 0
	for c := range classes {
		n := 2*counts[c] + counts[(c+1)%classes] + counts[(c+classes-1)%classes]
		if n > most {
			best, most = c, n
		}
	}
	if best < 0 {
		return nan
	}
	return float64(best)
}

// classes counts the points that open an order by class of the hour of the week.
func (v *view) classes(n int, class func(slot int) int) []int {
	var counts [24]int
	slots := v.slots()
	for i := v.from; i < v.to; i++ {
		counts[class(int(slots[i]))] += boolInt(v.opens(i))
	}
	return slices.Clone(counts[:n])
}

func (v *view) hourEntropy() float64 {
	sum, logs := 0.0, 0.0
	for _, n := range v.classes(24, func(slot int) int { return slot % 24 }) {
		if n > 0 {
			sum, logs = sum+float64(n), logs+float64(n)*math.Log(float64(n))
		}
	}
	return max(0, math.Log(positive(sum))-logs/sum)
}
