package gbdt

import (
	"math"
	"slices"
	"testing"
)

// With hessian 1 for every row, the sums that decided a cut must be the rows
// that went each way: also where missing values or categories went left.
func TestSumsFollowRows(t *testing.T) {
	const n = 6000
	d := &Data{Columns: make([][]float64, 5), Categorical: []bool{false, false, true, true, true}}
	for i := range n {
		a, b, c := chance(1, i), chance(2, i), math.Floor(chance(3, i)*20)
		wide := math.Floor(chance(6, i) * 300)
		y := math.Sin(9*a) + b + math.Mod(c*7, 5) + 6*math.Floor(wide/150)
		if chance(4, i) < 0.2 {
			a, y = math.NaN(), y-2
		}
		if chance(5, i) < 0.2 {
			b, y = math.NaN(), y+2
		}
		for k, v := range []float64{a, b, c, math.Floor(chance(7, i) * 290), wide} {
			d.Columns[k] = append(d.Columns[k], v)
		}
		d.Label = append(d.Label, y)
	}
	f, err := Train(d, nil, Params{Objective: "regression", Rounds: 10, Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	left, categorical, wide := 0, 0, 0
	for _, tree := range f.trees {
		for i, count := range tree.leafCount {
			if got := tree.leafWeight[i]; math.Abs(got-float64(count)) > 0.01*float64(count) {
				t.Fatalf("a leaf of %d rows weighs %v", count, got)
			}
		}
		for _, decision := range tree.decision {
			left += int(decision & defaultLeft)
			categorical += int(decision & isCategorical)
		}
		for _, feature := range tree.feature {
			if feature == 4 {
				wide++
			}
		}
	}
	if left == 0 || categorical == 0 || wide == 0 {
		t.Errorf("%d cuts with missing left, %d categorical, %d of many categories: the test shows nothing", left, categorical, wide)
	}
}

func TestBetween(t *testing.T) {
	next := math.Nextafter(1, 2)
	tests := []struct {
		name string
		a, b float64
		want float64
		ok   bool
	}{
		{"the middle", 1, 2, 1.5, true},
		{"neighbours", 1, next, 1, true},
		{"no overflow", math.MaxFloat64 / 2, math.MaxFloat64, math.MaxFloat64 * 0.75, true},
		{"minus infinity", math.Inf(-1), 0, -math.MaxFloat64, true},
		{"plus infinity", 0, math.Inf(1), math.MaxFloat64, true},
		{"never what LightGBM takes for zero", 0, 1.5e-35, math.Nextafter(tiny, 1), true},
		{"nor below zero", -1.5e-35, 0, -1.5e-35, true},
		{"around zero", -1, 1, math.Nextafter(tiny, 1), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := between(tt.a, tt.b)
			if ok != tt.ok || got != tt.want && !(tt.name == "around zero" && got == -1) {
				t.Errorf("between %v and %v: %v, %v; want %v, %v", tt.a, tt.b, got, ok, tt.want, tt.ok)
			}
			if ok && !(tt.a <= got && got < tt.b) {
				t.Errorf("%v is not in [%v, %v)", got, tt.a, tt.b)
			}
		})
	}
}

// However rows are shared out, the code of a value is the number of cuts below it.
func TestCodes(t *testing.T) {
	for _, maxBin := range []int{2, 3, 16, 255} {
		var column []float64
		for i := range 5000 {
			v := math.Floor(chance(7, i)*1000) / 10
			if chance(8, i) < 0.3 {
				v = 0
			}
			column = append(column, v-20)
		}
		column = append(column, math.NaN(), math.Inf(1), math.Inf(-1), 1e-36)
		b := new(sorter).newNumericBins(column, maxBin, 1)
		codes := make([]uint8, len(column))
		b.encode(codes, column)
		if b.codes() > maxBin {
			t.Errorf("%d codes, want at most %d", b.codes(), maxBin)
		}
		for i, v := range column {
			want := 0
			for _, cut := range b.upper {
				if v > cut || v != v {
					want++
				}
			}
			if int(codes[i]) != want {
				t.Errorf("max bin %d: code of %v = %d, want %d", maxBin, v, codes[i], want)
			}
		}
	}
}

// Missing values go with the side that they are like, not with the larger one.
func TestMissingDirection(t *testing.T) {
	tests := []struct {
		name    string
		ones    float64 // values below this have label 1
		missing float64 // label of missing values
		want    uint8
	}{
		{"like the few on the left", 0.3, 1, defaultLeft},
		{"like the many on the left", 0.7, 1, defaultLeft},
		{"like the few on the right", 0.7, 0, 0},
		{"like the many on the right", 0.3, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := &Data{Columns: make([][]float64, 1)}
			for i := range 1000 {
				v, y := chance(1, i), 0.0
				if v < tt.ones {
					y = 1
				}
				if i%10 == 0 {
					v, y = math.NaN(), tt.missing
				}
				d.Columns[0] = append(d.Columns[0], v)
				d.Label = append(d.Label, y)
			}
			f, err := Train(d, nil, Params{Rounds: 1, Leaves: 2})
			if err != nil {
				t.Fatal(err)
			}
			if got := f.trees[0].decision[0]; got != missingIsNaN|tt.want {
				t.Errorf("decision = %d, want %d", got, missingIsNaN|tt.want)
			}
			low, high := f.Raw([]float64{0}), f.Raw([]float64{1})
			if got := f.Raw([]float64{math.NaN()}); got != low && tt.want != 0 || got != high && tt.want == 0 {
				t.Errorf("missing scores %v, 0 scores %v, 1 scores %v", got, low, high)
			}
		})
	}
}

