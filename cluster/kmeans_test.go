package cluster

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// crowds are rows around k places, with some far out; places are near enough to overlap.
func crowds(n, dims, k int, seed uint64) []float32 {
	r := rand.New(rand.NewPCG(seed, 5))
	at := make([]float64, k*dims)
	for i := range at {
		at[i] = 2 * r.NormFloat64()
	}
	rows := make([]float32, n*dims)
	for i := range n {
		c, wide := int(float64(k)*r.Float64()*r.Float64()), 1.0
		if r.IntN(200) == 0 {
			wide = 30
		}
		for d := range dims {
			rows[i*dims+d] = float32(at[c*dims+d] + wide*r.NormFloat64())
		}
	}
	return rows
}

func fit(t *testing.T, rows []float32, dims, k int, o Options) *Model {
	t.Helper()
	m, err := Fit(rows, dims, k, o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

var shapes = []struct{ n, dims, k int }{{3000, 20, 8}, {3003, 7, 3}, {1500, 33, 50}, {8000, 2, 12}, {3000, 5, 140}, {2000, 6, 100}, {700, 1, 9}}

// The model is the same, bit for bit, whatever computes it, on any number of threads,
// and whether or not distances are skipped.
func TestFitIsTheSame(t *testing.T) {
	for i, s := range shapes {
		if testing.Short() && i%2 == 1 {
			continue
		}
		rows := crowds(s.n, s.dims, s.k, uint64(s.n))
		for shift := range 2 {
			if shift == 1 { // far from the origin
				for i := range rows {
					rows[i] += 1000
				}
			}
			want := fit(t, rows, s.dims, s.k, Options{Seed: 1, Threads: 1})
			for _, k := range kernels() {
				for _, o := range []Options{{Threads: 2}, {Threads: 5}, {Threads: 2, plain: true}} {
					if k == &portable && (o.Threads == 5 || o.plain && s.n*s.k > 100_000) { // slow
						continue
					}
					o.Seed, o.kernel = 1, k
					if diff := cmp.Diff(want, fit(t, rows, s.dims, s.k, o)); diff != "" {
						t.Errorf("%v, shift %d, %s, %d threads, plain %v: %s", s, shift, k.name, o.Threads, o.plain, diff)
					}
				}
			}
		}
	}
}

// Few rows need to be held against few centers, or the gaps are of no use.
func TestGapsSkip(t *testing.T) {
	rows := crowds(50_000, 8, 150, 1)
	o := Options{Seed: 1, Threads: 2}
	o.Init = Seed(rows, 8, 150, o)
	l := newLloyd(rows, 8, o.Init, o)
	rounds := l.run(200, 0)
	all := int64(rounds) * int64(len(l.owner)) * int64(l.packed.groups)
	if l.taken*2 > all {
		t.Errorf("%d rounds took %d of %d groups", rounds, l.taken, all)
	}
}

// Nor do rows that stay in place need to be held against all centers every time.
func TestMarginsSkip(t *testing.T) {
	rows := crowds(50_000, 8, 8, 1)
	o := Options{Seed: 1, Threads: 2}
	o.Init = Seed(rows, 8, 8, o)
	l := newLloyd(rows, 8, o.Init, o)
	if rounds := l.run(200, 0); l.taken*2 > int64(rounds*50_000) {
		t.Errorf("%d rounds held %d rows", rounds, l.taken)
	}
}

// A center far out, whose distances are rounded coarsely and which moves a lot, doesn't use
// the margins of the others' rows up.
func TestFarCentersWearNobody(t *testing.T) {
	rows := crowds(50_000, 8, 8, 2)
	for i := range 400 { // ever farther out
		for d := range 8 {
			rows[i*8+d] *= 20 * float32(i)
		}
	}
	o := Options{Seed: 1, Threads: 2}
	o.Init = Seed(rows, 8, 12, o)
	for range 8 {
		o.Init = append(o.Init, rows[len(rows)-1-len(o.Init)%800*8-8:][:8]...) // and some among the others
	}
	l := newLloyd(rows, 8, o.Init, o)
	rounds := l.run(200, 0)
	if l.taken*3 > int64(rounds*50_000) {
		t.Errorf("%d rounds held %d rows", rounds, l.taken)
	}
}

// The sizes that a fit reports are those that assigning its rows gives: also where rows
// are as near to one center as to another, and centers are far from the origin.
func TestSizesAreThoseOfAnAssignment(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for k := 2; k <= 20; k++ {
		for _, far := range []float32{0, 1000, 1e6} {
			rows := make([]float32, 2*5000)
			for i := range rows {
				rows[i] = far + float32(r.IntN(7))
			}
			m := fit(t, rows, 2, k, Options{Seed: uint64(k), MaxIter: 4})
			label, inertia := m.Label(rows, 2)
			sizes := make([]int, k)
			for _, c := range label {
				sizes[c]++
			}
			if !slices.Equal(sizes, m.Sizes) || math.Abs(inertia/m.Inertia-1) > 1e-3 {
				t.Errorf("k %d, far %v: the fit says %v, %v; an assignment %v, %v", k, far, m.Sizes, m.Inertia, sizes, inertia)
			}
		}
	}
}

func TestMoreRoundsAreNeverWorse(t *testing.T) {
	rows := crowds(3000, 6, 10, 2)
	last := math.Inf(1)
	for rounds := 1; rounds <= 30; rounds++ {
		m := fit(t, rows, 6, 10, Options{Seed: 3, MaxIter: rounds, Tol: 1e-12})
		if m.Inertia > last*(1+1e-7) {
			t.Errorf("%d rounds: %v, and %v before", rounds, m.Inertia, last)
		}
		last = m.Inertia
	}
}

// Centers are the means of their rows, and rows belong to their nearest centers.
func TestFitIsAFixedPoint(t *testing.T) {
	rows := crowds(4000, 5, 7, 4)
	m := fit(t, rows, 5, 7, Options{Tol: 1e-13})
	a, err := m.Assign(rows, 2)
	if err != nil {
		t.Fatal(err)
	}
	sums, sizes, inertia := make([]float64, 35), make([]int, 7), 0.0
	for i, c := range a.Cluster {
		sizes[c]++
		for d := range 5 {
			sums[int(c)*5+d] += float64(rows[i*5+d])
		}
		own := m.squared(rows[i*5:(i+1)*5], int(c))
		inertia += own
		for other := range 7 {
			if d := m.squared(rows[i*5:(i+1)*5], other); d < own*(1-1e-5) {
				t.Fatalf("row %d: %v to %d, %v to %d", i, own, c, d, other)
			}
		}
	}
	if !slices.Equal(sizes, m.Sizes) || math.Abs(inertia/m.Inertia-1) > 1e-7 {
		t.Errorf("sizes %v, inertia %v; the model says %v, %v", sizes, inertia, m.Sizes, m.Inertia)
	}
	for i := range sums {
		if mean := sums[i] / float64(sizes[i/5]); math.Abs(mean-float64(m.Centers[i])) > 1e-5 {
			t.Errorf("center %d, column %d: %v, and its rows' mean is %v", i/5, i%5, m.Centers[i], mean)
		}
	}
}

func TestWeightsAreCopies(t *testing.T) {
	rows := crowds(2000, 4, 5, 6)
	var copies []float32
	weights := make([]float32, 2000)
	for i := range weights {
		weights[i] = float32(i % 4)
		for range i % 4 {
			copies = append(copies, rows[i*4:(i+1)*4]...)
		}
	}
	first := rows[4 : 4+5*4]
	got := fit(t, rows, 4, 5, Options{Init: first, Weights: weights, Tol: 1e-13})
	want := fit(t, copies, 4, 5, Options{Init: first, Tol: 1e-13})
	for i := range want.Centers {
		if math.Abs(float64(got.Centers[i]-want.Centers[i])) > 1e-4 {
			t.Fatalf("centers %v, want %v", got.Centers, want.Centers)
		}
	}
	if math.Abs(got.Inertia/want.Inertia-1) > 1e-6 {
		t.Errorf("inertia %v, want %v", got.Inertia, want.Inertia)
	}
}

func TestEmptyCentersAreGivenRows(t *testing.T) {
	rows := crowds(1000, 3, 4, 7)
	far := append(slices.Clone(rows[:6]), 1e6, 1e6, 1e6, -1e6, 1e6, 1e6, 1e6, -1e6, 1e6)
	for _, weights := range [][]float32{nil, slices.Repeat([]float32{0.5, 0}, 500)} {
		m := fit(t, rows, 3, 5, Options{Init: far, Weights: weights})
		for c, size := range m.Sizes {
			if size == 0 {
				t.Errorf("center %d is empty: %v", c, m.Sizes)
			}
		}
		for i, v := range m.Centers {
			if math.Abs(float64(v)) > 1000 {
				t.Errorf("center %d is still far out: %v", i/3, v)
			}
		}
	}
}

func TestSeedsAreRowsApart(t *testing.T) {
	rows := crowds(11_000, 4, 6, 8)
	for _, k := range []int{1, 2, 6, 40, 200} {
		o := Options{Seed: 9, Threads: 1}
		want := Seed(rows, 4, k, o)
		for _, kernel := range kernels() {
			o.Threads, o.kernel = 2, kernel
			if got := Seed(rows, 4, k, o); !slices.Equal(got, want) {
				t.Errorf("k %d, %s: other seeds on two threads", k, kernel.name)
			}
		}
		if d := distinct(want, 4, k, nil); d != k || len(want) != k*4 {
			t.Errorf("k %d: %d numbers, %d distinct seeds", k, len(want), d)
		}
		if o.Seed = 10; k > 1 && slices.Equal(Seed(rows, 4, k, o), want) {
			t.Errorf("k %d: another seed number gives the same seeds", k)
		}
	}
}

// Seeds leave far less to do than rows drawn at random.
func TestSeedsSpread(t *testing.T) {
	rows := crowds(20_000, 6, 12, 11)
	label := make([]int32, 20_000)
	for _, k := range []int{8, 64} {
		seeds := &Model{K: k, Dims: 6, Centers: Seed(rows, 6, k, Options{})}
		random := &Model{K: k, Dims: 6, Centers: rows[:k*6]}
		if a, b := seeds.ruler(rows, nil).label(label, nil, 1), random.ruler(rows, nil).label(label, nil, 1); a > 0.9*b {
			t.Errorf("k %d: %.4g, and %.4g at random", k, a, b)
		}
	}
}

func TestFitRefuses(t *testing.T) {
	nan := float32(math.NaN())
	inf := float32(math.Inf(1))
	few := slices.Repeat([]float32{1, 2}, 10)
	tests := []struct {
		name    string
		rows    []float32
		dims, k int
		o       Options
		want    string
	}{
		{"no rows", nil, 2, 1, Options{}, "no rows"},
		{"no columns", nil, 0, 1, Options{}, "no columns"},
		{"half a row", []float32{1, 2, 3}, 2, 1, Options{}, "3 numbers in rows of 2"},
		{"a NaN", []float32{1, 2, 3, nan}, 2, 1, Options{}, "row 2, column 2: NaN"},
		{"infinity", []float32{1, inf, 3, 4}, 2, 1, Options{}, "row 1, column 2: +Inf"},
		{"too large to square", []float32{1, 2, 1e25, 4}, 2, 1, Options{}, "row 2, column 1: 1e+25"},
		{"no groups", few, 2, 0, Options{}, "0 groups"},
		{"more groups than distinct rows", few, 2, 2, Options{}, "2 groups of 1 distinct rows"},
		{"distinct rows without weight", []float32{1, 2, 3}, 1, 3, Options{Weights: []float32{1, 1, 0}}, "3 groups of 2 distinct rows"},
		{"a negative weight", []float32{1, 2, 3}, 1, 1, Options{Weights: []float32{1, -1, 0}}, "weight of row 2: -1"},
		{"no weight at all", []float32{1, 2, 3}, 1, 1, Options{Weights: []float32{0, 0, 0}}, "weights add up to 0"},
		{"too few weights", []float32{1, 2, 3}, 1, 1, Options{Weights: []float32{1}}, "1 weights for 3 rows"},
		{"centers of another size", []float32{1, 2, 3}, 1, 2, Options{Init: []float32{1}}, "1 numbers for 2 first centers of 1"},
		{"a center that is NaN", []float32{1, 2, 3}, 1, 1, Options{Init: []float32{nan}}, "first centers: row 1, column 1: NaN"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if m, err := Fit(tt.rows, tt.dims, tt.k, tt.o); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, %v; want %q", m, err, tt.want)
			}
		})
	}
	if _, err := Fit(few, 2, 2, Options{}); !errors.Is(err, ErrFewRows) {
		t.Errorf("%v is not ErrFewRows", err)
	}
}

