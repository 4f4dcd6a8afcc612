package features

import (
	"math/bits"
)

// An index numbers texts from 0, in the order in which they come. It is an open
// hash table beside one long text, so that a million customers are two pieces of
// memory and not a million.
type index struct {
	slots []uint64 // the upper half of the hash, and one more than the number
	text  []byte
	ends  []uint32
}

func (x *index) len() int { return len(x.ends) }

// name is the text of a number.
func (x *index) name(k int) string {
	start := uint32(0)
	if k > 0 {
		start = x.ends[k-1]
	}
	return string(x.text[start:x.ends[k]])
}

func (x *index) is(k int, s string) bool {
	start := uint32(0)
	if k > 0 {
		start = x.ends[k-1]
	}
	return string(x.text[start:x.ends[k]]) == s
}

// number is the number of a text whose hash is h.
func (x *index) number(s string, h uint64) int32 {
	if 2*len(x.ends) >= len(x.slots) {
		x.grow()
	}
	mask := uint64(len(x.slots) - 1)
	for at := h & mask; ; at = (at + 1) & mask {
		slot := x.slots[at]
		if slot == 0 {
			x.text = append(x.text, s...)
			x.ends = append(x.ends, uint32(len(x.text)))
			x.slots[at] = h&^(1<<32-1) | uint64(len(x.ends))
			return int32(len(x.ends) - 1)
		}
		if slot>>32 == h>>32 && x.is(int(uint32(slot))-1, s) {
			return int32(uint32(slot)) - 1
		}
	}
}

func (x *index) grow() {
	old := x.slots
	x.slots = make([]uint64, max(16, 2*len(old)))
	mask := uint64(len(x.slots) - 1)
	for _, slot := range old {
		if slot == 0 {
			continue
		}
		h := hash(x.name(int(uint32(slot)) - 1))
		at := h & mask
		for x.slots[at] != 0 {
			at = (at + 1) & mask
		}
		x.slots[at] = slot
	}
}

// hash mixes a text eight bytes at a time. 0 stands for no text.
func hash(s string) uint64 {
	const k0, k1 = 0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93
	h := uint64(len(s)) * k1
	for len(s) > 8 {
		h = mix(h^eight(s), k0)
		s = s[8:]
	}
	var last uint64
	if len(s) == 8 {
		last = eight(s)
	} else {
		for i := range len(s) {
			last |= uint64(s[i]) << (8 * i)
		}
	}
	return max(1, mix(mix(h^last, k1), k0))
}

func eight(s string) uint64 {
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// hashNumber is the hash of a whole number's digits.
func hashNumber(n int64) uint64 {
	var buf [20]byte
	at, u := len(buf), uint64(n)
	if n < 0 {
		u = -u
	}
	for {
		at--
		buf[at] = byte('0' + u%10)
		if u /= 10; u == 0 {
			break
		}
	}
	if n < 0 {
		at--
		buf[at] = '-'
	}
	return hash(string(buf[at:]))
}

func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}
