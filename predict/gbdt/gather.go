package gbdt

// gatherPortably is gather for processors without an assembly of it.
func gatherPortably(out, words []uint64, gradOut, grad []int64, rows []int32, n, width int) {
	for i, row := range rows[:n] {
		gradOut[i] = grad[row]
		from, to := words[int(row)*width:][:width], out[i*width:][:width]
		for len(from) >= 4 && len(to) >= 4 {
			to[0], to[1], to[2], to[3] = from[0], from[1], from[2], from[3]
			from, to = from[4:], to[4:]
		}
		copy(to, from)
	}
}
