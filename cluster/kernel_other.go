//go:build purego || (!amd64 && !arm64)

package cluster

func native() []*kernel { return nil }
