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

// arrange lays rows out in tiles anew, in order of their keys.
func (l *lloyd) arrange() {
	n, places := l.len(), len(l.order)
	l.sort(n)
	tiles := places / wide
	if l.gap == nil {
		l.gap, l.owner = make([]float32, tiles*l.packed.groups), make([]int32, tiles)
	}
	for i := n; i < places; i++ {
		l.order[i], l.label[i] = l.order[n-1], l.label[n-1]
	}
	parallel((tiles+chunk-1)/chunk, l.threads, func(_, b int) {
		for t := b * chunk; t < min(tiles, (b+1)*chunk); t++ {
			l.gather(l.kernel, l.tiles[t*l.stride():(t+1)*l.stride()], (*[wide]int32)(l.order[t*wide:]))
		}
	})
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
	if l.spare == nil {
		l.spare, l.at, l.spareAt = make([]uint64, n), make([]int32, n), make([]int32, n)
	}
	key, other, at, otherAt := l.key[:n], l.spare, l.at, l.spareAt
	for i := range at {
		at[i] = int32(i)
	}
	most := slices.Max(key)
	for shift := 0; most>>shift > 0; shift += digit {
		l.byDigit(key, at, other, otherAt, shift)
		key, other, at, otherAt = other, key, otherAt, at
	}
	order, label := otherAt, make([]int32, n)
	for i, from := range at {
		order[i], label[i] = l.order[from], l.label[from]
	}
	copy(l.order, order)
	copy(l.label, label)
}

// digit is how many bits of the keys are sorted by at a time, and share how many places
// a thread takes.
const (
	digit = 11
	share = 1 << 16
)

func (l *lloyd) byDigit(key []uint64, at []int32, to []uint64, toAt []int32, shift int) {
	n := len(key)
	start := make([][1 << digit]int32, (n+share-1)/share)
	parallel(len(start), l.threads, func(_, b int) {
		for _, k := range key[b*share : min(n, (b+1)*share)] {
			start[b][k>>shift&(1<<digit-1)]++
		}
	})
	sum := int32(0)
	for d := range 1 << digit {
		for b := range start {
			start[b][d], sum = sum, sum+start[b][d]
		}
	}
	parallel(len(start), l.threads, func(_, b int) {
		for i := b * share; i < min(n, (b+1)*share); i++ {
			p := &start[b][key[i]>>shift&(1<<digit-1)]
			to[*p], toAt[*p] = key[i], at[i]
			*p++
		}
	})
}
