package features

import (
	"math"
	"sync"
)

// words numbers texts from 1, in the order in which they come; once sorted, in bytewise
// order.
type words struct {
	mu     sync.Mutex
	ids    index
	warmed uint64   // of no meaning
	list   []string // once sorted: the word of number k is at k−1
	rank   []int32  // once sorted: a word's number, by the one it had
}

func (w *words) number(s string) int32 {
	var to [1]int64
	w.numbers(to[:], []string{s})
	return int32(to[0])
}

// numbers fills to with the numbers of texts, 0 for empty ones.
func (w *words) numbers(to []int64, texts []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var keys [ahead]key
	var hashes [ahead]uint32
	for from := 0; from < len(texts); from += ahead {
		some := texts[from:min(from+ahead, len(texts))]
		for i, s := range some {
			keys[i] = keyOf(s)
			hashes[i] = uint32(keys[i].hash())
		}
		w.warmed += w.ids.warm(hashes[:len(some)])
		for i := range some {
			if some[i] != "" {
				to[from+i] = int64(w.now(w.ids.number(&some[i], keys[i], hashes[i])))
			}
		}
	}
}

// now is the number, from 1, of a word that the index numbers from 0.
func (w *words) now(n int32) int32 {
	if w.rank == nil {
		return n + 1
	}
	if int(n) == len(w.rank) { // it came after the rest was sorted
		w.list = append(w.list, w.ids.name(int(n)))
		w.rank = append(w.rank, n+1)
	}
	return w.rank[n]
}

// find is the number of a text that was met.
func (w *words) find(s string) (int32, bool) {
	k := keyOf(s)
	n, met := w.ids.find(&s, k, uint32(k.hash()))
	if !met || s == "" {
		return 0, false
	}
	return w.now(n), true
}

// word is the text of a number.
func (w *words) word(n int32) string {
	if w.list != nil {
		return w.list[n-1]
	}
	return w.ids.name(int(n - 1))
}

// texts are the words, by number from 1.
func (w *words) texts() []string {
	if w.list != nil {
		return w.list
	}
	return w.ids.names()
}

// sort puts the words in bytewise order and returns each old number's new one.
func (w *words) sort() []int32 {
	names := w.ids.names()
	w.list, w.rank = make([]string, len(names)), make([]int32, len(names))
	for i, k := range inOrder(names) {
		w.list[i], w.rank[k] = names[k], int32(i+1)
	}
	return append([]int32{0}, w.rank...)
}

// A weighed word is a category, a product or a channel and the amount that went
// to it.
type weighed struct {
	word   uint64
	weight float64
}

// distinct counts the different words: those that didn't come earlier in the window.
func (v *view) distinct(field int) float64 {
	n, from := 0, int32(v.from)
	for _, earlier := range v.numbered(field).earlier[v.from:v.to] {
		if earlier < from {
			n++
		}
	}
	return float64(n)
}

// weigh adds up the weights by word, from the latest on, in order of word. Points
// without a word are left out. Several measures ask for the same sums, so they are
// kept.
func (v *view) weigh(field int) []weighed {
	if v.weighed == field {
		return v.s.words
	}
	num := v.numbered(field)
	sums := resize(v.s.words, len(num.words))
	clear(sums)
	for i := v.to - 1; i >= v.from; i-- {
		at, weight := num.place[i], 1.0
		if at < 0 {
			continue
		}
		if v.weight != nil {
			weight = v.weight[i]
		}
		if w := &sums[at]; w.word == 0 {
			*w = weighed{num.words[at], weight}
		} else {
			w.weight += weight
		}
	}
	met := sums[:0]
	for _, w := range sums {
		if w.word != 0 {
			met = append(met, w)
		}
	}
	v.s.words, v.weighed = met, field
	return met
}

// favourite is the heaviest word, the first of equal ones.
func favourite(all []weighed) float64 {
	best := -1
	for i := range all {
		if best < 0 || all[i].weight > all[best].weight {
			best = i
		}
	}
	if best < 0 {
		return nan
	}
	return float64(all[best].word)
}

func topShare(all []weighed) float64 {
	top, sum := 0.0, 0.0
	for _, w := range all {
		top, sum = max(top, w.weight), sum+w.weight
	}
	return top / positive(sum)
}

// entropy is 0 where everything goes to one word, ln(n) where n share alike.
func entropy(all []weighed) float64 {
	sum, logs := 0.0, 0.0
	for _, w := range all {
		sum += w.weight
		if w.weight > 0 {
			logs += w.weight * math.Log(w.weight)
		}
	}
	return max(0, math.Log(positive(sum))-logs/sum)
}
