//go:build !linux

package pipeline

// maxrssUnit is what the system counts peak memory in: bytes on Darwin.
const maxrssUnit = 1

func swap(a, b string) error { return swapByThree(a, b) }
