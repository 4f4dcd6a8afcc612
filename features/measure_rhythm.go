package features

import (
	"math"
	"slices"
)

// gapsOf applies a function to the gaps, NaN where there is none.
func (v *view) gapsOf(of func(gaps []float64) float64) float64 { return extreme(v.gaps(), of) }

func lastOf(values []float64) float64 { return values[len(values)-1] }

// weeks counts the distinct weeks, from Monday on.
func (v *view) weeks() float64 { return v.periods(func(d int32) int32 { return (d + 3) / 7 }) } // 1970-01-01 was a Thursday

// months counts the distinct calendar months.
func (v *view) months() float64 {
	return v.periods(func(d int32) int32 {
		y, m, _ := civilOf(d)
		return int32(12*y + m)
	})
}

func (v *view) periods(of func(day int32) int32) (n float64) {
	days, last := v.days()[v.from:v.to], int32(math.MinInt32)
	for i, d := range days {
		if i > 0 && d == days[i-1] {
			continue
		}
		if p := of(d); p != last {
			n, last = n+1, p
		}
	}
	return n
}

// civilOf is the date of a day since 1970-01-01, by years that start in March, so
// that the leap day is a year's last.
func civilOf(day int32) (y, m, d int) {
	z := int(day) + 719468
	era := z / 146097 // of 400 years
	if z < 0 {
		era = (z - 146096) / 146097
	}
	inEra := z - era*146097
	year := (inEra - inEra/1460 + inEra/36524 - inEra/146096) / 365
	inYear := inEra - (365*year + year/4 - year/100)
	mp := (5*inYear + 2) / 153
	y, m, d = year+era*400, mp+3, inYear-(153*mp+2)/5+1
	if m > 12 {
		y, m = y+1, m-12
	}
	return y, m, d
}

// rateShift looks for the day after which the pace of purchase days changed most
// surely: the split of the time since the first at which two Poisson rates fit best.
// It returns the signed root of the likelihood ratio, above 0 where they come faster
// since, and the days since that day. A silence since the last purchase is a split
// too.
//
// Chen, J., Gupta, A. K. (2012). Parametric Statistical Change Point Analysis, ch. 7.
func (v *view) rateShift() (deviations, since float64) {
	if v.len() == 0 {
		return nan, nan
	}
	days := slices.Compact(append(v.s.days[:0], v.days()[v.from:v.to]...))
	v.s.days = days
	today := v.clock.day(v.at-1) + 1
	n, whole := float64(len(days)-1), float64(today-days[0])
	best, at, sign := 0.0, days[0], 1.0
	for k := 1; k < len(days); k++ {
		x, before := float64(days[k]-days[0]), float64(k)
		ratio := logRate(before, x) + logRate(n-before, whole-x) - logRate(n, whole)
		if ratio > best+1e-12 {
			best, at, sign = ratio, days[k], 1
			if before/x > (n-before)/(whole-x) {
				sign = -1
			}
		}
	}
	return sign * math.Sqrt(2*best), float64(today - at)
}

// logRate is the part of a Poisson log-likelihood that depends on the rate n/x.
func logRate(n, x float64) float64 {
	if n == 0 {
		return 0
	}
	return n * math.Log(n/x)
}

// slope is the least-squares slope of a field against time in days.
func (v *view) slope(field int) float64 {
	values := v.floats(field)
	var n, st, sx float64
	for i, x := range values {
		if x == x {
			n, st, sx = n+1, st+v.since(v.from+i), sx+x
		}
	}
	var tt, tx float64
	for i, x := range values {
		if x == x {
			t := v.since(v.from+i) - st/n
			tt, tx = tt+t*t, tx+t*(x-sx/n)
		}
	}
	return -tx / positive(tt) // since counts backwards
}

// margin adds up what is earned on points whose cost is known, and their amounts.
// Costs of returns may be written with either sign.
func (v *view) margin(cost int) (earned, amount float64) {
	costs, amounts, known := v.floats(cost), v.floats(amountField), 0
	for i := len(costs) - 1; i >= 0; i-- {
		if c := math.Abs(costs[i]); c == c {
			earned, amount, known = earned+amounts[i]-c, amount+amounts[i], known+1
		}
	}
	if known == 0 {
		return nan, nan
	}
	return earned, amount
}

func (v *view) belowCost(cost int) (n float64) {
	amounts := v.floats(amountField)
	for i, c := range v.floats(cost) {
		n += float64(boolInt(c > amounts[i]))
	}
	return n
}

func (v *view) first(field int) float64 {
	for _, x := range v.floats(field) {
		if x == x {
			return x
		}
	}
	return nan
}
