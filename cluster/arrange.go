package cluster

import (
	"math"
	"slices"
)

// grouped orders centers such that near ones share a group: it halves them, again and
// again, along the column in which they differ most.
func grouped(centers []float32, dims int) []int32 {
	order := make([]int32, len(centers)/dims)
	for i := range order {
		order[i] = int32(i)
	}
	halve(order, centers, dims)
	return order
}

func halve(order []int32, centers []float32, dims int) {
	if len(order) <= groupOf {
		slices.Sort(order)
		return
	}
	widest, most := 0, -1.0
	for d := range dims {
		sum, square := 0.0, 0.0
		for _, c := range order {
			v := float64(centers[int(c)*dims+d])
			sum, square = sum+v, square+v*v
		}
		if spread := square - sum*sum/float64(len(order)); spread > most {
			widest, most = d, spread
		}
	}
	slices.SortFunc(order, func(a, b int32) int {
		x, y := centers[int(a)*dims+widest], centers[int(b)*dims+widest]
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return int(a - b)
	})
	groups := (len(order) + groupOf - 1) / groupOf
	half := (groups + 1) / 2 * groupOf
	halve(order[:half], centers, dims)
	halve(order[half:], centers, dims)
}

// keys says where the rows of a tile should stand: with those of the same center, the
// same second nearest group, and about the same gap.
func (p *pass) keys(w *worker, x []float32, t int) {
	f, norms := w.found, x[p.dims*wide:]
	groups := p.packed.groups
	for r := range wide {
		second, in := float32(math.Inf(1)), 0
		home := int(f.at[r]) / groupOf
		for g := range groups {
			v := f.first[g*wide+r]
			if g == home {
				v = f.second[g*wide+r]
			}
			if v < second {
				second, in = v, g
			}
		}
		gap := root(max(0, norms[r]+2*second)) - root(max(0, norms[r]+2*f.best[r]))
		p.key[t*wide+r] = uint64(int(f.at[r])*groups+in)<<8 | uint64(step(gap))
	}
}

// step is a gap on a scale of 256, eight to each doubling.
func step(gap float32) uint32 {
	const least = (127 - 22) << 3
	b := math.Float32bits(max(gap, 0)) >> 20
	if b < least {
		return 0
	}
	return min(b-least, 255)
}

// arrange lays rows out in tiles, in order of their keys if they are to be sorted.
func (l *lloyd) arrange(sorting bool) {
	n, places := l.len(), len(l.order)
	if sorting {
		l.sort(n)
	}
	tiles := places / wide
	if l.tiles == nil {
		l.tiles = make([]float32, tiles*l.stride())
		if !l.plain {
			l.gap, l.owner = make([]float32, tiles*l.packed.groups), make([]int32, tiles)
		}
	}
	for i := n; i < places; i++ {
		l.order[i], l.label[i] = l.order[n-1], l.label[n-1]
	}
	parallel((tiles+chunk-1)/chunk, l.threads, func(_, b int) {
		for t := b * chunk; t < min(tiles, (b+1)*chunk); t++ {
			l.gather(l.kernel, l.tiles[t*l.stride():(t+1)*l.stride()], (*[wide]int32)(l.order[t*wide:]))
		}
	})
	if l.plain {
		return
	}
	for i := range l.gap {
		l.gap[i] = float32(math.Inf(-1)) // unknown
	}
	for t := range l.owner {
		l.owner[t] = -1
		if label := l.label[t*wide : (t+1)*wide]; slices.Max(label) == label[0] && slices.Min(label) == label[0] {
			l.owner[t] = label[0]
		}
	}
}

// sort orders places by their keys: a radix sort, which keeps equal keys as they stood.
func (l *lloyd) sort(n int) {
	const bits = 11
	most := slices.Max(l.key[:n])
	key, at := l.key[:n], make([]int32, n)
	for i := range at {
		at[i] = int32(i)
	}
	other, otherAt := make([]uint64, n), make([]int32, n)
	for shift := 0; most>>shift > 0; shift += bits {
		var start [1 << bits]int
		for _, k := range key {
			start[k>>shift&(1<<bits-1)]++
		}
		sum := 0
		for d, count := range start {
			start[d], sum = sum, sum+count
		}
		for i, k := range key {
			d := k >> shift & (1<<bits - 1)
			other[start[d]], otherAt[start[d]] = k, at[i]
			start[d]++
		}
		key, other, at, otherAt = other, key, otherAt, at
	}
	order, label := make([]int32, n), make([]int32, n)
	for i, from := range at {
		order[i], label[i] = l.order[from], l.label[from]
	}
	copy(l.order, order)
	copy(l.label, label)
}
