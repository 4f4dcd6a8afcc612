package table

import "math"

// mostWords is the largest dictionary that numbers get: one that stays in cache.
const mostWords = 4096

// numbers lays numbers out, and reports whether as a dictionary, which may be so large.
func (e *encoder) numbers(k *encodedChunk, c *Column, from, to, most int) (repeats bool) {
	if c.Numbers != nil {
		if repeats = e.repeat(c, from, to, most); repeats {
			for i, code := range e.dict {
				e.dict[i] = math.Float64bits(c.Numbers[code])
			}
			e.bits = append(e.bits[:0], e.dict...)
		}
	}
	if !repeats {
		e.collect(c, from, to)
		repeats = c.Numbers == nil && e.lookUp(most)
	}
	k.meta.Statistics.MinValue, k.meta.Statistics.MaxValue = e.bounds(c.Kind)
	if !repeats {
		e.page = appendBits(e.page, e.bits, c.Kind)
	}
	return repeats
}

// collect gathers the numbers that are there, as they are stored.
func (e *encoder) collect(c *Column, from, to int) {
	e.bits = sizedTo(e.bits, to-from)
	switch c.Kind {
	case Float64:
		e.doubles(c, from, to)
	case Float32:
		for i, v := range c.Floats[from:to] {
			e.bits[i] = uint64(math.Float32bits(float32(v)))
		}
	default:
		for i, v := range c.Ints[from:to] {
			e.bits[i] = uint64(v)
		}
	}
	if c.Null == nil {
		return
	}
	n := 0
	for i, null := range c.Null[from:to] {
		e.bits[n] = e.bits[i]
		if !null {
			n++
		}
	}
	e.bits = e.bits[:n]
}

func (e *encoder) doubles(c *Column, from, to int) {
	if c.Numbers != nil {
		for i, k := range c.Codes[from:to] {
			e.bits[i] = math.Float64bits(c.Numbers[k])
		}
		return
	}
	for i, v := range c.Floats[from:to] {
		e.bits[i] = math.Float64bits(v)
	}
}

// bounds are the least and the greatest number, as statistics store them: none where
// one is NaN, and zeros as −0 and +0.
func (e *encoder) bounds(k Kind) (least, greatest []byte) {
	if len(e.bits) == 0 {
		return nil, nil
	}
	if k != Float32 && k != Float64 {
		low, high := int64(e.bits[0]), int64(e.bits[0])
		for _, b := range e.bits {
			low, high = min(low, int64(b)), max(high, int64(b))
		}
		return appendBits(nil, []uint64{uint64(low)}, k), appendBits(nil, []uint64{uint64(high)}, k)
	}
	low, high := e.ends(k)
	switch {
	case low != low:
		return nil, nil
	case low == 0:
		low = math.Copysign(0, -1)
	}
	high += 0 // of −0 it makes 0
	if k == Float32 {
		return appendBits(nil, []uint64{uint64(math.Float32bits(float32(low)))}, k), appendBits(nil, []uint64{uint64(math.Float32bits(float32(high)))}, k)
	}
	return appendBits(nil, []uint64{math.Float64bits(low)}, k), appendBits(nil, []uint64{math.Float64bits(high)}, k)
}

// ends are the least and the greatest float, NaN where one is.
func (e *encoder) ends(k Kind) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	odd := false
	for _, b := range e.bits {
		v := math.Float64frombits(b)
		if k == Float32 {
			v = float64(math.Float32frombits(uint32(b)))
		}
		if v < low {
			low = v
		}
		if v > high {
			high = v
		}
		odd = odd || v != v
	}
	if odd {
		return math.NaN(), math.NaN()
	}
	return low, high
}

// lookUp numbers the values, unless they are too many to repeat enough.
func (e *encoder) lookUp(most int) bool {
	e.index, e.dict = e.index[:0], e.dict[:0]
	clear(e.slots)
	mask := uint64(len(e.slots) - 1)
	for _, b := range e.bits {
		at := (b * 0x9E3779B97F4A7C15) >> 40 & mask
		for e.slots[at] != 0 && e.dict[e.slots[at]-1] != b {
			at = (at + 1) & mask
		}
		if e.slots[at] == 0 {
			if len(e.dict) == most {
				return false
			}
			e.dict = append(e.dict, b)
			e.slots[at] = uint32(len(e.dict))
		}
		e.index = append(e.index, e.slots[at]-1)
	}
	return len(e.dict) > 0
}
