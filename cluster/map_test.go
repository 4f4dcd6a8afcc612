package cluster

import (
	"math"
	"math/rand/v2"
	"testing"
)

// What differs most becomes the first axis, what differs next the second; groups that lie
// apart lie apart on the map, and the columns that pull are named.
func TestMapShowsWhatDiffersMost(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 9))
	var rows []float32
	var label []int32
	for i := range 5000 {
		g := i % 3
		far, high := []float64{-6, 6, 0}[g]+r.NormFloat64(), []float64{0, 0, 4}[g]+r.NormFloat64()
		rows = append(rows, float32(0.2*r.NormFloat64()), float32(far), float32(high), float32(0.8*far+0.1*r.NormFloat64()))
		label = append(label, int32(g))
	}
	m := MapOf([]string{"noise", "far", "high", "also_far"}, rows, label, 3)
	if !(m.Shares[0] > 0.8 && m.Shares[1] > 0.05 && m.Shares[0]+m.Shares[1] > 0.98 && m.Shares[0]+m.Shares[1] <= 1) {
		t.Errorf("shares %v", m.Shares)
	}
	if len(m.Pulls[0]) != 2 || m.Pulls[0][0].With < 0.9 || m.Pulls[0][1].With < 0.9 || len(m.Pulls[1]) == 0 || m.Pulls[1][0].Name != "high" {
		t.Errorf("pulls %v", m.Pulls)
	}
	if p := m.Places; p[1].X-p[0].X < 10 || math.Abs(p[2].Y-p[0].Y) < 3 {
		t.Errorf("places %v", p)
	}
	if len(m.Dots) != dots {
		t.Errorf("%d dots", len(m.Dots))
	}
	for _, d := range m.Dots {
		if (d.Group == 0) != (d.X < -3.5) {
			t.Fatalf("a dot of group %d at %v", d.Group, d.Place)
		}
	}
}

func TestMapOfLittle(t *testing.T) {
	for name, m := range map[string]*Map{
		"one row":         MapOf([]string{"a", "b"}, []float32{1, 2}, []int32{0}, 1),
		"one column":      MapOf([]string{"a"}, []float32{1, 2, 9}, []int32{0, 0, 1}, 2),
		"rows all alike":  MapOf([]string{"a", "b"}, []float32{1, 2, 1, 2}, []int32{0, 0}, 1),
		"an empty group":  MapOf([]string{"a", "b"}, []float32{1, 2, 3, 2}, []int32{0, 2}, 3),
		"as many columns": MapOf([]string{"a", "b", "c"}, []float32{1, 2, 3, 4, 5, 7}, []int32{0, 1}, 2),
	} {
		for _, d := range m.Dots {
			if math.IsNaN(d.X) || math.IsNaN(d.Y) {
				t.Errorf("%s: a dot at %v", name, d.Place)
			}
		}
		if s := m.Shares[0] + m.Shares[1]; !(s >= 0 && s <= 1.001) {
			t.Errorf("%s: shares %v", name, m.Shares)
		}
	}
}
