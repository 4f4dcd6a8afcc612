package features_test

import (
	"math"
	"testing"

	"segmenta/features"
)

// Days with a purchase from the moment on, and what was paid then: a day counts once,
// returns don't, the end is outside, and what comes later is worth less today.
func TestPaid(t *testing.T) {
	h := load(t, features.Inputs{}, "customer_id,time,amount\n"+
		"ana,2024-06-01,5\nana,2024-07-01 00:00,7\nana,2024-07-01 20:00,1\nana,2024-07-11,10\nana,2024-07-12,-3\nana,2024-07-31 00:00,100\nben,2024-06-01,4\n", "")
	s := compute(t, h, tinyMoment)
	days, paid, err := h.Paid(s, tinyMoment, tinyMoment.AddDate(0, 0, 30), 0)
	if err != nil {
		t.Fatal(err)
	}
	if days[0] != 2 || paid[0] != 18 || days[1] != 0 || paid[1] != 0 {
		t.Errorf("%v days, %v paid; want [2 0], [18 0]", days, paid)
	}
	const rate = 0.01 // a day; the day of the moment is one day after its last whole day
	if _, paid, _ := h.Paid(s, tinyMoment, tinyMoment.AddDate(0, 0, 30), rate); math.Abs(paid[0]-8*math.Exp(-rate)-10*math.Exp(-11*rate)) > 1e-12 {
		t.Errorf("discounted %v", paid[0])
	}
	days, paid, _ = h.Paid(s, tinyMoment.AddDate(0, 0, -60), tinyMoment, 0)
	if days[0] != 1 || paid[0] != 5 || paid[1] != 4 {
		t.Errorf("before: %v days, %v paid; want [1 1], [5 4]", days, paid)
	}
}
