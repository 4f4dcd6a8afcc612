//go:build !purego

package cluster

import "golang.org/x/sys/cpu"

// native lists the kernels in assembly that this processor can run.
func native() (list []*kernel) {
	if cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ {
		list = append(list, &kernel{name: "avx512", nearest: asNearest(nearest512), gaps: asGaps(gaps512), margins: asMargins(margins512), scores: asScores(scores512), lay: asLay(lay512), fetch: fetchRows, wear: wearBy512, move: moveBy512,
			survey: surveyBy512, squares: squaresBy512})
	}
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		list = append(list, &kernel{name: "avx2", nearest: asNearest(nearest256), gaps: asGaps(gaps256), margins: asMargins(margins256), scores: asScores(scores256), lay: asLay(lay256), fetch: fetchRows, wear: wearGo, move: moveGo, survey: surveyGo, squares: squaresGo})
	}
	return list
}

//go:noescape
func nearest512(tile *float32, dims int, centers, half *float32, groups *int32, n int, best *float32, at *int32, first, second *float32)

//go:noescape
func nearest256(tile *float32, dims int, centers, half *float32, groups *int32, n int, best *float32, at *int32, first, second *float32)

//go:noescape
func gaps512(norms *float32, groups *int32, n int, best *float32, at *int32, first, second *float32, slack, shift float32, gap *float32)

//go:noescape
func gaps256(norms *float32, groups *int32, n int, best *float32, at *int32, first, second *float32, slack, shift float32, gap *float32)

//go:noescape
func margins512(norms *float32, groups *int32, n int, best *float32, at *int32, first, second *float32, slack, most float32, near, margin *float32)

//go:noescape
func margins256(norms *float32, groups *int32, n int, best *float32, at *int32, first, second *float32, slack, most float32, near, margin *float32)

//go:noescape
func fetch(rows *float32, dims int, which *int32)

//go:noescape
func wear512(near, margin *float32, label *int32, n int, gap, own, apart *float32, few bool, from int32, list *int32) int

//go:noescape
func survey512(rows *float32, dims, n int, mask uint8, sum, square *float64, least, most *float32)

//go:noescape
func squares512(rows *float32, dims, n int, label *int32, centers, square *float64)

//go:noescape
func move512(row, shift *float32, dims int, weight float64, scale *float64, in, out *int64)

//go:noescape
func scores512(tile *float32, dims int, centers, half, out *float32)

//go:noescape
func scores256(tile *float32, dims int, centers, half, out *float32)

//go:noescape
func lay512(rows *float32, dims int, which *int32, shift *float32, fours int, tile, norms *float32)

//go:noescape
func lay256(rows *float32, dims int, which *int32, shift *float32, fours int, tile, norms *float32)

func asNearest(f func(*float32, int, *float32, *float32, *int32, int, *float32, *int32, *float32, *float32)) func([]float32, *packed, []int32, *found) {
	return func(tile []float32, p *packed, groups []int32, o *found) {
		_ = tile[p.dims*wide-1]
		f(&tile[0], p.dims, &p.centers[0], &p.half[0], &groups[0], len(groups), &o.best[0], &o.at[0], &o.first[0], &o.second[0])
	}
}

func asGaps(f func(*float32, *int32, int, *float32, *int32, *float32, *float32, float32, float32, *float32)) func([]float32, []int32, *found, float32, float32, []float32) {
	return func(norms []float32, groups []int32, o *found, slack, shift float32, gap []float32) {
		_ = norms[wide-1]
		f(&norms[0], &groups[0], len(groups), &o.best[0], &o.at[0], &o.first[0], &o.second[0], slack, shift, &gap[0])
	}
}

func asMargins(f func(*float32, *int32, int, *float32, *int32, *float32, *float32, float32, float32, *float32, *float32)) func([]float32, []int32, *found, float32, float32, *[wide]float32, *[wide]float32) {
	return func(norms []float32, groups []int32, o *found, slack, most float32, near, margin *[wide]float32) {
		_ = norms[wide-1]
		f(&norms[0], &groups[0], len(groups), &o.best[0], &o.at[0], &o.first[0], &o.second[0], slack, most, &near[0], &margin[0])
	}
}

func asScores(f func(*float32, int, *float32, *float32, *float32)) func([]float32, *packed, int, *[groupOf * wide]float32) {
	return func(tile []float32, p *packed, group int, out *[groupOf * wide]float32) {
		_ = tile[p.dims*wide-1]
		f(&tile[0], p.dims, &p.centers[group*p.dims*groupOf], &p.half[group*groupOf], &out[0])
	}
}

func asLay(f func(*float32, int, *int32, *float32, int, *float32, *float32)) func([]float32, int, *[wide]int32, []float32, int, []float32) {
	return func(rows []float32, dims int, which *[wide]int32, shift []float32, fours int, tile []float32) {
		_, _ = shift[4*fours-1], tile[dims*wide+wide-1]
		f(&rows[0], dims, &which[0], &shift[0], fours, &tile[0], &tile[dims*wide])
	}
}

// wearBy512 leaves room in the list: sixteen numbers are written at a time.
func wearBy512(near, margin []float32, label []int32, by *wear, from int32, list []int32) (n int) {
	whole := len(margin) / wide * wide
	_, _ = label[:len(margin)], near[:len(margin)]
	if whole > 0 {
		_, _ = list[whole-1], by.gap[31]
		n = wear512(&near[0], &margin[0], &label[0], whole/wide, &by.gap[0], &by.own[0], &by.apart[0], len(by.gap) == 32, from, &list[0])
	}
	return n + wearGo(near[whole:], margin[whole:], label[whole:], by, from+int32(whole), list[n:])
}

func moveBy512(row, shift []float32, weight float64, scale []float64, in, out []int64) {
	last := len(row) - 1
	_, _, _ = shift[last], scale[last], in[last]
	var from *int64
	if len(out) > 0 {
		_ = out[last]
		from = &out[0]
	}
	move512(&row[0], &shift[0], len(row), weight, &scale[0], &in[0], from)
}

// surveyBy512 takes eight columns at a time, of as many rows as stay in the nearest cache.
func surveyBy512(rows []float32, dims int, sum, square []float64, least, most []float32) {
	near := max(1, 4096/dims) * dims
	for ; len(rows) >= dims; rows = rows[min(near, len(rows)):] {
		n := min(near, len(rows)) / dims
		for d := 0; d < dims; d += 8 {
			mask := uint8(1<<min(8, dims-d) - 1)
			survey512(&rows[d], dims, n, mask, &sum[d], &square[d], &least[d], &most[d])
		}
	}
}

func squaresBy512(rows []float32, dims int, label []int32, centers, square []float64) {
	if len(label) > 0 {
		_, _ = rows[len(label)*dims-1], square[len(label)-1]
		squares512(&rows[0], dims, len(label), &label[0], &centers[0], &square[0])
	}
}

func fetchRows(rows []float32, dims int, which *[wide]int32) { fetch(&rows[0], dims, &which[0]) }
