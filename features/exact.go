package features

import (
	"math"
	"math/bits"
)

// An exact sum of floats, whatever the order in which they come. Digit k counts
// units of 2^(32k−1074), the least float being 2^−1074.
//
// Kulisch, U., Snyder, V. (2011). The exact dot product as basic tool for long
// interval arithmetic. Computing 91.
type exact struct {
	digits [68]int64
	whole  int64 // of summands that are whole numbers, which are most
	adds   int
}

func (e *exact) add(x float64) {
	if e.adds++; e.adds == 1<<30 {
		e.carry()
	}
	if n := int64(x); float64(n) == x && n == int64(int32(n)) {
		e.whole += n
		return
	}
	b := math.Float64bits(x)
	exponent, m := int(b>>52&0x7ff), b&(1<<52-1)
	if exponent > 0 {
		m |= 1 << 52
		exponent--
	}
	k, shift := exponent/32, uint(exponent%32)
	high, low := m>>(64-shift), m<<shift
	parts := [3]int64{int64(low & (1<<32 - 1)), int64(low >> 32), int64(high)}
	for i, p := range parts {
		if b>>63 == 1 {
			p = -p
		}
		if k+i < len(e.digits) {
			e.digits[k+i] += p
		}
	}
}

// carry brings every digit but the last to what 32 bits hold.
func (e *exact) carry() {
	e.digits[33] += e.whole & (1<<14 - 1) << 18 // one is 2^18 units of digit 33
	e.digits[34] += e.whole >> 14
	e.whole = 0
	for k := range len(e.digits) - 1 {
		up := e.digits[k] >> 32
		e.digits[k] -= up << 32
		e.digits[k+1] += up
	}
	e.adds = 0
}

// value is the sum as a float.
func (e *exact) value() (sum float64) {
	e.carry()
	if e.digits[len(e.digits)-1] < 0 {
		for k := range e.digits {
			e.digits[k] = -e.digits[k]
		}
		return -e.value()
	}
	for k := len(e.digits) - 1; k >= 0; k-- {
		sum += math.Ldexp(float64(e.digits[k]), 32*k-1074)
	}
	return sum
}

// A total adds up numbers exactly, in millionths, so that the order of the
// summands leaves no trace.
type total struct{ high, low uint64 }

func (t *total) add(v float64) {
	n := int64(v*1e6 + 0.5)
	if v < 0 {
		n = int64(v*1e6 - 0.5)
	}
	t.plus(total{uint64(n >> 63), uint64(n)})
}

func (t *total) plus(o total) {
	var carry uint64
	t.low, carry = bits.Add64(t.low, o.low, 0)
	t.high, _ = bits.Add64(t.high, o.high, carry)
}

func (t total) value() float64 {
	if int64(t.high) < 0 {
		t.negate()
		return -t.value()
	}
	return (float64(t.high)*(1<<32)*(1<<32) + float64(t.low)) / 1e6
}

func (t *total) negate() {
	var borrow uint64
	t.low, borrow = bits.Sub64(0, t.low, 0)
	t.high, _ = bits.Sub64(0, t.high, borrow)
}

// A tally counts rows and adds up what they were worth.
type tally struct {
	rows             int64
	amount, quantity total
	types            map[uint64]int64 // of events, by rank
}

// worth is the field that says what a row is worth, by file.
var worth = [files]int{amountField, fieldAt("value")}

func (t *tally) add(file int, r *rows, i int) {
	t.rows++
	if v := r.number[worth[file]]; v != nil && v[i] == v[i] {
		t.amount.add(v[i])
	}
	if v := r.number[quantityField]; v != nil && v[i] == v[i] {
		t.quantity.add(v[i])
	}
	if v := r.word[typeField]; v != nil {
		if t.types == nil {
			t.types = map[uint64]int64{}
		}
		t.types[v[i]]++
	}
}

func (t *tally) plus(o tally) {
	t.rows += o.rows
	t.amount.plus(o.amount)
	t.quantity.plus(o.quantity)
	for k, n := range o.types {
		if t.types == nil {
			t.types = map[uint64]int64{}
		}
		t.types[k] += n
	}
}