// GOSS keeps every large row and a tenth of the rows from the others, which
// weigh eight times as much.
func TestGOSS(t *testing.T) {
	const n = 10000
	p := Params{LearningRate: 0.1, TopRate: 0.2, OtherRate: 0.1}
	s := newSampler(&matrix{rows: n}, &p)
	draw := func(round int) (rows []int32, sum float64) {
		grad := make([]int64, n)
		for i := range grad {
			grad[i] = packFloats(float64(i), 1)
		}
		rows = s.rows(round, grad)
		for _, packed := range grad {
			g, _ := unpackFloats(packed)
			sum += g
		}
		return rows, sum
	}
	if rows, _ := draw(0); len(rows) != n {
		t.Errorf("first round sees %d rows, want all", len(rows))
	}
	rows, sum := draw(20)
	if len(rows) < 2900 || len(rows) > 3200 {
		t.Errorf("%d rows, want about 3000", len(rows))
	}
	if last := rows[len(rows)-2000]; last != n-2000 {
		t.Errorf("the 2000 largest begin at row %d, want %d", last, n-2000)
	}
	if want := float64(n) * (n - 1) / 2; math.Abs(sum/want-1) > 0.05 {
		t.Errorf("sum of gradients is %v, want about %v", sum, want)
	}
}

// A cut lies in the middle of the codes that no row of the leaf has.
func TestMiddle(t *testing.T) {
	b := &bins{upper: make([]float64, 8)}
	tests := []struct {
		name     string
		occupied []int
		cut      int
		infinite bool
		want     int
	}{
		{"neighbours", []int{2, 3}, 2, false, 2},
		{"one between", []int{2, 4}, 2, false, 2},
		{"two between", []int{2, 5}, 2, false, 3},
		{"four between", []int{1, 2, 7}, 2, false, 4},
		{"none above: only missing values go right", []int{2}, 2, false, 7},
		{"unless a finite cut can't say so", []int{2}, 2, true, 2},
	}
	for _, tt := range tests {
		h := make([]int64, 9)
		for _, code := range tt.occupied {
			h[code] = pack(1, 1)
		}
		b.infinite = tt.infinite
		if got := b.middle(h, tt.cut); got != tt.want {
			t.Errorf("%s: cut after %d, want %d", tt.name, got, tt.want)
		}
	}
}

func TestExp(t *testing.T) {
	for i := range 20001 {
		x := float64(i-10000) * 0.07
		if got, want := exp(x), math.Exp(x); math.Abs(got/want-1) > 1e-10 {
			t.Fatalf("exp(%v) = %v, want %v", x, got, want)
		}
	}
}

func TestBinaryGradients(t *testing.T) {
	score, label := []float64{0, 1e6, -1e6, math.Log(3), math.Log(3)}, []float64{0, 0, 0, 0, 1}
	want := [][2]float64{{0.5, 0.25}, {1, 0}, {0, 0}, {0.75, 0.1875}, {-0.25 * 3, 0.1875 * 3}}
	out := make([]int64, len(score))
	binaryGradients(out, score, label, Params{PositiveWeight: 3})
	for i, w := range want {
		if g, h := unpackFloats(out[i]); math.Abs(g-w[0]) > 1e-7 || math.Abs(h-w[1]) > 1e-7 {
			t.Errorf("score %v, label %v: gradient %v, hessian %v, want %v", score[i], label[i], g, h, w)
		}
	}
}

// Both ways of gathering rows give the same, whatever their width and number.
func TestGather(t *testing.T) {
	const rows = 3000
	for width := 1; width <= 21; width++ {
		words, grad := make([]uint64, rows*width), make([]int64, rows)
		for i := range words {
			words[i] = mix(uint64(i))
		}
		var list []int32
		for i := range rows {
			grad[i] = int64(mix(uint64(i)))
			if chance(3, i) < 0.2 {
				list = append(list, int32(i))
			}
		}
		list = append(list, rows-1, 0, rows-1)
		for _, n := range []int{0, 1, 2, 47, 48, 49, len(list) - 1, len(list)} {
			a, b := make([]uint64, n*width+1), make([]uint64, n*width+1)
			ga, gb := make([]int64, n+1), make([]int64, n+1)
			gather(a, words, ga, grad, list, n, width)
			gatherPortably(b, words, gb, grad, list, n, width)
			if !slices.Equal(a, b) || !slices.Equal(ga, gb) {
				t.Fatalf("%d rows of %d words differ", n, width)
			}
		}
	}
}
