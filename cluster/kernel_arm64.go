//go:build !purego

package cluster

// native lists the kernel in assembly: every arm64 has NEON.
func native() []*kernel {
	return []*kernel{{name: "neon", nearest: nearestGo(scoresNEON), gaps: gapsGo, margins: marginsGo, scores: scoresNEON, wear: wearGo, move: moveGo, survey: surveyGo, squares: squaresGo}}
}

//go:noescape
func scores128(tile *float32, dims int, centers, half, out *float32)

func scoresNEON(tile []float32, p *packed, group int, out *[groupOf * wide]float32) {
	_ = tile[p.dims*wide-1]
	scores128(&tile[0], p.dims, &p.centers[group*p.dims*groupOf], &p.half[group*groupOf], &out[0])
}
