//go:build !purego

package cluster

import "golang.org/x/sys/cpu"

// native lists the kernels in assembly that this processor can run.
func native() (list []*kernel) {
	if cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ {
		list = append(list, &kernel{name: "avx512", nearest: asNearest(nearest512), gaps: asGaps(gaps512), scores: asScores(scores512), lay: lay512})
	}
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		list = append(list, &kernel{name: "avx2", nearest: asNearest(nearest256), gaps: asGaps(gaps256), scores: asScores(scores256), lay: lay256})
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
func scores512(tile *float32, dims int, centers, half, out *float32)

//go:noescape
func scores256(tile *float32, dims int, centers, half, out *float32)

//go:noescape
func lay512(rows *[wide]*float32, shift *float32, fours int, tile, norms *float32)

//go:noescape
func lay256(rows *[wide]*float32, shift *float32, fours int, tile, norms *float32)

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

func asScores(f func(*float32, int, *float32, *float32, *float32)) func([]float32, *packed, int, *[groupOf * wide]float32) {
	return func(tile []float32, p *packed, group int, out *[groupOf * wide]float32) {
		_ = tile[p.dims*wide-1]
		f(&tile[0], p.dims, &p.centers[group*p.dims*groupOf], &p.half[group*groupOf], &out[0])
	}
}
