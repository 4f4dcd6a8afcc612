package clv

import (
	"math"
	"testing"
)

// Towards an edge a likelihood rises ever less, and far less than it bends elsewhere: the
// climb gets there all the same, in a few steps.
func TestClimbsRidge(t *testing.T) {
	const n = 5000
	looks := 0
	found, err := maximise(3, n, 0, [][4]float64{{3, 1, 1, 1}}, func(p [4]float64) (s sums) {
		looks++
		log, share := math.Log(p[0]), p[1]/(p[1]+p[2]) // of those who leave
		s.f = -n*log*log/2 - 20*share
		s.g = [4]float64{-n * log / p[0], -20 * share * (1 - share) / p[1], 20 * share * (1 - share) / p[2]}
		s.h[place[0][0]] = n * (log - 1) / (p[0] * p[0])
		all := math.Pow(p[1]+p[2], 3)
		s.h[place[1][1]], s.h[place[1][2]], s.h[place[2][2]] = 40*p[2]/all, 20*(p[2]-p[1])/all, -40*p[1]/all
		return s
	})
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(found.p[0]-1) > 1e-6 || found.value < -alikeHeights {
		t.Errorf("the height is at %v, %v below what there is; want 1 and 0", found.p[0], -found.value)
	}
	if looks > 30 {
		t.Errorf("it looked %d times; want no more than 30", looks)
	}
}
