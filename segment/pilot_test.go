package segment_test

import (
	"fmt"
	"math"
	"testing"

	"segmenta/segment"
)

// Who is in the pilot is in it again, a larger pilot holds the smaller one, its size is
// as asked for, and two segments draw apart. Rows 6, 200.
func TestPilot(t *testing.T) {
	const n = 20000
	a, b := &segment.Rule{ID: "a", Pilot: 0.1}, &segment.Rule{ID: "b", Pilot: 0.1}
	larger, all := &segment.Rule{ID: "a", Pilot: 0.3}, &segment.Rule{ID: "a"}
	in, both := 0.0, 0.0
	for i := range n {
		who := fmt.Sprint("c", i)
		if !all.InPilot(who) {
			t.Fatal("without a pilot everybody is in")
		}
		if !a.InPilot(who) {
			continue
		}
		in++
		if b.InPilot(who) {
			both++
		}
		if !larger.InPilot(who) || !a.InPilot(who) {
			t.Fatalf("%s is in the small pilot and not in the large one", who)
		}
	}
	if math.Abs(in/n-0.1) > 0.01 || math.Abs(both/n-0.01) > 0.004 {
		t.Errorf("%.3f are in, want .1; %.4f in both, want .01", in/n, both/n)
	}
}
