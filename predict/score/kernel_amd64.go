package score

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

// fast lists the kernels that this processor can run, the best first.
func fast() (names []string) {
	if x := cpu.X86; x.HasAVX512F && x.HasAVX512BW && x.HasAVX512VL && x.HasAVX512DQ && x.HasAVX512VBMI {
		names = append(names, "avx512")
	}
	if cpu.X86.HasAVX2 {
		names = append(names, "avx2")
	}
	return names
}

var kernels = map[string]kernel{
	"avx512": {codes: codes512, patch: patch512, expand: expand512, trees: trees512},
	"avx2":   {codes: codes256, patch: goPatch, expand: goExpand, trees: trees256},
}

// A binning is what the assembly needs of bins.
type binning struct {
	cuts  *float64
	start *uint16
	x     *float64
	out   *uint8
	nan   *words
	keys  [4]int64
	base  int64 // what makes places of clamped keys
	shift uint64
	steps uint64
}

func codes512(b *bins, out *[chunk]uint8, nan, zero *words, x *[chunk]float64) {
	a := binning{unsafe.SliceData(b.cuts), unsafe.SliceData(b.start), &x[0], &out[0], nan, b.keys, 1 - b.keys[0] - b.keys[2], uint64(b.shift), uint64(b.steps)}
	bin512(&a)
	b.zeros(zero, x[:])
}

func codes256(b *bins, out *[chunk]uint8, nan, zero *words, x *[chunk]float64) {
	codes(b, out, nan, zero, x[:])
}

// A walk is what the assembly needs to number the leaves of two blocks.
type walk struct {
	codes, slots   *byte
	nodes          *packedNode
	counts         *uint32
	trees          uint64
	planes, leaves *byte
	sums           *float64
}

func newWalk(w *room, c *packedClass, half int) walk {
	return walk{&w.packed.codes[half], &w.packed.slots[0], unsafe.SliceData(c.nodes), unsafe.SliceData(c.counts), uint64(len(c.counts)),
		&c.planes[0][0][0], &w.packed.leaves[0], &w.sums[half]}
}

func trees512(w *room, c *packedClass, half int) {
	a := newWalk(w, c, half)
	walk512(&a)
}

func trees256(w *room, c *packedClass, half int) {
	a := newWalk(w, c, half)
	walk256(&a)
	sum(w, c, half)
}

//go:noescape
func bin512(a *binning)

//go:noescape
func walk512(a *walk)

//go:noescape
func walk256(a *walk)

//go:noescape
func patch512(to, from *[chunk]uint8, where *words, value uint8)

//go:noescape
func expand512(to *[chunk]uint8, mask *words)
