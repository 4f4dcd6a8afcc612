//go:build purego || !amd64

package cluster

func native() []*kernel { return nil }
