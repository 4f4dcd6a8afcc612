package features

// pause is the silence that ends a visit, as web analytics count them.
const pause = 1800 * second

// A visits is what visits amount to.
type visits struct{ n, steps, deepest, single, minutes float64 }

// visits splits the points where half an hour passes in silence.
func (v *view) visits() (all visits) {
	for i := v.from; i < v.to; {
		end := i + 1
		for end < v.to && v.time[end]-v.time[end-1] <= pause {
			end++
		}
		steps := float64(end - i)
		all.n++
		all.steps += steps
		all.deepest = max(all.deepest, steps)
		all.single += float64(boolInt(end-i == 1))
		all.minutes += float64(v.time[end-1]-v.time[i]) / float64(60*second)
		i = end
	}
	return all
}

// purchaseCode stands for a purchase among the types of events.
const purchaseCode = uint64(1) << 63

// journey lays a customer's events and purchases on one line. Of one moment, what
// was done comes before what was bought.
func (w *walker) journey(to *series, did *rows) {
	bought := &w.all[transactions]
	own := to.ownColumns()
	own.time = own.time[:0]
	if own.word == nil {
		own.number, own.word = make([][]float64, len(fields)), make([][]uint64, len(fields))
	}
	types, products := own.word[typeField][:0], own.word[productField][:0]
	add := func(at int64, kind uint64, r *rows, i int) {
		own.time, types = append(own.time, at), append(types, kind)
		product := uint64(0)
		if p := r.word[productField]; p != nil {
			product = p[i]
		}
		products = append(products, product)
	}
	for i, j := 0, 0; i < len(did.time) || j < len(bought.time); {
		if j == len(bought.time) || i < len(did.time) && did.time[i] <= bought.time[j] {
			add(did.time[i], did.word[typeField][i], did, i)
			i++
			continue
		}
		if bought.number[amountField][j] >= 0 {
			add(bought.time[j], purchaseCode, bought, j)
		}
		j++
	}
	own.word[typeField], own.word[productField] = types, products
	to.time, to.number, to.word = own.time, own.number, own.word
}

// abandoned counts the products of events of some types that weren't bought
// afterwards, and says how many days ago the last of them was wanted.
func (v *view) abandoned(types []uint64) (n, since float64) {
	since = nan
	v.s.set.clear(v.len())
	for i := v.to - 1; i >= v.from; i-- {
		kind, product := v.word[typeField][i], v.word[productField][i]
		if product == 0 || kind != purchaseCode && !oneOf(types, kind) || v.s.set.has(product) || kind == purchaseCode {
			continue
		}
		if n == 0 {
			since = v.since(i)
		}
		n++
	}
	return n, since
}

func oneOf(types []uint64, kind uint64) bool {
	for _, t := range types {
		if t == kind {
			return true
		}
	}
	return false
}

// route counts how often one type was followed by another in the same visit.
func (v *view) route(types []uint64) (n float64) {
	kind := v.word[typeField]
	for i := v.from + 1; i < v.to; i++ {
		n += float64(boolInt(kind[i-1] == types[0] && kind[i] == types[1] && v.time[i]-v.time[i-1] <= pause))
	}
	return n
}

// hoursToPurchase lists the hours from each event of some types to the purchase
// after it.
func (v *view) hoursToPurchase(types []uint64) []float64 {
	all, next := v.s.floats[:0], int64(-1)
	for i := v.to - 1; i >= v.from; i-- {
		switch kind := v.word[typeField][i]; {
		case kind == purchaseCode:
			next = v.time[i]
		case next >= 0 && oneOf(types, kind):
			all = append(all, float64(next-v.time[i])/float64(3600*second))
		}
	}
	v.s.floats = all
	return all
}

// Intents are the jobs that a visit may be hired for. A visit that ends in a purchase
// within quickMinutes of its first step is quick; else one that looks at several
// products compares; else one that touches one product closeLooks times, or goes
// deepSteps deep, researches.
const (
	quickIntent = iota + 1
	compareIntent
	researchIntent
)

const (
	quickMinutes = 15
	deepSteps    = 6
	closeLooks   = 3
)

// intents counts the visits of an intent. Steps of a visit are the events of some
// types, and purchases.
func (v *view) intents(types []uint64, intent int) (n float64) {
	step := func(i int) bool { kind := v.word[typeField][i]; return kind == purchaseCode || oneOf(types, kind) }
	for i := v.from; i < v.to; {
		if !step(i) {
			i++
			continue
		}
		first, last, steps, close, bought := i, i, 0, false, false
		v.s.set.clear(v.to - i)
		looks := v.s.floats[:0] // by product
		for ; i < v.to && v.time[i]-v.time[last] <= pause; i++ {
			if !step(i) {
				continue
			}
			last, steps = i, steps+1
			if v.word[typeField][i] == purchaseCode {
				bought = bought || v.time[i]-v.time[first] <= quickMinutes*60*second
			} else if p := v.word[productField][i]; p != 0 {
				at, met := v.s.set.place(p)
				if !met {
					looks = append(looks, 0)
				}
				looks[at]++
				close = close || looks[at] == closeLooks
			}
		}
		v.s.floats = looks
		found := 0
		switch {
		case bought && steps > 1:
			found = quickIntent
		case len(looks) > 1:
			found = compareIntent
		case close || steps >= deepSteps:
			found = researchIntent
		}
		n += float64(boolInt(found == intent))
	}
	return n
}
