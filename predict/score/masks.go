package score

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"segmenta/predict/forest"
)

// words are a bit for each row of a chunk.
type words [lanes]uint64

// fill makes the masks of a feature: which rows go right, at each threshold that some
// node asks for.
func (b *bins) fill(w *room, x []float64) {
	var nan, zero words
	codes(b, &w.codes, &nan, &zero, x)
	hot := w.hot[:b.n+1]
	clear(hot)
	for r, c := range w.codes[:len(x)] {
		hot[c][r/block&3] |= 1 << (r & 63)
	}
	// Which rows each kind takes away from the right, and which it adds.
	var not, and [kinds]words
	for i := range nan {
		not[nanLeft][i], and[nanRight][i] = nan[i], nan[i]
		not[zeroLeft][i], and[zeroRight][i] = zero[i], zero[i]
	}
	var above words
	at := b.n
	for _, u := range b.uses {
		for ; at > int(u.cut); at-- {
			for i := range above {
				above[i] |= hot[at][i]
			}
		}
		m, not, and := &w.masks[u.mask], &not[u.kind], &and[u.kind]
		for i := range above {
			m[i] = above[i]&^not[i] | and[i]
		}
	}
}

// sets are a feature's sets of categories that some node asks for.
type sets struct {
	feature int
	keys    []string
	masks   []uint32
	row     []uint32 // by category: its row of bits; row 0 is of categories in no set
	bits    []uint64 // rows of a bit for each set
	words   int      // of a row
}

// maxSetBytes bounds the tables of categories.
const maxSetBytes = 64 << 20

func setKey(words []uint32) string {
	var key []byte
	for _, w := range words {
		key = binary.LittleEndian.AppendUint32(key, w)
	}
	return string(key)
}

func (s *Scorer) addSet(feature int, key string, mask uint32) {
	if len(s.sets) == 0 || s.sets[len(s.sets)-1].feature != feature {
		for i := range s.sets {
			if s.sets[i].feature == feature {
				s.sets[i].keys, s.sets[i].masks = append(s.sets[i].keys, key), append(s.sets[i].masks, mask)
				return
			}
		}
		s.sets = append(s.sets, sets{feature: feature})
	}
	l := &s.sets[len(s.sets)-1]
	l.keys, l.masks = append(l.keys, key), append(l.masks, mask)
}

// layOutSets makes the tables from categories to the sets that hold them.
func (s *Scorer) layOutSets() error {
	size := 0
	for i := range s.sets {
		l := &s.sets[i]
		longest := 0
		for _, k := range l.keys {
			longest = max(longest, len(k)*8)
		}
		l.words = (len(l.keys) + 63) / 64
		if size += longest*4 + longest*l.words*8; size > maxSetBytes {
			return fmt.Errorf("%w: %d sets of up to %d categories", ErrWide, len(l.keys), longest)
		}
		l.row, l.bits = make([]uint32, longest), make([]uint64, l.words)
		for j, k := range l.keys {
			l.mark(j, k)
		}
	}
	return nil
}

func (l *sets) mark(set int, key string) {
	for at := 0; at < len(key); at += 4 {
		for w := binary.LittleEndian.Uint32([]byte(key[at : at+4])); w != 0; w &= w - 1 {
			category := at*8 + bits.TrailingZeros32(w)
			if l.row[category] == 0 {
				l.row[category] = uint32(len(l.bits) / l.words)
				l.bits = append(l.bits, make([]uint64, l.words)...)
			}
			l.bits[int(l.row[category])*l.words+set/64] |= 1 << (set % 64)
		}
	}
}

// fill makes the masks of a feature's sets: which rows go right, being in none.
func (l *sets) fill(w *room, x []float64) {
	var row [chunk]int
	for r, v := range x {
		if c := forest.Category(v); c >= 0 && c < len(l.row) {
			row[r] = int(l.row[c]) * l.words
		}
	}
	for part := range l.words {
		masks := l.masks[part*64 : min(part*64+64, len(l.masks))]
		for i := range lanes {
			var square [64]uint64
			for r := range square {
				square[r] = l.bits[row[i*block+r]+part]
			}
			transpose64(&square)
			for j, m := range masks {
				w.masks[m][i] = ^square[j]
			}
		}
	}
}

// transpose64 turns rows of bits into columns.
//
// Warren, H. S. (2012). Hacker's Delight, 7-3.
func transpose64(a *[64]uint64) {
	m := uint64(1)<<32 - 1
	for j := 32; j > 0; j, m = j/2, m^m<<(j/2) {
		for k := 0; k < 64; k = (k + j + 1) &^ j {
			t := (a[k]>>j ^ a[k+j]) & m
			a[k] ^= t << j
			a[k+j] ^= t
		}
	}
}

// transpose8 turns eight rows of eight bits into columns.
func transpose8(x uint64) uint64 {
	t := (x ^ x>>7) & 0x00AA00AA00AA00AA
	x ^= t ^ t<<7
	t = (x ^ x>>14) & 0x0000CCCC0000CCCC
	x ^= t ^ t<<14
	t = (x ^ x>>28) & 0x00000000F0F0F0F0
	return x ^ t ^ t<<28
}
