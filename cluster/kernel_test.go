package cluster

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// strange are numbers that roundings go wrong at.
var strange = []float32{0, float32(math.Copysign(0, -1)), 1, -1, 0x1p-126, 0x1p-149, -0x1.8p-140, 0x1.fffffep10, 0x1p60, -0x1.000002p60, 0x1.000002p0, 0x1.fffffep-1}

func anyFloat(r *rand.Rand) float32 {
	switch r.IntN(8) {
	case 0:
		return strange[r.IntN(len(strange))]
	case 1:
		return float32(r.IntN(5) - 2)
	case 2:
		return float32(r.NormFloat64() * math.Exp(10*r.NormFloat64()))
	}
	return float32(r.NormFloat64())
}

func TestFNMADDRoundsOnce(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range fewer(300_000) {
		a, b, c := anyFloat(r), anyFloat(r), anyFloat(r)
		if r.IntN(3) == 0 { // near half way between two numbers
			a, b = 1+float32(r.IntN(8))*0x1p-23, 0x1p-24*(1+float32(r.IntN(3))*0x1p-23)
			c = float32(r.IntN(4)-2) + float32(r.IntN(4))*0x1p-22
		}
		exact := new(big.Float).SetPrec(600).Mul(big.NewFloat(-float64(a)), big.NewFloat(float64(b)))
		exact.Add(exact, new(big.Float).SetPrec(600).SetFloat64(float64(c)))
		want, _ := exact.Float32()
		if got := fnmadd(a, b, c); got != want {
			t.Fatalf("%x − %x·%x = %x, want %x", c, a, b, got, want)
		}
	}
}

// Every kernel gives the bits of the portable one.
func TestKernelsAgree(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, k := range kernels() {
		t.Run(k.name, func(t *testing.T) {
			for range fewer(300) {
				dims, centers := 1+r.IntN(40), 1+r.IntN(40)
				s := sheet{rows: make([]float32, 19*dims), dims: dims, shift: make([]float32, dims)}
				at := make([]float32, centers*dims)
				for _, v := range [][]float32{s.rows, s.shift, at} {
					for i := range v {
						v[i] = anyFloat(r)
					}
				}
				agree(t, k, &s, at, r)
			}
		})
	}
}

func agree(t *testing.T, k *kernel, s *sheet, centers []float32, r *rand.Rand) {
	p := newPacked(len(centers)/s.dims, s.dims)
	p.set(centers)
	got, want := make([]float32, s.stride()), make([]float32, s.stride())
	s.tile(k, got, 16) // three rows, and the last again
	s.tile(&portable, want, 16)
	equalBits(t, "tile", got, want)
	var groups []int32
	for g := range p.groups {
		if r.IntN(3) > 0 || g == p.groups-1 {
			groups = append(groups, int32(g))
		}
	}
	f, g := newFound(p.groups), newFound(p.groups)
	k.nearest(got, p, groups, f)
	portable.nearest(got, p, groups, g)
	equalBits(t, "best", f.best[:], g.best[:])
	equalBits(t, "first", f.first[:len(groups)*wide], g.first[:len(groups)*wide])
	equalBits(t, "second", f.second[:len(groups)*wide], g.second[:len(groups)*wide])
	if f.at != g.at {
		t.Fatalf("at %v, want %v", f.at, g.at)
	}
	gaps, wantGaps := make([]float32, p.groups), make([]float32, p.groups)
	slack, errors := float32(1e-6), 1e-6*p.most+1e-30
	k.gaps(got[s.dims*wide:], groups, f, slack, errors, gaps)
	portable.gaps(got[s.dims*wide:], groups, f, slack, errors, wantGaps)
	equalBits(t, "gaps", gaps, wantGaps)
	var nears, wantNears, margins, wantMargins [wide]float32
	if slices.Contains(groups, f.at[0]/groupOf) { // not if every score is infinite
		k.margins(got[s.dims*wide:], groups, f, slack, p.most, &nears, &margins)
		portable.margins(got[s.dims*wide:], groups, f, slack, p.most, &wantNears, &wantMargins)
		equalBits(t, "margins", margins[:], wantMargins[:])
		equalBits(t, "nears", nears[:], wantNears[:])
	}
	var scores, wantScores [groupOf * wide]float32
	k.scores(got, p, p.groups-1, &scores)
	portable.scores(got, p, p.groups-1, &wantScores)
	equalBits(t, "scores", scores[:], wantScores[:])
}

