package cluster

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
)

// Blocks hands rows over block by block, numbered from 0, several at once if it likes:
// the same rows whenever it is called. They are not kept.
type Blocks func(do func(block int, rows []float32) error) error

// A stream is k-means on rows that memory doesn't hold: they are read once to be
// surveyed, once in every round, and once to be measured.
type stream struct {
	each    Blocks
	model   *Model
	kernel  *kernel
	spread  spread
	centers []float32 // shifted
}

// FitBlocks is Fit for rows that memory doesn't hold, from first centers that a fit of
// some of them found. It gives what Fit gives from the same centers, save that a center
// which loses all of its rows stays where it is.
func FitBlocks(each Blocks, dims, k int, o Options) (*Model, error) {
	if dims < 1 || k < 1 || len(o.Init) != k*dims {
		return nil, fmt.Errorf("%d numbers for %d first centers of %d", len(o.Init), k, dims)
	}
	if _, err := check(o.Init, dims); err != nil {
		return nil, fmt.Errorf("first centers: %w", err)
	}
	if o.Weights != nil {
		return nil, errors.New("rows that are read block by block have no weights")
	}
	if o.MaxIter <= 0 {
		o.MaxIter = 300
	}
	if o.Tol <= 0 {
		o.Tol = 1e-4
	}
	if o.kernel == nil {
		o.kernel = fastest
	}
	s := &stream{each: each, model: &Model{K: k, Dims: dims, Sizes: make([]int, k)}, kernel: o.kernel}
	if err := s.survey(); err != nil {
		return nil, err
	}
	s.centers = make([]float32, k*dims)
	for i, v := range o.Init {
		s.centers[i] = v - s.spread.shift[i%dims]
	}
	for s.model.Iterations < o.MaxIter {
		s.model.Iterations++
		if moved, err := s.round(); err != nil {
			return nil, err
		} else if moved <= o.Tol*s.spread.variance {
			break
		}
	}
	return s.model, s.finish()
}

// survey looks at all rows, in the order of the blocks whichever comes first.
func (s *stream) survey() error {
	var lock sync.Mutex
	parts := make(map[int][]*part)
	err := s.each(func(block int, rows []float32) error {
		if _, err := check(rows, s.model.Dims); err != nil {
			return fmt.Errorf("block %d: %w", block+1, err)
		}
		of := surveyParts(rows, s.model.Dims, nil, 1, s.kernel)
		lock.Lock()
		defer lock.Unlock()
		parts[block] = of
		return nil
	})
	if err != nil {
		return err
	}
	var all []*part
	for _, b := range slices.Sorted(maps.Keys(parts)) {
		all = append(all, parts[b]...)
	}
	if len(all) == 0 {
		return errors.New("there are no rows")
	}
	s.spread = spreadOf(all, s.model.Dims)
	return nil
}

// round puts every row to its nearest center and moves the centers to the means.
func (s *stream) round() (moved float64, err error) {
	dims, k := s.model.Dims, s.model.K
	p := newPacked(k, dims)
	p.set(s.centers)
	all := p.all()
	sums := newExactSums(k, s.spread.most, s.spread.weight, false, s.kernel)
	var lock sync.Mutex
	err = s.each(func(_ int, rows []float32) error {
		x, own, f := sheet{rows, dims, s.spread.shift}, sums.like(), newFound(p.groups)
		tile := make([]float32, x.stride())
		for i := 0; i < x.len(); i += wide {
			x.tile(s.kernel, tile, i)
			s.kernel.nearest(tile, p, all, f)
			for r := range min(wide, x.len()-i) {
				own.moveRow(rows[(i+r)*dims:(i+r+1)*dims], x.shift, -1, int(f.at[r]), 1)
			}
		}
		lock.Lock()
		defer lock.Unlock()
		sums.add(own)
		return nil
	})
	for c := range k {
		moved += sums.recenter(c, s.centers[c*dims:(c+1)*dims])
	}
	return moved, err
}

// finish measures how far all rows are from the centers.
func (s *stream) finish() error {
	m := s.model
	m.Centers = make([]float32, len(s.centers))
	for i, v := range s.centers {
		m.Centers[i] = v + s.spread.shift[i%m.Dims]
	}
	if slices.ContainsFunc(s.spread.shift, func(v float32) bool { return v != 0 }) {
		m.Origin = s.spread.shift
	}
	var lock sync.Mutex
	far := make(map[int]float64)
	err := s.each(func(block int, rows []float32) error {
		label, inertia := m.Label(rows, 1)
		lock.Lock()
		defer lock.Unlock()
		far[block] = inertia
		for _, c := range label {
			m.Sizes[c]++
		}
		return nil
	})
	for _, b := range slices.Sorted(maps.Keys(far)) {
		m.Inertia += far[b]
	}
	return err
}
