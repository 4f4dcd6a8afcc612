//go:build !amd64

package score

func fast() []string { return nil }

var kernels map[string]kernel
