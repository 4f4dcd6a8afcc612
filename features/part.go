package features

import (
	"slices"
	"strings"
	"sync"
)

// parts is the number of partitions that customers are scattered to.
const parts = 64

// A part holds the histories of the customers whose ids hash to it.
type part struct {
	mu     sync.Mutex
	index  map[string]int32
	chunks [2][][]row // of transactions and events, as the blocks came

	ids     []string // in bytewise order once the part is closed
	rows    [2][]row // by customer and time
	from    [2][]int // where a customer's rows start; one more than customers
	seen    []int64  // from when on each is known
	created []int64  // what the customers file says, unset where it is silent
	profile []int32  // row of the customers file, −1 where there is none
	late    []bool   // some row became known after its time
	place   []int32  // an old number's new one, until the customers file is joined
}

// unset marks a time that nobody knows.
const unset = int64(1) << 62

const (
	transactions = iota
	events
)

// customer numbers an id within the part.
func (p *part) customer(id string) int32 {
	p.mu.Lock()
	defer p.mu.Unlock()
	k, ok := p.index[id]
	if !ok {
		if p.index == nil {
			p.index = map[string]int32{}
		}
		id = strings.Clone(id)
		k = int32(len(p.ids))
		p.index[id] = k
		p.ids = append(p.ids, id)
	}
	return k
}

func (p *part) add(source int, rows []row) {
	if len(rows) == 0 {
		return
	}
	p.mu.Lock()
	p.chunks[source] = append(p.chunks[source], rows)
	p.mu.Unlock()
}

// close groups the rows by customer and sorts them. rank turns the numbers that
// words had while reading into their final ones.
func (p *part) close(rank func(source int, r *row), dropEqual bool) (equal [2]tally) {
	order := make([]int32, len(p.ids)) // old number → new
	slices.Sort(p.ids)
	for k, id := range p.ids {
		order[p.index[id]] = int32(k)
	}
	p.index, p.place = nil, order
	for source := range p.chunks {
		p.group(source, order, rank)
		equal[source] = p.sort(source, dropEqual)
	}
	p.know()
	return equal
}

// group scatters one source's rows to their customers.
func (p *part) group(source int, order []int32, rank func(int, *row)) {
	from := make([]int, len(p.ids)+1)
	for _, chunk := range p.chunks[source] {
		for i := range chunk {
			from[order[chunk[i].customer]+1]++
		}
	}
	for k := range p.ids {
		from[k+1] += from[k]
	}
	next := slices.Clone(from)
	rows := make([]row, from[len(p.ids)])
	for n, chunk := range p.chunks[source] {
		for i := range chunk {
			r := &chunk[i]
			r.customer = order[r.customer]
			rank(source, r)
			rows[next[r.customer]] = *r
			next[r.customer]++
		}
		p.chunks[source][n] = nil
	}
	p.chunks[source] = nil
	p.rows[source], p.from[source] = rows, from
}

// A tally counts rows and adds up what they were worth.
type tally struct {
	rows             int64
	amount, quantity total
}

// sort puts each customer's rows in order, and counts or drops rows that equal
// the one before.
func (p *part) sort(source int, drop bool) (equal tally) {
	rows, from := p.rows[source], p.from[source]
	kept := 0
	for k := range p.ids {
		mine := rows[from[k]:from[k+1]]
		if !sorted(mine) {
			slices.SortFunc(mine, func(a, b row) int { return a.compare(&b) })
		}
		from[k] = kept
		for i := range mine {
			same := i > 0 && mine[i].compare(&mine[i-1]) == 0
			if same {
				equal.add(&mine[i])
			}
			if !same || !drop {
				rows[kept] = mine[i]
				kept++
			}
		}
	}
	from[len(p.ids)] = kept
	p.rows[source] = rows[:kept]
	return equal
}

// sorted saves most customers the sort: files tend to be in order of time.
func sorted(rows []row) bool {
	for i := 1; i < len(rows); i++ {
		if rows[i].compare(&rows[i-1]) < 0 {
			return false
		}
	}
	return true
}

func (t *tally) add(r *row) {
	t.rows++
	if r.amount == r.amount {
		t.amount.add(r.amount)
	}
	if r.quantity == r.quantity {
		t.quantity.add(r.quantity)
	}
}

func (t *tally) plus(o tally) {
	t.rows += o.rows
	t.amount.plus(o.amount)
	t.quantity.plus(o.quantity)
}

// know finds out from when on each customer is known.
func (p *part) know() {
	p.seen = fill(len(p.ids), unset)
	p.late = make([]bool, len(p.ids))
	for source, rows := range p.rows {
		for k := range p.ids {
			for i := p.from[source][k]; i < p.from[source][k+1]; i++ {
				p.seen[k] = min(p.seen[k], rows[i].seen)
				p.late[k] = p.late[k] || rows[i].seen > rows[i].time+1
			}
		}
	}
}

// of returns one customer's rows.
func (p *part) of(source int, k int) []row {
	return p.rows[source][p.from[source][k]:p.from[source][k+1]]
}
