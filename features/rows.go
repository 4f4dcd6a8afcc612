package features

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"
	"sync"
)

// A row is one line of a transactions or an events file. It counts as of every
// moment from seen on: a microsecond after its time, or later where the source
// says when it became known.
type row struct {
	time, seen     int64 // microseconds of UTC
	order, product uint64
	amount         float64 // of events: their value, NaN where they have none
	quantity       float64 // NaN where there is none
	discount       float64
	customer       int32 // within its part
	category       int32 // of events: their type; 0 is none
	channel        int32
	day            int32 // since 1970-01-01 in the zone
	slot           uint8 // hour of the week in the zone, from Monday at midnight
}

// compare is a total order over everything that a feature can read, so that the
// order of rows in the files leaves no trace.
func (a *row) compare(b *row) int {
	if c := cmp.Compare(a.time, b.time); c != 0 {
		return c
	}
	return cmp.Or(
		cmp.Compare(a.order, b.order), cmp.Compare(a.product, b.product),
		cmp.Compare(a.amount, b.amount), cmp.Compare(a.quantity, b.quantity), cmp.Compare(a.discount, b.discount),
		cmp.Compare(a.category, b.category), cmp.Compare(a.channel, b.channel), cmp.Compare(a.seen, b.seen))
}

// hash is FNV-1a with a last mix. 0 stands for no text.
func hash(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	h ^= h >> 32
	return max(1, h*0x9E3779B97F4A7C15)
}

// words numbers texts from 1, in the order in which they come.
type words struct {
	mu   sync.Mutex
	code map[string]int32
	list []string // of code k is at k−1
}

func (w *words) number(s string) int32 {
	if s == "" {
		return 0
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	k, ok := w.code[s]
	if !ok {
		if w.code == nil {
			w.code = map[string]int32{}
		}
		s = strings.Clone(s)
		w.list = append(w.list, s)
		k = int32(len(w.list))
		w.code[s] = k
	}
	return k
}

// sort puts the words in bytewise order and returns each old number's new one.
func (w *words) sort() []int32 {
	old := w.code
	slices.Sort(w.list)
	rank := make([]int32, len(w.list)+1)
	w.code = make(map[string]int32, len(w.list))
	for i, s := range w.list {
		rank[old[s]] = int32(i + 1)
		w.code[s] = int32(i + 1)
	}
	return rank
}

// A total adds up numbers exactly, in millionths, so that the order of the
// summands leaves no trace.
type total struct{ high, low uint64 }

func (t *total) add(v float64) {
	n := int64(v*1e6 + 0.5)
	if v < 0 {
		n = int64(v*1e6 - 0.5)
	}
	t.plus(total{uint64(n >> 63), uint64(n)})
}

func (t *total) plus(o total) {
	var carry uint64
	t.low, carry = bits.Add64(t.low, o.low, 0)
	t.high, _ = bits.Add64(t.high, o.high, carry)
}

func (t total) value() float64 {
	if int64(t.high) < 0 {
		var borrow uint64
		t.low, borrow = bits.Sub64(0, t.low, 0)
		t.high, _ = bits.Sub64(0, t.high, borrow)
		return -t.value()
	}
	return (float64(t.high)*(1<<32)*(1<<32) + float64(t.low)) / 1e6
}

func (t *total) negate() {
	var borrow uint64
	t.low, borrow = bits.Sub64(0, t.low, 0)
	t.high, _ = bits.Sub64(0, t.high, borrow)
}
