// Package cluster finds groups of rows that are alike, with k-means, and says what
// sets each apart.
//
//  1. FitTransform makes columns comparable: skew, outliers, scale, what is missing.
//  2. Fit finds k centers; Choose tries several k and keeps the curve.
//  3. Model.Assign puts rows, old or new, to their centers.
//  4. Describe says what the rows of a group have in common, and names it.
//
// Rows are float32, one after the other. The same rows and seed give the same bytes,
// on any number of threads.
package cluster

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"

	"golang.org/x/sync/errgroup"
)

// Options say how to fit. The zero value is a good choice.
type Options struct {
	Seed    uint64
	MaxIter int       // default 300
	Tol     float64   // stop when the centers' squared moves add up to less than this times the mean variance; default 1e-4
	Init    []float32 // first centers; default: k-means++
	Threads int
}

// A Model is centers, and how well they fitted.
type Model struct {
	K          int       `json:"k"`
	Dims       int       `json:"dims"`
	Centers    []float32 `json:"centers"` // row by row
	Inertia    float64   `json:"inertia"` // squared distances to the nearest centers, added up
	Iterations int       `json:"iterations"`
	Sizes      []int     `json:"sizes"`
}

// ErrFewRows reports more groups than there are distinct rows.
var ErrFewRows = errors.New("fewer distinct rows than groups")

// Fit finds k centers such that the squared distances of the rows to their nearest one
// are small: Lloyd's algorithm from k-means++ seeds.
//
// Lloyd, S. (1982). Least squares quantization in PCM. IEEE Trans. Inf. Theory 28 (2).
// Arthur, D. and Vassilvitskii, S. (2007). k-means++. SODA.
func Fit(rows []float32, dims, k int, o Options) (*Model, error) {
	n, err := check(rows, dims)
	if err != nil {
		return nil, err
	}
	if k < 1 {
		return nil, fmt.Errorf("%d groups", k)
	}
	if d := distinct(rows, dims, k); d < k {
		return nil, fmt.Errorf("%w: %d groups of %d distinct rows", ErrFewRows, k, d)
	}
	if o.MaxIter <= 0 {
		o.MaxIter = 300
	}
	if o.Tol <= 0 {
		o.Tol = 1e-4
	}
	l := &lloyd{rows: rows, n: n, dims: dims, k: k, threads: o.Threads}
	if l.threads <= 0 {
		l.threads = runtime.GOMAXPROCS(0)
	}
	switch {
	case o.Init == nil:
		l.centers = Seed(rows, dims, k, o.Seed)
	case len(o.Init) != k*dims:
		return nil, fmt.Errorf("%d numbers for %d first centers of %d", len(o.Init), k, dims)
	default:
		l.centers = append([]float32{}, o.Init...)
	}
	return l.run(o), nil
}

// check refuses rows that no distance can be taken of.
func check(rows []float32, dims int) (n int, err error) {
	if dims < 1 || len(rows) == 0 || len(rows)%dims != 0 {
		return 0, fmt.Errorf("%d numbers in rows of %d", len(rows), dims)
	}
	for i, v := range rows {
		if v != v || math.IsInf(float64(v), 0) {
			return 0, fmt.Errorf("row %d, column %d: %v", i/dims+1, i%dims+1, v)
		}
	}
	return len(rows) / dims, nil
}

// distinct counts distinct rows, up to enough.
func distinct(rows []float32, dims, enough int) int {
	seen := make(map[string]bool)
	key := make([]byte, 4*dims)
	for i := 0; i < len(rows) && len(seen) < enough; i += dims {
		for d, v := range rows[i : i+dims] {
			b := math.Float32bits(v + 0) // −0 is 0
			key[4*d], key[4*d+1], key[4*d+2], key[4*d+3] = byte(b), byte(b>>8), byte(b>>16), byte(b>>24)
		}
		seen[string(key)] = true
	}
	return len(seen)
}

