package features

import (
	"cmp"
	"math"
	"slices"
)

// A weighed word is a category, a product or a channel and the amount that went
// to it.
type weighed struct {
	word   uint64
	weight float64
}

// places of the words in a point.
var placeOf = map[string]int{"category": 0, "product": 1, "channel": 2}

// weigh adds up the weights by word, in order of word. Points without a word are
// left out. Several measures ask for the same sums, so they are kept.
func (v *view) weigh(field string) []weighed {
	if v.weighed == field {
		return v.s.words
	}
	all, k := v.s.words[:0], placeOf[field]
	for i := len(v.points) - 1; i >= 0; i-- {
		if p := &v.points[i]; p.word[k] != 0 {
			all = append(all, weighed{p.word[k], p.weight})
		}
	}
	slices.SortFunc(all, func(a, b weighed) int {
		if a.word != b.word {
			return cmp.Compare(a.word, b.word)
		}
		return cmp.Compare(a.weight, b.weight)
	})
	n := 0
	for i := range all {
		if i > 0 && all[i].word == all[n-1].word {
			all[n-1].weight += all[i].weight
			continue
		}
		all[n] = all[i]
		n++
	}
	v.s.words, v.weighed = all[:n], field
	return all[:n]
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
