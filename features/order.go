package features

import (
	"cmp"
	"slices"
	"strings"
)

// inOrder lists the places of texts in bytewise order. It compares eight bytes at a
// time, from the first on that not all have in common.
func inOrder(texts []string) []int32 {
	type entry struct {
		key uint64
		at  int32
	}
	skip := shared(texts)
	all := make([]entry, len(texts))
	for i, s := range texts {
		all[i] = entry{firstBytes(s[skip:]), int32(i)}
	}
	slices.SortFunc(all, func(a, b entry) int {
		if a.key != b.key {
			return cmp.Compare(a.key, b.key)
		}
		return strings.Compare(texts[a.at], texts[b.at])
	})
	order := make([]int32, len(all))
	for i, e := range all {
		order[i] = e.at
	}
	return order
}

// shared is how many bytes all texts begin with alike.
func shared(texts []string) int {
	if len(texts) == 0 {
		return 0
	}
	n := len(texts[0])
	for _, s := range texts {
		n = min(n, len(s))
		for s[:n] != texts[0][:n] {
			n--
		}
	}
	return n
}

// firstBytes are a text's first eight, as a number that sorts like them.
func firstBytes(s string) (key uint64) {
	for i := range 8 {
		key <<= 8
		if i < len(s) {
			key |= uint64(s[i])
		}
	}
	return key
}
