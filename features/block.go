package features

import (
	"math"

	"segmenta/table"
)

// block decodes one block and scatters its rows.
func (l *loader) block(j *job) error {
	r, err := j.bound.block(j.block)
	if err != nil {
		return err
	}
	j.audit = newAudit()
	j.audit.read = int64(r.rows)
	if j.source.name == "customers" {
		return l.profileBlock(j, r)
	}
	d := l.decode(j, r)
	to := make([]place, r.rows)
	var counts [parts]int
	for i := range to {
		if to[i] = l.accept(j, d, i); to[i].part >= 0 {
			counts[to[i].part]++
		}
	}
	l.scatter(j, d, to, counts)
	return nil
}

// scatter hands every row that is used to its customer's part.
func (l *loader) scatter(j *job, d *decoded, to []place, counts [parts]int) {
	buckets := make([][]row, parts)
	for k, n := range counts {
		buckets[k] = make([]row, 0, n)
	}
	for i, at := range to {
		if at.part >= 0 {
			row := d.row(i, at.customer)
			buckets[at.part] = append(buckets[at.part], row)
			j.audit.use(&row, j.source.name == "events")
		}
	}
	for k, rows := range buckets {
		l.h.parts[k].add(boolInt(j.source.name == "events"), rows)
	}
}

// use books a row that is used.
func (a *audit) use(r *row, event bool) {
	a.accepted++
	a.used.add(r)
	a.first, a.last = min(a.first, r.time), max(a.last, r.time)
	switch {
	case event:
	case r.amount < 0:
		a.counts[negative]++
	case r.amount == 0:
		a.counts[free]++
	}
}

// decoded holds a block's columns, cast.
type decoded struct {
	id, order, product, category, channel *table.Column
	where                                 []place  // of each word of id
	hashes                                []uint64 // of each word of order
	products                              []uint64
	categories, channels                  []int32
	time, seen                            []int64
	amount, quantity, discount            []float64
	timeFault, seenFault, amountFault     []fault
	quantityFault, discountFault          []fault
	clock                                 *clock
	t                                     *table.Table
}

func (l *loader) decode(j *job, r reader) *decoded {
	b, d := j.bound, &decoded{clock: newClock(l.in.Zone), t: r.t}
	d.id = r.texts(b.exprs["customer_id"])
	d.where = make([]place, len(d.id.Dict))
	for k := range d.where {
		d.where[k] = place{-1, -1}
	}
	d.time, d.timeFault = l.times(b, r, "time", d.clock)
	d.seen, d.seenFault = l.times(b, r, "known_at", d.clock)
	amount, kind := "amount", "category"
	if j.source.name == "events" {
		amount, kind = "value", "type"
	}
	d.amount, d.amountFault = l.numbers(b, r, amount)
	d.quantity, d.quantityFault = l.numbers(b, r, "quantity")
	d.discount, d.discountFault = l.numbers(b, r, "discount")
	d.order, d.hashes = hashed(b, r, "order_id")
	d.product, d.products = hashed(b, r, "product_id")
	d.channel, d.channels = l.coded(b, r, "channel", &l.h.channel, nil)
	if kind == "type" {
		d.category, d.categories = l.coded(b, r, kind, &l.h.kind, l.in.EventTypes)
	} else {
		d.category, d.categories = l.coded(b, r, kind, &l.h.category, nil)
	}
	return d
}

func (l *loader) times(b *binding, r reader, name string, zone *clock) ([]int64, []fault) {
	e := b.exprs[name]
	if e == nil {
		return nil, nil
	}
	return r.times(e, b.layout, b.local[e.column], zone)
}

func (l *loader) numbers(b *binding, r reader, name string) ([]float64, []fault) {
	if b.exprs[name] == nil {
		return nil, nil
	}
	return r.numbers(b.exprs[name])
}

func hashed(b *binding, r reader, name string) (*table.Column, []uint64) {
	if b.exprs[name] == nil {
		return nil, nil
	}
	c := r.texts(b.exprs[name])
	all := make([]uint64, len(c.Dict))
	for k, s := range c.Dict {
		if s != "" {
			all[k] = hash(s)
		}
	}
	return c, all
}

// coded numbers a column's words, after mapping them.
func (l *loader) coded(b *binding, r reader, name string, w *words, mapping map[string]string) (*table.Column, []int32) {
	if b.exprs[name] == nil {
		return nil, nil
	}
	c := r.texts(b.exprs[name])
	all := make([]int32, len(c.Dict))
	used := make([]bool, len(c.Dict))
	for i, k := range c.Codes {
		if !c.IsNull(i) {
			used[k] = true
		}
	}
	for k, s := range c.Dict {
		if ours, ok := mapping[s]; ok {
			s = ours
		}
		if used[k] {
			all[k] = w.number(s)
		}
	}
	return c, all
}

// place finds a row's customer, asking the part only once for each word.
func (l *loader) place(d *decoded, i int) place {
	k := d.id.Codes[i]
	if d.where[k].part < 0 {
		id := d.id.Dict[k]
		p := int32(hash(id) >> 32 % parts)
		d.where[k] = place{p, l.h.parts[p].customer(id)}
	}
	return d.where[k]
}

func (d *decoded) row(i int, customer int32) row {
	r := row{time: d.time[i], seen: d.time[i] + 1, customer: customer, amount: math.NaN(), quantity: math.NaN()}
	r.day, r.slot = d.clock.local(r.time)
	if d.seen != nil && d.seenFault[i] == sound {
		r.seen = max(r.seen, d.seen[i])
	}
	if d.amount != nil && d.amountFault[i] == sound {
		r.amount = d.amount[i]
	}
	if d.quantity != nil && d.quantityFault[i] == sound {
		r.quantity = d.quantity[i]
	}
	if d.discount != nil && d.discountFault[i] == sound {
		r.discount = d.discount[i]
	}
	r.order, r.product = pick(d.order, d.hashes, i), pick(d.product, d.products, i)
	r.category, r.channel = pick(d.category, d.categories, i), pick(d.channel, d.channels, i)
	return r
}

func pick[T any](c *table.Column, values []T, i int) (none T) {
	if c == nil || c.IsNull(i) {
		return none
	}
	return values[c.Codes[i]]
}
