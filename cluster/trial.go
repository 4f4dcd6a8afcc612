package cluster

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Sizes of what k is chosen on, in rows, and how often is tried.
const (
	trialRows  = 20_000 // fits
	judgedRows = 2_500  // silhouettes, for which all pairs are taken
	halfRows   = 5_000  // stability
	restarts   = 4
	halvings   = 5
	references = 5 // of the gap statistic
)

// A trial is a sample on which every k is tried.
type trial struct {
	sheet
	o       Options
	judged  []float32           // fewer rows
	apart   []float32           // their distances, all pairs
	centers map[int][]float32   // the best of each k
	halves  [halvings][2]*sheet // disjoint
	common  []float32           // on which halves must agree
	total   float64             // squared distances to the mean, added up
}

func newTrial(rows []float32, dims, most int, o Options) *trial {
	random := dice(o.Seed, 0x63686f6f7365)
	o.Init, o.Weights = nil, nil
	t := &trial{o: o, centers: make(map[int][]float32)}
	t.sheet = sheet{rows: sampled(rows, dims, max(trialRows, 100*most), random), dims: dims}
	t.judged = sampled(t.rows, dims, judgedRows, random)
	t.apart = allPairs(t.judged, dims, threadsOr(o.Threads))
	for h := range t.halves {
		n := t.len()
		order := random.Perm(n)[:min(n, 2*halfRows)]
		for side := range 2 {
			part := make([]float32, 0, len(order)/2*dims)
			for _, i := range order[side*len(order)/2 : (side+1)*len(order)/2] {
				part = append(part, t.rows[i*dims:(i+1)*dims]...)
			}
			t.halves[h][side] = &sheet{rows: part, dims: dims}
		}
	}
	t.common = t.judged
	return t
}

// dice are the same for the same seed and purpose.
func dice(seed, purpose uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, purpose)) }

// sampled takes a row from each of as many stretches of equal length.
func sampled(rows []float32, dims, most int, random *rand.Rand) []float32 {
	n := len(rows) / dims
	if n <= most {
		return rows
	}
	out := make([]float32, 0, most*dims)
	for i := range most {
		from, to := i*n/most, (i+1)*n/most
		at := from + random.IntN(to-from)
		out = append(out, rows[at*dims:(at+1)*dims]...)
	}
	return out
}

// curve tries every k.
func (t *trial) curve(from, to int, gap bool) (curve []Point, err error) {
	one, err := Fit(t.rows, t.dims, 1, t.o)
	if err != nil {
		return nil, err
	}
	t.total = one.Inertia
	for k := from; k <= min(to, distinct(t.rows, t.dims, to, nil)); k++ {
		m, err := t.best(k)
		if err != nil {
			return nil, err
		}
		t.centers[k] = m.Centers
		p, err := t.point(m)
		if err != nil {
			return nil, err
		}
		curve = append(curve, p)
	}
	if gap {
		return curve, t.gaps(curve)
	}
	return curve, nil
}

// best is the best of a few fits: from the centers for one group less and the row that is
// farthest from them in all, and from seeds.
func (t *trial) best(k int) (best *Model, err error) {
	for i := range restarts {
		o := t.o
		if o.Seed += uint64(i) * 7919; i == 0 {
			if o.Init = t.grown(k); o.Init == nil {
				continue
			}
		}
		m, err := Fit(t.rows, t.dims, k, o)
		if err != nil {
			return nil, err
		}
		if best == nil || m.Inertia < best.Inertia {
			best = m
		}
	}
	return best, nil
}

// grown adds the row to the centers of one group less that, of a few, helps most.
func (t *trial) grown(k int) []float32 {
	if t.centers[k-1] == nil {
		return nil
	}
	s := newSeeding(t.rows, t.dims, t.o)
	p := newPacked(k-1, t.dims)
	centers := make([]float32, 0, k*t.dims)
	for i, v := range t.centers[k-1] {
		centers = append(centers, v-s.shift[i%t.dims])
	}
	p.set(centers)
	s.held(p)
	row := s.draw()
	if row < 0 {
		return nil
	}
	return append(slices.Clone(t.centers[k-1]), s.row(row)...)
}