// What kernels do row by row gives the same bits, too.
func TestKernelsAgreeOnRows(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, k := range kernels() {
		t.Run(k.name, func(t *testing.T) {
			for range fewer(300) {
				dims, n, centers := 1+r.IntN(40), 1+r.IntN(300), 1+r.IntN(60)
				rows, label, near, margin := make([]float32, n*dims), make([]int32, n), make([]float32, n), make([]float32, n)
				by := newWear(centers)
				for _, v := range [][]float32{rows, near, margin, by.gap, by.own, by.apart} {
					for i := range v {
						v[i] = anyFloat(r)
					}
				}
				for i := range label {
					label[i] = int32(r.IntN(centers))
				}
				wears(t, k, near, margin, label, by)
				measures(t, k, rows, dims, label, centers)
				moves(t, k, rows[:dims], rows[(n-1)*dims:], float64(anyFloat(r)))
			}
		})
	}
}

func wears(t *testing.T, k *kernel, near, margin []float32, label []int32, by *wear) {
	t.Helper()
	other, nears, list, want := slices.Clone(margin), slices.Clone(near), make([]int32, len(margin)), make([]int32, len(margin))
	list = list[:k.wear(near, margin, label, by, 7, list)]
	want = want[:portable.wear(nears, other, label, by, 7, want)]
	equalBits(t, "worn margins", margin, other)
	equalBits(t, "nears", near, nears)
	if !slices.Equal(list, want) {
		t.Fatalf("used up: %v, want %v", list, want)
	}
}

func measures(t *testing.T, k *kernel, rows []float32, dims int, label []int32, centers int) {
	t.Helper()
	var survey [2]*part
	at := make([]float64, centers*dims)
	for i := range at {
		at[i] = float64(rows[i%len(rows)]) / 3
	}
	var square [2][]float64
	for i, by := range []*kernel{k, &portable} {
		p := newPart(dims)
		by.survey(rows, dims, p.sum, p.square, p.least, p.most)
		survey[i], square[i] = p, make([]float64, len(label))
		by.squares(rows, dims, label, at, square[i])
	}
	if diff := cmp.Diff(survey[1], survey[0], cmp.AllowUnexported(part{}), cmpopts.EquateNaNs()); diff != "" {
		t.Fatalf("survey: %s", diff)
	}
	if diff := cmp.Diff(square[1], square[0], cmpopts.EquateNaNs()); diff != "" {
		t.Fatalf("squares: %s", diff)
	}
}

func moves(t *testing.T, k *kernel, row, shift []float32, weight float64) {
	t.Helper()
	scale := make([]float64, len(row))
	for i, v := range row {
		scale[i] = room(math.Abs(float64(v-shift[i]))*math.Abs(weight) + 0x1p-60)
	}
	var in, out [2][]int64
	for i, by := range []*kernel{k, &portable} {
		in[i], out[i] = slices.Repeat([]int64{5}, len(row)), slices.Repeat([]int64{6}, len(row))
		by.move(row, shift, weight, scale, in[i], out[i])
		by.move(row, shift, weight, scale, in[i], nil)
	}
	if !slices.Equal(in[0], in[1]) || !slices.Equal(out[0], out[1]) {
		t.Fatalf("moved %v from %v, want %v from %v", in[0], out[0], in[1], out[1])
	}
}

func equalBits(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i := range want {
		if got[i] != want[i] && (got[i] == got[i] || want[i] == want[i]) { // a NaN equals a NaN
			t.Fatalf("%s: %d is %v, want %v", what, i, got[i], want[i])
		}
	}
}

// fewer is a tenth of n where tests are to be short.
func fewer(n int) int {
	if testing.Short() {
		return n / 10
	}
	return n
}