// Seed is greedy k-means++: of a few rows drawn in proportion to their squared distance
// from the centers so far, the one that helps most.
func Seed(rows []float32, dims, k int, number uint64) []float32 {
	n := len(rows) / dims
	random := rand.New(rand.NewPCG(number, 0x6b6d65616e73))
	row := func(i int) []float32 { return rows[i*dims : (i+1)*dims] }
	centers := append([]float32{}, row(random.IntN(n))...)
	near := make([]float64, n)
	total := 0.0
	for i := range near {
		near[i] = float64(distance(row(i), centers))
		total += near[i]
	}
	trials := 2 + int(math.Log(float64(k)))
	trial, best := make([]float64, n), make([]float64, n)
	for len(centers) < k*dims {
		bestTotal, chosen := math.Inf(1), -1
		for range trials {
			i := draw(near, total*random.Float64())
			sum := 0.0
			for j := range near {
				trial[j] = min(near[j], float64(distance(row(j), row(i))))
				sum += trial[j]
			}
			if sum < bestTotal {
				bestTotal, chosen = sum, i
				best, trial = trial, best
			}
		}
		centers = append(centers, row(chosen)...)
		near, best, total = best, near, bestTotal
	}
	return centers
}

// draw finds the row at which the weights add up to more than x.
func draw(weights []float64, x float64) int {
	last := 0
	for i, w := range weights {
		if w > 0 {
			last = i
			if x -= w; x < 0 {
				return i
			}
		}
	}
	return last
}

// distance is squared.
func distance(a, b []float32) float32 {
	var s0, s1, s2, s3 float32
	b = b[:len(a)]
	i := 0
	for ; i+4 <= len(a); i += 4 {
		d0, d1, d2, d3 := a[i]-b[i], a[i+1]-b[i+1], a[i+2]-b[i+2], a[i+3]-b[i+3]
		s0, s1, s2, s3 = s0+d0*d0, s1+d1*d1, s2+d2*d2, s3+d3*d3
	}
	for ; i < len(a); i++ {
		d := a[i] - b[i]
		s0 += d * d
	}
	return s0 + s1 + s2 + s3
}

// piece is how many rows are worked on at once. Sums are kept for each piece and added
// up in order, so that the number of threads doesn't show.
const piece = 4096

type lloyd struct {
	rows       []float32
	n, dims, k int
	centers    []float32
	label      []int32
	near       []float32
	threads    int
	sums       [][]float64 // of each piece: k × dims
	counts     [][]int
	inertia    []float64
}

func (l *lloyd) run(o Options) *Model {
	pieces := (l.n + piece - 1) / piece
	l.label, l.near = make([]int32, l.n), make([]float32, l.n)
	l.sums, l.counts, l.inertia = make([][]float64, pieces), make([][]int, pieces), make([]float64, pieces)
	tol := o.Tol * l.variance()
	m := &Model{K: l.k, Dims: l.dims}
	for m.Iterations < o.MaxIter {
		l.assign()
		m.Iterations++
		if moved := l.update(); moved <= tol {
			break
		}
	}
	m.Inertia = l.assign()
	m.Centers, m.Sizes = l.centers, l.sizes()
	return m
}

// variance is the mean over the columns.
func (l *lloyd) variance() float64 {
	sum := 0.0
	for d := range l.dims {
		mean, square := 0.0, 0.0
		for i := d; i < len(l.rows); i += l.dims {
			mean += float64(l.rows[i])
			square += float64(l.rows[i]) * float64(l.rows[i])
		}
		mean /= float64(l.n)
		sum += square/float64(l.n) - mean*mean
	}
	return sum / float64(l.dims)
}

// assign puts every row to its nearest center, the first of equally near ones.
func (l *lloyd) assign() (inertia float64) {
	var g errgroup.Group
	g.SetLimit(l.threads)
	for p := range l.sums {
		g.Go(func() error { l.assignPiece(p); return nil })
	}
	g.Wait()
	for _, v := range l.inertia {
		inertia += v
	}
	return inertia
}

