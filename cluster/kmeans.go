// Package cluster finds groups of rows that are alike, with k-means, and says what
// sets each apart.
//
//  1. FitTransform makes columns comparable: skew, outliers, scale, what is missing.
//  2. Fit finds k centers; Choose tries several k and keeps the curve.
//  3. Model.Assign puts rows, old or new, to their centers.
//  4. Describe says what the rows of a group have in common, and names it.
//
// Rows are float32, one after the other. The same rows and seed give the same bytes, on
// any number of threads and any processor: distances are taken by the same operations
// in the same order everywhere (kernel), and rows are added up in whole numbers
// (exactSums). Distances that can't change anything are skipped (lloyd), which changes
// nothing either.
package cluster

import (
	"errors"
	"fmt"
	"math"
)

// Options say how to fit. The zero value is a good choice.
type Options struct {
	Seed    uint64
	MaxIter int       // default 300
	Tol     float64   // stop when the centers' squared moves add up to less than this times the mean variance; default 1e-4
	Init    []float32 // first centers; default: k-means++
	Threads int
	Weights []float32 // of the rows; default: all 1

	Criterion string // of Choose; default: the first of Criteria
	Limits    Limits // of Choose

	kernel *kernel // default: the fastest
	spread *spread // of the rows, once they have been looked at
	plain  bool    // skip nothing
}

// A Model is centers, and how well they fitted.
type Model struct {
	K          int       `json:"k"`
	Dims       int       `json:"dims"`
	Centers    []float32 `json:"centers"` // row by row
	Inertia    float64   `json:"inertia"` // squared distances to the nearest centers, added up
	Iterations int       `json:"iterations"`
	Sizes      []int     `json:"sizes"`
	Origin     []float32 `json:"origin,omitempty"` // what is taken from rows before distances are; nothing where it is missing
}

// ErrFewRows reports more groups than there are distinct rows.
var ErrFewRows = errors.New("fewer distinct rows than groups")

// Fit finds k centers such that the squared distances of the rows to their nearest one
// are small: Lloyd's algorithm from k-means++ seeds.
//
// Lloyd, S. (1982). Least squares quantization in PCM. IEEE Trans. Inf. Theory 28 (2).
// Arthur, D. and Vassilvitskii, S. (2007). k-means++. SODA.
func Fit(rows []float32, dims, k int, o Options) (*Model, error) {
	if err := o.complete(rows, dims, k); err != nil {
		return nil, err
	}
	l := newLloyd(rows, dims, o.Init, o)
	m := &Model{K: k, Dims: dims, Sizes: make([]int, k)}
	m.Iterations = l.run(o.MaxIter, o.Tol*l.variance)
	l.finish(m)
	return m, nil
}

// complete checks what a fit is asked for and fills in what was left out.
func (o *Options) complete(rows []float32, dims, k int) error {
	n, err := shape(rows, dims)
	if err != nil {
		return err
	}
	if err := o.weights(n); err != nil {
		return err
	}
	if o.kernel == nil {
		o.kernel = fastest
	}
	seen := survey(rows, dims, o.Weights, threadsOr(o.Threads), o.kernel)
	if o.spread = &seen; !seen.sound() {
		_, err := check(rows, dims)
		return err
	}
	if k < 1 {
		return fmt.Errorf("%d groups", k)
	}
	if d := distinct(rows, dims, k, o.Weights); d < k {
		return fmt.Errorf("%w: %d groups of %d distinct rows", ErrFewRows, k, d)
	}
	if o.MaxIter <= 0 {
		o.MaxIter = 300
	}
	if o.Tol <= 0 {
		o.Tol = 1e-4
	}
	if o.Init == nil {
		if o.Init = Seed(rows, dims, k, *o); len(o.Init) < k*dims {
			return fmt.Errorf("%w: %d groups of %d rows that can be told apart", ErrFewRows, k, len(o.Init)/dims)
		}
	} else if len(o.Init) != k*dims {
		return fmt.Errorf("%d numbers for %d first centers of %d", len(o.Init), k, dims)
	} else if _, err := check(o.Init, dims); err != nil {
		return fmt.Errorf("first centers: %w", err)
	}
	return nil
}

// weights refuses weights that no mean can be taken with.
func (o *Options) weights(n int) error {
	if o.Weights == nil {
		return nil
	}
	if len(o.Weights) != n {
		return fmt.Errorf("%d weights for %d rows", len(o.Weights), n)
	}
	total := 0.0
	for i, w := range o.Weights {
		if !(w >= 0 && w <= math.MaxFloat32) {
			return fmt.Errorf("weight of row %d: %v", i+1, w)
		}
		total += float64(w)
	}
	if total <= 0 {
		return errors.New("the weights add up to 0")
	}
	return nil
}

// shape refuses what are no whole rows.
func shape(rows []float32, dims int) (n int, err error) {
	switch {
	case dims < 1:
		return 0, errors.New("there are no columns")
	case len(rows) == 0:
		return 0, errors.New("there are no rows")
	case len(rows)%dims != 0:
		return 0, fmt.Errorf("%d numbers in rows of %d", len(rows), dims)
	}
	return len(rows) / dims, nil
}

// check refuses rows that no squared distance can be taken of.
func check(rows []float32, dims int) (n int, err error) {
	if n, err = shape(rows, dims); err != nil {
		return 0, err
	}
	most := farthest(dims)
	for i, v := range rows {
		if !(v <= most && v >= -most) {
			why := ""
			if v-v == 0 {
				why = " is too large for squared distances; scale the columns"
			}
			return 0, fmt.Errorf("row %d, column %d: %v%s", i/dims+1, i%dims+1, v, why)
		}
	}
	return n, nil
}

// distinct counts distinct rows that have a weight, up to enough.
func distinct(rows []float32, dims, enough int, weights []float32) int {
	seen := make(map[string]bool)
	key := make([]byte, 4*dims)
	for i := 0; i < len(rows) && len(seen) < enough; i += dims {
		if weights != nil && weights[i/dims] == 0 {
			continue
		}
		for d, v := range rows[i : i+dims] {
			b := math.Float32bits(v + 0) // −0 is 0
			key[4*d], key[4*d+1], key[4*d+2], key[4*d+3] = byte(b), byte(b>>8), byte(b>>16), byte(b>>24)
		}
		seen[string(key)] = true
	}
	return len(seen)
}

// distance is squared.
func distance(a, b []float32) float32 {
	var s0, s1, s2, s3 float32
	b = b[:len(a)]
	i := 0
	for ; i+4 <= len(a); i += 4 {
		d0, d1, d2, d3 := a[i]-b[i], a[i+1]-b[i+1], a[i+2]-b[i+2], a[i+3]-b[i+3]
		s0, s1, s2, s3 = s0+d0*d0, s1+d1*d1, s2+d2*d2, s3+d3*d3
	}
	for ; i < len(a); i++ {
		d := a[i] - b[i]
		s0 += d * d
	}
	return s0 + s1 + s2 + s3
}
