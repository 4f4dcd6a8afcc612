package cluster

import "math"

// What became of a group from one model to the next.
const (
	Stayed = "stayed" // the same group: it keeps its id and its name
	Born   = "born"   // a new group of rows from many
	Split  = "split"  // a new group, most of whose rows were in one old group
	Died   = "died"   // an old group whose rows went to many
	Merged = "merged" // an old group, most of whose rows went to one new group
)

// A Kinship is what became of one group: From is its number in the old model and To in
// the new one, −1 where it isn't there. Of a split, From is where it split from; of a
// merger, To is what it merged with.
type Kinship struct {
	What     string  `json:"what"`
	From     int     `json:"from"`
	To       int     `json:"to"`
	Jaccard  float64 `json:"jaccard"`   // of the members
	Distance float64 `json:"distance"`  // of the centers, in units of how wide groups are
	FromRows int     `json:"from_rows"` // of these rows
	ToRows   int     `json:"to_rows"`
	Common   int     `json:"common"`
}

// enough is the share of members in common from which on a group is the same, or went
// where most of its rows went.
const enough = 0.5

// Kin finds out what became of the groups of an old model in a new one. Both label the
// same rows, so that only what the models say differs; old groups of which no row is left
// have died. A group stays if the best pairing of all groups by members and centers pairs
// it, and its members in common outnumber the others.
func Kin(rows []float32, dims int, old, now []int32, kOld, kNow int) []Kinship {
	c := Cross(old, now, kOld, kNow)
	apart := between(rows, dims, old, now, kOld, kNow)
	gain := make([][]float64, kOld)
	for a := range gain {
		gain[a] = make([]float64, kNow)
		for b := range gain[a] {
			gain[a][b] = c.Jaccard(a, b) + 0.1/(1+apart[a][b])
		}
	}
	var all []Kinship
	kin := func(what string, a, b int) {
		k := Kinship{What: what, From: a, To: b}
		if a >= 0 {
			k.FromRows = c.First[a]
		}
		if b >= 0 {
			k.ToRows = c.Other[b]
		}
		if a >= 0 && b >= 0 {
			k.Jaccard, k.Distance, k.Common = c.Jaccard(a, b), apart[a][b], c.Count[a][b]
		}
		all = append(all, k)
	}
	pairs, taken := Match(gain), make([]bool, kNow)
	for a, b := range pairs {
		if b >= 0 && c.Jaccard(a, b) >= enough {
			kin(Stayed, a, b)
			taken[b] = true
		} else {
			pairs[a] = -1
		}
	}
	for a, b := range pairs {
		if b >= 0 {
			continue
		}
		if to := most(kNow, func(b int) int { return c.Count[a][b] }); c.First[a] > 0 && float64(c.Count[a][to]) >= enough*float64(c.First[a]) {
			kin(Merged, a, to)
			taken[to] = true // its origin is told
		} else {
			kin(Died, a, -1)
		}
	}
	for b := range kNow {
		if taken[b] {
			continue
		}
		if from := most(kOld, func(a int) int { return c.Count[a][b] }); c.Other[b] > 0 && float64(c.Count[from][b]) >= enough*float64(c.Other[b]) {
			kin(Split, from, b)
		} else {
			kin(Born, -1, b)
		}
	}
	return all
}

func most(n int, of func(int) int) (at int) {
	for i := range n {
		if of(i) > of(at) {
			at = i
		}
	}
	return at
}

// between are the distances of the centers of both partitions, for how wide the old
// groups are on the whole.
func between(rows []float32, dims int, old, now []int32, kOld, kNow int) [][]float64 {
	from, wide := means(rows, dims, old, kOld)
	to, _ := means(rows, dims, now, kNow)
	out := make([][]float64, kOld)
	for a := range out {
		out[a] = make([]float64, kNow)
		for b := range out[a] {
			sum := 0.0
			for d := range dims {
				by := from[a*dims+d] - to[b*dims+d]
				sum += float64(by * by)
			}
			out[a][b] = math.Sqrt(sum) / max(wide, 1e-12)
		}
	}
	return out
}

func means(rows []float32, dims int, label []int32, k int) (mean []float64, wide float64) {
	mean, size := make([]float64, k*dims), make([]float64, k)
	each := func(do func(c int, row []float32)) {
		for i, c := range label {
			if c >= 0 {
				do(int(c), rows[i*dims:(i+1)*dims])
			}
		}
	}
	each(func(c int, row []float32) {
		size[c]++
		for d, v := range row {
			mean[c*dims+d] += float64(v)
		}
	})
	for i := range mean {
		mean[i] /= max(1, size[i/dims])
	}
	each(func(c int, row []float32) {
		for d, v := range row {
			by := float64(v) - mean[c*dims+d]
			wide += float64(by*by) / float64(len(label))
		}
	})
	return mean, math.Sqrt(wide)
}

// Steadiness is how surely groups are found again: models are fitted to rows drawn anew,
// with repetition, and hold the same rows. Rand is the mean adjusted Rand index, and
// Jaccard for each group the mean of its best.
//
// Hennig, C. (2007). Cluster-wise assessment of cluster stability. Comput. Stat. Data
// Anal. 52 (1).
type Steadiness struct {
	Rand    float64   `json:"adjusted_rand"`
	Jaccard []float64 `json:"jaccard"`
	Times   int       `json:"times"`
}

// Steady draws at most so many rows so many times.
func Steady(m *Model, rows []float32, times int, o Options) (*Steadiness, error) {
	random := dice(o.Seed, 0x626f6f74)
	rows = sampled(rows, m.Dims, trialRows, random)
	n := len(rows) / m.Dims
	own, _ := m.Label(rows, o.Threads)
	s := &Steadiness{Jaccard: make([]float64, m.K), Times: times}
	for i := range times {
		weights := make([]float32, n)
		for range n {
			weights[random.IntN(n)]++
		}
		o := o
		o.Seed, o.Weights, o.Init = o.Seed+uint64(i), weights, nil
		if distinct(rows, m.Dims, m.K, weights) < m.K {
			continue
		}
		again, err := Fit(rows, m.Dims, m.K, o)
		if err != nil {
			return nil, err
		}
		label, _ := again.Label(rows, o.Threads)
		c := Cross(own, label, m.K, m.K)
		s.Rand += c.AdjustedRand() / float64(times)
		for a := range m.K {
			best := 0.0
			for b := range m.K {
				best = max(best, c.Jaccard(a, b))
			}
			s.Jaccard[a] += best / float64(times)
		}
	}
	return s, nil
}
