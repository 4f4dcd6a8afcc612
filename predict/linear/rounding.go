package linear

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

// A rounding makes a long valley of the loss round: its curvature at the beginning is
// U'U, and u = U·x are the coordinates to search in.
type rounding struct{ u blas64.Triangular }

// curved is how many rows, at equal distances, tell the curvature: it need only be about
// right.
const curved = 8192

// rounding takes the curvature's root.
func (f *fit) rounding(penalty float64) (*rounding, error) {
	p := len(f.design) + 1
	if f.gram == nil {
		f.gram = f.curvature()
	}
	h := mat.NewSymDense(p, append([]float64(nil), f.gram...))
	for k := range p {
		h.SetSym(k, k, h.At(k, k)*(1+1e-9)+1e-9)
		if k < p-1 {
			h.SetSym(k, k, h.At(k, k)+penalty)
		}
	}
	var root mat.Cholesky
	if !root.Factorize(h) {
		return nil, fmt.Errorf("logistic regression: the columns can't be told apart")
	}
	return &rounding{root.RawU().(*mat.TriDense).RawTriangular()}, nil
}

// curvature is that of the loss at the beginning.
func (f *fit) curvature() []float64 {
	n, p := len(f.y), len(f.design)+1
	step := (n + curved - 1) / curved
	rows := (n + step - 1) / step
	x := mat.NewDense(p, rows, nil)
	constant := f.begin()[p-1]
	total := 0.0
	for r := range rows {
		i, z, w := r*step, constant, 1.0
		if f.start != nil {
			z += f.start[i]
		}
		if f.rowW != nil {
			w = f.rowW[i]
		}
		e := math.Exp(-math.Abs(z))
		root := math.Sqrt(w * e / ((1 + e) * (1 + e)))
		for k, c := range f.design {
			x.Set(k, r, root*c[i])
		}
		x.Set(p-1, r, root)
		total++
	}
	var h mat.SymDense
	h.SymOuterK(float64(n)/total, x)
	out := make([]float64, p*p)
	for i := range p {
		for k := range p {
			out[i*p+k] = h.At(i, k)
		}
	}
	return out
}

func (r *rounding) there(x []float64) []float64 {
	u := append([]float64(nil), x...)
	blas64.Trmv(blas.NoTrans, r.u, blas64.Vector{N: len(u), Data: u, Inc: 1})
	return u
}

func (r *rounding) back(u []float64) []float64 {
	x := append([]float64(nil), u...)
	blas64.Trsv(blas.NoTrans, r.u, blas64.Vector{N: len(x), Data: x, Inc: 1})
	return x
}

// slope turns a slope of x into one of u.
func (r *rounding) slope(of, slope []float64) {
	copy(of, slope)
	blas64.Trsv(blas.Trans, r.u, blas64.Vector{N: len(of), Data: of, Inc: 1})
}
