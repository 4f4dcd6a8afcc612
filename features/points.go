package features

import (
	"math"
	"slices"
)

// A walker turns one customer's rows into points, reusing its memory.
type walker struct {
	s      scratch
	points map[string][]point // by source
	some   []point            // events of a group's types
	rows   [2][]row           // those known by the moment
	opened map[uint64]bool
}

// build makes the points of every source from rows in order of time.
func (w *walker) build(rows [2][]row) {
	if w.points == nil {
		w.points, w.opened = map[string][]point{}, map[uint64]bool{}
	}
	items, orders, returns := w.points["items"][:0], w.points["orders"][:0], w.points["returns"][:0]
	for i := range rows[transactions] {
		r := &rows[transactions][i]
		p := r.point()
		if r.amount < 0 {
			p.amount, p.weight, p.quantity = -p.amount, -p.weight, math.Abs(p.quantity)
			returns = append(returns, p)
			continue
		}
		items = append(items, p)
		orders = join(orders, p, r)
	}
	w.open(orders)
	all := w.points["events"][:0]
	for i := range rows[events] {
		r := &rows[events][i]
		p := r.point()
		p.value, p.weight = r.amount, 1
		all = append(all, p)
	}
	w.points["items"], w.points["orders"], w.points["returns"], w.points["events"] = items, orders, returns, all
}

func (r *row) point() point {
	return point{
		time: r.time, seen: r.seen, amount: r.amount, weight: r.amount, quantity: r.quantity, discount: r.discount, value: nan,
		word: [3]uint64{uint64(r.category), r.product, uint64(r.channel)}, order: r.order, day: r.day, slot: r.slot, opens: true,
	}
}

// join adds a purchase line to its order, which is the last one if any: lines of
// an order share its id and time.
func join(orders []point, p point, r *row) []point {
	n := len(orders)
	if n == 0 || r.order == 0 || orders[n-1].order != r.order || orders[n-1].time != r.time {
		return append(orders, p)
	}
	o := &orders[n-1]
	o.amount += p.amount
	o.weight += p.weight
	o.discount += p.discount
	if o.quantity != o.quantity {
		o.quantity = p.quantity
	} else if p.quantity == p.quantity {
		o.quantity += p.quantity
	}
	if o.word[2] == 0 {
		o.word[2] = p.word[2]
	}
	return orders
}

// open marks the points that open an order: an order whose lines bear several
// times counts once, at the first.
func (w *walker) open(orders []point) {
	if len(orders) < 2 {
		return
	}
	clear(w.opened)
	for i := range orders {
		if o := &orders[i]; o.order != 0 {
			o.opens = !w.opened[o.order]
			w.opened[o.order] = true
		}
	}
}

// known keeps the rows that were known by a moment.
func (w *walker) known(rows [2][]row, at int64) [2][]row {
	for source := range rows {
		w.rows[source] = w.rows[source][:0]
		for _, r := range rows[source] {
			if r.seen <= at {
				w.rows[source] = append(w.rows[source], r)
			}
		}
	}
	return w.rows
}

// group picks the points of a source, and of events those of the types.
func (w *walker) group(g *group) []point {
	all := w.points[g.source]
	if !g.typed {
		return all
	}
	w.some = w.some[:0]
	for i := range all {
		if slices.Contains(g.types, int32(all[i].word[0])) {
			w.some = append(w.some, all[i])
		}
	}
	return w.some
}

// firstAt is the place of the first point at or after a time.
func firstAt(points []point, at int64) int {
	low, high := 0, len(points)
	for low < high {
		if mid := (low + high) / 2; points[mid].time < at {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low
}

func opened(points []point) (n int) {
	for i := range points {
		n += boolInt(points[i].opens)
	}
	return n
}
