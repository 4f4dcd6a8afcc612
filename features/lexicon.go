package features

import (
	"slices"
	"sync"
)

// A lexicon gives words numbers, in whatever order they come. sort gives them their
// final ones, which depend on the words alone.
type lexicon struct {
	mu   sync.Mutex
	code map[string]int32
	word []string
}

func newLexicon() *lexicon { return &lexicon{code: make(map[string]int32)} }

// codes translates a block's dictionary. Words that use leaves out get -1.
func (x *lexicon) codes(words []string, use func(k int) bool) []int32 {
	codes := make([]int32, len(words))
	x.mu.Lock()
	defer x.mu.Unlock()
	for k, w := range words {
		if codes[k] = -1; use(k) {
			codes[k] = x.add(w)
		}
	}
	return codes
}

func (x *lexicon) add(word string) int32 {
	k, ok := x.code[word]
	if !ok {
		k = int32(len(x.word))
		x.code[word] = k
		x.word = append(x.word, word)
	}
	return k
}

// sort puts the words in order and returns the place of each number.
func (x *lexicon) sort(words *[]string) (rank []int32) {
	*words = slices.Clone(x.word)
	slices.Sort(*words)
	rank = make([]int32, len(x.word))
	for i, w := range *words {
		rank[x.code[w]] = int32(i)
	}
	return rank
}