func (t *trial) point(m *Model) (p Point, err error) {
	n := float64(t.len())
	p = Point{K: m.K, Inertia: m.Inertia, MinShare: float64(slices.Min(m.Sizes)) / n, MaxShare: float64(slices.Max(m.Sizes)) / n}
	p.CalinskiHarabasz = (t.total - m.Inertia) / float64(m.K-1) / (max(m.Inertia, t.nothing()) / max(1, n-float64(m.K)))
	a, err := m.Assign(t.rows, t.o.Threads)
	if err != nil {
		return p, err
	}
	p.DaviesBouldin = daviesBouldin(m, a)
	label, _ := m.Label(t.judged, t.o.Threads)
	p.Silhouette = silhouette(t.apart, label, m.K, threadsOr(t.o.Threads))
	p.Stability, err = t.stability(m.K)
	return p, err
}

// nothing is an inertia that rounding leaves where rows stand on their centers.
func (t *trial) nothing() float64 { return max(t.total*1e-12, 1e-30) }

// stability is how far fits on disjoint halves agree on rows.
func (t *trial) stability(k int) (mean float64, err error) {
	for h, pair := range t.halves {
		var label [2][]int32
		for side, s := range pair {
			o := t.o
			o.Seed += uint64(2*h + side)
			if distinct(s.rows, s.dims, k, nil) < k {
				return 0, nil
			}
			m, err := Fit(s.rows, s.dims, k, o)
			if err != nil {
				return 0, err
			}
			label[side], _ = m.Label(t.common, o.Threads)
		}
		mean += Cross(label[0], label[1], k, k).AdjustedRand() / halvings
	}
	return mean, nil
}

// daviesBouldin is the mean over groups of how wide a group and its worst neighbour are,
// together, for how far apart they are.
//
// Davies, D. L. and Bouldin, D. W. (1979). A cluster separation measure. IEEE Trans.
// Pattern Anal. Mach. Intell. 1 (2).
func daviesBouldin(m *Model, a *Assignment) (mean float64) {
	width, size := make([]float64, m.K), make([]float64, m.K)
	for i, c := range a.Cluster {
		width[c] += float64(a.Distance[i])
		size[c]++
	}
	for c := range m.K {
		width[c] /= max(1, size[c])
	}
	for c := range m.K {
		worst := 0.0
		for other := range m.K {
			if apart := math.Sqrt(m.squared(m.Centers[other*m.Dims:(other+1)*m.Dims], c)); other != c && apart > 0 {
				worst = max(worst, (width[c]+width[other])/apart)
			}
		}
		mean += worst / float64(m.K)
	}
	return mean
}

// allPairs are the distances of all pairs of rows.
func allPairs(rows []float32, dims, threads int) []float32 {
	n := len(rows) / dims
	out := make([]float32, n*n)
	parallel(n, threads, func(_, i int) {
		for j := range n {
			out[i*n+j] = float32(math.Sqrt(float64(distance(rows[i*dims:(i+1)*dims], rows[j*dims:(j+1)*dims]))))
		}
	})
	return out
}

// silhouette is the mean over rows of (b − a) / max(a, b): a the mean distance to the
// row's own group, b that to the nearest other one.
//
// Rousseeuw, P. J. (1987). Silhouettes. J. Comput. Appl. Math. 20.
func silhouette(apart []float32, label []int32, k, threads int) (mean float64) {
	n := len(label)
	size := make([]float64, k)
	for _, c := range label {
		size[c]++
	}
	of := make([]float64, n)
	parallel(n, threads, func(_, i int) {
		to := make([]float64, k)
		for j, d := range apart[i*n : (i+1)*n] {
			to[label[j]] += float64(d)
		}
		own := label[i]
		if size[own] < 2 {
			return
		}
		a, b := to[own]/(size[own]-1), math.Inf(1)
		for c := range k {
			if int32(c) != own && size[c] > 0 {
				b = min(b, to[c]/size[c])
			}
		}
		if m := max(a, b); m > 0 && !math.IsInf(b, 1) {
			of[i] = (b - a) / m
		}
	})
	for _, v := range of {
		mean += v / float64(n)
	}
	return mean
}
