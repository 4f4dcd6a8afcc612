package cluster

import (
	"cmp"
	"math"
	"slices"
)

// A wear is what a round's moves do to what is known of rows, by their centers: a margin
// shrinks by what its own center moved and by what the fastest other one did.
//
// Centers that race ahead of the rest would use up all margins. Where they are far from a
// center, they are left out of its rows' wear, and count by how far apart the two are: a
// row that is u from its own is at least apart − u from the other, apart − 2·u farther.
//
// Elkan, C. (2003). Using the triangle inequality to accelerate k-means. ICML.
type wear struct {
	gap   []float32 // by which margins shrink
	own   []float32 // by which a center may be farther from its rows
	apart []float32 // rounded down: to the nearest of those that are left out of gap
	ahead [len(racing)]lead
	fit   [][len(racing)]int32 // of each center: how many rows keep a margin with each
	order []int32              // centers, the fastest first
}

// racing is how many of the fastest centers may be left out.
var racing = [...]int{0, 1, 2, 4, 8, 16, 32, 64}

// A lead is the wear with so many centers left out.
type lead struct{ gap, apart []float32 }

func newWear(k int) *wear {
	room := max(k, 32) // kernels look up 32 at once
	table := func() []float32 { return make([]float32, room) }
	w := &wear{gap: table(), own: table(), apart: table(), fit: make([][len(racing)]int32, k), order: make([]int32, k)}
	for m := range w.ahead {
		w.ahead[m] = lead{table(), table()}
	}
	return w
}

// Stretches of rows that are tried at most, how long each is, and of how many rows one is.
const (
	stretches = 64
	stretch   = 64
	tryOneOf  = 32
)

// wearing finds for each center how many of the fastest to leave out such that most of a
// few rows keep a margin.
func (l *lloyd) wearing() {
	w := l.wear
	for c := range w.order {
		w.order[c] = int32(c)
		w.own[c], w.fit[c] = l.move[c], [len(racing)]int32{}
	}
	slices.SortFunc(w.order, func(a, b int32) int { return cmp.Or(cmp.Compare(l.move[b], l.move[a]), cmp.Compare(a, b)) })
	tried := 0
	for m, out := range racing {
		if out < l.k {
			w.lead(l, m, out)
			tried = m + 1
		}
	}
	n := len(l.margin)
	parts := min(stretches, n/(stretch*tryOneOf))
	for s := range parts {
		from := s * n / parts
		for i := from; i < from+stretch; i++ {
			w.try(l.label[i], l.near[i], l.margin[i], tried)
		}
	}
	for c := range l.k {
		best := 0
		for m := range tried {
			if w.fit[c][m] > w.fit[c][best] {
				best = m
			}
		}
		w.gap[c], w.apart[c] = w.ahead[best].gap[c], w.ahead[best].apart[c]
	}
}

// lead leaves some of the fastest centers out. More out, less wear, and nearer ones out.
func (w *wear) lead(l *lloyd, m, out int) {
	to, before := &w.ahead[m], 0
	for c := range l.k {
		to.apart[c] = float32(math.Inf(1))
		if m > 0 {
			to.apart[c], before = w.ahead[m-1].apart[c], racing[m-1]
		}
		to.gap[c] = l.move[c]
		for _, other := range w.order[out:] {
			if int(other) != c {
				to.gap[c] += l.move[other]
				break
			}
		}
		for _, other := range w.order[before:out] {
			if int(other) != c {
				to.apart[c] = min(to.apart[c], l.apart(c, int(other)))
			}
		}
	}
}

// apart is how far apart two centers are at least.
func (l *lloyd) apart(a, b int) float32 {
	x, y, square := l.centers[a*l.dims:(a+1)*l.dims], l.centers[b*l.dims:(b+1)*l.dims], 0.0
	for d, v := range x {
		by := float64(v) - float64(y[d])
		square += float64(by * by)
	}
	return float32(math.Sqrt(square) * (1 - 1e-6))
}

func (w *wear) try(label int32, near, margin float32, tried int) {
	u, fit := near+w.own[label], &w.fit[label]
	for m := range tried {
		if a := &w.ahead[m]; margin > a.gap[label] && a.apart[label] > u+u {
			fit[m]++
		}
	}
}
