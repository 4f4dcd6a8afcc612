package segment

import (
	"math"
	"testing"
)

// The action of most expected profit is what to do next, and nothing where nothing pays.
// Rows 144, 215.
func TestBest(t *testing.T) {
	nan := math.NaN()
	offers := []Offer{{ID: "call", Cost: 4, Effect: 0.2}, {ID: "coupon", Cost: 1, Effect: 0.1, Buys: true}, {ID: "mail", Cost: 0.1, Effect: 0.02}}
	for _, c := range []struct {
		name    string
		who     Prospect
		without int // an offer that is not allowed, −1 for none
		want    int
		gain    float64
		known   bool
	}{
		{"much to lose", Prospect{Leaves: 0.5, Worth: 100, Buys: 0.5, Order: 20}, -1, 0, 6, true},         // 0.5·100·0.2 − 4
		{"may not be called", Prospect{Leaves: 0.5, Worth: 100, Buys: 0.5, Order: 20}, 0, 2, 0.9, true},   // 0.5·100·0.02 − 0.1; the coupon brings 0
		{"would rather buy", Prospect{Leaves: 0.1, Worth: 50, Buys: 0.2, Order: 40}, -1, 1, 2.2, true},    // 0.8·40·0.1 − 1
		{"nothing pays", Prospect{Leaves: 0.01, Worth: 10, Buys: 0.9, Order: 1}, -1, -1, 0, true},         //
		{"nothing is known", Prospect{Leaves: nan, Worth: 10, Buys: nan, Order: 1}, -1, -1, 0, false},     //
		{"only buying is known", Prospect{Leaves: nan, Worth: nan, Buys: 0, Order: 20}, -1, 1, 1.0, true}, // 20·0.1 − 1
		{"what is known may not be done", Prospect{Leaves: nan, Worth: nan, Order: 20}, 1, -1, 0, false},  //
	} {
		got, gain, known := Best(offers, c.who, func(k int) bool { return k != c.without })
		if got != c.want || math.Abs(gain-c.gain) > 1e-12 || known != c.known {
			t.Errorf("%s: %d, %v, %v; want %d, %v, %v", c.name, got, gain, known, c.want, c.gain, c.known)
		}
	}
	m := Mail([]bool{true, true, false, true}, []bool{true, false, true, false}, 0.05)
	if m != (Mailing{Everybody: 3, Segment: 1, Avoided: 2, Saved: 0.1}) {
		t.Errorf("%+v", m)
	}
}