func (l *lloyd) assignPiece(p int) {
	if l.sums[p] == nil {
		l.sums[p], l.counts[p] = make([]float64, l.k*l.dims), make([]int, l.k)
	}
	clear(l.sums[p])
	clear(l.counts[p])
	total := 0.0
	for i := p * piece; i < min(l.n, (p+1)*piece); i++ {
		row := l.rows[i*l.dims : (i+1)*l.dims]
		best, at := distance(row, l.centers[:l.dims]), 0
		for c := 1; c < l.k; c++ {
			if d := distance(row, l.centers[c*l.dims:(c+1)*l.dims]); d < best {
				best, at = d, c
			}
		}
		l.label[i], l.near[i] = int32(at), best
		total += float64(best)
		sum := l.sums[p][at*l.dims : (at+1)*l.dims]
		for d, v := range row {
			sum[d] += float64(v)
		}
		l.counts[p][at]++
	}
	l.inertia[p] = total
}

func (l *lloyd) sizes() []int {
	sizes := make([]int, l.k)
	for _, counts := range l.counts {
		for c, n := range counts {
			sizes[c] += n
		}
	}
	return sizes
}

// update moves each center to the mean of its rows and returns the squared moves added
// up. An empty group takes the row that is farthest from its center.
func (l *lloyd) update() (moved float64) {
	sizes := l.sizes()
	taken := make(map[int]bool)
	for c, size := range sizes {
		center := l.centers[c*l.dims : (c+1)*l.dims]
		if size == 0 {
			far := l.farthest(taken)
			taken[far] = true
			moved += float64(distance(center, l.rows[far*l.dims:(far+1)*l.dims]))
			copy(center, l.rows[far*l.dims:(far+1)*l.dims])
			continue
		}
		for d := range center {
			sum := 0.0
			for p := range l.sums {
				sum += l.sums[p][c*l.dims+d]
			}
			v := float32(sum / float64(size))
			moved += float64(v-center[d]) * float64(v-center[d])
			center[d] = v
		}
	}
	return moved
}

func (l *lloyd) farthest(taken map[int]bool) int {
	at := 0
	best := float32(-1)
	for i, d := range l.near {
		if d > best && !taken[i] {
			best, at = d, i
		}
	}
	return at
}

// An Assignment is where each row belongs.
type Assignment struct {
	Cluster       []int32
	Distance      []float32 // to the nearest center
	SecondCluster []int32   // −1 where there is one center only
	Second        []float32 // to the second nearest
}

// Assign puts rows to their nearest centers.
func (m *Model) Assign(rows []float32, threads int) (*Assignment, error) {
	n, err := check(rows, m.Dims)
	if err != nil {
		return nil, err
	}
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	a := &Assignment{make([]int32, n), make([]float32, n), make([]int32, n), make([]float32, n)}
	var g errgroup.Group
	g.SetLimit(threads)
	for from := 0; from < n; from += piece {
		g.Go(func() error {
			for i := from; i < min(from+piece, n); i++ {
				m.assign(a, rows[i*m.Dims:(i+1)*m.Dims], i)
			}
			return nil
		})
	}
	return a, g.Wait()
}

func (m *Model) assign(a *Assignment, row []float32, i int) {
	first, second := float32(math.Inf(1)), float32(math.Inf(1))
	at, next := int32(0), int32(-1)
	for c := range m.K {
		d := distance(row, m.Centers[c*m.Dims:(c+1)*m.Dims])
		switch {
		case d < first:
			first, second, at, next = d, first, int32(c), at
			if c == 0 {
				next = -1
			}
		case d < second:
			second, next = d, int32(c)
		}
	}
	a.Cluster[i], a.SecondCluster[i] = at, next
	a.Distance[i] = float32(math.Sqrt(float64(first)))
	a.Second[i] = float32(math.Sqrt(float64(second)))
}
