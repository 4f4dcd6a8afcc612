package score

import "fmt"

// Portable is the kernel in plain Go.
const Portable = "portable"

// Kernels lists the kernels that this machine can run, the best first.
func Kernels() []string { return append(fast(), Portable) }

// Kernel names the one in use.
func (s *Scorer) Kernel() string { return s.kernel }

// With is the same scorer with another kernel.
func (s *Scorer) With(kernel string) (*Scorer, error) {
	other := *s
	other.kernel = kernel
	if kernel != Portable && s.packed == nil {
		return nil, fmt.Errorf("%s: %w", kernel, ErrWide)
	}
	return &other, nil
}
