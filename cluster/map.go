package cluster

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// A Map lays groups out on a plane, along the two directions in which rows differ most.
type Map struct {
	Shares [2]float64 `json:"shares"` // of all differences (variance), along each axis
	Pulls  [2][]Pull  `json:"pulls"`  // what each axis says, the strongest first
	Places []Place    `json:"places"` // of the groups' means
	Dots   []Dot      `json:"dots"`   // some of the rows
}

// A Pull is how far a column goes along with an axis: its correlation.
type Pull struct {
	Name string  `json:"name"`
	With float64 `json:"with"`
}

// A Place is a point on a map.
type Place struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
}

// A Dot is a row on a map.
type Dot struct {
	Place
	Group int32 `json:"group"`
}

// Sizes of what is drawn, and from which correlation on a column is named.
const (
	mappedRows = 20_000 // that the directions are found among
	dots       = 400
	pulls      = 3
	pulling    = 0.4
)

// MapOf maps rows of these columns, each in a group.
//
// Pearson, K. (1901). On lines and planes of closest fit to systems of points in space.
// Phil. Mag. 2 (11).
func MapOf(names []string, rows []float32, label []int32, k int) *Map {
	dims := len(names)
	x, groups := thinned(rows, dims, label, mappedRows)
	mean, axes, along := principal(x, dims)
	m := &Map{Places: make([]Place, k)}
	total := 0.0
	for _, v := range along {
		total += v
	}
	size := make([]float64, k)
	for i, g := range groups {
		p := project(x[i*dims:(i+1)*dims], mean, axes)
		m.Places[g].X, m.Places[g].Y, size[g] = m.Places[g].X+p.X, m.Places[g].Y+p.Y, size[g]+1
	}
	for g := range m.Places {
		n := math.Max(1, size[g])
		m.Places[g] = Place{X: short(m.Places[g].X / n), Y: short(m.Places[g].Y / n)}
	}
	few, groups := thinned(x, dims, groups, dots)
	for i, g := range groups {
		p := project(few[i*dims:(i+1)*dims], mean, axes)
		m.Dots = append(m.Dots, Dot{Place{short(p.X), short(p.Y)}, g})
	}
	for a := range m.Shares {
		if a < len(along) && total > 0 {
			m.Shares[a] = short(along[a] / total)
			m.Pulls[a] = pullsOf(names, x, axes[a], mean, along[a])
		}
	}
	return m
}

// thinned takes at most so many rows, evenly, with their groups.
func thinned(rows []float32, dims int, label []int32, most int) ([]float32, []int32) {
	n := len(label)
	if n <= most {
		return rows, label
	}
	x, groups := make([]float32, 0, most*dims), make([]int32, 0, most)
	for i := range most {
		at := i * n / most
		x, groups = append(x, rows[at*dims:(at+1)*dims]...), append(groups, label[at])
	}
	return x, groups
}

// principal are the means of rows and the directions in which they differ most, the
// widest first, each pointing to where its largest number is above 0.
func principal(rows []float32, dims int) (mean []float64, axes [][]float64, along []float64) {
	n := len(rows) / dims
	x := mat.NewDense(n, dims, nil)
	mean = make([]float64, dims)
	for i := range n {
		for d := range dims {
			v := float64(rows[i*dims+d])
			x.Set(i, d, v)
			mean[d] += v / float64(n)
		}
	}
	var covariance mat.SymDense
	stat.CovarianceMatrix(&covariance, x, nil)
	var eigen mat.EigenSym
	if n < 2 || !eigen.Factorize(&covariance, true) {
		return mean, [][]float64{make([]float64, dims), make([]float64, dims)}, nil
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	for c := dims - 1; c >= 0; c-- { // they come in ascending order
		axis := mat.Col(nil, c, &vectors)
		if far := slices.MaxFunc(axis, func(a, b float64) int { return cmp.Compare(math.Abs(a), math.Abs(b)) }); far < 0 {
			for d := range axis {
				axis[d] = -axis[d]
			}
		}
		axes, along = append(axes, axis), append(along, math.Max(0, eigen.Values(nil)[c]))
	}
	if dims == 1 {
		axes = append(axes, make([]float64, 1))
	}
	return mean, axes, along
}

func project(row []float32, mean []float64, axes [][]float64) (p Place) {
	for d, v := range row {
		p.X += (float64(v) - mean[d]) * axes[0][d]
		p.Y += (float64(v) - mean[d]) * axes[1][d]
	}
	return p
}

// pullsOf names the columns that go along with an axis.
func pullsOf(names []string, rows []float32, axis, mean []float64, along float64) (list []Pull) {
	dims := len(names)
	for d, name := range names {
		square := 0.0
		for i := d; i < len(rows); i += dims {
			by := float64(rows[i]) - mean[d]
			square += float64(by * by)
		}
		if sd := math.Sqrt(square / float64(len(rows)/dims)); sd > 0 {
			if with := short(axis[d] * math.Sqrt(along) / sd); math.Abs(with) >= pulling {
				list = append(list, Pull{name, with})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b Pull) int { return cmp.Compare(math.Abs(b.With), math.Abs(a.With)) })
	return list[:min(pulls, len(list))]
}

// short rounds to what a drawing shows.
func short(v float64) float64 { return math.Round(v*1000)/1000 + 0 }

// Kept names the columns that Apply makes rows of.
func (t *Transform) Kept() (names []string) {
	for _, c := range t.Columns {
		if c.Dropped == "" {
			names = append(names, c.Name)
		}
	}
	return names
}
