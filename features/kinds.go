package features

import "math"

// A kind is a source of definitions: which file it reads, and how a customer's rows
// become a series.
type kind struct {
	file  int
	build func(w *walker, to *series, r *rows)
}

// kinds lists the sources by the name that definitions use.
var kinds = map[string]kind{
	"orders":  {transactions, (*walker).orders},
	"items":   {transactions, (*walker).items},
	"returns": {transactions, (*walker).returns},
	"events":  {events, (*walker).events},
	"journey": {events, (*walker).journey},
}

// fileOf is the file that a source reads.
func fileOf(source string) int { return kinds[source].file }

// share points a series at a customer's rows as they are.
func (s *series) share(r *rows) {
	s.time, s.number, s.word = r.time, r.number, r.word
}

// items are the lines that were bought.
func (w *walker) items(to *series, r *rows) {
	amount := r.number[amountField]
	n := 0
	for _, x := range amount {
		n += boolInt(x >= 0)
	}
	if n == len(amount) {
		to.share(r)
	} else {
		own := to.ownColumns()
		own.columns(r, n)
		at := 0
		for i, x := range amount {
			if x >= 0 {
				own.set(at, r, i)
				at++
			}
		}
		to.time, to.number, to.word = own.time, own.number, own.word
	}
	to.weight = to.number[amountField]
}

// returns are the lines that came back, their amounts and quantities above zero.
func (w *walker) returns(to *series, r *rows) {
	amount := r.number[amountField]
	n := 0
	for _, x := range amount {
		n += boolInt(x < 0)
	}
	own := to.ownColumns()
	own.columns(r, n)
	at := 0
	for i := range amount {
		if amount[i] < 0 {
			own.set(at, r, i)
			own.number[amountField][at] = -amount[i]
			if q := own.number[quantityField]; q != nil {
				q[at] = math.Abs(q[at])
			}
			at++
		}
	}
	to.time, to.number, to.word = own.time, own.number, own.word
	to.weight = to.number[amountField]
}

// events are all of them; a group picks those of its types.
func (w *walker) events(to *series, r *rows) { to.share(r) }

// orders are the lines that were bought, those of one order and time as one.
func (w *walker) orders(to *series, r *rows) {
	amount, id := r.number[amountField], r.word[orderField]
	own := to.ownColumns()
	own.columns(r, len(amount))
	n := 0
	for i := range amount {
		switch {
		case amount[i] < 0:
		case n > 0 && id != nil && id[i] != 0 && own.word[orderField][n-1] == id[i] && own.time[n-1] == r.time[i]:
			own.join(n-1, r, i)
		default:
			own.set(n, r, i)
			n++
		}
	}
	own.columns(r, n)
	to.time, to.number, to.word = own.time, own.number, own.word
	to.weight = to.number[amountField]
	if id != nil {
		w.open(to)
	}
}

// join adds a line to its order: numbers add up, of words the first counts.
func (s *series) join(i int, r *rows, j int) {
	for _, k := range r.kept {
		if v := r.number[k]; v != nil {
			if sum := s.number[k]; sum[i] != sum[i] {
				sum[i] = v[j]
			} else if v[j] == v[j] {
				sum[i] += v[j]
			}
		}
		if v := r.word[k]; v != nil && s.word[k][i] == 0 {
			s.word[k][i] = v[j]
		}
	}
}

// open counts the orders that the points open: one whose lines bear several times
// counts once, at the first.
func (w *walker) open(s *series) {
	id := s.word[orderField]
	w.set.clear(len(id))
	repeats := false
	for _, x := range id {
		if x != 0 && w.set.has(x) {
			repeats = true
			break
		}
	}
	if !repeats {
		return
	}
	w.set.clear(len(id))
	s.opened = resize(s.opened, len(id))
	n := int32(0)
	for i, x := range id {
		if x == 0 || !w.set.has(x) {
			n++
		}
		s.opened[i] = n
	}
}