func TestFitOfOddShapes(t *testing.T) {
	wideRows := crowds(40, 10_000, 3, 12)
	constant := make([]float32, 0, 300)
	for i := range 100 {
		constant = append(constant, 5, float32(i%2), 1e9)
	}
	tests := []struct {
		name    string
		rows    []float32
		dims, k int
		sizes   []int // sorted
	}{
		{"one row", []float32{3, 4}, 2, 1, []int{1}},
		{"one group", crowds(100, 3, 2, 13), 3, 1, []int{100}},
		{"only the same row", slices.Repeat([]float32{7, 8, 9}, 50), 3, 1, []int{50}},
		{"as many groups as rows", []float32{1, 5, 9, 20}, 1, 4, []int{1, 1, 1, 1}},
		{"as many groups as distinct rows", slices.Repeat([]float32{1, 5, 9}, 30), 1, 3, []int{30, 30, 30}},
		{"constant columns", constant, 3, 2, []int{50, 50}},
		{"10,000 columns", wideRows, 10_000, 3, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := fit(t, tt.rows, tt.dims, tt.k, Options{})
			sizes := slices.Sorted(slices.Values(m.Sizes))
			if tt.sizes != nil && !slices.Equal(sizes, tt.sizes) {
				t.Errorf("sizes %v, want %v", sizes, tt.sizes)
			}
			if sizes[0] == 0 || math.IsNaN(m.Inertia) {
				t.Errorf("sizes %v, inertia %v", sizes, m.Inertia)
			}
		})
	}
}

