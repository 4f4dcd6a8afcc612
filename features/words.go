package features

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"sync"
)

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

// A weighed word is a category, a product or a channel and the amount that went
// to it.
type weighed struct {
	word   uint64
	weight float64
}

// distinct counts the different words.
func (v *view) distinct(field int) float64 {
	v.s.set.clear(v.len())
	n := 0
	for _, w := range v.words(field) {
		if w != 0 && !v.s.set.has(w) {
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
	all := v.s.words[:0]
	v.s.set.clear(v.len())
	for i := v.to - 1; i >= v.from; i-- {
		w, weight := v.word[field][i], 1.0
		if w == 0 {
			continue
		}
		if v.weight != nil {
			weight = v.weight[i]
		}
		if at, met := v.s.set.place(w); met {
			all[at].weight += weight
		} else {
			all = append(all, weighed{w, weight})
		}
	}
	slices.SortFunc(all, func(a, b weighed) int { return cmp.Compare(a.word, b.word) })
	v.s.words, v.weighed = all, field
	return all
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
