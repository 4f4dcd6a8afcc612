package cluster

import (
	"cmp"
	"slices"
)

// relocate gives every empty center the row that is farthest from its own, among those
// whose center has others.
func (l *lloyd) relocate() {
	var empty []int
	for c := range l.k {
		if l.sums.count[c] == 0 {
			empty = append(empty, c)
		}
	}
	if len(empty) == 0 {
		return
	}
	far := l.farthest(len(empty))
	tile := make([]float32, l.stride())
	for _, c := range empty {
		for len(far) > 0 {
			place := far[0]
			far = far[1:]
			row, from := int(l.row(place)), int(l.label[place])
			weight := 1.0
			if l.weights != nil {
				weight = float64(l.weights[row])
			}
			l.lone(tile, int32(row))
			l.sums.move(tile, 0, from, c, weight)
			if l.sums.count[from] <= 0 {
				l.sums.move(tile, 0, c, from, weight) // it would be left empty in turn
				continue
			}
			l.label[place] = int32(c)
			l.forget(place)
			break
		}
	}
}

// farthest lists places of rows with a weight, the farthest from their centers first:
// more than are needed, as some may not be free to leave.
func (l *lloyd) farthest(needed int) []int {
	type candidate struct {
		place    int
		distance float64
	}
	n := l.len()
	all := make([]candidate, 0, n)
	tile := make([]float32, l.stride())
	for place := range n {
		row := l.row(place)
		if l.weights != nil && l.weights[row] == 0 {
			continue
		}
		l.lone(tile, row)
		center, square := l.centers[int(l.label[place])*l.dims:], 0.0
		for d := range l.dims {
			by := float64(tile[d*wide]) - float64(center[d])
			square += by * by
		}
		all = append(all, candidate{place, square})
	}
	slices.SortFunc(all, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.distance, a.distance), cmp.Compare(l.row(a.place), l.row(b.place)))
	})
	var places []int
	for _, c := range all[:min(len(all), 4*needed+l.k)] {
		places = append(places, c.place)
	}
	return places
}

// row is the row at a place.
func (l *lloyd) row(place int) int32 {
	if l.order == nil {
		return int32(place)
	}
	return l.order[place]
}

// forget has distances of a row taken again.
func (l *lloyd) forget(place int) {
	if l.margin != nil {
		l.margin[place] = -1
	}
	if t := place / wide; l.gap != nil {
		l.owner[t] = -1
		for g := range l.packed.groups {
			l.gap[t*l.packed.groups+g] = -1
		}
	}
}
