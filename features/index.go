package features

import (
	"encoding/binary"
	"math/bits"
)

// An index numbers texts from 0, in the order in which they come. It is an open hash
// table beside the texts' keys and one long text, so that a million customers are a few
// pieces of memory and not a million.
type index struct {
	slots []slot
	text  []byte
	ends  []uint32
}

// A slot is all that a look-up needs, so that it takes one piece of a processor's cache.
type slot struct {
	key
	hash uint32 // the low half
	next uint32 // one more than the number; 0 where the slot is free
}

// A key is a text of up to 15 bytes and its length; of a longer one its hash, and long.
type key struct{ a, b uint64 }

const long = 1 << 63

func keyOf(s string) key {
	n := len(s)
	switch {
	case n > 15:
		return key{hashLong(s), long}
	case n >= 8:
		return key{eight(s), eight(s[n-8:])>>(8*(16-n)) | uint64(n)<<56}
	}
	var a uint64
	for i := range n {
		a |= uint64(s[i]) << (8 * i)
	}
	return key{a, uint64(n) << 56}
}

// append writes a key's text, which is not long, behind another.
func (k key) append(to []byte) []byte {
	n := len(to) + int(k.b>>56)
	to = binary.LittleEndian.AppendUint64(to, k.a)
	return binary.LittleEndian.AppendUint64(to, k.b)[:n]
}

func (x *index) len() int { return len(x.ends) }

// name is the text of a number.
func (x *index) name(k int) string { return string(x.bytes(k)) }

func (x *index) bytes(k int) []byte {
	start := uint32(0)
	if k > 0 {
		start = x.ends[k-1]
	}
	return x.text[start:x.ends[k]]
}

// number is the number of a text whose key and hash are k and h. The text itself is
// looked at only where it is long.
func (x *index) number(s *string, k key, h uint32) int32 {
	if 2*len(x.ends) >= len(x.slots) {
		x.grow()
	}
	at, met := x.at(s, k, h)
	slot := &x.slots[at]
	if !met {
		slot.key, slot.hash, slot.next = k, h, uint32(len(x.ends)+1)
		x.meet(s, k)
	}
	return int32(slot.next - 1)
}

// find is the number of a text that has one.
func (x *index) find(s *string, k key, h uint32) (number int32, met bool) {
	if len(x.slots) == 0 {
		return -1, false
	}
	at, met := x.at(s, k, h)
	return int32(x.slots[at].next) - 1, met
}

// at is the slot of a text, or the free one that it would get.
func (x *index) at(s *string, k key, h uint32) (at uint32, met bool) {
	mask := uint32(len(x.slots) - 1)
	for at = h & mask; ; at = (at + 1) & mask {
		slot := &x.slots[at]
		if slot.next == 0 {
			return at, false
		}
		if slot.key == k && (k.b != long || string(x.bytes(int(slot.next-1))) == *s) {
			return at, true
		}
	}
}

// names are all texts, by number. They share one piece of memory.
func (x *index) names() []string {
	whole, all, start := string(x.text), make([]string, len(x.ends)), uint32(0)
	for k, end := range x.ends {
		all[k], start = whole[start:end], end
	}
	return all
}

// ahead is how many customers are looked up at a time.
const ahead = 32

// warm brings the slots of the next few into the processor's cache, all at once instead
// of one after the other. What it returns means nothing.
func (x *index) warm(hashes []uint32) (sum uint64) {
	if len(x.slots) == 0 {
		return 0
	}
	mask := uint32(len(x.slots) - 1)
	for _, h := range hashes {
		sum += uint64(x.slots[h&mask].next)
	}
	return sum
}

// meet writes a new text down.
func (x *index) meet(s *string, k key) {
	if k.b == long {
		x.text = append(x.text, *s...)
	} else {
		x.text = k.append(x.text)
	}
	x.ends = append(x.ends, uint32(len(x.text)))
}

func (x *index) grow() {
	old := x.slots
	x.slots = make([]slot, max(16, 2*len(old)))
	mask := uint32(len(x.slots) - 1)
	for _, s := range old {
		if s.next == 0 {
			continue
		}
		at := s.hash & mask
		for x.slots[at].next != 0 {
			at = (at + 1) & mask
		}
		x.slots[at] = s
	}
}

// hash mixes a text. 0 stands for no text.
func hash(s string) uint64 { return keyOf(s).hash() }

func (k key) hash() uint64 {
	const k0, k1 = 0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93
	return max(1, mix(mix(k.a^k1, k.b^k0)^k.a, k0))
}

// hashLong mixes a long text eight bytes at a time.
func hashLong(s string) uint64 {
	const k0, k1 = 0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93
	last := eight(s[len(s)-8:])
	h := uint64(len(s)) * k1
	for len(s) > 8 {
		h = mix(h^eight(s), k0)
		s = s[8:]
	}
	return mix(h^last, k1)
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
