package cluster

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// mostTurned is the most columns whose principal axes are looked for.
const mostTurned = 256

// A box is the ranges of rows along their principal axes, or along the columns where
// those are too many.
type box struct {
	least, width []float64
	axes         *mat.Dense // nil: the columns
}

func boxOf(rows []float32, dims int) *box {
	n := len(rows) / dims
	x := mat.NewDense(n, dims, nil)
	for i, v := range rows {
		x.Set(i/dims, i%dims, float64(v))
	}
	b := &box{least: make([]float64, dims), width: make([]float64, dims)}
	var pc stat.PC
	if dims <= mostTurned && n > dims && pc.PrincipalComponents(x, nil) {
		b.axes = new(mat.Dense)
		pc.VectorsTo(b.axes)
		turned := new(mat.Dense)
		turned.Mul(x, b.axes)
		x = turned
	}
	for d := range dims {
		least, most := math.Inf(1), math.Inf(-1)
		for i := range n {
			least, most = min(least, x.At(i, d)), max(most, x.At(i, d))
		}
		b.least[d], b.width[d] = least, most-least
	}
	return b
}

// fill spreads rows evenly over the box.
func (b *box) fill(rows []float32, random *rand.Rand) {
	dims := len(b.least)
	v := mat.NewVecDense(dims, nil)
	back := mat.NewVecDense(dims, nil)
	for i := 0; i < len(rows); i += dims {
		for d := range dims {
			v.SetVec(d, b.least[d]+random.Float64()*b.width[d])
		}
		if back.CopyVec(v); b.axes != nil {
			back.MulVec(b.axes, v)
		}
		for d := range dims {
			rows[i+d] = float32(back.AtVec(d))
		}
	}
}

// gaps compares inertias with those of rows spread evenly over the same box.
func (t *trial) gaps(curve []Point) error {
	random := dice(t.o.Seed, 0x676170)
	rows := sampled(t.rows, t.dims, halfRows, random)
	even, in := make([]float32, len(rows)), boxOf(rows, t.dims)
	logs := make([][]float64, len(curve))
	for range references {
		in.fill(even, random)
		for i, p := range curve {
			m, err := Fit(even, t.dims, p.K, t.o)
			if err != nil {
				return err
			}
			logs[i] = append(logs[i], math.Log(max(m.Inertia, t.nothing())))
		}
	}
	for i := range curve {
		_, inertia := (&Model{K: curve[i].K, Dims: t.dims, Centers: t.centers[curve[i].K]}).Label(rows, t.o.Threads)
		mean, sd := moments(logs[i])
		curve[i].Gap, curve[i].GapError = mean-math.Log(max(inertia, t.nothing())), sd*math.Sqrt(1+1.0/references)
	}
	return nil
}