func TestAssignKnowsTheSecond(t *testing.T) {
	m := &Model{K: 3, Dims: 2, Centers: []float32{0, 0, 4, 0, 0, 10}}
	a, err := m.Assign([]float32{1, 0, 4, 0, 0, 6}, 1)
	if err != nil {
		t.Fatal(err)
	}
	want := &Assignment{Cluster: []int32{0, 1, 2}, Distance: []float32{1, 0, 4}, SecondCluster: []int32{1, 0, 0}, Second: []float32{3, 4, 6}, Membership: []float32{1 / (1 + 1.0/9 + 1.0/101), 1, 1 / (1 + 16.0/36 + 16.0/52)}}
	if diff := cmp.Diff(want, a); diff != "" {
		t.Error(diff)
	}
	if a, err = (&Model{K: 1, Dims: 1, Centers: []float32{0}}).Assign([]float32{2}, 1); err != nil || a.SecondCluster[0] != -1 || !math.IsInf(float64(a.Second[0]), 1) {
		t.Errorf("one center: %v, %v", a, err)
	}
	if _, err := m.Assign([]float32{1}, 1); err == nil {
		t.Error("a row of one number was assigned to centers of two")
	}
}

func ExampleFit() {
	rows := []float32{1, 1, 2, 1, 9, 9, 8, 9}
	m, err := Fit(rows, 2, 2, Options{Seed: 7})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.Sizes, m.Inertia)
	// Output: [2 2] 1
}
