//go:build !amd64 || purego

package gbdt

func gather(out, words []uint64, gradOut, grad []int64, rows []int32, n, width int) {
	gatherPortably(out, words, gradOut, grad, rows, n, width)
}
