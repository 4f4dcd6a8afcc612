// Package clv says what customers will be worth, from what they did: it models when
// they buy and what for, from three numbers of each: how many further times they
// bought after the first (frequency), when they last did (recency) and how old they
// are (age), both since the first purchase and in any one unit of time.
//
// From histories to value:
//
//  1. Check finds rows that can't be, and counts them.
//  2. Fit finds the parameters of a model of purchases (Kinds) by Newton's method
//     on rows grouped by equality, FitSpend those of a model of spending.
//  3. Purchases answers who is still a customer, and how often they will buy.
//  4. Forecast adds what it is worth today, with an interval for each customer.
//  5. Fitness and Judge hold the model against what happened.
//
// Everything is computed on logarithms, so that no count and no age overflows. To add
// a model of purchases, add a line to families.
package clv

import (
	"errors"
	"fmt"
	"math"
)

// Histories are the three numbers of each customer, a row each.
type Histories struct {
	Frequency, Recency, Age []float64
}

func (h Histories) rows() int { return len(h.Frequency) }

// Options say how to fit.
type Options struct {
	MaxIter int // default 200
	Threads int // default 1
}

var (
	// ErrNobodyReturned reports customers none of whom bought twice: nothing tells how
	// often they buy or when they leave.
	ErrNobodyReturned = errors.New("nobody bought a second time, so nothing tells how often customers buy or when they leave")
	// ErrDiverged reports data that no parameters fit best.
	ErrDiverged = errors.New("the fit did not converge")
)

// mostOften is more purchases than any customer makes: beyond it a column is something
// else than a frequency.
const mostOften = 1e6

// A Reason is a kind of row that can't be, and how many there are.
type Reason struct {
	En    string `json:"reason"`
	Es    string `json:"reason_es"`
	Rows  int    `json:"rows"`
	First int    `json:"first_row"` // counted from 1
}

// reasons lists what makes a row impossible; the first that holds counts.
var reasons = []struct {
	en, es string
	holds  func(x, tx, t float64) bool
}{
	{"a value is missing or infinite", "falta un valor o es infinito", func(x, tx, t float64) bool {
		return math.IsNaN(x+tx+t) || math.IsInf(x, 0) || math.IsInf(tx, 0) || math.IsInf(t, 0)
	}},
	{"a value is negative", "un valor es negativo", func(x, tx, t float64) bool { return x < 0 || tx < 0 || t < 0 }},
	{"the frequency is no whole number up to a million", "la frecuencia no es un entero hasta un millón", func(x, _, _ float64) bool { return x != math.Trunc(x) || x > mostOften }},
	{"the last purchase lies after today: recency is greater than T", "la última compra es posterior a hoy: recency es mayor que T", func(_, tx, t float64) bool { return tx > t }},
	{"further purchases at age 0", "compras posteriores a edad 0", func(x, _, t float64) bool { return x > 0 && t == 0 }},
}

// Check counts the rows that can't be, and marks those that can.
func Check(h Histories) (good []bool, found []Reason, err error) {
	if len(h.Recency) != h.rows() || len(h.Age) != h.rows() {
		return nil, nil, fmt.Errorf("%d frequencies, %d recencies, %d ages", h.rows(), len(h.Recency), len(h.Age))
	}
	all := make([]Reason, len(reasons))
	good = make([]bool, h.rows())
	for i, x := range h.Frequency {
		k := wrong(x, h.Recency[i], h.Age[i])
		if good[i] = k < 0; good[i] {
			continue
		}
		if all[k].Rows++; all[k].Rows == 1 {
			all[k].En, all[k].Es, all[k].First = reasons[k].en, reasons[k].es, i+1
		}
	}
	for _, r := range all {
		if r.Rows > 0 {
			found = append(found, r)
		}
	}
	return good, found, nil
}

// wrong is the place of what makes a row impossible, or −1.
func wrong(x, tx, t float64) int {
	if x >= 0 && tx >= 0 && tx <= t && t <= math.MaxFloat64 && x <= mostOften && x == math.Trunc(x) && (x == 0 || t > 0) {
		return -1
	}
	for k, r := range reasons {
		if r.holds(x, tx, t) {
			return k
		}
	}
	return -1
}
